// A run of a CronJob, with the Job and the Pods that the controllers would make of it.

import { jobStatus, type RunOutcome } from './job-status';
import type { Logs } from './logs';
import { at, type Draft, type Fields, type KubeObject, type OwnerReference, timestamp } from './objects';

export interface PodOutcome {
  /** Of the container that is named first, or of `container`; 0 by default. */
  exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`…; by default what fits the exit code. */
  reason?: string;
  container?: string;
  /** What the container printed. */
  log?: string;
  /** Which index of an indexed Job it is. */
  index?: number;
}

export interface Run extends RunOutcome {
  /** The minute that the schedule names. */
  scheduledAt: Date;
  /** When the Job was made and started; `scheduledAt` by default. */
  startedAt?: Date;
  /** The Job's pods, none by default. Of a run that has not ended they run. */
  pod?: PodOutcome | PodOutcome[];
}

/** What the run needs of the cluster. */
export interface Controllers {
  get(kind: string, namespace: string, name: string): KubeObject | undefined;
  put(object: Draft, options: { manager: string; subresource?: 'status'; createdAt?: Date }): KubeObject;
  logs: Logs;
}

const MANAGER = 'kube-controller-manager';
const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Makes the Job of a scheduled time, or gives the one of this time another status, as the run goes on. */
export function runCronJob(cluster: Controllers, namespace: string, name: string, run: Run): KubeObject {
  const cronJob = cluster.get('CronJob', namespace, name);
  if (cronJob === undefined) throw new Error(`There is no CronJob ${namespace}/${name} to run`);
  const startedAt = run.startedAt ?? run.scheduledAt;
  const jobName = `${name}-${Math.floor(run.scheduledAt.getTime() / 60_000)}`;
  const made =
    cluster.get('Job', namespace, jobName) ??
    cluster.put(jobOf(cronJob, jobName, run.scheduledAt), { manager: MANAGER, createdAt: startedAt });
  const status = jobStatus(made.spec ?? {}, startedAt, run);
  const job = cluster.put({ ...made, status }, { manager: MANAGER, subresource: 'status' });
  for (const [index, pod] of [run.pod ?? []].flat().entries()) putPod(cluster, job, startedAt, run, pod, index);
  note(cluster, cronJob, job, run);
  return job;
}

function jobOf(cronJob: KubeObject, name: string, scheduledAt: Date): Draft {
  const template = at(cronJob, 'spec', 'jobTemplate') as Fields;
  const { labels, annotations } = (template.metadata ?? {}) as {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  const zone = at(cronJob, 'spec', 'timeZone') as string | undefined;
  return {
    ...{ apiVersion: 'batch/v1', kind: 'Job' },
    metadata: {
      ...{ name, namespace: cronJob.metadata.namespace as string, labels: { ...labels } },
      annotations: { ...annotations, [SCHEDULED]: inZone(scheduledAt, zone ?? 'UTC') },
      ownerReferences: [ownerOf(cronJob)],
    },
    spec: structuredClone(template.spec) as Fields,
  };
}

function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** RFC 3339 with the zone's offset then; `Z` where there is none. */
export function inZone(instant: Date, timeZone: string): string {
  const seconds = Math.floor(instant.getTime() / 1000) * 1000;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    .format(seconds)
    .match(/\d+/g) as string[];
  const [day, month, year, hour, minute, second] = parts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = (Date.UTC(year, month - 1, day, hour, minute, second) - seconds) / 60_000;
  const local = new Date(seconds + offset * 60_000).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
}

function putPod(
  { put, logs }: Controllers,
  job: KubeObject,
  startedAt: Date,
  run: Run,
  pod: PodOutcome,
  number: number,
) {
  const { namespace = '', name } = job.metadata;
  const template = at(job, 'spec', 'template') as { metadata?: Fields; spec: Fields };
  const isIndexed = at(job, 'spec', 'completionMode') === 'Indexed';
  const index = pod.index ?? number;
  const indexed: Record<string, string> = isIndexed
    ? { 'batch.kubernetes.io/job-completion-index': String(index) }
    : {};
  const podName = `${name}${isIndexed ? `-${index}` : ''}-${number.toString(36).padStart(5, 'x')}`;
  const endedAt = run.completedAt ?? run.failedAt;
  const container = pod.container ?? String(at((template.spec.containers as Fields[])[0], 'name'));
  const metadata = {
    ...{ name: podName, namespace, ownerReferences: [ownerOf(job)] },
    labels: { ...(template.metadata?.labels as Record<string, string>), ...indexed },
    annotations: { ...(template.metadata?.annotations as Record<string, string>), ...indexed },
  };
  const made = put(
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...template.spec, nodeName: 'node-1' } },
    { manager: MANAGER, createdAt: startedAt },
  );
  const status = podStatus(made, startedAt, endedAt, container, pod);
  put({ ...made, status }, { manager: 'kubelet', subresource: 'status' });
  if (pod.log !== undefined) logs.set(namespace, podName, container, { current: pod.log });
}

function podStatus(
  made: KubeObject,
  startedAt: Date,
  endedAt: Date | undefined,
  failing: string,
  pod: PodOutcome,
): Fields {
  const started = timestamp(startedAt);
  const { exitCode = 0, reason = exitCode === 0 ? 'Completed' : 'Error' } = pod;
  const stateOf = (name: unknown): Fields => {
    if (endedAt === undefined) return { running: { startedAt: started } };
    const how = name === failing ? { exitCode, reason } : { exitCode: 0, reason: 'Completed' };
    return { terminated: { ...how, startedAt: started, finishedAt: timestamp(endedAt) } };
  };
  const phase = endedAt === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed';
  const isReady = endedAt === undefined;
  return {
    ...{ phase, startTime: started, qosClass: 'Burstable' },
    containerStatuses: ((made.spec?.containers ?? []) as Fields[]).map(({ name, image }) => ({
      ...{ name, image, imageID: '', ready: isReady, started: isReady, restartCount: 0 },
      ...{ state: stateOf(name), lastState: {} },
    })),
  };
}

/** What the CronJob's status says of the run. */
function note(cluster: Controllers, cronJob: KubeObject, job: KubeObject, run: Run): void {
  const { namespace = '', name, uid, resourceVersion } = job.metadata;
  const status: Fields = { ...cronJob.status };
  const reference = { apiVersion: 'batch/v1', kind: 'Job', name, namespace, resourceVersion, uid };
  const others = ((status.active ?? []) as Fields[]).filter((active) => active.uid !== uid);
  const hasEnded = run.completedAt !== undefined || run.failedAt !== undefined;
  status.active = hasEnded ? others : [...others, reference];
  if ((status.active as Fields[]).length === 0) delete status.active;
  status.lastScheduleTime = latest(status.lastScheduleTime, run.scheduledAt);
  if (run.completedAt !== undefined) status.lastSuccessfulTime = latest(status.lastSuccessfulTime, run.completedAt);
  cluster.put({ ...cronJob, status }, { manager: MANAGER, subresource: 'status' });
}

function latest(before: unknown, now: Date): string {
  const time = timestamp(now);
  return typeof before === 'string' && before > time ? before : time;
}
