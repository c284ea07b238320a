// The kinds of objects that cronfleet speaks of in a cluster, and where the API server has them.

export interface Kind {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  plural: string;
}

export const CONFIG_MAPS: Kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const PODS: Kind = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
export const EVENTS: Kind = { group: '', version: 'v1', kind: 'Event', plural: 'events' };
export const RESOURCE_QUOTAS: Kind = { group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas' };
export const SERVICE_ACCOUNTS: Kind = { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' };
export const CRON_JOBS: Kind = { group: 'batch', version: 'v1', kind: 'CronJob', plural: 'cronjobs' };
export const JOBS: Kind = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs' };
export const LEASES: Kind = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases' };
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' };
export const ROLES: Kind = { ...RBAC, kind: 'Role', plural: 'roles' };
export const ROLE_BINDINGS: Kind = { ...RBAC, kind: 'RoleBinding', plural: 'rolebindings' };
const ADMISSION = { group: 'admissionregistration.k8s.io', version: 'v1' };
export const ADMISSION_POLICIES: Kind = {
  ...ADMISSION,
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
};
export const ADMISSION_BINDINGS: Kind = {
  ...ADMISSION,
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
};
export const PROMETHEUS_RULES: Kind = {
  group: 'monitoring.coreos.com',
  version: 'v1',
  kind: 'PrometheusRule',
  plural: 'prometheusrules',
};

/** `batch/v1`, `v1` */
export function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Where the objects of a namespace are, or those of the whole cluster; one of them with its name. */
export function pathOf(kind: Kind, namespace: string | undefined, name?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
