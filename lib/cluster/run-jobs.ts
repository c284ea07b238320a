// Makes Jobs, so many at a time, and follows them by one watch until they have ended. A Job is made once, whatever becomes of the
// answer: its name is its own, and what is there already is followed.

import { UserError } from '../errors';
import type { RawJob } from '../runs/raw';
import { RERUN_OF, runOf } from '../runs/run';
import type { Cluster, Selection } from './cluster';
import { ApiRefusal } from './failures';
import { follow } from './follow';
import { JOBS } from './kinds';

export type JobState =
  /** Not made yet. */
  | 'waiting'
  | 'running'
  | 'completed'
  | 'failed'
  /** Somebody deleted it before it had ended. */
  | 'gone'
  /** The cluster refused to make it. */
  | 'refused';

export interface JobProgress {
  job: string;
  state: JobState;
  /** Somebody else had made it just before. */
  isOthers: boolean;
  /** Of a failure or refusal. */
  reason: string | undefined;
}

export interface RunJobsOptions {
  /** Selects them all, for the watch. */
  selection: Selection;
  /** At most so many run at once. */
  concurrency: number;
  /** False to make all of them and leave. */
  follows: boolean;
  /** Asked just before a Job is made, which may be long after the others: why it may not be, given the Jobs that are there. */
  reasonNotTo?: (job: RawJob, there: readonly RawJob[]) => string | undefined;
  onChange?: (all: readonly JobProgress[], changed: JobProgress) => void;
  /** Makes no more, and leaves those that run. */
  signal: AbortSignal;
}

/** Creates under way at once when nothing is followed. */
const CREATES_AT_ONCE = 10;
const MOST_TRIES = 5;
const PAUSE = 1_000;

/** @returns each Job as it was last seen. @throws what {@link follow} throws */
export async function runJobs(
  cluster: Cluster,
  namespace: string,
  jobs: readonly RawJob[],
  { selection, concurrency, follows, reasonNotTo, onChange, signal }: RunJobsOptions,
): Promise<JobProgress[]> {
  const all = jobs.map(({ metadata }): JobProgress => {
    return { job: metadata?.name ?? '', state: 'waiting', isOthers: false, reason: undefined };
  });
  const waiting = [...all.keys()];
  const making = new Set<Promise<void>>();
  const seen = new Set<string>();
  let known = new Map<string, RawJob>();
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);

  const change = (progress: JobProgress, state: JobState, reason?: string) => {
    if (progress.state === state) return;
    Object.assign(progress, { state, reason });
    onChange?.(all, progress);
  };
  const look = (progress: JobProgress, job: RawJob) => {
    const { state, reason, message } = runOf(job);
    change(progress, state, state === 'failed' ? [reason, message].filter(Boolean).join(': ') : undefined);
  };
  const make = async (at: number) => {
    const progress = all[at] as JobProgress;
    const reason = reasonNotTo?.(jobs[at] as RawJob, [...known.values()]);
    if (reason !== undefined) return change(progress, 'refused', reason);
    try {
      const { job, isOthers } = await makeOnce(cluster, namespace, jobs[at] as RawJob);
      progress.isOthers = isOthers;
      look(progress, known.get(progress.job) ?? job);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      change(progress, 'refused', error.message);
      // What one is refused for, a quota or a right, the others are refused for too.
      waiting.length = 0;
    }
  };
  const pump = () => {
    const most = follows ? concurrency : CREATES_AT_ONCE;
    const busy = () => making.size + (follows ? all.filter(({ state }) => state === 'running').length : 0);
    while (!stopped.aborted && waiting.length > 0 && busy() < most) {
      const made = make(waiting.shift() as number).finally(() => {
        making.delete(made);
        pump();
      });
      making.add(made);
      made.catch((error: unknown) => stop.abort(error));
    }
    const isOver = waiting.length === 0 && !all.some(({ state }) => follows && state === 'running');
    if (isOver && making.size === 0) stop.abort();
  };

  if (follows)
    await follow<RawJob>(
      cluster,
      JOBS,
      namespace,
      selection,
      (objects) => {
        known = new Map(objects.map((job) => [job.metadata?.name ?? '', job]));
        for (const progress of all) {
          const job = known.get(progress.job);
          if (job !== undefined) seen.add(progress.job);
          if (progress.state === 'waiting' || progress.state === 'refused') continue;
          if (job !== undefined) look(progress, job);
          else if (progress.state === 'running' && seen.has(progress.job)) change(progress, 'gone', 'it was deleted');
        }
        pump();
      },
      stopped,
    );
  else {
    pump();
    if (!stopped.aborted)
      await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve(), { once: true }));
  }
  // What is under way is made or not, and one wants to know.
  await Promise.allSettled(making);
  if (stop.signal.reason instanceof Error && stop.signal.reason.name !== 'AbortError') throw stop.signal.reason;
  return all;
}

/** A lost answer says nothing of whether the Job was made: the second try finds out. */
async function makeOnce(cluster: Cluster, namespace: string, job: RawJob): Promise<{ job: RawJob; isOthers: boolean }> {
  let wasLost = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return { job: await cluster.create<RawJob>(JOBS, job), isOthers: false };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const refusal = error instanceof ApiRefusal ? error : undefined;
      if (refusal?.status === 409 && refusal.answer.reason === 'AlreadyExists') {
        const there = await cluster.get<RawJob>(JOBS, namespace, job.metadata?.name ?? '');
        if (there === undefined) throw error;
        if (!isSameRerun(there, job))
          throw new UserError(
            'rerun-refused',
            `Job ${job.metadata?.name} is there already, of another night or of other rows`,
            {
              hint: 'were groups changed just now? Run this again; else see whose it is, and delete it',
            },
          );
        return { job: there, isOthers: !wasLost };
      }
      const isLost = error.code === 'cluster-unreachable' || (refusal?.status ?? 0) >= 500;
      // Two that take from one quota at once: one of them is to try again.
      const isConflict = refusal?.status === 409;
      if (tries >= MOST_TRIES || !(isLost || isConflict)) throw error;
      wasLost ||= isLost;
      await cluster.pace.sleep(PAUSE * 2 ** (tries - 1));
    }
  }
}

function isSameRerun(there: RawJob, wanted: RawJob): boolean {
  const [a, b] = [there, wanted].map(({ metadata }) => metadata?.annotations ?? {});
  const ours = new Set(Object.keys({ ...a, ...b }).filter((key) => key.startsWith('cronfleet/')));
  return a?.[RERUN_OF] !== undefined && [...ours].every((key) => a?.[key] === b?.[key]);
}
