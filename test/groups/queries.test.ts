import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brokenLaw } from '../../lib/groups/laws';
import { type Lock, parseLock, printLock, type QueryLock } from '../../lib/groups/lock';
import { allocateQuery, hashOfSql, queryQuestion, variableOf } from '../../lib/groups/queries';
import type { FleetKeys } from '../support/builders';
import { aQueryFleet, aQueryLock, refusal } from '../support/builders';

const NIGHT = new Date('2026-11-21T15:00:00.123Z');
const since = '2026-11-21T15:00:00Z';
/** The window is 00:00 to 05:00 in Seoul, which is 15:00 to 20:00 UTC. */
const NEXT_DAY = new Date('2026-11-22T20:00:00Z');

type Rows = Record<string, Record<string, string | null>> | [string | null, Record<string, string | null>][];

function allocate(recorded: QueryLock | undefined, rows: Rows, fleet: FleetKeys = {}, now = NIGHT) {
  const list = Array.isArray(rows) ? rows : Object.entries(rows);
  const observation = {
    by: 'query',
    store: '7000000000000000001/shop',
    rows: list.map(([name, params]) => ({ name, params })),
    complete: true,
  } as const;
  const world = { now, newLineage: () => 'fedcba9876543210' };
  const allocation = allocateQuery('fruit', aQueryFleet(fleet), recorded, observation, world);
  const lock = allocation.lock as QueryLock;
  expect(brokenLaw(lock)).toBeUndefined();
  return { ...allocation, lock };
}

const recorded = aQueryLock({ apple: { colour: 'red' }, banana: { colour: 'yellow' }, cherry: { colour: 'red' } });
const namesOf = (lock: QueryLock) => lock.groups.map(({ id, name, state }) => `${id} ${name} ${state}`);

test('the question is the SQL of the config', () => {
  expect(queryQuestion('fruit', aQueryFleet().groups)).toEqual({
    by: 'query',
    place: 'fleets.fruit.groups',
    sql: 'SELECT name, url FROM shop.fruit',
    name: 'name',
    maxRows: 10_000,
  });
});

test('the first allocation makes a group of each row, in the order of the query', () => {
  const { lock, added, rowsCounted } = allocate(undefined, { banana: { url: 'b' }, apple: { url: null } });
  expect(lock).toEqual({
    lineage: 'fedcba9876543210',
    serial: 1,
    source: {
      by: 'query',
      store: '7000000000000000001/shop',
      sql: hashOfSql('SELECT name, url FROM shop.fruit'),
      name: 'name',
    },
    nextId: 3,
    groups: [
      { id: 1, slot: 0, name: 'banana', params: { url: 'b' }, rows: 1, state: 'active', since },
      { id: 2, slot: 1, name: 'apple', params: { url: null }, rows: 1, state: 'active', since },
    ],
  });
  expect({ added, rowsCounted }).toEqual({ added: [1, 2], rowsCounted: 2 });
});

test('the hash of the SQL is SHA-256', () => {
  expect(hashOfSql('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

describe('another night', () => {
  const same = { cherry: { colour: 'red' }, apple: { colour: 'red' }, banana: { colour: 'yellow' } };

  test('with the same rows in another order changes nothing', () => {
    const { lock, added, changed, emptied } = allocate(recorded, same);
    expect(lock).toBe(recorded);
    expect({ added, changed, emptied }).toEqual({ added: [], changed: [], emptied: [] });
  });

  test('with a new row adds a group behind the others, wherever the row stands', () => {
    const { lock, added } = allocate(recorded, { apricot: { colour: 'orange' }, ...same });
    expect(added).toEqual([4]);
    expect(lock.groups.slice(0, 3)).toEqual(recorded.groups);
    expect(lock).toMatchObject({ serial: 2, nextId: 5, groups: { 3: { id: 4, slot: 3, name: 'apricot' } } });
  });

  test('with other parameters changes that group alone', () => {
    const { lock, changed } = allocate(recorded, { ...same, banana: { colour: 'green' } });
    expect(changed).toEqual([2]);
    expect(lock.groups).toEqual([
      recorded.groups[0],
      { ...recorded.groups[1], params: { colour: 'green' } },
      recorded.groups[2],
    ]);
  });

  test('with other SQL that gives the same names keeps every id', () => {
    const { lock, added } = allocate(recorded, same, { groups: { sql: 'TABLE shop.fruit' } });
    expect(added).toEqual([]);
    expect(lock.groups).toEqual(recorded.groups);
    expect(lock.source.sql).toBe(hashOfSql('TABLE shop.fruit'));
  });
});

describe('a row that is gone', () => {
  const rest = { apple: { colour: 'red' }, cherry: { colour: 'red' } };

  test('leaves its group as it was, noted as empty, and once only', () => {
    const { lock, emptied, retired, removed } = allocate(recorded, rest);
    expect({ emptied, retired, removed }).toEqual({ emptied: [2], retired: [], removed: [] });
    expect(lock.groups[1]).toEqual({ ...recorded.groups[1], state: 'empty', since });
    const again = allocate(lock, rest, {}, NEXT_DAY);
    expect(again.lock).toBe(lock);
    expect(again.emptied).toEqual([]);
  });

  test('and comes back is the group it was, with what it says now', () => {
    const { lock } = allocate(allocate(recorded, rest).lock, { ...rest, banana: { colour: 'brown' } });
    expect(lock.groups[1]).toMatchObject({ id: 2, slot: 1, state: 'active', params: { colour: 'brown' } });
  });

  describe('where empty groups are retired', () => {
    const fleet = { groups: { retireEmpty: true } };

    test('suspends its group, and takes it out after a whole window', () => {
      const first = allocate(recorded, rest, fleet);
      expect(first).toMatchObject({ emptied: [2], retired: [2], removed: [] });
      expect(namesOf(first.lock)).toEqual(['1 apple active', '2 banana retiring', '3 cherry active']);
      const sameNight = allocate(first.lock, rest, fleet, new Date('2026-11-21T19:00:00Z'));
      expect(sameNight.lock).toBe(first.lock);
      const second = allocate(first.lock, rest, fleet, NEXT_DAY);
      expect(second).toMatchObject({ emptied: [], retired: [], removed: [2] });
      expect(namesOf(second.lock)).toEqual(['1 apple active', '3 cherry active']);
    });

    test('and comes back before that, is the group it was; after that, a new one', () => {
      const retiring = allocate(recorded, rest, fleet).lock;
      const all = { ...rest, banana: { colour: 'yellow' } };
      const back = allocate(retiring, all, fleet, NEXT_DAY);
      expect(namesOf(back.lock)).toEqual(['1 apple active', '2 banana active', '3 cherry active']);
      expect(back.removed).toEqual([]);
      const gone = allocate(retiring, rest, fleet, NEXT_DAY).lock;
      expect(namesOf(allocate(gone, all, fleet).lock)).toEqual([
        '1 apple active',
        '3 cherry active',
        '4 banana active',
      ]);
    });
  });

  test('of a fleet that runs once takes its group along at once', () => {
    const { lock, emptied, removed } = allocate(recorded, rest, { once: true });
    expect({ emptied, removed }).toEqual({ emptied: [], removed: [2] });
    expect(namesOf(lock)).toEqual(['1 apple active', '3 cherry active']);
    expect(lock.nextId).toBe(4);
  });
});

describe('rows that cannot be groups', () => {
  const problem = (rows: Rows) => refusal(() => allocate(undefined, rows));
  const names = (...list: (string | null)[]): Rows => list.map((name) => [name, {}]);

  test.each([
    ['Apple', 'apple'],
    ['Red Delicious', 'red-delicious'],
    ['  --a__b..c!! ', 'a-b-c'],
    ['7', '7'],
    ['Café au lait', 'caf-au-lait'],
  ])('a name such as %j is cleaned to %s', (written, clean) => {
    expect(allocate(undefined, names(written)).lock.groups[0]?.name).toBe(clean);
  });

  test.each<[string, Rows, string]>([
    [
      'two that are one once cleaned',
      names('x', 'Red Apple', 'red_apple'),
      'the rows 2 ("Red Apple") and 3 ("red_apple") would both be the group fruit-red-apple',
    ],
    ['NULL', names('x', null), 'row 2 of the query has no name (NULL)'],
    ['an empty text', names(''), 'row 1 of the query has the name "", in which Kubernetes takes no character'],
    [
      'no letter of ASCII',
      names('사과'),
      'row 1 of the query has the name "사과", in which Kubernetes takes no character',
    ],
    ['too long a name', names('a'.repeat(47)), 'has 53 characters, the name of a group at most 52'],
  ])('are refused by name: %s', (_, rows, message) => {
    expect(problem(rows)).toMatchObject({ code: 'group-invalid', message: expect.stringContaining(message) });
  });

  test('a name may be as long as a CronJob’s', () => {
    expect(allocate(undefined, names('a'.repeat(46))).lock.groups[0]?.name).toHaveLength(46);
  });

  test.each([
    [['id'], 'the column "id" would be told as GROUP_ID, which is cronfleet\'s own'],
    [['WHERE'], 'the column "WHERE" would be told as GROUP_WHERE'],
    // It would be a folded fleet's index in the group map, of which `wait` makes a group's rows.
    [['Index'], 'the column "Index" would be told as GROUP_INDEX, which is cronfleet\'s own'],
    [['shop url', 'Shop_URL'], 'the columns "shop url" and "Shop_URL" would both be told as GROUP_SHOP_URL'],
    [['이름'], 'the column "이름" does not begin and end with a letter or digit of ASCII'],
    [['__proto__'], 'the column "__proto__" does not begin'],
    [['?column?'], 'the column "?column?" does not begin'],
  ])('columns %j are refused', (columns, message) => {
    const params = Object.fromEntries(columns.map((column) => [column, '1']));
    const error = problem([['a', params]]);
    expect(error).toMatchObject({ code: 'group-invalid', message: expect.stringContaining(message) });
    expect(error.hint).toContain('SELECT id AS shop_id');
  });

  test('none at all are refused, at first and later', () => {
    expect(problem({})).toMatchObject({ code: 'emptied', message: expect.stringMatching(/has no rows.*or more$/) });
    const error = refusal(() => allocate(recorded, {}));
    expect(error).toMatchObject({ code: 'emptied', message: expect.stringContaining('; 3 groups are recorded') });
  });

  test('more than 10,000 are refused', () => {
    const observation = { by: 'query', store: 's/d', rows: [], complete: false } as const;
    const world = { now: NIGHT, newLineage: () => '' };
    expect(refusal(() => allocateQuery('fruit', aQueryFleet(), undefined, observation, world)).code).toBe(
      'too-many-groups',
    );
  });
});

test('whatever rows come and go, a name keeps its id while its group lives, and no id is used twice', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const night = fc.record({
    rows: fc.dictionary(fc.constantFrom(...names), fc.record({ url: fc.option(fc.constantFrom('x', 'y')) }), {
      minKeys: 1,
    }),
    hours: fc.integer({ min: 0, max: 60 }),
  });
  const kind = fc.constantFrom<FleetKeys>({}, { groups: { retireEmpty: true } }, { once: true });
  fc.assert(
    fc.property(fc.array(night, { minLength: 1, maxLength: 12 }), kind, (nights, fleet) => {
      let lock: QueryLock | undefined;
      let now = NIGHT.getTime();
      const everUsed = new Map<number, string>();
      for (const { rows, hours } of nights) {
        now += hours * 3_600_000;
        const before: QueryLock | undefined = lock;
        lock = allocate(lock, rows, fleet, new Date(now)).lock;
        for (const { id, name, slot, params, state } of lock.groups) {
          expect(everUsed.get(id) ?? name).toBe(name);
          everUsed.set(id, name);
          const old = before?.groups.find((group) => group.name === name);
          if (old) expect({ id, slot }).toEqual({ id: old.id, slot: old.slot });
          // A row that is there is worked through, with what it says now.
          expect(state === 'active').toBe(name in rows);
          expect(params).toEqual(rows[name] ?? old?.params);
        }
        const has = new Set(lock.groups.map(({ name }) => name));
        expect(Object.keys(rows).filter((name) => !has.has(name))).toEqual([]);
        const lost = before?.groups.filter(({ name }) => !has.has(name)) ?? [];
        if (!fleet.once) expect(lost.every(({ state }) => state === 'retiring')).toBe(true);
        expect(allocate(lock, rows, fleet, new Date(now)).lock).toBe(lock);
      }
    }),
  );
});

test.each([
  ['url', 'URL'],
  ['Shop URL', 'SHOP_URL'],
  ['straße', 'STRA_E'],
  ['a\u{1F600}b', 'A_B'],
])('the column %s is told as GROUP_%s', (column, variable) => {
  expect(variableOf(column)).toBe(variable);
});

test('the lock of a query is read as it was printed', () => {
  const lock: Lock = { version: 1, fleets: { fruit: aQueryLock({ apple: { url: null, 'Odd "Name"': 'a\nb' } }) } };
  expect(parseLock(printLock(lock), 'fleet.lock.json')).toEqual(lock);
});
