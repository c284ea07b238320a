// Server-side apply: what comes of the live object and what somebody applies, and whose fields are in the way.

import { isAtomic, itemElement, listType } from './field-schema';
import { appliedSet, compare, elements, membersOf, type PathSet, print, withParents } from './field-sets';
import { isSameManager, type Manager, type Ownership, ownershipsOf, setOwnerships, without } from './managers';
import { type Fields, isFields, type KubeObject } from './objects';
import { refusal } from './statuses';

/**
 * The object after `manager` has applied `applied` to `live`. Throws 409 with a cause for each field that another manager owns
 * and that would get another value, unless `force`: then the field changes hands. Defaults are the caller's.
 */
export function apply(
  live: KubeObject,
  applied: Fields,
  manager: Manager,
  { force, time }: { force: boolean; time: string },
): KubeObject {
  const { kind } = live;
  const mine = appliedSet(kind, applied);
  const before = ownershipsOf(live);
  const previous = before.find((owner) => isSameManager(owner, manager));
  const merged = merge(kind, live, applied, '') as KubeObject;
  const { changed } = compare(kind, live, merged);
  let others = before.filter((owner) => owner !== previous);
  const conflicts = others.flatMap((owner) =>
    [...owner.set].filter((path) => changed.has(path) && mine.has(path)).map((path) => ({ owner, path })),
  );
  if (conflicts.length > 0) {
    if (!force) throw conflictOf(conflicts);
    others = others.map((owner) => ({
      ...owner,
      set: without(owner.set, new Set(conflicts.filter((found) => found.owner === owner).map(({ path }) => path))),
    }));
  }
  if (previous !== undefined) prune(kind, merged, previous.set, [mine, ...others.map(({ set }) => set)]);
  setOwnerships(merged, [...others, { ...manager, set: mine, time }]);
  return merged;
}

/** The live value with what is applied on it: maps key by key, keyed lists item by item, all else replaced. */
function merge(kind: string, live: unknown, applied: unknown, name: string): unknown {
  if (isFields(applied) && isFields(live) && !isAtomic(name)) {
    const merged = structuredClone(live);
    for (const [field, value] of Object.entries(applied)) merged[field] = merge(kind, live[field], value, field);
    return merged;
  }
  if (!Array.isArray(applied) || !Array.isArray(live)) return structuredClone(applied);
  const type = listType(kind, name);
  if (type.type === 'atomic') return structuredClone(applied);
  const keyOf = (item: unknown) => (type.type === 'map' ? itemElement(item, type.keys) : JSON.stringify(item));
  return mergeItems(live, applied, keyOf, (old, item) => merge(kind, old, item, ''));
}

/** In the order that is applied; items that only the live list has keep their place before the next that both have. */
function mergeItems(
  live: readonly unknown[],
  applied: readonly unknown[],
  keyOf: (item: unknown) => string,
  mergeOne: (live: unknown, applied: unknown) => unknown,
): unknown[] {
  const old = new Map(live.map((item) => [keyOf(item), item]));
  const keys = new Set(applied.map(keyOf));
  const rest = [...live];
  const merged: unknown[] = [];
  const takeOnlyLive = () => {
    while (rest.length > 0 && !keys.has(keyOf(rest[0]))) merged.push(structuredClone(rest.shift()));
  };
  for (const item of applied) {
    takeOnlyLive();
    const key = keyOf(item);
    if (rest.length > 0 && old.has(key)) rest.shift();
    merged.push(old.has(key) ? mergeOne(old.get(key), item) : structuredClone(item));
  }
  return [...merged, ...rest.filter((item) => !keys.has(keyOf(item))).map((item) => structuredClone(item))];
}

/** These stay, whoever made them. */
const ROOTS = new Set(['f:metadata', 'f:spec', 'f:status']);

/** Takes away what the manager applied before and nobody has now, with everything in it. */
function prune(kind: string, merged: KubeObject, was: PathSet, owned: PathSet[]): void {
  const kept = new Set(owned.flatMap((set) => [...set].flatMap(withParents)));
  const gone = [...was].flatMap(withParents).filter((path) => !kept.has(path) && !ROOTS.has(path));
  for (const path of new Set(gone)) removeAt(kind, merged, elements(path));
}

function removeAt(kind: string, object: unknown, path: readonly string[], name = ''): void {
  const [element, ...rest] = path as [string, ...string[]];
  const inner = membersOf(kind, object, name)?.find(([is]) => is === element);
  if (inner === undefined) return;
  const [, member, field] = inner;
  if (rest.length > 0) removeAt(kind, member, rest, field);
  else if (Array.isArray(object)) object.splice(object.indexOf(member), 1);
  else delete (object as Fields)[field];
}

function conflictOf(conflicts: { owner: Ownership; path: string }[]): Error {
  const [first] = conflicts;
  const causes = conflicts.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${nameOf(owner)}`,
    field: print(path),
  }));
  if (conflicts.length === 1 && first !== undefined) {
    const message = `Apply failed with 1 conflict: conflict with ${nameOf(first.owner)}: ${print(first.path)}`;
    return refusal(409, 'Conflict', message, { causes });
  }
  const owners = [...new Set(conflicts.map(({ owner }) => nameOf(owner)))].sort();
  const lines = owners.flatMap((owner) => [
    `conflicts with ${owner}:`,
    ...conflicts.filter((found) => nameOf(found.owner) === owner).map(({ path }) => `- ${print(path)}`),
  ]);
  return refusal(409, 'Conflict', `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`, { causes });
}

function nameOf({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `"${manager}"${subresource === undefined ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
