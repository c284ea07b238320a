// Whose containers a pod has: the job's and the steps', and behind them what was put beside them, such as a mesh's proxy, which
// ends badly in its own way, and before or after the job as the server sorts them.

import { JOB_CONTAINER, SCRIPTS_VOLUME } from '../charts/pod';
import type { RawPod } from './raw';
import { INDEX_LABEL } from './rerun-job';

export type ContainerStatus = NonNullable<NonNullable<RawPod['status']>['containerStatuses']>[number];
type Container = NonNullable<RawPod['spec']>['containers'][number];

/** In the order in which each kind runs. */
export interface PodContainers {
  ours: ContainerStatus[];
  others: ContainerStatus[];
}

/** Of a pod that says nothing of its containers but how they went, all are ours. */
export function containersOf({ spec, status }: RawPod): PodContainers {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  if (spec === undefined) return { ours: statuses, others: [] };
  const names = new Set([...(spec.initContainers ?? []), ...spec.containers].filter(isOurs).map(({ name }) => name));
  return {
    ours: statuses.filter(({ name }) => names.has(name)),
    others: statuses.filter(({ name }) => !names.has(name)),
  };
}

/** Whether it has ended badly, or something keeps it from beginning other than those before it. */
export function isInTrouble({ state }: ContainerStatus): boolean {
  const { terminated, waiting } = state ?? {};
  if (terminated) return terminated.exitCode !== 0;
  return waiting?.reason !== undefined && !['PodInitializing', 'ContainerCreating'].includes(waiting.reason);
}

/** In an Indexed Job. The annotation is older than the label. */
export function completionIndex({ metadata }: RawPod): number | undefined {
  const index = metadata?.annotations?.[INDEX_LABEL] ?? metadata?.labels?.[INDEX_LABEL];
  return index === undefined ? undefined : Number(index);
}

/** Each of ours is told its fleet, or reads it. */
function isOurs({ name, env = [], volumeMounts = [] }: Container): boolean {
  return (
    name === JOB_CONTAINER ||
    env.some((variable) => variable.name === 'FLEET') ||
    volumeMounts.some((mount) => mount.name === SCRIPTS_VOLUME)
  );
}
