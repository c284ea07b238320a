// One night of one shape, from the window's opening until the last Job has come to its end.

import { HISTORY_LIMIT } from '../lib/charts/cron-job';
import { Client } from './client';
import { Clock } from './clock';
import { CronJobs } from './cron-jobs';
import { Groups, type Outcome } from './groups';
import { IndexedJob } from './indexed-job';
import { Kueue } from './kueue';
import { Nodes } from './nodes';
import { Pool } from './pool';
import { MOST_ENDED_PODS, type Settings } from './settings';
import { type Layout, layoutOf, type ShapeName } from './shapes';
import { SingleJobs } from './single-jobs';
import { percentile } from './statistics';

export interface Night {
  shape: ShapeName;
  groups: number;
  cronJobs: number;
  /** Seconds from a CronJob's minute until its Job was there; undefined when no Job came. */
  skew: { p50: number; p99: number; last: number } | undefined;
  /** Seconds after the window opens until the last group's container ran; undefined when none did. */
  lastBegan: number | undefined;
  /** Seconds after the window opens until the last group was done, one way or the other. */
  lastEnd: number;
  /** How many groups each became of. */
  outcomes: Record<Outcome, number>;
  /** Calls that the controllers made, Kueue's included: writes and Events. */
  writes: number;
  /** Objects that are there when the night is over, and three like it were before: CronJobs, Jobs, pods, Workloads, ConfigMaps. */
  objects: number;
}

/** What synth says in place of a night: the fleet cannot be done in its window. */
export interface Refused {
  shape: ShapeName;
  groups: number;
  refused: true;
}

export function simulate(shape: ShapeName, count: number, settings: Settings): Night | Refused {
  const layout = layoutOf(shape, count, settings);
  if (layout === undefined) return { shape, groups: count, refused: true };
  const clock = new Clock();
  const groups = new Groups(count, settings);
  const clientOf = (qps: number, burst: number) => new Client(clock, { qps, burst, latency: settings.latency });
  const cronJobClient = clientOf(settings.qps, settings.burst);
  const jobClient = clientOf(settings.qps, settings.burst);
  const kueueClient = clientOf(settings.kueueQps, settings.kueueBurst);
  const nodes = new Nodes(clock, settings);
  const jobs = jobsOf();
  const onMissed = (key: number) =>
    layout.times.length === 1 ? groups.settleRest('missed', clock.now) : groups.settle(key, 'missed', clock.now);
  const cronJobs = new CronJobs(clock, cronJobClient, layout.times, settings.cronJobWorkers, {
    onJob: (key) => jobs.make(key),
    onMissed,
  });
  clock.run();
  return {
    ...{ shape, groups: count, cronJobs: layout.times.length },
    ...figuresOf(groups, cronJobs),
    writes: cronJobClient.writes + jobClient.writes + kueueClient.writes,
    objects: objectsOf(shape, count, layout),
  };

  function jobsOf(): { make(key: number): void } {
    const { parallelism, times } = layout as Layout;
    const first = times[0]?.activeDeadline ?? 0;
    const onEnded = () => cronJobs.jobEnded(0);
    if (shape === 'fold') return new IndexedJob(clock, jobClient, nodes, groups, settings, parallelism, first, onEnded);
    if (shape === 'pool') return new Pool(clock, jobClient, nodes, groups, settings, parallelism, first, onEnded);
    const deadlines = times.map(({ activeDeadline }) => activeDeadline);
    const isQueued = shape === 'queue';
    const kueue = new Kueue(clock, kueueClient, count, settings.slots, (key) => single.resume(key));
    const single = new SingleJobs(clock, jobClient, nodes, groups, settings, deadlines, {
      onSuspended: (key) => kueue.add(key),
      onEnded: (key) => {
        if (isQueued) kueue.jobEnded(key);
        cronJobs.jobEnded(key);
      },
    });
    return { make: (key) => single.make(key, isQueued) };
  }
}

function figuresOf(groups: Groups, { skews }: CronJobs): Pick<Night, 'skew' | 'lastBegan' | 'lastEnd' | 'outcomes'> {
  const sorted = skews.filter((skew) => !Number.isNaN(skew)).sort();
  const last = sorted.at(-1);
  const lastBegan = groups.began.reduce((latest, at) => (at > latest ? at : latest), Number.NEGATIVE_INFINITY);
  const outcomes: Record<Outcome, number> = { done: 0, late: 0, failed: 0, deadline: 0, missed: 0 };
  for (const outcome of groups.outcomes) if (outcome !== undefined) outcomes[outcome] += 1;
  return {
    skew: last === undefined ? undefined : { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), last },
    lastBegan: lastBegan === Number.NEGATIVE_INFINITY ? undefined : lastBegan,
    lastEnd: groups.lastEnd,
    outcomes,
  };
}

/** Groups whose scripts share a ConfigMap: docs/folding.md. */
const GROUPS_A_CONFIG_MAP = 200;

/** Without retries, and failed Jobs beside those that succeeded. */
function objectsOf(shape: ShapeName, groups: number, { times, parallelism }: Layout): number {
  const jobs = times.length * HISTORY_LIMIT;
  const podsOfAJob = shape === 'fold' ? groups : shape === 'pool' ? parallelism : 1;
  const configMaps = 1 + (shape === 'fold' ? Math.ceil(groups / GROUPS_A_CONFIG_MAP) : 0);
  const workloads = shape === 'queue' ? jobs : 0;
  return times.length + jobs + workloads + configMaps + Math.min(jobs * podsOfAJob, MOST_ENDED_PODS);
}
