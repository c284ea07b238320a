// What changes in the objects of dist, field by field, and told once where many change alike.

import { parse } from 'yaml';
import { UserError } from '../errors';

/** One object of dist. */
export interface DistFile {
  /** Relative to dist: `catalog/CronJob.catalog-0001.k8s.yaml`. */
  path: string;
  text: string;
}

export interface FieldChange {
  kind: string;
  /** `spec.jobTemplate.spec.template.spec.containers[job].image`; items of a list by their names. `order of …` and a list where items that stay moved. */
  field: string;
  /** As JSON; undefined where the field is not there. Of an order the names, from the first that moved to the last. */
  before: string | undefined;
  after: string | undefined;
  /** Names of the objects in which it changes so, in the order of dist. */
  objects: string[];
  /** How many objects of this kind stand in both. */
  of: number;
}

/** Objects of one fleet that come, go, and change. */
export interface ObjectChanges {
  added: string[];
  removed: string[];
  /** Those in which most objects change alike come first. */
  fields: FieldChange[];
}

/** A field that follows from the rows of a group: not a change of its own, wherever the group's rows have changed. */
const OF_ROWS = /(\.annotations\.cronfleet\/|\.env\[GROUP_)/;
/** Before the path of a list: a variable refers to those before it, a container starts after it. */
export const ORDER = 'order of ';
/** Stands for the field where no value is another: a comment, or the order of an object's keys. */
export const TEXT_ONLY = 'text only';

/**
 * Between the files of one fleet.
 * @param reshared names of objects whose rows change, which says what their own variables say
 * @throws UserError `output-refused` for a file that changes and cannot be read
 */
export function objectChanges(
  before: readonly DistFile[],
  after: readonly DistFile[],
  reshared: ReadonlySet<string> = new Set(),
): ObjectChanges {
  const had = new Map(before.map(({ path, text }) => [path, text]));
  const has = new Map(after.map(({ path, text }) => [path, text]));
  const both = after.filter(({ path }) => had.has(path));
  const ofKind = new Map<string, number>();
  for (const { path } of both) ofKind.set(identityOf(path).kind, (ofKind.get(identityOf(path).kind) ?? 0) + 1);
  const changes = new Map<string, FieldChange>();
  for (const { path, text } of both) {
    const old = had.get(path) as string;
    if (old === text) continue;
    const { kind, name } = identityOf(path);
    const of = ofKind.get(kind) as number;
    const found = differences(leavesOf(objectIn(path, old)), leavesOf(objectIn(path, text)));
    const none = { field: TEXT_ONLY, before: undefined, after: undefined };
    for (const { field, before, after } of found.length > 0 ? found : [none]) {
      if (reshared.has(name) && OF_ROWS.test(field)) continue;
      const key = JSON.stringify([kind, field, before ?? null, after ?? null]);
      const known = changes.get(key) ?? { kind, field, before, after, objects: [], of };
      known.objects.push(name);
      changes.set(key, known);
    }
  }
  return {
    added: after.filter(({ path }) => !had.has(path)).map(({ path }) => path),
    removed: before.filter(({ path }) => !has.has(path)).map(({ path }) => path),
    fields: [...changes.values()].sort((a, b) => b.objects.length - a.objects.length),
  };
}

/** Kind and name as a file's name has them: `CronJob.catalog-0001.k8s.yaml`. */
export function identityOf(path: string): { kind: string; name: string } {
  const [, kind = '', name = ''] = /([^/.]+)\.([^/]+)\.k8s\.yaml$/.exec(path) ?? [];
  return { kind, name };
}

/** A hand or a merge may have been in it. */
function objectIn(path: string, text: string): object {
  const refuse = (got: string, cause?: unknown) =>
    new UserError('output-refused', `dist: ${path}: expected one object in YAML, got ${got}`, {
      hint: 'synth writes it anew. Or bring dist back with `git checkout -- dist`, after a merge `git checkout --ours -- dist`',
      cause,
    });
  let object: unknown;
  try {
    object = parse(text);
  } catch (cause) {
    const [words = ''] = (cause as Error).message.split('\n');
    throw refuse(`what YAML does not read: ${words.replace(/:$/, '')}`, cause);
  }
  if (typeof object !== 'object' || object === null) throw refuse('no object');
  return object;
}

/** An object as its values, each as JSON, and its lists, each as what its items are known by: all by their paths. */
interface Leaves {
  values: Map<string, string>;
  lists: Map<string, string[]>;
}

function leavesOf(value: unknown, path = '', leaves: Leaves = { values: new Map(), lists: new Map() }): Leaves {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  if (typeof value !== 'object' || value === null || isEmpty) {
    leaves.values.set(path, JSON.stringify(value));
  } else if (Array.isArray(value)) {
    const keys: string[] = [];
    for (const [index, item] of value.entries()) {
      const name = nameIn(item);
      // Its name is in the path already.
      const { name: _, ...rest } = name === undefined ? { name } : (item as { name: string });
      // A volume may be mounted twice.
      const twins = value.slice(0, index).filter((other) => name !== undefined && nameIn(other) === name).length;
      const key = `${name ?? index}${twins > 0 ? ` (${twins + 1})` : ''}`;
      keys.push(key);
      leavesOf(name === undefined ? item : rest, `${path}[${key}]`, leaves);
    }
    leaves.lists.set(path, keys);
  } else {
    for (const [key, inner] of Object.entries(value)) leavesOf(inner, path ? `${path}.${key}` : key, leaves);
  }
  return leaves;
}

/** Named items are known by their names, so that a new one does not make all behind it look changed. */
function nameIn(item: unknown): string | undefined {
  const name = (item as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : undefined;
}

function differences(before: Leaves, after: Leaves) {
  const fields = new Set([...before.values.keys(), ...after.values.keys()]);
  const values = [...fields].map((field) => ({
    field,
    before: before.values.get(field),
    after: after.values.get(field),
  }));
  const orders = [...before.lists].map(([path, had]) => {
    const has = after.lists.get(path) ?? [];
    // What comes or goes is told by its values.
    const [was, is] = [had.filter((key) => has.includes(key)), has.filter((key) => had.includes(key))];
    const first = was.findIndex((key, at) => key !== is[at]);
    const last = was.findLastIndex((key, at) => key !== is[at]);
    const moved = (keys: readonly string[]) => (first < 0 ? undefined : JSON.stringify(keys.slice(first, last + 1)));
    return { field: `${ORDER}${path}`, before: moved(was), after: moved(is) };
  });
  return [...values, ...orders].filter((each) => each.before !== each.after);
}
