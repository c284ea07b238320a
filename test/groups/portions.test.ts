import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portionsOf } from '../../lib/groups/portions';
import { refusal } from '../support/builders';

const TARGET = { place: 'fleets.catalog.groups', table: 'public.items', column: 'grp', type: 'integer' };

/** Portions as `[number, rows]`, for groups given the same way. */
function shared(groups: [number, number][], waiting: number, capacity = 10, type = 'integer') {
  const counts = { groups: groups.map(([value, rows]) => ({ value: BigInt(value), rows })), waiting };
  return portionsOf({ ...TARGET, type }, counts, capacity);
}
const told = (...given: Parameters<typeof shared>) =>
  shared(...given).map(({ group, rows, isNew }) => `${group}:${rows}${isNew ? ' new' : ''}`);

test('fills the newest group with room first, then older ones, then opens numbers beyond the highest', () => {
  expect(
    told(
      [
        [1, 10],
        [3, 4],
        [2, 9],
        [7, 10],
      ],
      20,
    ),
  ).toEqual(['3:6', '2:1', '8:10 new', '9:3 new']);
  expect(
    told(
      [
        [1, 4],
        [2, 9],
      ],
      1,
    ),
  ).toEqual(['2:1']);
  expect(told([[1, 10]], 0)).toEqual([]);
});

test('begins with group 1, whatever was below it', () => {
  expect(told([], 11)).toEqual(['1:10 new', '2:1 new']);
  expect(told([[-7, 10]], 1)).toEqual(['1:1 new']);
  expect(told([[0, 10]], 1)).toEqual(['1:1 new']);
});

test('leaves a group that is over capacity as it is', () => {
  expect(told([[1, 25]], 5)).toEqual(['2:5 new']);
});

test('refuses numbers that the column’s type does not hold, and more than 10,000 groups', () => {
  expect(told([[32_766, 10]], 10, 10, 'smallint')).toEqual(['32767:10 new']);
  expect(refusal(() => shared([[32_766, 10]], 11, 10, 'smallint'))).toMatchObject({
    code: 'too-many-groups',
    message: expect.stringContaining(
      '2 new groups from number 32767 on do not fit public.items.grp, which is smallint (at most 32767)',
    ),
  });
  const full = { groups: [{ value: 2n ** 63n - 1n, rows: 10 }], waiting: 1 };
  expect(refusal(() => portionsOf({ ...TARGET, type: 'bigint' }, full, 10))).toMatchObject({ code: 'too-many-groups' });
  expect(shared([], 10_000, 1)).toHaveLength(10_000);
  expect(refusal(() => shared([[1, 1]], 10_000, 1))).toMatchObject({ code: 'too-many-groups' });
});

test('every waiting row gets one group, none beyond capacity, and new groups are opened only when all are full', () => {
  const groups = fc.uniqueArray(fc.tuple(fc.integer({ min: -5, max: 30 }), fc.integer({ min: 1, max: 20 })), {
    selector: ([value]) => value,
    maxLength: 10,
  });
  fc.assert(
    fc.property(groups, fc.nat(200), fc.integer({ min: 1, max: 15 }), (groups, waiting, capacity) => {
      const portions = shared(groups, waiting, capacity);
      expect(portions.reduce((sum, { rows }) => sum + rows, 0)).toBe(waiting);
      const before = new Map(groups.map(([value, rows]) => [BigInt(value), rows]));
      const after = new Map(before);
      for (const { group, rows, isNew } of portions) {
        expect(rows).toBeGreaterThan(0);
        expect(isNew).toBe(!before.has(group));
        after.set(group, (after.get(group) ?? 0) + rows);
      }
      expect(new Set(portions.map(({ group }) => group)).size).toBe(portions.length);
      for (const [group, rows] of after) expect(rows).toBeLessThanOrEqual(Math.max(capacity, before.get(group) ?? 0));
      const opened = portions.filter(({ isNew }) => isNew).map(({ group }) => group);
      const highest = Math.max(0, ...groups.map(([value]) => value));
      expect(opened).toEqual(opened.map((_, index) => BigInt(highest + 1 + index)));
      if (opened.length > 0) {
        const last = opened.at(-1) as bigint;
        for (const [group, rows] of after) if (group !== last) expect(rows).toBeGreaterThanOrEqual(capacity);
      }
    }),
  );
});
