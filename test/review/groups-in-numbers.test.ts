import { describe, expect, test } from 'vitest';
import { planFleet } from '../../lib/plan/plan';
import { changesOf } from '../../lib/review/changes';
import { groupsInNumbers, livingOf } from '../../lib/review/groups-in-numbers';
import {
  aFleet,
  aFleetLock,
  aGroup,
  aLock,
  aPlan,
  aQueryFleet,
  aQueryLock,
  type FleetKeys,
  type FleetLockKeys,
  manifestsFor,
} from '../support/builders';

/** Four groups, of which one is over capacity and the third retires. */
const GROUPS = [
  aGroup({ from: null, to: '1001', rows: 500 }),
  aGroup({ id: 2, rows: 1_200 }),
  aGroup({ id: 3, from: '2001', to: '3001', rows: 900, state: 'retiring' }),
  aGroup({ id: 4, from: '3001', to: null, rows: 100 }),
];
/** An hour for each, one after the other. */
const WAVES: FleetKeys = { window: { concurrency: 1, jobMinutes: 60 } };
const planOf = (fleet: FleetKeys = {}, lock: FleetLockKeys = {}) =>
  aPlan({ fleet: { ...WAVES, ...fleet }, lock: { groups: GROUPS, ...lock } });
const timesOf = (plan = planOf()) => groupsInNumbers(plan).groups.map(({ starts, endsBy }) => [starts, endsBy]);

/** What the night is told as. */
function nightOf(plan = planOf()) {
  const state = { lock: aLock({ groups: GROUPS }), files: manifestsFor(plan) };
  return changesOf(state, state, [plan], new Date('2026-11-20T12:00:00Z')).fleets[0]?.night;
}

describe('groupsInNumbers', () => {
  test('are the rows of the lock, held against capacity', () => {
    const { groups, capacity } = groupsInNumbers(planOf());
    expect(capacity).toBe(1_000);
    expect(groups.map(({ name, rows, full }) => [name, rows, full])).toEqual([
      ['catalog-0001', 500, 0.5],
      ['catalog-0002', 1_200, 1.2],
      ['catalog-0003', 900, 0.9],
      ['catalog-0004', 100, 0.1],
    ]);
  });

  test('leave the rows of a retiring group to the one that took them over', () => {
    const { groups, rows } = groupsInNumbers(planOf());
    expect(groups.map(({ state }) => state)).toEqual(['active', 'active', 'retiring', 'active']);
    expect(livingOf(groups).map(({ name }) => name)).toEqual(['catalog-0001', 'catalog-0002', 'catalog-0004']);
    expect(rows).toBe(1_800);
  });

  test('are in minutes after opening: each group its own start, and an end that counts lateness and is never too early', () => {
    const plan = planOf();
    expect(timesOf(plan)).toEqual([
      [0, 300],
      [60, 300],
      [undefined, undefined],
      [180, 300],
    ]);
    const odd = plan.groups.map((group) => ({ ...group, startingDeadlineSeconds: 60, activeDeadlineSeconds: 61 }));
    expect(timesOf({ ...plan, groups: odd })[1]).toEqual([60, 63]);
  });

  test('of a folded fleet are the times of its one CronJob, but for who retires', () => {
    const folded = planOf({ fold: true, job: { command: ['work'] } });
    const one = [0, 300];
    expect(timesOf(folded)).toEqual([one, one, [undefined, undefined], one]);
  });

  test.each<[string, FleetKeys]>([
    ['a fleet', {}],
    ['a folded fleet', { fold: true, job: { command: ['work'] } }],
  ])('of %s that is suspended have no times, and the night has no start', (_, keys) => {
    const plan = planOf({ ...keys, suspend: true });
    const { groups } = groupsInNumbers(plan);
    expect(groups.map(({ state, starts }) => [state, starts])).toEqual([
      ['suspended', undefined],
      ['suspended', undefined],
      ['retiring', undefined],
      ['suspended', undefined],
    ]);
    expect(nightOf(plan)).toEqual([]);
  });

  test('of a fleet that was folded only now are those of its one CronJob, beside which those of the groups are suspended', () => {
    const plan = planOf({ fold: true, job: { command: ['work'] } }, { reshaped: '2026-11-20T00:00:00Z' });
    expect(plan.groups.map(({ suspend }) => suspend)).toEqual([true, true, true, true]);
    expect(groupsInNumbers(plan).groups.map(({ state }) => state)).toEqual(['active', 'active', 'retiring', 'active']);
    expect(nightOf(plan)).toMatchObject([{ start: 0, count: 1 }]);
  });

  test('have no times without a window, and no fullness without a capacity', () => {
    const scheduled = { schedule: { cron: '5 * * * *', timeZone: 'Asia/Seoul', deadlineMinutes: 30 } };
    const plan = aPlan({ fleet: scheduled, lock: { groups: GROUPS } });
    expect(timesOf(plan)).toEqual(Array(4).fill([undefined, undefined]));
    expect(groupsInNumbers(plan).groups[0]?.state).toBe('active');
    const query = groupsInNumbers(planFleet('fruit', aQueryFleet(), aQueryLock({ apple: {} })));
    expect([query.capacity, query.groups[0]?.full]).toEqual([undefined, undefined]);
  });
});

test('the night of a plan has the starts of the groups that work, where they are and as long as they may take', () => {
  expect(nightOf()).toEqual([
    { start: 0, late: 119, minutes: 181, count: 1 },
    { start: 60, late: 89, minutes: 151, count: 1 },
    { start: 180, late: 29, minutes: 91, count: 1 },
  ]);
  const together = planFleet('catalog', aFleet(), aFleetLock({ groups: GROUPS }));
  expect(nightOf(together)).toMatchObject([{ start: 0, count: 3 }]);
});
