// Why a pod does not run, or how it ended: what a person would look for with `kubectl describe`.

import { completionIndex, containersOf, isInTrouble } from './pod-containers';
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
export function troubleOf(pod: RawPod): PodTrouble | undefined {
  const { metadata = {}, status = {} } = pod;
  const labels = metadata.labels ?? {};
  const base = {
    pod: metadata.name ?? '',
    group: labels[GROUP_LABEL],
    index: completionIndex(pod),
    job: labels['batch.kubernetes.io/job-name'] ?? labels['job-name'] ?? '',
    createdAt: metadata.creationTimestamp ?? '',
  };
  const { ours, others } = containersOf(pod);
  const telling = [...ours, ...others].find(isInTrouble);
  if (telling !== undefined) {
    const { terminated, waiting } = telling.state ?? {};
    const { reason = 'Error', message } = terminated ?? waiting ?? {};
    return { ...base, reason, exitCode: terminated?.exitCode, container: telling.name, message };
  }
  const none = { exitCode: undefined, container: undefined };
  const unscheduled = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (status.phase === 'Pending' && unscheduled)
    return { ...base, ...none, reason: unscheduled.reason ?? 'Pending', message: unscheduled.message };
  if (status.phase === 'Failed')
    return { ...base, ...none, reason: status.reason ?? 'Failed', message: status.message };
  return undefined;
}
