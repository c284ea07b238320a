// In which order objects go to the cluster: what others need comes first.

import type { KubernetesObject } from '@kubernetes/client-node';
import { groupMapName } from '../charts/group-map';
import { UserError } from '../errors';
import {
  ADMISSION_BINDINGS,
  ADMISSION_POLICIES,
  apiVersionOf,
  CONFIG_MAPS,
  CRON_JOBS,
  JOBS,
  type Kind,
  PROMETHEUS_RULES,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
} from './kinds';

/**
 * The parameters of a folded fleet before the CronJob whose pods mount them. The group map is the last before the CronJobs: once
 * the first of them has changed, the cluster has the serial, and an older dist is refused. A group that the map names
 * already and that has no CronJob yet is "missing" to whoever waits for the night, never "done".
 */
export const KINDS_IN_ORDER: readonly Kind[] = [
  SERVICE_ACCOUNTS,
  ROLES,
  ROLE_BINDINGS,
  CONFIG_MAPS,
  PROMETHEUS_RULES,
  ADMISSION_POLICIES,
  ADMISSION_BINDINGS,
  CRON_JOBS,
  JOBS,
];

/** Kinds that lie in no namespace. */
export const OF_THE_CLUSTER: ReadonlySet<Kind> = new Set([ADMISSION_POLICIES, ADMISSION_BINDINGS]);

/** @throws UserError `apply-refused` for a kind that cronfleet does not speak of */
export function kindOf({ apiVersion, kind, metadata }: KubernetesObject): Kind {
  const found = KINDS_IN_ORDER.find((known) => known.kind === kind && apiVersionOf(known) === apiVersion);
  if (found !== undefined) return found;
  throw new UserError(
    'apply-refused',
    `dist has ${kind} ${metadata?.name} of ${apiVersion}, a kind apply does not know`,
    {
      hint: 'apply this dist with `kubectl apply --server-side -R -f dist`; nothing was changed',
    },
  );
}

export function isGroupMap({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'ConfigMap' && metadata?.name === groupMapName({ name: metadata?.labels?.['cronfleet/fleet'] ?? '' });
}

/** Objects that may go at once, and behind each lot the next; none is empty. */
export function wavesOf<T extends KubernetesObject>(objects: readonly T[]): T[][] {
  const rank = (object: T) => {
    if (isGroupMap(object)) return KINDS_IN_ORDER.indexOf(CRON_JOBS) - 0.5;
    return KINDS_IN_ORDER.indexOf(kindOf(object));
  };
  const waves = new Map<number, T[]>();
  for (const object of objects) {
    const wave = waves.get(rank(object));
    if (wave === undefined) waves.set(rank(object), [object]);
    else wave.push(object);
  }
  return [...waves].sort(([a], [b]) => a - b).map(([, wave]) => wave);
}

/** One object among all: `CronJob batch/catalog-0001`. */
export function identityOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata?.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata?.name}`;
}
