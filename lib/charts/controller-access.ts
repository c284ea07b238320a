// The least that `cronfleet controller` must be permitted, as rules of a Role. What it deletes with is a Role of its own, so that
// nobody gives it along by accident.

import type { k8s } from 'cdk8s-plus-27';
import { lockMapName } from '../groups/lock-map';
import type { FleetPlan } from '../plan/plan';
import { groupMapName } from './group-map';
import { waitAccountName } from './wait';

export const RBAC = 'rbac.authorization.k8s.io';

/** The controller's account; its Role and binding are named alike. */
export function controllerName({ name }: Pick<FleetPlan, 'name'>): string {
  return `${name}-controller`;
}

/** The Lease that keeps two who apply in the same namespace apart. */
const LEASE = 'cronfleet-apply';

export interface Access {
  rules: k8s.PolicyRule[];
  removalRules: k8s.PolicyRule[];
}

/** A folded fleet has ConfigMaps whose names are not known beforehand. */
export function controllerAccess(plan: FleetPlan): Access {
  const maps = [groupMapName(plan), lockMapName(plan.name)];
  const isFolded = plan.fold !== undefined || plan.folded !== undefined;
  const core = (rule: Partial<k8s.PolicyRule> & { verbs: string[] }) => ({
    apiGroups: [''],
    resources: ['configmaps'],
    ...rule,
  });
  return {
    rules: [
      { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'list', 'create', 'patch'] },
      // What is listed or created has no name by which it could be limited.
      core({ verbs: ['list', 'create'] }),
      ...(isFolded ? [core({ verbs: ['get', 'patch'] })] : []),
      core({ resourceNames: maps, verbs: ['get', 'patch', 'update'] }),
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [LEASE],
        verbs: ['get', 'update'],
      },
      { apiGroups: [''], resources: ['resourcequotas'], verbs: ['list'] },
      ...seen(plan),
    ],
    removalRules: [
      { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['delete'] },
      ...(isFolded ? [core({ verbs: ['delete'] })] : []),
    ],
  };
}

/** To say what differs from the config, and is a person's to apply. */
function seen(plan: FleetPlan): k8s.PolicyRule[] {
  const waits = plan.after !== undefined || plan.alerts?.webhook !== undefined;
  const waiting = waits ? [waitAccountName(plan)] : [];
  const controller = controllerName(plan);
  const read = (group: string, resources: string[], resourceNames: string[]) => ({
    apiGroups: [group],
    resources,
    resourceNames,
    verbs: ['get'],
  });
  return [
    read('', ['serviceaccounts'], [controller, ...waiting]),
    read(RBAC, ['roles', 'rolebindings'], [controller, `${controller}-removals`, ...waiting]),
    ...(plan.alerts?.prometheus ? [read('monitoring.coreos.com', ['prometheusrules'], [`${plan.name}-alerts`])] : []),
  ];
}
