// The story of `cronfleet wait`: it ends well only when every group has completed in the night, and never because nothing was seen.

import { fleetSelector } from './charts/labels';
import type { Cluster } from './cluster/cluster';
import { follow } from './cluster/follow';
import { CRON_JOBS, JOBS } from './cluster/kinds';
import { type Night, openWindow } from './config/nights';
import type { Window } from './config/schema';
import { askedNight } from './night';
import type { GroupMap } from './runs/group-map';
import { type GroupOutcome, outcomesOf, type Verdict, verdictOf } from './runs/outcome';
import type { RawCronJob, RawJob } from './runs/raw';

export interface WaitOptions {
  fleet: string;
  namespace: string;
  window: Window;
  /** The local date on which the window opened, `YYYY-MM-DD`. @default the window that is open or opens within five minutes, else the last that has closed */
  date?: string | undefined;
  /** The groups there are, asked whenever they are needed: they may change while one waits. */
  groups: () => Promise<GroupMap>;
  /** Told of each new state. */
  onState?: (state: NightState) => void;
  /** Told of what is tried again. */
  onTrouble?: (error: unknown) => void;
}

export interface NightState {
  night: Night;
  outcomes: GroupOutcome[];
  verdict: Verdict;
}

/** Milliseconds by which a clock may be off without being told; see ./cluster/failures.ts. */
const CLOCKS_APART = 5 * 60_000;
/** At least this often, in milliseconds, the clock alone may change the verdict. */
const LONGEST_LOOK = 60_000;

/**
 * Waits until nothing more is to come: every group has completed, one has failed, or the window is closed. A window that is closed
 * already is looked at once.
 * @throws UserError `config-invalid` for a date on which no window opened, and those of the cluster
 */
export async function waitForNight(cluster: Cluster, options: WaitOptions): Promise<NightState> {
  const { fleet, namespace, window, date, groups, onState, onTrouble } = options;
  const { now, sleep } = cluster.pace;
  // What starts with the window may have a clock that is a little behind: it means the night to come, not the one before.
  const soon = new Date(now().getTime() + CLOCKS_APART);
  const { night } = askedNight(window, date, openWindow(window, now()) ? now() : soon);
  const selection = { labelSelector: fleetSelector(fleet) };

  const judged = async (cronJobs: readonly RawCronJob[], jobs: readonly RawJob[]): Promise<NightState> => {
    const outcomes = outcomesOf({ map: await groups(), cronJobs, jobs }, window, night, now());
    return { night, outcomes, verdict: verdictOf(outcomes, night, now()) };
  };
  if (now() >= night.closes) {
    const cronJobs = await cluster.list<RawCronJob>(CRON_JOBS, namespace, selection);
    const jobs = await cluster.list<RawJob>(JOBS, namespace, selection);
    const state = await judged(cronJobs.items, jobs.items);
    onState?.(state);
    return state;
  }

  const stop = new AbortController();
  const seen: { cronJobs?: readonly RawCronJob[]; jobs?: readonly RawJob[] } = {};
  const stale = { cronJobs: false, jobs: false };
  const isStale = () => stale.cronJobs || stale.jobs;
  let wake = () => {};
  let failure: { error: unknown } | undefined;
  const watch = <K extends 'cronJobs' | 'jobs'>(key: K, kind: typeof JOBS) =>
    follow<NonNullable<(typeof seen)[K]>[number]>(
      cluster,
      kind,
      namespace,
      selection,
      (objects) => {
        seen[key] = objects as (typeof seen)[K];
        stale[key] = false;
        wake();
      },
      stop.signal,
      (error) => {
        stale[key] = true;
        onTrouble?.(error);
      },
    ).catch((error: unknown) => {
      failure = { error };
      wake();
    });
  const watches = [watch('cronJobs', CRON_JOBS), watch('jobs', JOBS)];
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (failure) throw failure.error;
      const isKnown = seen.cronJobs !== undefined && seen.jobs !== undefined;
      if (isKnown) {
        const state = await judged(seen.cronJobs ?? [], seen.jobs ?? []);
        // What was seen before the connection was lost says nothing of what became of it.
        if (isStale() && state.verdict !== 'waiting') state.verdict = 'unknown';
        if (!isStale()) onState?.(state);
        if (state.verdict !== 'waiting' && !(isStale() && now() < night.closes)) return state;
      } else if (now() >= night.closes) {
        return { night, outcomes: [], verdict: 'unknown' };
      }
      const look = new AbortController();
      const pause = Math.max(1, Math.min(LONGEST_LOOK, night.closes.getTime() - now().getTime()));
      await Promise.race([changed, sleep(pause, look.signal)]);
      look.abort();
    }
  } finally {
    stop.abort();
    await Promise.all(watches);
  }
}
