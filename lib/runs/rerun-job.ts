// The Job of a rerun: what `kubectl create job --from=cronjob/…` makes, with the night that it redoes.

import { WAIT_CONTAINER } from '../charts/wait';
import type { Night } from '../config/nights';
import type { MappedGroup } from './group-map';
import type { RawCronJob, RawJob } from './raw';
import { GROUP_LABEL, RERUN_OF } from './run';

/** On Jobs of reruns: the local date of the night, to find and to delete them by. */
export const RERUN_LABEL = 'cronfleet/rerun';
/** The Job controller puts it on the pods of an Indexed Job, as annotation and, since Kubernetes 1.28, as label. */
export const INDEX_LABEL = 'batch.kubernetes.io/job-completion-index';
/** How long a Job stays that no CronJob's history removes, in seconds: 30 days. */
export const REMEMBERED_SECONDS = 30 * 24 * 3_600;
const MANUAL = 'cronjob.kubernetes.io/instantiate';

type JobSpec = NonNullable<RawJob['spec']>;
type PodTemplate = JobSpec['template'];
type Container = NonNullable<PodTemplate['spec']>['containers'][number];

/** Which night a Job redoes, and how often that has been done before. */
export interface Redoing {
  night: Night;
  /** The local date on which it opened. */
  date: string;
  attempt: number;
}

/**
 * `catalog-0007-260301-r1`: the night and the number of the rerun. Whoever else reruns the same group of the same night makes the same
 * name, so the API server lets only one of them through. 10 characters more than a CronJob's name, which has at most 52.
 */
export function rerunName(name: string, { date, attempt }: Omit<Redoing, 'night'>): string {
  return `${prefixOf(name, date)}${attempt}`;
}

/** One more than the last that there is: Jobs before it may be gone. */
export function nextAttempt(name: string, date: string, jobs: readonly RawJob[]): number {
  const prefix = prefixOf(name, date);
  const attempts = jobs.flatMap(({ metadata }) => {
    const rest = metadata?.name?.startsWith(prefix) ? metadata.name.slice(prefix.length) : '';
    return /^\d+$/.test(rest) ? [Number(rest)] : [];
  });
  return Math.max(0, ...attempts) + 1;
}

function prefixOf(name: string, date: string): string {
  return `${name}-${date.slice(2).replaceAll('-', '')}-r`;
}

/** The Job of one group, from the CronJob of the group, or from that of the folded fleet. */
export function rerunJob(cronJob: RawCronJob, group: MappedGroup, redoing: Redoing): RawJob {
  const name = rerunName(group.name, redoing);
  if (group.index === undefined) return jobOf(cronJob, name, redoing, isLast(cronJob, redoing.night));
  const job = ofIndex(jobOf(cronJob, name, redoing, false), group.index);
  // Rows of a folded fleet stand in its parameters; here they can be told, as on the Jobs of other fleets.
  const rows = Object.entries(group.share).map(([key, value]) => [`cronfleet/${key}`, value ?? '']);
  return {
    ...job,
    metadata: {
      ...job.metadata,
      labels: { ...job.metadata?.labels, [GROUP_LABEL]: group.name },
      annotations: { ...job.metadata?.annotations, ...Object.fromEntries(rows) },
    },
    spec: inTemplate(job.spec as JobSpec, ({ metadata, ...template }) => ({
      ...template,
      metadata: { ...metadata, labels: { ...metadata?.labels, [GROUP_LABEL]: group.name } },
    })),
  };
}

/** The Job of `<fleet>-after`, whose wait looks at that night and not at the window that is open. */
export function afterJob(cronJob: RawCronJob, redoing: Redoing): RawJob {
  const job = jobOf(cronJob, rerunName(cronJob.metadata?.name ?? '', redoing), redoing, isLast(cronJob, redoing.night));
  const spec = inContainers(job.spec as JobSpec, (container) =>
    container.name === WAIT_CONTAINER
      ? { ...container, args: [...(container.args ?? []), `--window=${redoing.date}`] }
      : container,
  );
  return { ...job, spec };
}

/**
 * As kubectl makes it, without `blockOwnerDeletion`, for which one would need rights on the CronJob's finalizers.
 *
 * With `controller: true` the CronJob's history counts the Job, and its status says that something has succeeded: right for the last
 * night, and what the alerts go by. For a night before it would say so of the last one; of a folded fleet it would say that all
 * groups have succeeded, and keep three of its Jobs. These belong to the CronJob only to be deleted with it, and have a time of their own.
 * https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubectl/pkg/cmd/create/create_job.go
 */
function jobOf({ metadata, spec }: RawCronJob, name: string, { night, date }: Redoing, isControlled: boolean): RawJob {
  const template = spec?.jobTemplate ?? {};
  const jobSpec = structuredClone(template.spec) as JobSpec;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(metadata?.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { ...template.metadata?.labels, [RERUN_LABEL]: date },
      annotations: { [MANUAL]: 'manual', ...template.metadata?.annotations, [RERUN_OF]: instant(night.opens) },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: metadata?.name ?? '',
          uid: metadata?.uid ?? '',
          ...(isControlled ? { controller: true } : {}),
        },
      ],
    },
    spec: isControlled ? jobSpec : { ttlSecondsAfterFinished: REMEMBERED_SECONDS, ...jobSpec },
  };
}

/** Whether its CronJob has started nothing in a night behind this one. */
function isLast({ status }: RawCronJob, { closes }: Night): boolean {
  return status?.lastScheduleTime === undefined || new Date(status.lastScheduleTime) < closes;
}

/**
 * One index of an Indexed Job as a Job of its own, since a Job cannot run some of its indexes. Its pod is told what the Job
 * controller would tell it; what the API takes of Indexed Jobs only becomes what it means for one.
 */
function ofIndex(job: RawJob, index: number): RawJob {
  const {
    completionMode: _,
    backoffLimitPerIndex,
    maxFailedIndexes: __,
    successPolicy: ___,
    ...spec
  } = job.spec as JobSpec;
  const rules = spec.podFailurePolicy?.rules.map((rule) =>
    rule.action === 'FailIndex' ? { ...rule, action: 'FailJob' } : rule,
  );
  const mark = { [INDEX_LABEL]: String(index) };
  const marked = inTemplate(
    {
      ...spec,
      completions: 1,
      parallelism: 1,
      ...(backoffLimitPerIndex === undefined ? {} : { backoffLimit: backoffLimitPerIndex }),
      ...(rules === undefined ? {} : { podFailurePolicy: { rules } }),
    },
    ({ metadata, ...template }) => ({
      ...template,
      metadata: {
        ...metadata,
        labels: { ...metadata?.labels, ...mark },
        annotations: { ...metadata?.annotations, ...mark },
      },
    }),
  );
  const variable = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX_LABEL}']` } },
  };
  return {
    ...job,
    spec: inContainers(marked, (container) =>
      container.env?.some(({ name }) => name === variable.name)
        ? container
        : { ...container, env: [...(container.env ?? []), variable] },
    ),
  };
}

function inTemplate(spec: JobSpec, change: (template: PodTemplate) => PodTemplate): JobSpec {
  return { ...spec, template: change(spec.template) };
}

/** Steps are init containers: all but the last. */
function inContainers(spec: JobSpec, change: (container: Container) => Container): JobSpec {
  return inTemplate(spec, ({ spec: pod, ...template }) => {
    if (pod === undefined) return template;
    const { initContainers, containers } = pod;
    return {
      ...template,
      spec: {
        ...pod,
        ...(initContainers === undefined ? {} : { initContainers: initContainers.map(change) }),
        containers: containers.map(change),
      },
    };
  });
}

/** RFC 3339, to the second. */
function instant(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
