// Which pod of a run tells why it failed, and which of its containers.

import { type ContainerStatus, completionIndex, containersOf, isInTrouble } from './pod-containers';
import type { RawPod } from './raw';
import type { Run } from './run';

/** The container that says most of how a pod went. */
export interface TellingContainer {
  container: string;
  /** `exit 3 (Error)`, `running`, `ImagePullBackOff` … */
  how: string;
  /** Whether it has been running, so that there is something to read. */
  hasLog: boolean;
  /** What the kubelet adds. */
  message: string | undefined;
}

/** The pod to look at: of a run that has failed the last pod that did, else the last one; undefined when none is there any more. */
export function tellingPod(pods: readonly RawPod[], run: Run, index: number | undefined): RawPod | undefined {
  const own = pods.filter((pod) => {
    const isIts = pod.metadata?.ownerReferences?.some(({ uid }) => uid === run.uid);
    return isIts && (run.indexes === undefined || index === undefined || completionIndex(pod) === index);
  });
  const failed = own.filter(({ status }) => status?.phase === 'Failed');
  const some = failed.length > 0 && run.state !== 'completed' ? failed : own;
  return [...some].sort((a, b) => startOf(a) - startOf(b)).at(-1);
}

/**
 * Steps run one after the other, all but the last as init containers: the first that has not ended well is the one. What was put
 * beside them tells only where none of them does.
 */
export function tellingContainer(pod: RawPod): TellingContainer | undefined {
  const { ours, others } = containersOf(pod);
  const isUnderWay = ({ state }: ContainerStatus) => state?.running !== undefined || state?.waiting !== undefined;
  const telling =
    ours.find(isInTrouble) ??
    ours.find(({ state }) => state?.running !== undefined) ??
    others.find(isInTrouble) ??
    ours.find(isUnderWay) ??
    ours.at(-1) ??
    others.at(-1);
  if (telling !== undefined) return { container: telling.name, ...howOf(telling) };
  const { spec } = pod;
  const first = spec?.initContainers?.[0] ?? spec?.containers[0];
  return first && { container: first.name, how: 'not started', hasLog: false, message: undefined };
}

function howOf({ state = {} }: ContainerStatus): Omit<TellingContainer, 'container'> {
  const { terminated, running, waiting } = state;
  if (terminated)
    return {
      how: `exit ${terminated.exitCode}${terminated.reason ? ` (${terminated.reason})` : ''}`,
      hasLog: true,
      message: terminated.message,
    };
  if (running) return { how: 'running', hasLog: true, message: undefined };
  return { how: waiting?.reason ?? 'not started', hasLog: false, message: waiting?.message };
}

function startOf({ metadata, status }: RawPod): number {
  return Date.parse(status?.startTime ?? metadata?.creationTimestamp ?? '') || 0;
}
