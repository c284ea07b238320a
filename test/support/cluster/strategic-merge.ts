// Strategic merge patch, as `kubectl apply` without --server-side sends it: maps are merged, lists item by item where items have a
// key, and directives in the patch say what cannot be said by values.

import { listType } from './field-schema';
import { type Fields, isFields, isSame } from './objects';

/** Keyed for who applies on the server's side, but replaced whole here. */
const REPLACED = new Set(['claims', 'validationActions']);

/** `null` removes a field; `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` mean what the API has them mean. */
export function strategicMerge(kind: string, live: unknown, patch: Fields): Fields {
  const { $patch: directive, $retainKeys: retained, ...said } = patch;
  if (directive === 'delete') return {};
  const plain = Object.entries(said).filter(([field]) => !field.startsWith('$'));
  if (directive === 'replace') return Object.fromEntries(plain);
  const merged: Fields = isFields(live) ? { ...live } : {};
  if (Array.isArray(retained))
    for (const field of Object.keys(merged)) if (!retained.includes(field)) delete merged[field];
  for (const [field, gone] of directives(said, '$deleteFromPrimitiveList/')) {
    const there = merged[field];
    if (Array.isArray(there)) merged[field] = there.filter((item) => !gone.some((other) => isSame(item, other)));
  }
  for (const [field, value] of plain) {
    if (value === null) delete merged[field];
    else if (isFields(value)) merged[field] = strategicMerge(kind, merged[field], value);
    else merged[field] = Array.isArray(value) ? mergeList(kind, field, merged[field], value) : value;
  }
  for (const [field, order] of directives(said, '$setElementOrder/')) {
    const there = merged[field];
    if (Array.isArray(there)) merged[field] = inOrder(there, order, identityIn(kind, field));
  }
  return merged;
}

/** Lists that are said of a field under another name. */
function directives(said: Fields, prefix: string): [field: string, items: unknown[]][] {
  return Object.entries(said).flatMap(([name, items]): [string, unknown[]][] =>
    name.startsWith(prefix) && Array.isArray(items) ? [[name.slice(prefix.length), items]] : [],
  );
}

/** What an item is known by; undefined for lists that are one value. */
function identityIn(kind: string, field: string): ((item: unknown) => unknown) | undefined {
  const type = listType(kind, field);
  if (REPLACED.has(field) || type.type === 'atomic') return undefined;
  // Where who applies has two keys, as ports have, a patch has the first of them.
  return type.type === 'map' ? (item) => (item as Fields | null)?.[type.keys[0] as string] : (item) => item;
}

function mergeList(kind: string, field: string, live: unknown, patch: readonly unknown[]): unknown[] {
  const identity = identityIn(kind, field);
  const said = patch.filter((item) => !isFields(item) || item.$patch === undefined);
  const has = (directive: string) => (item: unknown) => isFields(item) && item.$patch === directive;
  if (identity === undefined || patch.some(has('replace'))) return said;
  const gone = patch.filter(has('delete')).map(identity);
  const merged = (Array.isArray(live) ? live : []).filter((item) => !gone.includes(identity(item)));
  for (const item of said) {
    const at = merged.findIndex((other) => identity(other) === identity(item));
    const next = isFields(item) ? strategicMerge(kind, merged[at], item) : item;
    if (at < 0) merged.push(next);
    else merged[at] = next;
  }
  return merged;
}

/** Items that the order does not name stay before the next that it does name. */
function inOrder(items: readonly unknown[], order: readonly unknown[], identity = (item: unknown) => item): unknown[] {
  const rank = new Map(order.map((item, at) => [identity(item), at]));
  const named = items.filter((item) => rank.has(identity(item)));
  named.sort((a, b) => (rank.get(identity(a)) ?? 0) - (rank.get(identity(b)) ?? 0));
  return items.map((item) => (rank.has(identity(item)) ? named.shift() : item));
}
