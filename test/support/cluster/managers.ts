// Who owns which fields, kept in metadata.managedFields.

import { compare, decode, encode, type PathSet } from './field-sets';
import { canonical, type Fields, isSame, type KubeObject, type ManagedFields } from './objects';

export interface Manager {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
}

export interface Ownership extends Manager {
  set: PathSet;
  time: string;
}

export function ownershipsOf(object: KubeObject): Ownership[] {
  return (object.metadata.managedFields ?? []).map(({ fieldsV1, fieldsType: _, ...manager }) => ({
    ...manager,
    set: decode(fieldsV1),
  }));
}

/** Whether two entries are of the same manager: one who applies is the same in every version of the API. */
export function isSameManager(one: Manager, other: Manager): boolean {
  return (
    one.manager === other.manager &&
    one.operation === other.operation &&
    one.subresource === other.subresource &&
    (one.operation === 'Apply' || one.apiVersion === other.apiVersion)
  );
}

/** Writes the entries that own something: those who apply first, then by time. */
export function setOwnerships(object: KubeObject, ownerships: readonly Ownership[]): void {
  const entries = ownerships
    .filter(({ set }) => set.size > 0)
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b)))
    .map(
      ({ set, manager, operation, apiVersion, time, subresource }): ManagedFields => ({
        ...{ manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: encode(set) },
        ...(subresource === undefined ? {} : { subresource }),
      }),
    );
  if (entries.length > 0) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}

function orderOf({ operation, time, manager, subresource }: Ownership): string {
  return [operation, operation === 'Apply' ? '' : time, manager, subresource ?? ''].join(' ');
}

/**
 * What is owned once `manager` has written `to` over `from` without applying: it owns what it changed, others no longer do, and
 * what is gone belongs to nobody.
 */
export function afterUpdate(from: KubeObject | undefined, to: KubeObject, manager: Manager, time: string): Ownership[] {
  const { changed, removed } = compare(to.kind, (from ?? {}) as Fields, to);
  const before = from === undefined ? [] : ownershipsOf(from);
  const mine = before.find((owner) => isSameManager(owner, manager)) ?? { ...manager, set: new Set<string>(), time };
  const others = before.filter((owner) => owner !== mine);
  const next = { ...mine, set: without(new Set([...mine.set, ...changed]), removed) };
  if (!isSame([...next.set].sort(), [...mine.set].sort())) next.time = time;
  return [
    next,
    ...others.map((owner) => {
      const set = without(without(owner.set, leavesOf(changed, to)), removed);
      return set.size === owner.set.size ? owner : { ...owner, set, time };
    }),
  ];
}

/** Changed maps and lists take nothing from others: only values do. */
function leavesOf(changed: PathSet, to: KubeObject): PathSet {
  const { changed: all } = compare(to.kind, {}, to);
  const paths = [...all];
  return new Set([...changed].filter((path) => !paths.some((inner) => inner.startsWith(`${path}\u0000`))));
}

export function without(set: PathSet, gone: PathSet): PathSet {
  return new Set([...set].filter((path) => !gone.has(path)));
}

/** Whether a write would change anything but the time at which fields were set. */
export function isNoChange(before: KubeObject, after: KubeObject): boolean {
  return comparable(before) === comparable(after);
}

function comparable({ metadata, ...rest }: KubeObject): string {
  const managedFields = (metadata.managedFields ?? []).map(({ time: _, ...entry }) => canonical(entry)).sort();
  return canonical({ ...rest, metadata: { ...metadata, managedFields } });
}
