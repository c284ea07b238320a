// The status of a Job as the Job controller of v1.36 writes it.

import { type Fields, timestamp } from './objects';

/** How a run went. Without `completedAt` and `failedAt` it is still running. */
export interface RunOutcome {
  completedAt?: Date;
  failedAt?: Date;
  /** Of a failure; `BackoffLimitExceeded` by default. */
  reason?:
    | 'BackoffLimitExceeded'
    | 'DeadlineExceeded'
    | 'PodFailurePolicy'
    | 'FailedIndexes'
    | 'MaxFailedIndexesExceeded';
  /** Of the failure; by default as the controller words the reason. */
  message?: string;
  /** Of an indexed Job: `0-3,5`. All of them when it has completed, none else. */
  succeededIndexes?: string;
  /** Of an indexed Job with a limit for each index. */
  failedIndexes?: string;
  /** Pods that run now; 1 by default when the run has not ended, of which all are ready. */
  running?: number;
  /** Pods that failed; by default 1 when the run has failed, else 0. */
  failed?: number;
}

const MESSAGES: Record<NonNullable<RunOutcome['reason']>, string> = {
  BackoffLimitExceeded: 'Job has reached the specified backoff limit',
  DeadlineExceeded: 'Job was active longer than specified deadline',
  PodFailurePolicy: 'Container job for pod failed with exit code 1 matching FailJob rule at index 0',
  FailedIndexes: 'Job has failed indexes',
  MaxFailedIndexesExceeded: 'Job has exceeded the specified maximal number of failed indexes',
};

export function jobStatus(spec: Fields, startedAt: Date, outcome: RunOutcome): Fields {
  const { completedAt, failedAt, succeededIndexes, failedIndexes } = outcome;
  const isIndexed = spec.completionMode === 'Indexed';
  const completions = Number(spec.completions ?? 1);
  const hasEnded = completedAt !== undefined || failedAt !== undefined;
  const active = hasEnded ? 0 : (outcome.running ?? 1);
  const done =
    succeededIndexes ?? (completedAt === undefined ? '' : `${completions > 1 ? `0-${completions - 1}` : '0'}`);
  const succeeded = isIndexed ? countIndexes(done) : completedAt === undefined ? 0 : completions;
  const failed = outcome.failed ?? (failedAt === undefined ? 0 : Math.max(1, countIndexes(failedIndexes ?? '')));
  return {
    startTime: timestamp(startedAt),
    // Counts of 0 are left out, but for those that tell that the controller has looked.
    ...(active > 0 ? { active } : {}),
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
    ...{ ready: active, terminating: 0, uncountedTerminatedPods: {} },
    ...(isIndexed && done !== '' ? { completedIndexes: done } : {}),
    ...(isIndexed && spec.backoffLimitPerIndex !== undefined ? { failedIndexes: failedIndexes ?? '' } : {}),
    ...ending(outcome),
  };
}

/** First the Job is known to end so, then, with all its pods gone, it has. */
function ending({ completedAt, failedAt, reason = 'BackoffLimitExceeded', message }: RunOutcome): Fields {
  if (completedAt !== undefined) {
    const why = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => condition(type, completedAt, why));
    return { completionTime: timestamp(completedAt), conditions };
  }
  if (failedAt === undefined) return {};
  const why = { reason, message: message ?? MESSAGES[reason] };
  return { conditions: ['FailureTarget', 'Failed'].map((type) => condition(type, failedAt, why)) };
}

function condition(type: string, when: Date, why: { reason: string; message: string }): Fields {
  const time = timestamp(when);
  return { type, status: 'True', lastProbeTime: time, lastTransitionTime: time, ...why };
}

/** How many indexes `0-3,5` names. */
export function countIndexes(indexes: string): number {
  return indexes
    .split(',')
    .filter((range) => range !== '')
    .map((range) => range.split('-').map(Number) as [number, number?])
    .reduce((sum, [first, last = first]) => sum + last - first + 1, 0);
}
