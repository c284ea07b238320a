import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyRangeOptions } from '../../lib/config/types';
import { brokenLaw } from '../../lib/groups/laws';
import type { RangeLock as FleetLock, RangeLock } from '../../lib/groups/lock';
import { allocateRanges, rangeQuestion, rowsPerGroup } from '../../lib/groups/ranges';
import { aFleet, aFleetLock, aGroup, anObservation, groupsAt, refusal } from '../support/builders';

const NIGHT = new Date('2026-11-21T15:00:00.123Z');

/** What becomes of the recorded groups, given what the store said. */
function allocate(
  recorded: FleetLock | undefined,
  observation = anObservation(),
  { groups = {}, now = NIGHT }: { groups?: Partial<KeyRangeOptions>; now?: Date } = {},
) {
  const newLineage = () => 'fedcba9876543210';
  const allocation = allocateRanges('catalog', aFleet({ groups }), recorded, observation, { now, newLineage });
  return { ...allocation, lock: allocation.lock as RangeLock };
}

/** The observation of a store that is asked from the last group on, which begins at `from`. */
const grown = (from: string, rows: number[]) => anObservation({ from, rows, closed: closedUpTo(from) });

function closedUpTo(from: string) {
  const bounds = Array.from({ length: (Number(from) - 1) / 1_000 }, (_, index) => `${index + 1}001`);
  return bounds.map((to, index) => ({ from: bounds[index - 1] ?? null, to, isEmpty: false }));
}
const COLUMN = { table: 'catalog.items', key: 'id', type: 'bigint', collation: null, indexed: true };

describe('the first allocation', () => {
  test('makes a group of each piece: ids from 1, slots from 0, a lineage, serial 1', () => {
    const { lock, added, changed, rowsCounted, warnings } = allocate(
      undefined,
      anObservation({ rows: [1_000, 1_000, 300] }),
    );
    const since = '2026-11-21T15:00:00Z';
    expect(lock).toEqual({
      lineage: 'fedcba9876543210',
      serial: 1,
      source: { by: 'keyRange', store: '7000000000000000001/shop', table: 'catalog.items', key: 'id', type: 'bigint' },
      capacity: 1_000,
      rowsPerGroup: 1_000,
      nextId: 4,
      groups: [
        { id: 1, slot: 0, from: null, to: '1001', rows: 1_000, state: 'active', since },
        { id: 2, slot: 1, from: '1001', to: '2001', rows: 1_000, state: 'active', since },
        { id: 3, slot: 2, from: '2001', to: null, rows: 300, state: 'active', since },
      ],
    });
    expect({ added, changed, rowsCounted, warnings }).toEqual({
      added: [1, 2, 3],
      changed: [],
      rowsCounted: 2_300,
      warnings: [],
    });
  });

  test('records the filter and a text key’s collation', () => {
    const column = { ...COLUMN, type: 'text', collation: 'en-x-icu 153.120' };
    const { lock } = allocate(undefined, anObservation({ column }), { groups: { where: 'deleted_at IS NULL' } });
    expect(lock.source).toMatchObject({ type: 'text', collation: 'en-x-icu 153.120', where: 'deleted_at IS NULL' });
  });

  test('of an empty table is one group for all that will come, and a warning', () => {
    const { lock, warnings } = allocate(undefined, anObservation({ rows: [0] }));
    expect(lock.groups).toMatchObject([{ id: 1, from: null, to: null, rows: 0 }]);
    expect(warnings).toEqual(['catalog: catalog.items has no rows; one group waits for them']);
  });
});

describe('growth', () => {
  const recorded = aFleetLock({ groups: 3, serial: 5 });

  test('closes the last group and adds others behind it; no other group is touched', () => {
    const { lock, added, changed } = allocate(recorded, grown('2001', [1_000, 1_000, 40]));
    expect(added).toEqual([4, 5]);
    expect(changed).toEqual([3]);
    expect(lock.groups.slice(0, 2)).toEqual(recorded.groups.slice(0, 2));
    expect(lock.groups[2]).toEqual({ ...recorded.groups[2], to: '3001' });
    expect(lock.groups.slice(3)).toMatchObject([
      { id: 4, slot: 3, from: '3001', to: '4001', rows: 1_000 },
      { id: 5, slot: 4, from: '4001', to: null, rows: 40 },
    ]);
    expect(lock).toMatchObject({ serial: 6, nextId: 6, lineage: recorded.lineage });
  });

  test('keeps since of the closed group, which is in no new state', () => {
    const { lock } = allocate(recorded, grown('2001', [900, 40]));
    expect(lock.groups[2]).toMatchObject({ since: '2026-01-01T00:00:00Z', rows: 900 });
    expect(lock.groups[3]).toMatchObject({ since: '2026-11-21T15:00:00Z' });
  });

  test('that one more group does not need is no change: the lock stays as it is, whatever the count', () => {
    for (const rows of [0, 1, 999]) {
      const allocation = allocate(recorded, grown('2001', [rows]));
      expect(allocation).toMatchObject({ added: [], changed: [], rowsCounted: rows });
      expect(allocation.lock).toEqual(recorded);
    }
  });

  test('gives new groups the lowest slots that are free, and never moves one', () => {
    const groups = [
      aGroup({ id: 2, slot: 3, from: null, to: '1001' }),
      aGroup({ id: 7, slot: 1, from: '1001', to: null }),
      aGroup({ id: 8, slot: 2, state: 'retiring', since: '2026-11-21T14:00:00Z' }),
    ];
    const { lock } = allocate(aFleetLock({ groups, nextId: 20 }), grown('1001', [1_000, 1_000, 1_000, 1]));
    expect(lock.groups.map(({ id, slot }) => [id, slot])).toEqual([
      [2, 3],
      [7, 1],
      [8, 2],
      [20, 0],
      [21, 4],
      [22, 5],
    ]);
  });

  test('finds the last group by its range, not by its id', () => {
    const groups = [aGroup({ id: 1, from: '1001', to: null }), aGroup({ id: 2, from: null, to: '1001' })];
    const { lock, changed } = allocate(aFleetLock({ groups }), grown('1001', [1_000, 5]));
    expect(changed).toEqual([1]);
    expect(lock.groups[0]).toMatchObject({ id: 1, from: '1001', to: '2001' });
    expect(lock.groups[2]).toMatchObject({ id: 3, from: '2001', to: null });
  });

  test('keeps the laws and every closed group through any number of nights', () => {
    const night = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(night, { minLength: 1, maxLength: 8 }), (nights) => {
        let lock: FleetLock | undefined;
        for (const rows of nights) {
          const last = lock?.groups.find((group) => group.to === null);
          const before: FleetLock | undefined = lock;
          const { lock: after, added, changed } = allocate(before, anObservation({ from: last?.from ?? null, rows }));
          expect(brokenLaw(after)).toBeUndefined();
          for (const group of before?.groups ?? []) {
            const now = after.groups.find(({ id }) => id === group.id);
            expect(now).toEqual(group === last ? { ...group, to: now?.to, rows: now?.rows } : group);
          }
          expect(after.groups).toHaveLength((before?.groups.length ?? 0) + added.length);
          expect(after.serial).toBe((before?.serial ?? 0) + (added.length + changed.length > 0 ? 1 : 0));
          lock = after;
        }
      }),
    );
  });
});

describe('a change of the source', () => {
  const recorded = aFleetLock({ groups: 2, serial: 5 });

  test.each<[string, ReturnType<typeof allocate>]>([
    ['where', allocate(recorded, grown('1001', [10]), { groups: { where: 'deleted_at IS NULL' } })],
    ['the store, once adopted', allocate(recorded, { ...grown('1001', [10]), store: 'other/shop' })],
    ['a widened type', allocate(aFleetLock({ ...recorded, source: { type: 'integer' } }), grown('1001', [10]))],
  ])('(%s) raises the serial and moves no group', (_, { lock, added, changed }) => {
    expect(lock.serial).toBe(6);
    expect(lock.groups).toEqual(recorded.groups);
    expect([added, changed]).toEqual([[], []]);
  });

  test('(where, taken out) is recorded too', () => {
    const { lock } = allocate(aFleetLock({ source: { where: 'deleted_at IS NULL' } }), anObservation({ rows: [10] }));
    expect(lock).toMatchObject({ serial: 2 });
    expect(lock.source).not.toHaveProperty('where');
  });
});

describe('warnings', () => {
  /** The second of three pieces is one value. */
  const heavy = () => {
    const observation = anObservation({ rows: [1_000, 2_500, 10] });
    Object.assign(observation.ranges[0]?.pieces?.[1] ?? {}, { value: '1001' });
    return observation;
  };

  test('tell of a value of the key that has more rows than one job can do, by name', () => {
    const { warnings } = allocate(undefined, heavy());
    expect(warnings).toEqual([
      'catalog: one value of id, 1001, has 2,500 rows, more than capacity 1,000; a range cannot split it',
    ]);
  });

  test('do not tell people’s words', () => {
    const column = { ...COLUMN, key: 'email', type: 'character varying' };
    const { warnings } = allocate(undefined, { ...heavy(), column });
    expect(warnings).toEqual([
      'catalog: one value of email has 2,500 rows, more than capacity 1,000; a range cannot split it',
    ]);
  });

  test('are silent about a value that only takes the headroom', () => {
    const { warnings } = allocate(undefined, anObservation({ rows: [1_000, 10] }), { groups: { headroom: 0.2 } });
    expect(warnings).toEqual([]);
  });

  test('tell of a key without an index', () => {
    const { warnings } = allocate(aFleetLock(), anObservation({ column: { ...COLUMN, indexed: false }, rows: [1] }));
    expect(warnings).toEqual([
      'catalog: no index leads with catalog.items.id; every synth and every job reads the whole table',
    ]);
  });
});

test('an observation that was cut short is refused: nobody knows what lies behind', () => {
  const error = refusal(() => allocate(undefined, anObservation({ complete: false })));
  expect(error.code).toBe('too-many-groups');
  expect(error.message).toBe(
    'fleets.catalog.groups: catalog.items makes more than 10,000 groups of at most 1,000 rows',
  );
});

describe('rowsPerGroup', () => {
  test.each([
    [1_000, 0, 1_000],
    [1_000, 0.1, 900],
    [1_000, 0.9, 100],
    [1_000, 0.8, 200],
    [7, 0.5, 3],
    [1, 0.9, 1],
    [1_000_000_000_000, 0.7, 300_000_000_000],
  ])('%i rows with headroom %f are %i', (capacity, headroom, rows) => {
    expect(rowsPerGroup(aFleet({ groups: { capacity, headroom } }).groups)).toBe(rows);
  });

  test('is the share of capacity to the row, and at least one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), fc.integer({ min: 0, max: 90 }), (capacity, percent) => {
        const exact = Number((BigInt(capacity) * BigInt(100 - percent)) / 100n);
        const { groups } = aFleet({ groups: { capacity, headroom: percent / 100 } });
        expect(rowsPerGroup(groups)).toBe(Math.max(1, exact));
      }),
    );
  });
});

describe('rangeQuestion', () => {
  const { groups } = aFleet({ groups: { headroom: 0.2, where: 'a > 1', allowKeysInGit: true } });

  test('asks for all of the key space at first', () => {
    expect(rangeQuestion('catalog', groups, undefined)).toEqual({
      by: 'keyRange',
      place: 'fleets.catalog.groups',
      table: 'catalog.items',
      key: 'id',
      where: 'a > 1',
      allowKeysInGit: true,
      ranges: [{ from: null, to: null }],
      isRecorded: false,
      countAll: false,
      capacity: 1_000,
      step: 800,
      maxPieces: 10_000,
    });
  });

  test('asks for the cuts of a config at first, and for the recorded ranges later', () => {
    const cut = aFleet({ groups: { bounds: [5, '9'] } }).groups;
    const ranges = [
      { from: null, to: '5' },
      { from: '5', to: '9' },
      { from: '9', to: null },
    ];
    expect(rangeQuestion('catalog', cut, undefined)).toMatchObject({ ranges, isRecorded: false });
    const [first, second, third] = groupsAt(['5', '9']) as [never, never, never];
    const shuffled = [third, first, second].map((group, index) =>
      Object.assign({}, group, { id: index + 1, slot: index }),
    );
    expect(rangeQuestion('catalog', cut, aFleetLock({ groups: shuffled }))).toMatchObject({ ranges, isRecorded: true });
  });

  test.each([
    ['nothing changed', { where: 'a > 1', headroom: 0.2 }, false],
    ['capacity changed', { where: 'a > 1', headroom: 0.2, capacity: 900 }, true],
    ['capacity and headroom changed to the same product', { where: 'a > 1', headroom: 0, capacity: 800 }, true],
    ['headroom changed', { where: 'a > 1' }, true],
    ['where changed', { headroom: 0.2 }, true],
    ['recount is all', { where: 'a > 1', headroom: 0.2, recount: 'all' }, true],
  ] as const)('counts all groups when %s: %s', (_, config, countAll) => {
    const recorded = aFleetLock({ rowsPerGroup: 800, source: { where: 'a > 1' } });
    expect(rangeQuestion('catalog', aFleet({ groups: config }).groups, recorded).countAll).toBe(countAll);
  });
});
