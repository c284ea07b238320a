// Whole nights: against sums on paper where a night is simple, and by what holds of all.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Night, simulate } from '../../simulate/night';
import { DEFAULTS, type Settings } from '../../simulate/settings';
import { SHAPES, type ShapeName, startsPerMinute } from '../../simulate/shapes';

function night(shape: ShapeName, groups: number, settings: Partial<Settings> = {}): Night {
  const found = simulate(shape, groups, { ...DEFAULTS, ...settings });
  if ('refused' in found) throw new Error(`${shape} is refused`);
  return found;
}

const NO_FAILURES = { failures: 0 };

describe('by hand', () => {
  test('one group: its Job comes after the requeue pad and one answer, and nobody writes more than the sources say', () => {
    const found = night('minute', 1, { ...NO_FAILURES, podStart: 0 });
    expect(found.skew?.last).toBeCloseTo(0.105);
    // The Job, then the pod, each an answer away.
    expect(found.lastBegan).toBeCloseTo(0.11);
    // CronJob: Job, status, history, status; Events: created, completed, deleted. Job: pod, status twice, two conditions, finalizer;
    // Events: created, completed.
    expect(found.writes).toBe(7 + 8);
    expect(found.outcomes.done).toBe(1);
  });

  test('100 CronJobs at one minute: the burst, then a token for each of two writes, and a sixth of them for Events', () => {
    const found = night('minute', 100, { ...NO_FAILURES, latency: 0 });
    // In turn five workers and the sender of Events; 99 Jobs and 99 statuses come before the last Job.
    const tokens = (2 * 100 * 6) / 5;
    expect(found.skew?.last).toBeGreaterThan((tokens - 30) / 20 - 1);
    expect(found.skew?.last).toBeLessThan((tokens - 30) / 20 + 1);
  });

  // https://kubernetes.io/blog/2021/04/09/kubernetes-release-1.21-cronjob-ga/#performance-impact
  test('20 CronJobs at one minute start without a delay that anyone would see, as was measured of Kubernetes 1.21', () => {
    expect(night('minute', 20).skew?.last).toBeLessThan(1);
  });

  test('thousands at one minute: 8.3 Jobs a second, until the starting deadline of 10 minutes is over', () => {
    const { outcomes, skew } = night('minute', 8_000);
    const perSecond = (DEFAULTS.qps * 5) / 6 / 2;
    expect(outcomes.done).toBeGreaterThan(600 * perSecond);
    expect(outcomes.done).toBeLessThan(600 * perSecond + 30);
    expect(outcomes.missed).toBe(8_000 - outcomes.done);
    expect(skew?.last).toBeLessThan(601);
  });

  test('an Indexed Job of 1,000 pods at 20 calls a second has its last pod after (1,000 - 30) / 20 seconds and a few', () => {
    const { lastBegan, skew, writes, cronJobs } = night('fold', 1_000, NO_FAILURES);
    expect(lastBegan).toBeGreaterThan(48.5);
    expect(lastBegan).toBeLessThan(58);
    expect(skew?.last).toBeCloseTo(0.105);
    // A pod and its finalizer each, and little more.
    expect(writes).toBeGreaterThan(2_000);
    expect(writes).toBeLessThan(2_300);
    expect(cronJobs).toBe(1);
  });

  test('a group that always fails is given up after its retries, with 10, 20 and 40 seconds between them', () => {
    for (const shape of ['minute', 'fold'] as const) {
      const { outcomes, lastEnd } = night(shape, 1, { failures: 1, minutes: 0.01, podStart: 0 });
      expect(outcomes.failed).toBe(1);
      // Each of four tries is over in a second, and seen within another.
      expect(lastEnd).toBeGreaterThan(70);
      expect(lastEnd).toBeLessThan(80);
    }
  });

  test('pods that wait for room use up the deadline; what is not done by then is cut off at closing', () => {
    const tight = { slots: 1, minutes: 60, window: 120, ...NO_FAILURES };
    const { outcomes, lastEnd } = night('minute', 5, tight);
    expect(outcomes.deadline).toBeGreaterThanOrEqual(3);
    expect(lastEnd).toBeLessThanOrEqual(120 * 60);
    expect(simulate('fold', 5, { ...DEFAULTS, ...tight })).toEqual({ shape: 'fold', groups: 5, refused: true });
  });

  test('Kueue keeps the deadline from counting while a Job waits, and so lets it run after closing', () => {
    const tight = { slots: 1, minutes: 60, window: 120, ...NO_FAILURES };
    const { outcomes, lastEnd } = night('queue', 5, tight);
    expect(outcomes.deadline).toBe(0);
    expect(outcomes.late).toBeGreaterThanOrEqual(3);
    expect(lastEnd).toBeGreaterThan(4 * 60 * 60);
  });
});

describe('of all nights', () => {
  const settings = fc.record({
    failures: fc.constantFrom(0, 0.01, 0.3, 1),
    retries: fc.nat(3),
    slots: fc.integer({ min: 1, max: 50 }),
    minutes: fc.constantFrom(0.5, 5, 40),
    window: fc.integer({ min: 30, max: 300 }),
    qps: fc.constantFrom(5, 20, 100),
    seed: fc.nat(1_000),
  });
  const shape = fc.constantFrom(...SHAPES);

  test('every group ends in exactly one way, and nothing ends twice', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 60 }), settings, (shape, groups, some) => {
        const found = simulate(shape, groups, { ...DEFAULTS, ...some });
        if ('refused' in found) return;
        expect(Object.values(found.outcomes).reduce((sum, count) => sum + count, 0)).toBe(groups);
      }),
      { numRuns: 150 },
    );
  });

  test('the same seed gives the same night, another seed another', () => {
    for (const shape of SHAPES) {
      const failing = { failures: 0.2 };
      expect(night(shape, 200, failing)).toEqual(night(shape, 200, failing));
      expect(night(shape, 200, failing).lastEnd).not.toBe(night(shape, 200, { ...failing, seed: 2 }).lastEnd);
    }
  });

  test('more slots never finish later, where the API is no limit', () => {
    const free = {
      ...NO_FAILURES,
      qps: 1e6,
      burst: 1e6,
      schedulerQps: 1e6,
      schedulerBurst: 1e6,
      kueueQps: 1e6,
      kueueBurst: 1e6,
    };
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }), (shape, groups, slots) => {
        const few = simulate(shape, groups, { ...DEFAULTS, ...free, window: 1_440, slots });
        const more = simulate(shape, groups, { ...DEFAULTS, ...free, window: 1_440, slots: slots + 1 });
        if ('refused' in few || 'refused' in more) return;
        // The Job controller looks once a second.
        expect(more.lastEnd).toBeLessThanOrEqual(few.lastEnd + 2);
      }),
      { numRuns: 60 },
    );
  });

  test('at one minute, the last Job comes the later the more groups there are', () => {
    const skews = [1, 10, 50, 100, 500, 1_000, 2_000].map((groups) => night('minute', groups).skew?.last as number);
    for (const [at, skew] of skews.entries()) if (at > 0) expect(skew).toBeGreaterThan(skews[at - 1] as number);
  });

  test('without failures and with room, every shape gets everything done', () => {
    for (const shape of SHAPES) expect(night(shape, 300, NO_FAILURES).outcomes.done).toBe(300);
  });
});

test('spread starts 30 in a minute, and more only where the window is too short for that', () => {
  expect(startsPerMinute(1_000, DEFAULTS)).toBe(30);
  // 300 - 10 minutes late - 1 to run - 70 s of back-off: the last start is at minute 287, and 288 x 348 is the first above 100,000.
  expect(startsPerMinute(100_000, DEFAULTS)).toBe(348);
});

test('100,000 folded groups are a matter of a second or two', () => {
  const { outcomes } = night('fold', 100_000);
  expect(outcomes.done).toBe(100_000);
});
