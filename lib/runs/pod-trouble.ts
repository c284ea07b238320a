// Why a pod does not run, or how it ended: what a person would look for with `kubectl describe`.

import type { RawPod } from './raw';
import { GROUP_LABEL } from './run';

export interface PodTrouble {
  pod: string;
  /** Undefined in a folded fleet. */
  group: string | undefined;
  /** In an Indexed Job. */
  index: number | undefined;
  job: string;
  createdAt: string;
  /** `Unschedulable`, `ImagePullBackOff`, `OOMKilled`, `Error` … */
  reason: string;
  /** Of the container that ended badly. */
  exitCode: number | undefined;
  container: string | undefined;
  message: string | undefined;
}

/** What is wrong with a pod; undefined when nothing is. */
export function troubleOf({ metadata = {}, status = {} }: RawPod): PodTrouble | undefined {
  const labels = metadata.labels ?? {};
  const index = labels['batch.kubernetes.io/job-completion-index'];
  const base = {
    pod: metadata.name ?? '',
    group: labels[GROUP_LABEL],
    index: index === undefined ? undefined : Number(index),
    job: labels['batch.kubernetes.io/job-name'] ?? labels['job-name'] ?? '',
    createdAt: metadata.creationTimestamp ?? '',
  };
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const { name, state } of containers) {
    const { terminated, waiting } = state ?? {};
    if (terminated && terminated.exitCode !== 0) {
      const { exitCode, reason, message } = terminated;
      return { ...base, reason: reason ?? 'Error', exitCode, container: name, message };
    }
    if (waiting?.reason && !['PodInitializing', 'ContainerCreating'].includes(waiting.reason)) {
      return { ...base, reason: waiting.reason, exitCode: undefined, container: name, message: waiting.message };
    }
  }
  const none = { exitCode: undefined, container: undefined };
  const unscheduled = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (status.phase === 'Pending' && unscheduled)
    return { ...base, ...none, reason: unscheduled.reason ?? 'Pending', message: unscheduled.message };
  if (status.phase === 'Failed')
    return { ...base, ...none, reason: status.reason ?? 'Failed', message: status.message };
  return undefined;
}
