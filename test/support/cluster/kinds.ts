// What the double serves, and what is special about each kind.

export interface Kind {
  /** Empty for the core group. */
  group: string;
  version: 'v1';
  kind: string;
  resource: string;
  namespaced: boolean;
  /** Has a status subresource: `status` is written there only. */
  hasStatus?: boolean;
  /** `metadata.generation` counts the changes of `spec`. */
  hasGeneration?: boolean;
  /** A delete answers with the object, not with a Status. */
  returnsDeleted?: boolean;
  /** A replace must say which resourceVersion it replaces. */
  needsVersion?: boolean;
  /** What becomes of dependents when a delete does not say. */
  orphansByDefault?: boolean;
  shortNames?: string[];
}

const CORE = { group: '', version: 'v1', namespaced: true } as const;
const BATCH = { group: 'batch', version: 'v1', namespaced: true, hasStatus: true, hasGeneration: true } as const;
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true } as const;
const ADMISSION = {
  ...({ group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false } as const),
  ...{ hasGeneration: true, needsVersion: true },
};

export const KINDS: readonly Kind[] = [
  { ...CORE, kind: 'Namespace', resource: 'namespaces', namespaced: false, hasStatus: true, returnsDeleted: true },
  { ...CORE, kind: 'ConfigMap', resource: 'configmaps', shortNames: ['cm'] },
  { ...CORE, kind: 'Pod', resource: 'pods', hasStatus: true, hasGeneration: true, returnsDeleted: true },
  { ...CORE, kind: 'ServiceAccount', resource: 'serviceaccounts', returnsDeleted: true, needsVersion: true },
  { ...CORE, kind: 'Event', resource: 'events' },
  { ...CORE, kind: 'ResourceQuota', resource: 'resourcequotas', hasStatus: true, returnsDeleted: true },
  { ...CORE, kind: 'Secret', resource: 'secrets' },
  // Of old, deleting a Job leaves its Pods unless the delete says otherwise.
  { ...BATCH, kind: 'Job', resource: 'jobs', orphansByDefault: true },
  { ...BATCH, kind: 'CronJob', resource: 'cronjobs', shortNames: ['cj'] },
  { ...RBAC, kind: 'Role', resource: 'roles' },
  { ...RBAC, kind: 'RoleBinding', resource: 'rolebindings' },
  {
    ...{ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', resource: 'leases' },
    ...{ namespaced: true, needsVersion: true },
  },
  {
    ...{ ...ADMISSION, kind: 'ValidatingAdmissionPolicy', resource: 'validatingadmissionpolicies' },
    hasStatus: true,
  },
  { ...ADMISSION, kind: 'ValidatingAdmissionPolicyBinding', resource: 'validatingadmissionpolicybindings' },
  {
    ...{ group: 'monitoring.coreos.com', version: 'v1', kind: 'PrometheusRule', resource: 'prometheusrules' },
    ...{ namespaced: true, hasGeneration: true, needsVersion: true, shortNames: ['promrule'] },
  },
];

export const MONITORING = 'monitoring.coreos.com';

export function kindNamed(kind: string): Kind {
  const found = KINDS.find((known) => known.kind === kind);
  if (found === undefined) throw new Error(`The double does not serve ${kind}`);
  return found;
}

export function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** As messages name a resource: `cronjobs.batch`, `pods`. */
export function qualified({ group, resource }: { group: string; resource: string }): string {
  return group === '' ? resource : `${resource}.${group}`;
}
