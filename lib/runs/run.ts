// A Job as a run of a group: for which night, over which rows, and what became of it.

import type { Share } from '../groups/share';
import type { RawCronJob, RawJob } from './raw';
import type { Template } from './told';

/** Our label of a group's CronJobs, Jobs and Pods; a folded fleet's have none. */
export const GROUP_LABEL = 'cronfleet/group';
export const LINEAGE_LABEL = 'cronfleet/lineage';
/** On Jobs of `cronfleet rerun`: when the window opened of which they redo a group, RFC 3339. */
export const RERUN_OF = 'cronfleet/rerun-of';
/** By the CronJob controller, since Kubernetes 1.28; creation may be minutes later, and a Job made by hand has none. */
const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Ours that say which rows; `cronfleet/fleet` and the like are labels. */
const SHARE = /^cronfleet\/(?!rerun-of$)(.+)$/;

export interface Run {
  job: string;
  uid: string;
  /** Undefined for the Job of a folded fleet. */
  group: string | undefined;
  /** The lock's lineage that its manifest was made from. */
  lineage: string | undefined;
  /** Uids of what it belongs to. */
  owners: readonly string[];
  /** Of these, the CronJob whose controller made it. */
  controller: string | undefined;
  /** When its CronJob's schedule had it start; undefined for a Job made by hand. */
  scheduledAt: Date | undefined;
  /** When the window opened that it redoes; undefined for what is no rerun of ours. */
  rerunOf: Date | undefined;
  createdAt: Date;
  endedAt: Date | undefined;
  state: 'running' | 'completed' | 'failed';
  /** Of a failure: `DeadlineExceeded`, `BackoffLimitExceeded` … */
  reason: string | undefined;
  message: string | undefined;
  /** The rows it was told, null for unbounded. */
  share: Share;
  /** Of a folded fleet's Job; undefined for others. */
  indexes: { count: number; completed: ReadonlySet<number>; failed: ReadonlySet<number> } | undefined;
  /** Of its pods. */
  template: Template | undefined;
}

export function runOf({ metadata = {}, spec, status = {} }: RawJob): Run {
  const { name = '', uid = '', annotations = {}, labels = {}, creationTimestamp, ownerReferences = [] } = metadata;
  const condition = (type: string) => status.conditions?.find((each) => each.type === type && each.status === 'True');
  const [complete, failed] = [condition('Complete'), condition('Failed')];
  const isIndexed = spec?.completionMode === 'Indexed';
  return {
    job: name,
    uid,
    group: labels[GROUP_LABEL],
    lineage: labels[LINEAGE_LABEL],
    owners: ownerReferences.map((owner) => owner.uid),
    controller: ownerReferences.find(({ controller }) => controller)?.uid,
    scheduledAt: dateOf(annotations[SCHEDULED]),
    rerunOf: dateOf(annotations[RERUN_OF]),
    createdAt: dateOf(creationTimestamp) ?? new Date(0),
    endedAt: dateOf(status.completionTime) ?? dateOf((complete ?? failed)?.lastTransitionTime),
    state: complete ? 'completed' : failed ? 'failed' : 'running',
    reason: failed?.reason,
    message: failed?.message,
    share: shareIn(annotations),
    indexes: isIndexed
      ? {
          count: spec?.completions ?? 0,
          completed: indexesIn(status.completedIndexes),
          failed: indexesIn(status.failedIndexes),
        }
      : undefined,
    template: spec?.template,
  };
}

/** The rows a CronJob's next Job would be told. */
export function shareOfTemplate({ spec }: RawCronJob): Share {
  return shareIn(spec?.jobTemplate.metadata?.annotations ?? {});
}

/** Whether two shares say the same things of the same rows. An annotation cannot say null, so empty is unbounded there. */
export function sameShare(a: Share, b: Share): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && (a[name] ?? '') === (b[name] ?? ''))
  );
}

/** `1,3-5` is 1, 3, 4 and 5. */
export function indexesIn(text: string | undefined): Set<number> {
  const parts = (text ?? '').split(',').filter((part) => part !== '');
  return new Set(
    parts.flatMap((part) => {
      const [first, last] = part.split('-').map(Number) as [number, number | undefined];
      return Array.from({ length: (last ?? first) - first + 1 }, (_, at) => first + at);
    }),
  );
}

function shareIn(annotations: Record<string, string>): Share {
  const ours = Object.entries(annotations).flatMap(([key, value]) => {
    const name = SHARE.exec(key)?.[1];
    return name === undefined ? [] : [[name, value === '' ? null : value]];
  });
  return Object.fromEntries(ours);
}

function dateOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
