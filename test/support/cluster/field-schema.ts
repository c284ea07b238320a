// Which lists of the API are merged by keys, which are sets, and which fields are one value as a whole. Everything that is not
// named here follows the API's default: maps are merged key by key, lists are replaced whole.

const LIST_KEYS: Record<string, readonly string[]> = {
  ...{ containers: ['name'], initContainers: ['name'], ephemeralContainers: ['name'], env: ['name'] },
  ...{ ports: ['containerPort', 'protocol'], volumes: ['name'], volumeMounts: ['mountPath'] },
  ...{ volumeDevices: ['devicePath'], hostAliases: ['ip'], resourceClaims: ['name'], claims: ['name'] },
  ...{ topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'], ownerReferences: ['uid'] },
  ...{ matchConditions: ['name'], variables: ['name'] },
};

/** Lists that are keyed in one kind and atomic in another. */
const LIST_KEYS_OF_KIND: Record<string, Record<string, readonly string[]>> = {
  Pod: { imagePullSecrets: ['name'], conditions: ['type'] },
  Job: { imagePullSecrets: ['name'] },
  CronJob: { imagePullSecrets: ['name'] },
  ServiceAccount: { secrets: ['name'] },
  Namespace: { conditions: ['type'] },
  ResourceQuota: {},
  PrometheusRule: { groups: ['name'] },
  ValidatingAdmissionPolicy: { conditions: ['type'] },
};

/** What a key is when an item leaves it out. */
const KEY_DEFAULTS: Record<string, string> = { protocol: 'TCP' };

const SETS = new Set(['finalizers', 'validationActions']);

/** References and selectors: an apply owns the whole or nothing of them. */
const ATOMIC = new Set([
  ...['selector', 'nodeSelector', 'labelSelector', 'namespaceSelector', 'objectSelector'],
  ...['secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'roleRef', 'involvedObject', 'paramRef'],
  'requiredDuringSchedulingIgnoredDuringExecution',
]);

export type ListType = { type: 'map'; keys: readonly string[] } | { type: 'set' } | { type: 'atomic' };

/** Of the list in field `name` of a kind. */
export function listType(kind: string, name: string): ListType {
  if (SETS.has(name)) return { type: 'set' };
  const keys = LIST_KEYS_OF_KIND[kind]?.[name] ?? LIST_KEYS[name];
  return keys === undefined ? { type: 'atomic' } : { type: 'map', keys };
}

/** Whether the object in field `name` is one value. */
export function isAtomic(name: string): boolean {
  return ATOMIC.has(name);
}

/** Which item of a keyed list it is, as managedFields write it: `k:{"name":"job"}`. */
export function itemElement(item: unknown, keys: readonly string[]): string {
  const fields = (item ?? {}) as Record<string, unknown>;
  const chosen = [...keys].sort().map((key) => [key, fields[key] ?? KEY_DEFAULTS[key]]);
  return `k:${JSON.stringify(Object.fromEntries(chosen.filter(([, value]) => value !== undefined)))}`;
}
