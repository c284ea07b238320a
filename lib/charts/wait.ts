// `cronfleet wait` in the cluster: it ends well only once every group has completed tonight. What it runs as, and what it may see.

import { ApiObject, JsonPatch } from 'cdk8s';
import { ApiResource, type k8s, Role, RoleBinding, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Window } from '../config/schema';
import { printTimeOfDay } from '../config/time';
import type { FleetPlan } from '../plan/plan';
import { groupMapName } from './group-map';
import { fleetLabels } from './labels';
import type { Plain } from './plain';
import type { ContainerParts } from './pod';
import { TOKEN_MOUNT, tokenVolume } from './token';

export const WAIT_CONTAINER = 'wait';
const GROUP_MAP_FOLDER = '/etc/cronfleet';

/** The account that `cronfleet wait` has in the cluster. */
export function waitAccountName(plan: FleetPlan): string {
  return `${plan.name}-wait`;
}

/**
 * The container that waits: the fleet, the window that is open, and the groups as the group map names them.
 * It needs {@link waitVolumes}.
 */
export function waitContainer(plan: FleetPlan, window: Window, args: readonly string[] = []): ContainerParts {
  const closes = window.opensAt + window.minutes;
  return {
    name: WAIT_CONTAINER,
    image: plan.tools?.image as string,
    runAsUser: plan.tools?.runAsUser,
    isApart: true,
    command: ['cronfleet', 'wait', plan.name],
    args: [
      `--namespace=${plan.namespace}`,
      `--group-map=${GROUP_MAP_FOLDER}`,
      `--opens=${printTimeOfDay(window.opensAt)}`,
      `--closes=${printTimeOfDay(closes)}${closes >= 1440 ? ' next day' : ''}`,
      `--time-zone=${window.timeZone}`,
      ...(window.days === '*' ? [] : [`--days=${window.days}`]),
      ...args,
    ],
    env: [],
    envFrom: [],
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    mounts: [{ name: 'group-map', mountPath: GROUP_MAP_FOLDER, readOnly: true }, TOKEN_MOUNT],
  };
}

/** The group map, and a token of the pod's account. */
export function waitVolumes(plan: FleetPlan): Plain<k8s.Volume>[] {
  return [{ name: 'group-map', configMap: { name: groupMapName(plan) } }, tokenVolume()];
}

/** Adds the account, and a Role that lets it see Jobs and CronJobs of the namespace and nothing else. */
export function addWaitAccess(chart: Construct, plan: FleetPlan): void {
  const metadata = { name: waitAccountName(plan), namespace: plan.namespace, labels: fleetLabels(plan) };
  const account = new ServiceAccount(chart, '_wait-account', { metadata });
  const role = new Role(chart, '_wait-role', {
    metadata,
    rules: [{ verbs: ['get', 'list', 'watch'], resources: [ApiResource.JOBS, ApiResource.CRON_JOBS] }],
  });
  const binding = new RoleBinding(chart, '_wait-binding', { metadata, role });
  binding.addSubjects(account);
  // Empty, which the API server drops: a GitOps tool would see a difference for ever.
  ApiObject.of(binding).addJsonPatch(JsonPatch.remove('/subjects/0/apiGroup'));
}
