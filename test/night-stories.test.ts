// What is said of a night, and rerun of it, when something has changed since: shape, window, groups, or Jobs that are gone.

import { describe, expect, test } from 'vitest';
import { logLines } from '../lib/cli/logs';
import { liveGroupMap } from '../lib/cluster/group-map';
import { logsOf } from '../lib/logs';
import type { FleetPlan } from '../lib/plan/plan';
import { rerun } from '../lib/rerun';
import { statusOf } from '../lib/status';
import { waitForNight } from '../lib/wait';
import { aGroup, aPlan, groupsAt } from './support/builders';
import { aCluster, type Cluster } from './support/cluster';
import { connected } from './support/cluster/connected';
import { minute, OPENS, putFleet, runGroups } from './support/cluster/fleet';

const BY_DAY = minute(600);
const DAY = 1_440;
const FOLD = { fold: true as const, job: { command: ['work'] } };
const NOTHING = { done: false, running: false, suspended: false, otherRows: false };

async function waited(double: Cluster, plan: FleetPlan, date?: string) {
  const cluster = await connected(double);
  const { name: fleet, namespace, window } = plan;
  const groups = () => liveGroupMap(cluster, namespace, fleet);
  const state = await waitForNight(cluster, { fleet, namespace, window: window as never, groups, date });
  return [state.verdict, ...state.outcomes.map(({ group, state }) => `${group.name} ${state}`)];
}

/** Groups that would be rerun, or why not. */
async function wouldRerun(
  double: Cluster,
  plan: FleetPlan,
  groups: string[] = [],
  keys: object = {},
): Promise<string[]> {
  const options = { plan, groups, failed: groups.length === 0, evenIf: NOTHING, after: false, concurrency: 10 };
  const how = { follows: true, dryRun: true, signal: new AbortController().signal };
  return rerun(await connected(double), { ...options, ...how, ...keys }).then(
    ({ groups }) => groups.map(({ group }) => group ?? ''),
    ({ hint }) => hint.split('\n'),
  );
}

async function logged(double: Cluster, plan: FleetPlan) {
  return logLines(await logsOf(await connected(double), { plan, groups: [], all: false, lines: 5 }));
}

describe('after the fleet was folded', () => {
  const after = aPlan({ fleet: FOLD, lock: { groups: 3, serial: 2, shape: 'folded', reshaped: BY_DAY.toISOString() } });

  async function aNightBefore() {
    const double = await aCluster({ now: BY_DAY });
    putFleet(double, aPlan({ lock: { groups: 3 } }));
    runGroups(double, [1], { completedAt: minute(50) });
    runGroups(double, [2], { failedAt: minute(50), pod: { exitCode: 1, log: 'boom' } });
    runGroups(double, [3]);
    putFleet(double, after, BY_DAY);
    return double;
  }

  test('the night of the groups’ own CronJobs is known by them', async () => {
    const double = await aNightBefore();
    expect(await waited(double, after)).toEqual([
      'failed',
      'catalog-0001 done',
      'catalog-0002 failed',
      'catalog-0003 running',
    ]);
    expect((await logged(double, after)).join('\n')).toMatch(/catalog-0002 {2}job catalog-0002-\d+.*\n.*\n {2}boom/);
  });

  test('what failed can be rerun by its index, and what is done or runs is refused', async () => {
    const double = await aNightBefore();
    expect(await wouldRerun(double, after)).toEqual(['catalog-0002']);
    expect(await wouldRerun(double, after, ['1', '3'])).toEqual([
      expect.stringMatching(/^catalog-0001: it is done/),
      expect.stringMatching(/^catalog-0003: catalog-0003-\d+ is running/),
    ]);
  });
});

describe('after the fleet was unfolded', () => {
  const before = aPlan({ fleet: FOLD, lock: { groups: 2, shape: 'folded' } });
  const after = aPlan({ fleet: { job: FOLD.job }, lock: { groups: 2, serial: 2, reshaped: BY_DAY.toISOString() } });

  test('which group had which index is not known any more, and nothing is run unasked', async () => {
    const double = await aCluster({ now: BY_DAY });
    putFleet(double, before);
    double.runCronJob('batch', 'catalog', {
      scheduledAt: OPENS,
      failedAt: minute(50),
      succeededIndexes: '0',
      failedIndexes: '1',
      reason: 'FailedIndexes',
    });
    putFleet(double, after, BY_DAY);
    expect(await waited(double, after)).toEqual(['unknown', 'catalog-0001 forgotten', 'catalog-0002 forgotten']);
    expect(await wouldRerun(double, after)).toEqual([
      expect.stringMatching(/^catalog-0001: whether it was done .* the fleet ran as one Job that night, catalog-\d+; /),
      expect.stringContaining('catalog-0002: whether it was done'),
    ]);
    expect((await logged(double, after)).at(-1)).toContain('2 groups of which it cannot be told');
  });

  test('its one Job, as long as it runs, runs for every group', async () => {
    const double = await aCluster({ now: minute(60) });
    putFleet(double, before);
    double.runCronJob('batch', 'catalog', { scheduledAt: OPENS, succeededIndexes: '0' });
    putFleet(double, after, minute(59));
    expect(await wouldRerun(double, after, ['2'], { evenIf: { ...NOTHING, done: true } })).toEqual([
      expect.stringMatching(/^catalog-0002: catalog-\d+ is running/),
    ]);
    const { fleets } = await statusOf(await connected(double), [after]);
    expect(fleets[0]?.groups.map(({ state }) => state)).toEqual(['running', 'running']);
  });
});

test('where indexes close up, one that failed is not told of the group that has it now', async () => {
  const double = await aCluster({ now: BY_DAY });
  const fold = { ...FOLD, fold: { compact: true as const } };
  const groups = groupsAt(['1001', '2001']);
  putFleet(double, aPlan({ fleet: fold, lock: { groups, shape: 'folded' } }));
  double.runCronJob('batch', 'catalog', {
    scheduledAt: OPENS,
    failedAt: minute(50),
    succeededIndexes: '0,2',
    failedIndexes: '1',
    reason: 'FailedIndexes',
  });
  const [, second, third] = groups;
  const left = [{ ...second, from: null }, third].map((group) => aGroup(group as object));
  const after = aPlan({ fleet: fold, lock: { groups: left, nextId: 4, serial: 2, shape: 'folded' } });
  putFleet(double, after, BY_DAY);
  expect(await waited(double, after)).toEqual(['unknown', 'catalog-0002 other-rows', 'catalog-0003 other-rows']);
  expect(await wouldRerun(double, after)).toEqual([]);
});

test('where indexes close up and groups have only come, one that failed is known by what it was told', async () => {
  const double = await aCluster({ now: BY_DAY });
  const fold = { ...FOLD, fold: { compact: true as const } };
  putFleet(double, aPlan({ fleet: fold, lock: { groups: groupsAt(['1001', '2001']), shape: 'folded' } }));
  double.runCronJob('batch', 'catalog', {
    scheduledAt: OPENS,
    failedAt: minute(50),
    succeededIndexes: '0,2',
    failedIndexes: '1',
    reason: 'FailedIndexes',
  });
  const grown = aPlan({
    fleet: fold,
    lock: { groups: groupsAt(['1001', '2001', '3001']), serial: 2, shape: 'folded' },
  });
  putFleet(double, grown, BY_DAY);
  expect(await wouldRerun(double, grown)).toEqual(['catalog-0002']);
});

test('after the window was moved, the night before is not taken for missed', async () => {
  const double = await aCluster({ now: BY_DAY });
  putFleet(double, aPlan({ lock: { groups: 2 } }));
  runGroups(double, [1, 2], { completedAt: minute(50) });
  const moved = aPlan({
    fleet: { window: { opens: '02:00', closes: '06:00', timeZone: 'Asia/Seoul' } },
    lock: { groups: 2 },
  });
  putFleet(double, moved, BY_DAY);
  expect(await waited(double, moved)).toEqual(['unknown', 'catalog-0001 forgotten', 'catalog-0002 forgotten']);
  expect(await wouldRerun(double, moved)).toContainEqual(
    'catalog-0001: whether it was done cannot be told: it started at 2026-02-28T15:00Z, and the window is another one now; --even-if-done runs it again',
  );
});

test('after the window was moved to later the same night, its groups start again, and are waited for', async () => {
  const evening = aPlan({
    fleet: { window: { opens: '20:00', closes: '23:00', timeZone: 'Asia/Seoul' } },
    lock: { groups: 2 },
  });
  const double = await aCluster({ now: minute(0) });
  putFleet(double, evening);
  runGroups(double, [1, 2], { scheduledAt: minute(-240), completedAt: minute(-200) });
  const moved = aPlan({ lock: { groups: 2 } });
  putFleet(double, moved, minute(-30));
  const { fleets } = await statusOf(await connected(double), [moved]);
  expect(fleets[0]?.groups.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
});

test('Jobs that were deleted after a good night are not made again unasked', async () => {
  const double = await aCluster({ now: BY_DAY });
  const plan = putFleet(double, aPlan({ lock: { groups: 2 } }));
  runGroups(double, [1], { completedAt: minute(50) });
  runGroups(double, [2], { failedAt: minute(50) });
  const done = double.objects('Job').find(({ metadata }) => metadata.name.startsWith('catalog-0001'));
  double.remove('Job', 'batch', done?.metadata.name as string);
  expect(await wouldRerun(double, plan)).toEqual([
    expect.stringContaining('catalog-0001: whether it was done cannot be told'),
  ]);
  expect(await wouldRerun(double, plan, ['2'])).toEqual(['catalog-0002']);
});

test('a group that came later has no part in a night before it', async () => {
  const double = await aCluster({ now: BY_DAY });
  putFleet(double, aPlan({ lock: { groups: groupsAt(['1001']) } }));
  const two = { completedAt: minute(50 - 2 * DAY), scheduledAt: minute(-2 * DAY) };
  runGroups(double, [1], two);
  runGroups(double, [2], two);
  const grown = aPlan({ lock: { groups: groupsAt(['1001', '2001']), serial: 2 } });
  putFleet(double, grown, minute(600 - 2 * DAY));
  for (const night of [1, 0])
    runGroups(double, [1, 2, 3], { scheduledAt: minute(-night * DAY), completedAt: minute(50 - night * DAY) });
  expect((await waited(double, grown, '2026-02-27')).at(-1)).toBe('catalog-0003 new');
  expect(await wouldRerun(double, grown, [], { date: '2026-02-27' })).toEqual([]);
});

describe('a Job under way over rows that are no group’s as they stand', () => {
  /** Two groups of which the last has run since before the fleet grew to three. */
  async function grownUnder(first: Parameters<typeof runGroups>[2]) {
    const double = await aCluster({ now: BY_DAY });
    putFleet(double, aPlan({ lock: { groups: groupsAt(['1001']) } }));
    runGroups(double, [1], first);
    runGroups(double, [2]);
    const grown = aPlan({ lock: { groups: groupsAt(['1001', '2001']), serial: 2 } });
    putFleet(double, grown, minute(599));
    return { double, grown };
  }

  test('keeps those from being run that may have got them', async () => {
    const { double, grown } = await grownUnder({ completedAt: minute(50) });
    expect(await wouldRerun(double, grown, ['3'])).toEqual([
      expect.stringMatching(/^catalog-0003: catalog-0002-\d+ is running; --even-if-running/),
    ]);
  });

  test('but not those whose keys are other numbers', async () => {
    const { double, grown } = await grownUnder({ failedAt: minute(50) });
    expect(await wouldRerun(double, grown, ['1'])).toEqual(['catalog-0001']);
  });

  test('nor where the rows are wholly another group’s', async () => {
    const double = await aCluster({ now: BY_DAY });
    const plan = putFleet(double, aPlan({ lock: { groups: 2 } }));
    runGroups(double, [1]);
    runGroups(double, [2], { failedAt: minute(50) });
    expect(await wouldRerun(double, plan)).toEqual(['catalog-0002']);
  });
});

test('a night that is open is waited for, though the next one opens in three minutes', async () => {
  const window = { opens: '00:00', closes: '00:00 next day', timeZone: 'Asia/Seoul' };
  const plan = aPlan({ fleet: { window }, lock: { groups: 2 } });
  const double = await aCluster({ now: minute(DAY - 3) });
  putFleet(double, plan);
  runGroups(double, [1, 2], { completedAt: minute(50) });
  expect(await waited(double, plan)).toEqual(['done', 'catalog-0001 done', 'catalog-0002 done']);
});

test('a folded fleet with a schedule has the state of each index', async () => {
  const schedule = { cron: '0 3 * * *', timeZone: 'UTC', deadlineMinutes: 60 };
  const plan = aPlan({ fleet: { ...FOLD, window: undefined, schedule }, lock: { groups: 2, shape: 'folded' } });
  const double = await aCluster({ now: BY_DAY });
  putFleet(double, plan);
  double.runCronJob('batch', 'catalog', {
    scheduledAt: OPENS,
    failedAt: minute(50),
    succeededIndexes: '0',
    failedIndexes: '1',
    reason: 'FailedIndexes',
  });
  const { fleets } = await statusOf(await connected(double), [plan]);
  expect(fleets[0]?.groups.map(({ state }) => state)).toEqual(['done', 'failed']);
});
