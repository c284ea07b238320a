import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnOptions } from '../../lib/config/types';
import { allocateColumn } from '../../lib/groups/columns';
import { guardAllocation } from '../../lib/groups/guards';
import { brokenLaw } from '../../lib/groups/laws';
import { type ColumnLock, parseLock, printLock } from '../../lib/groups/lock';
import { planFleet } from '../../lib/plan/plan';
import { objectsFor, refusal } from '../support/builders';
import { aColumnFleet, aColumnGroup, aColumnLock, aColumnObservation } from '../support/columns';

/** The window is from 15:00 to 20:00 UTC. */
const NIGHT = new Date('2026-11-21T14:00:00.123Z');
const SINCE = '2026-11-21T14:00:00Z';
const NEXT_DAY = new Date('2026-11-22T14:00:00Z');

function allocate(
  recorded: ColumnLock | undefined,
  observation = aColumnObservation(),
  { groups = {}, now = NIGHT }: { groups?: Partial<ColumnOptions>; now?: Date } = {},
) {
  const world = { now, newLineage: () => 'fedcba9876543210' };
  const allocation = allocateColumn('catalog', aColumnFleet(groups), recorded, observation, world);
  return { ...allocation, lock: allocation.lock as ColumnLock };
}

const seen = (...isThere: boolean[]) => aColumnObservation({ isThere });
const shown = ({ groups }: ColumnLock) => groups.map(({ id, value, state }) => `${id} ${value} ${state}`);

describe('the first allocation', () => {
  test('makes a group of each value in the store’s order', () => {
    const { lock, added, rowsCounted, warnings } = allocate(
      undefined,
      aColumnObservation({ added: ['3', '10', '20'] }),
    );
    expect(lock).toEqual({
      lineage: 'fedcba9876543210',
      serial: 1,
      source: {
        by: 'column',
        store: '7000000000000000001/shop',
        table: 'catalog.items',
        column: 'region',
        type: 'integer',
      },
      nextId: 4,
      groups: [
        { id: 1, slot: 0, value: '3', rows: 10, state: 'active', since: SINCE },
        { id: 2, slot: 1, value: '10', rows: 10, state: 'active', since: SINCE },
        { id: 3, slot: 2, value: '20', rows: 10, state: 'active', since: SINCE },
      ],
    });
    expect({ added, rowsCounted, warnings }).toEqual({ added: [1, 2, 3], rowsCounted: 30, warnings: [] });
  });

  test('of a column without values is no group, a group map, and a warning', () => {
    const { lock, warnings } = allocate(undefined, aColumnObservation({ waiting: 1_200 }));
    expect(lock).toMatchObject({ nextId: 1, groups: [] });
    expect(warnings).toEqual([
      'catalog: 1,200 rows of catalog.items have no region (NULL) and wait for a group; give them one; with `capacity` and `key` in the config, `cronfleet assign` does so',
      'catalog: no row of catalog.items has a region yet; the fleet has no groups, and nothing runs',
    ]);
    const text = printLock({ version: 1, fleets: { catalog: lock } });
    expect(parseLock(text, 'fleet.lock.json').fleets.catalog).toEqual(lock);
    const { groupMap, cronJobs } = objectsFor(planFleet('catalog', aColumnFleet(), lock));
    expect(groupMap.data).toEqual({ serial: '1', groups: '' });
    expect(cronJobs).toEqual([]);
  });

  test('of more than 10,000 values is refused', () => {
    const many = aColumnObservation({ complete: false });
    expect(refusal(() => allocate(undefined, many))).toMatchObject({ code: 'too-many-groups' });
    const recorded = aColumnLock(Array.from({ length: 9_999 }, (_, index) => String(index)));
    const two = aColumnObservation({ added: ['a', 'b'] });
    expect(refusal(() => allocate(recorded, two))).toMatchObject({ code: 'too-many-groups' });
  });

  test('refuses a value that is no name but a text, without telling it', () => {
    const novel = aColumnObservation({ added: ['x'.repeat(1_001)] });
    const error = refusal(() => allocate(undefined, novel, { groups: { allowKeysInGit: true } }));
    expect(error).toMatchObject({ code: 'group-invalid' });
    expect(error.message).toContain('a value of 1,001 characters');
    expect(error.message).not.toContain('xxx');
  });
});

describe('a later allocation', () => {
  const recorded = aColumnLock(['3', '10', '20'], { serial: 7 });

  test('without news changes nothing', () => {
    const allocation = allocate(recorded, seen(true, true, true));
    expect(allocation.lock).toBe(recorded);
    expect(allocation).toMatchObject({ added: [], changed: [], emptied: [], retired: [], removed: [], rowsCounted: 0 });
  });

  test('appends new values behind all others, wherever they lie in the store’s order', () => {
    const { lock, added } = allocate(recorded, aColumnObservation({ isThere: [true, true, true], added: ['1', '15'] }));
    expect(lock.groups.slice(0, 3)).toEqual(recorded.groups);
    expect(shown(lock).slice(3)).toEqual(['4 1 active', '5 15 active']);
    expect(added).toEqual([4, 5]);
    expect(lock).toMatchObject({ serial: 8, nextId: 6 });
  });

  test('keeps a vanished value as empty, says so once, and has it active again when it is back', () => {
    const gone = allocate(recorded, seen(true, false, true));
    expect(shown(gone.lock)).toEqual(['1 3 active', '2 10 empty', '3 20 active']);
    expect(gone.emptied).toEqual([2]);
    const still = allocate(gone.lock, seen(true, false, true), { now: NEXT_DAY });
    expect(still.lock).toBe(gone.lock);
    expect(still.emptied).toEqual([]);
    const back = allocate(gone.lock, seen(true, true, true), { now: NEXT_DAY });
    expect(shown(back.lock)).toEqual(['1 3 active', '2 10 active', '3 20 active']);
  });

  test('is refused by the guard when many values vanish at once', () => {
    const gone = allocate(recorded, seen(true, false, false));
    const permits = { newGroups: new Set<string>(), removals: new Set<string>(), empty: new Set<string>() };
    expect(refusal(() => guardAllocation('catalog', gone, recorded, permits))).toMatchObject({ code: 'emptied' });
  });

  test('may make as many groups as a first one when there was none', () => {
    const none = aColumnLock([]);
    const added = Array.from({ length: 60 }, (_, index) => String(index));
    const permits = { newGroups: new Set<string>(), removals: new Set<string>(), empty: new Set<string>() };
    guardAllocation('catalog', allocate(none, aColumnObservation({ added })), none, permits);
  });

  test('warns of groups above capacity and of a column without an index', () => {
    const column = { table: 'catalog.items', column: 'region', type: 'integer', indexed: false };
    const { warnings } = allocate(undefined, aColumnObservation({ column, added: ['1'], waiting: 1 }), {
      groups: { capacity: 9, key: 'id' },
    });
    expect(warnings).toEqual([
      'catalog: no index leads with catalog.items.region; every synth and every job reads the whole table',
      'catalog: 1 row of catalog.items have no region (NULL) and wait for a group; `cronfleet assign` gives them one',
      'catalog: catalog-0001 had 10 rows when it was counted, more than capacity 9',
    ]);
  });
});

describe('with retireEmpty', () => {
  const groups = { retireEmpty: true };
  const recorded = aColumnLock(['3', '10', '20']);
  const retiring = allocate(recorded, seen(true, false, true), { groups });

  test('a vanished value is suspended at once and removed after a whole window', () => {
    expect(shown(retiring.lock)).toEqual(['1 3 active', '2 10 retiring', '3 20 active']);
    expect(retiring).toMatchObject({ emptied: [2], retired: [2], removed: [] });
    const [, group] = planFleet('catalog', aColumnFleet(groups), retiring.lock).groups;
    expect(group?.suspend).toBe(true);

    const tonight = allocate(retiring.lock, seen(true, false, true), { groups, now: new Date('2026-11-21T19:59:00Z') });
    expect(tonight.lock).toBe(retiring.lock);
    const after = allocate(retiring.lock, seen(true, false, true), { groups, now: NEXT_DAY });
    expect(shown(after.lock)).toEqual(['1 3 active', '3 20 active']);
    expect(after.removed).toEqual([2]);
  });

  test('a value that comes back while it retires is active again under its id, also when it was due to go', () => {
    for (const now of [NIGHT, NEXT_DAY]) {
      const back = allocate(retiring.lock, seen(true, true, true), { groups, now });
      expect(shown(back.lock)).toEqual(['1 3 active', '2 10 active', '3 20 active']);
      expect(back).toMatchObject({ changed: [2], added: [], removed: [] });
    }
  });

  test('a value that comes back after that gets a new id and the free slot', () => {
    const gone = allocate(retiring.lock, seen(true, false, true), { groups, now: NEXT_DAY });
    const back = allocate(gone.lock, aColumnObservation({ isThere: [true, true], added: ['10'] }), { groups });
    expect(shown(back.lock)).toEqual(['1 3 active', '3 20 active', '4 10 active']);
    expect(back.lock.groups[2]).toMatchObject({ slot: 1 });
  });

  test('nothing is retired while no value is left at all', () => {
    const last = aColumnLock(['3', aColumnGroup({ id: 2, value: '10', state: 'empty' })]);
    const { lock, retired } = allocate(last, seen(false, false), { groups });
    expect(shown(lock)).toEqual(['1 3 empty', '2 10 empty']);
    expect(retired).toEqual([]);
  });
});

test('keeps the laws, every id and every value through any number of nights', () => {
  const values = fc.uniqueArray(fc.integer({ min: 0, max: 8 }).map(String), { maxLength: 9 });
  const night = fc.record({ values, retireEmpty: fc.boolean(), days: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(fc.array(night, { minLength: 1, maxLength: 10 }), (nights) => {
      let lock: ColumnLock | undefined;
      let now = NIGHT;
      const valueOfId = new Map<number, string>();
      for (const { values, retireEmpty, days } of nights) {
        now = new Date(now.getTime() + days * 86_400_000);
        const recorded = lock?.groups.map(({ value }) => value) ?? [];
        const observation = aColumnObservation({
          isThere: recorded.map((value) => values.includes(value)),
          added: values.filter((value) => !recorded.includes(value)),
        });
        const before = lock;
        lock = allocate(lock, observation, { groups: { retireEmpty }, now }).lock;
        expect(brokenLaw(lock)).toBeUndefined();
        const active = lock.groups.filter(({ state }) => state === 'active').map(({ value }) => value);
        expect(active.sort()).toEqual([...values].sort());
        for (const { id, value } of lock.groups) {
          expect(valueOfId.get(id) ?? value).toBe(value);
          valueOfId.set(id, value);
          expect(before === undefined || id >= before.nextId || before.groups.some((group) => group.id === id)).toBe(
            true,
          );
        }
        if (before?.groups.length) expect(lock.groups.length).toBeGreaterThan(0);
        expect(
          allocate(
            lock,
            { ...observation, isThere: lock.groups.map(({ value }) => values.includes(value)), added: [] },
            { groups: { retireEmpty }, now },
          ).lock,
        ).toBe(lock);
      }
    }),
  );
});

test('a group’s job is told its value and a condition, its Jobs and the group map carry the value', () => {
  const lock = aColumnLock([`it's $(HOME)`], {
    source: { ...aColumnLock([]).source, column: 'The "Region"', type: 'character varying' },
  });
  const { groupMap, cronJobs } = objectsFor(planFleet('catalog', aColumnFleet(), lock));
  const job = cronJobs[0]?.spec?.jobTemplate;
  const env = job?.spec?.template.spec?.containers[0]?.env?.slice(0, 5);
  expect(env?.map(({ name, value }) => [name, value])).toEqual([
    ['FLEET', 'catalog'],
    ['GROUP_ID', '1'],
    ['GROUP_NAME', 'catalog-0001'],
    ['GROUP_VALUE', `it's $$(HOME)`],
    ['GROUP_WHERE', `("The ""Region""" = 'it''s $$(HOME)'::text)`],
  ]);
  expect(job?.metadata?.annotations).toEqual({ 'cronfleet/value': `it's $(HOME)` });
  expect(groupMap.data?.groups).toBe(`{"name":"catalog-0001","value":"it's $(HOME)"}\n`);
});
