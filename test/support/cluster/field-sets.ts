// Sets of paths into an object, as managedFields hold them, and the values at them.

import { isAtomic, itemElement, listType } from './field-schema';
import { canonical, type Fields, isFields } from './objects';

/** Elements as in FieldsV1: `f:spec`, `k:{"name":"job"}`, `v:"a"`. */
export type Path = readonly string[];
/** Paths, each as {@link join} makes it. */
export type PathSet = Set<string>;

const BETWEEN = '\u0000';

export function join(path: Path): string {
  return path.join(BETWEEN);
}

export function elements(path: string): string[] {
  return path.split(BETWEEN);
}

/** A path and all that it is in, the outermost first. */
export function withParents(path: string): string[] {
  const all = elements(path);
  return all.map((_, index) => join(all.slice(0, index + 1)));
}

/** As messages print it: `.spec.template.spec.containers[name="job"].image`. */
export function print(path: string): string {
  return elements(path)
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Fields);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** Fields of metadata that belong to the server; nobody manages them. */
const UNMANAGED = new Set([
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'],
]);

/** Structs that are there in every object: no manager has made them. */
const ALWAYS_THERE = new Set(
  ['metadata', 'spec', 'status', 'template', 'jobTemplate', 'resources', 'strategy', 'containers'].map(
    (field) => `f:${field}`,
  ),
);

/** What is at each path of an object: JSON at leaves, undefined at maps and lists with members of their own. */
export function nodes(kind: string, object: Fields): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  const visit = (value: unknown, path: string[], name: string): void => {
    const members = membersOf(kind, value, name);
    if (members === undefined) {
      if (value !== undefined) found.set(join(path), canonical(value));
      return;
    }
    found.set(join(path), undefined);
    for (const [element, member, inner] of members) visit(member, [...path, element], inner);
  };
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  for (const [field, value] of Object.entries(rest)) visit(value, [`f:${field}`], field);
  for (const [field, value] of Object.entries(isFields(metadata) ? metadata : {}))
    if (!UNMANAGED.has(field)) visit(value, ['f:metadata', `f:${field}`], field);
  return found;
}

/** The members of a value that is merged; undefined when it is one value. */
export function membersOf(kind: string, value: unknown, name: string): [string, unknown, string][] | undefined {
  if (isFields(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0 || isAtomic(name)) return undefined;
    return entries.map(([field, member]) => [`f:${field}`, member, field]);
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const type = listType(kind, name);
  if (type.type === 'map') return value.map((item) => [itemElement(item, type.keys), item, '']);
  if (type.type === 'set') return value.map((item) => [`v:${JSON.stringify(item)}`, item, '']);
  return undefined;
}

/** What somebody who applies `object` owns: its leaves, and the items of its keyed lists. */
export function appliedSet(kind: string, object: Fields): PathSet {
  const set: PathSet = new Set();
  for (const [path, leaf] of nodes(kind, object)) {
    const isItem = elements(path).at(-1)?.startsWith('k:');
    if (leaf !== undefined || isItem) set.add(path);
  }
  return set;
}

/** What differs between two states of an object. */
export function compare(kind: string, from: Fields, to: Fields): { changed: PathSet; removed: PathSet } {
  const old = nodes(kind, from);
  const now = nodes(kind, to);
  const changed: PathSet = new Set();
  for (const [path, leaf] of now) {
    const isAlwaysThere = leaf === undefined && ALWAYS_THERE.has(elements(path).at(-1) as string);
    if (!isAlwaysThere && (!old.has(path) || old.get(path) !== leaf)) changed.add(path);
  }
  return { changed, removed: new Set([...old.keys()].filter((path) => !now.has(path))) };
}

/** As managedFields hold it. A member that has members of its own is marked with a dot. */
export function encode(set: PathSet): Fields {
  const root: Fields = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of elements(path)) {
      node[element] ??= {};
      node = node[element] as Fields;
    }
    node['.'] = {};
  }
  const tidy = (node: Fields): Fields =>
    Object.keys(node).length === 1 && '.' in node
      ? {}
      : Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, tidy(inner as Fields)]));
  return tidy(root);
}

export function decode(fields: Fields): PathSet {
  const set: PathSet = new Set();
  const visit = (node: Fields, path: string[]): void => {
    const inner = Object.entries(node);
    if (path.length > 0 && (inner.length === 0 || '.' in node)) set.add(join(path));
    for (const [element, member] of inner) if (element !== '.') visit(member as Fields, [...path, element]);
  };
  visit(fields, []);
  return set;
}
