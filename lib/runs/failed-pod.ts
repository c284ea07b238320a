// Which pod of a run tells why it failed, and which of its containers.

import type { RawPod } from './raw';
import { INDEX_LABEL } from './rerun-job';
import type { Run } from './run';

type ContainerStatus = NonNullable<NonNullable<RawPod['status']>['containerStatuses']>[number];

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
  const own = pods.filter(({ metadata }) => {
    const isIts = metadata?.ownerReferences?.some(({ uid }) => uid === run.uid);
    return isIts && (run.indexes === undefined || index === undefined || indexOf(metadata) === String(index));
  });
  const failed = own.filter(({ status }) => status?.phase === 'Failed');
  const some = failed.length > 0 && run.state !== 'completed' ? failed : own;
  return [...some].sort((a, b) => startOf(a) - startOf(b)).at(-1);
}

/** Steps run one after the other, all but the last as init containers: the first that has not ended well is the one. */
export function tellingContainer({ spec, status }: RawPod): TellingContainer | undefined {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const telling =
    statuses.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0) ??
    statuses.find(({ state }) => state?.running !== undefined || state?.waiting !== undefined) ??
    statuses.at(-1);
  if (telling !== undefined) return { container: telling.name, ...howOf(telling) };
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

function indexOf(metadata: RawPod['metadata']): string | undefined {
  return metadata?.annotations?.[INDEX_LABEL] ?? metadata?.labels?.[INDEX_LABEL];
}

function startOf({ metadata, status }: RawPod): number {
  return Date.parse(status?.startTime ?? metadata?.creationTimestamp ?? '') || 0;
}
