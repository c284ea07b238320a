// Where an object in the cluster is not what its manifest says. What the server or others added is no difference; what we applied
// once and the manifest no longer says is one.

import type { KubernetesObject } from '@kubernetes/client-node';
import { FIELD_MANAGER } from './cluster';
import { amountOf } from './quantity';

type Fields = Record<string, unknown>;

/** Lists whose items are known by a key, so that others may stand between them. All other lists are one value. */
const LIST_KEYS: Record<string, string> = {
  ...{ containers: 'name', initContainers: 'name', env: 'name', volumes: 'name', imagePullSecrets: 'name' },
  ...{ volumeMounts: 'mountPath', volumeDevices: 'devicePath', ports: 'containerPort', hostAliases: 'ip' },
  ...{ matchConditions: 'name', variables: 'name', groups: 'name' },
};
/** Maps in which a key of somebody else changes what ours mean. */
const WHOLE = new Set(['nodeSelector', 'matchLabels', 'secretKeyRef', 'configMapKeyRef']);
/** Maps of texts; elsewhere the server does not write an empty text at all. */
const TEXTS = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector', 'data', 'binaryData']);
const QUANTITIES = new Set(['requests', 'limits', 'hard']);
/** Of metadata, what says which object it is. */
const IDENTITY = new Set(['name', 'namespace']);
/** What a key is in managedFields when the manifest leaves it out. */
const KEY_DEFAULTS: Fields = { protocol: 'TCP' };

/**
 * Paths such as `spec.jobTemplate.spec.template.spec.containers[job].image` at which `live` does not have what the manifest says,
 * or still has what we applied before and the manifest no longer says. None when an apply would change nothing.
 */
export function differencesFrom(manifest: KubernetesObject, live: KubernetesObject): string[] {
  const { apiVersion: _, kind: __, metadata, ...rest } = manifest as KubernetesObject & Fields;
  const found: string[] = [];
  const said = Object.fromEntries(Object.entries(metadata ?? {}).filter(([field]) => !IDENTITY.has(field)));
  compare(said, live.metadata ?? {}, 'metadata', { field: 'metadata' }, found);
  for (const [field, wanted] of Object.entries(rest))
    if (field !== 'status') compare(wanted, (live as Fields)[field], field, { field }, found);
  const owned = ourEntry(live)?.fieldsV1;
  if (isFields(owned)) noLongerSaid(owned, manifest, '', found);
  return [...new Set(found)];
}

/** Whether our server-side apply has been there: else fields that look alike are another's, and the next change is a conflict. */
export function hasApplied(live: KubernetesObject): boolean {
  return ourEntry(live) !== undefined;
}

function ourEntry({ metadata }: KubernetesObject) {
  return metadata?.managedFields?.find(
    ({ manager, operation, subresource }) => manager === FIELD_MANAGER && operation === 'Apply' && !subresource,
  );
}

/** Where a value stands: its field, and the field around that. */
interface Place {
  field: string;
  around?: string;
}

function compare(wanted: unknown, live: unknown, path: string, place: Place, found: string[]): void {
  if (wanted === undefined || wanted === null) return;
  if (live === undefined || live === null) {
    if (!isLeftOut(wanted, place)) found.push(path);
  } else if (isFields(wanted) && isFields(live)) {
    if (WHOLE.has(place.field) && Object.keys(live).some((field) => field !== 'optional' && !(field in wanted)))
      found.push(path);
    for (const [field, value] of Object.entries(wanted))
      compare(value, live[field], `${path}.${field}`, { field, around: place.field }, found);
  } else if (Array.isArray(wanted) && Array.isArray(live)) {
    compareLists(wanted, live, path, place, found);
  } else if (!isSame(wanted, live, place)) {
    found.push(path);
  }
}

function compareLists(
  wanted: readonly unknown[],
  live: readonly unknown[],
  path: string,
  { field }: Place,
  found: string[],
): void {
  const key = LIST_KEYS[field];
  if (key === undefined) {
    if (wanted.length !== live.length) found.push(path);
    else for (const [at, item] of wanted.entries()) compare(item, live[at], `${path}[${at}]`, { field: '' }, found);
    return;
  }
  const keyOf = (item: unknown) => (item as Fields | null)?.[key];
  const keys = wanted.map(keyOf);
  for (const item of wanted) {
    const there = live.find((other) => keyOf(other) === keyOf(item));
    compare(item, there, `${path}[${keyOf(item)}]`, { field: '' }, found);
  }
  // A variable may speak of those before it.
  const order = live.map(keyOf).filter((each) => keys.includes(each));
  if (order.length === keys.length && order.some((each, at) => each !== keys[at])) found.push(path);
}

function isLeftOut(wanted: unknown, { around = '' }: Place): boolean {
  if (wanted === '') return !TEXTS.has(around);
  return typeof wanted === 'object' && wanted !== null && Object.keys(wanted).length === 0;
}

function isSame(wanted: unknown, live: unknown, { field, around = '' }: Place): boolean {
  if (wanted === live) return true;
  if (!QUANTITIES.has(around) && field !== 'sizeLimit') return false;
  const amount = amountOf(wanted);
  return amount !== undefined && amount === amountOf(live);
}

/** Walks what managedFields say is ours: `f:spec`, `k:{"name":"job"}`, `v:"a"`; a dot is the thing itself. */
function noLongerSaid(owned: Fields, said: unknown, path: string, found: string[]): void {
  for (const [element, inner] of Object.entries(owned)) {
    if (element === '.') continue;
    const [step, value] = memberOf(said, element);
    const place = element.startsWith('f:') && path ? `${path}.${step}` : `${path}${step}`;
    if (value === undefined || value === null) found.push(place);
    else if (isFields(inner)) noLongerSaid(inner, value, place, found);
  }
}

function memberOf(said: unknown, element: string): [step: string, value: unknown] {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return [rest, isFields(said) ? said[rest] : undefined];
  const items = Array.isArray(said) ? said : [];
  const key: unknown = element.startsWith('i:') ? undefined : JSON.parse(rest);
  if (!isFields(key)) return [`[${rest}]`, items.find((item) => JSON.stringify(item) === rest)];
  const isIt = (item: Fields) =>
    Object.entries(key).every(([field, value]) => (item[field] ?? KEY_DEFAULTS[field]) === value);
  return [`[${key.name ?? Object.values(key)[0]}]`, items.find((item) => isFields(item) && isIt(item))];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
