import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RangeGroup as Group } from '../../lib/groups/group';
import { inKeyOrder } from '../../lib/groups/laws';
import { type FleetLock, type Lock, parseLock, printLock } from '../../lib/groups/lock';
import { aFleetLock, aGroup, aLock, type FleetLockKeys, groupsAt, refusal } from '../support/builders';

const read = (text: string) => parseLock(text, 'fleet.lock.json');
const refused = (text: string) => refusal(() => read(text));
/** The lock with a part of it changed by hand. */
const edited = (keys: FleetLockKeys) => printLock(aLock(keys));

/** Fleets as they come from growth and splits: ids and slots in any order along the key, some groups retiring. */
const fleets: fc.Arbitrary<FleetLock> = fc
  .record({
    type: fc.constantFrom('bigint', 'text', 'timestamp with time zone'),
    cuts: fc.uniqueArray(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 8 }),
    words: fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 8 }),
    shuffle: fc.infiniteStream(fc.nat()),
    gap: fc.nat(5),
    serial: fc.integer({ min: 1, max: 2 ** 31 }),
    rows: fc.maxSafeNat(),
    where: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    retiring: fc.boolean(),
  })
  .map(({ type, cuts, words, shuffle, gap, serial, rows, where, retiring }) => {
    const bounds = type === 'text' ? words : cuts.sort((a, b) => (a < b ? -1 : 1)).map(String);
    const ranges = groupsAt(bounds);
    const order = new Map(ranges.map((range) => [range, shuffle.next().value as number]));
    // Ids say in which order groups were made, not how they lie; ids and slots that are gone leave gaps.
    const groups = [...ranges]
      .sort((a, b) => (order.get(a) as number) - (order.get(b) as number))
      .map(
        (range, index): Group => ({
          ...range,
          id: index * (gap + 1) + 1,
          slot: (ranges.length - index) * (gap + 1),
          rows,
        }),
      );
    const gone = aGroup({ id: 1_000, slot: 1_000, state: 'retiring', since: '2026-02-28T23:59:59Z' });
    return aFleetLock({
      serial,
      source: { type, ...(where === undefined ? {} : { where }) },
      groups: retiring ? [...groups, gone] : groups,
    });
  });

const locks: fc.Arbitrary<Lock> = fc
  .dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), fleets, { maxKeys: 3, noNullPrototype: true })
  .map((byName) => ({ version: 1, fleets: byName }));

describe('parseLock', () => {
  test('reads every lock back as it was printed', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        expect(read(printLock(lock))).toEqual(lock);
      }),
    );
  });

  test('reads what git on Windows checks out', () => {
    const lock = aLock({ groups: 3 });
    expect(read(printLock(lock).replaceAll('\n', '\r\n'))).toEqual(lock);
  });

  test('reads bounds beyond the whole numbers of JavaScript', () => {
    const bounds = ['-9223372036854775808', '9007199254740992', '9007199254740993', '9223372036854775807'];
    const lock = aLock({ groups: groupsAt(bounds) });
    expect(read(printLock(lock))).toEqual(lock);
  });

  test('reads the bounds of other types in any order, since only the store knows theirs', () => {
    const lock = aLock({ groups: groupsAt(['b', 'a', 'C']), source: { type: 'text', collation: 'de-x-icu 153.120' } });
    expect(read(printLock(lock))).toEqual(lock);
  });

  test('takes a group that gave its range away', () => {
    const lock = aLock({ groups: [aGroup({ from: null, to: null }), aGroup({ id: 2, state: 'retiring' })] });
    expect(read(printLock(lock))).toEqual(lock);
  });

  test.each(['<<<<<<< HEAD', '=======', '>>>>>>> main'])('refuses %s and says which side to take', (marker) => {
    const text = printLock(aLock({ groups: 2 })).replace(/^ *"nextId"/m, `${marker}\n$&`);
    const error = refused(text);
    expect(error).toMatchObject({ code: 'lock-conflict', message: 'fleet.lock.json has merge-conflict markers' });
    expect(error.hint).toContain('git checkout --ours fleet.lock.json');
    expect(refused(text.replaceAll('\n', '\r\n')).code).toBe('lock-conflict');
  });

  test('takes a bound that looks like a conflict marker', () => {
    const lock = aLock({ groups: groupsAt(['\n=======\n', '<<<<<<< HEAD']), source: { type: 'text' } });
    expect(read(printLock(lock))).toEqual(lock);
  });

  test.each([
    ['2', '"version": 2', 'got 2'],
    ['a text', '"version": "1"', 'got "1"'],
    ['none', '"versions": 1', 'got none'],
  ])('refuses version %s', (_, version, told) => {
    const error = refused(printLock(aLock()).replace('"version": 1', version));
    expect(error.code).toBe('lock-version');
    expect(error.message).toBe(`fleet.lock.json: expected version 1, ${told}`);
  });

  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '7'],
  ])('refuses %s as a lock of no version', (_, text) => {
    expect(refused(text).code).toBe('lock-version');
  });

  test.each<[what: string, text: string, told: string]>([
    ['an empty file', '', 'not JSON: '],
    ['half a file', printLock(aLock({ groups: 3 })).slice(0, -80), 'not JSON: '],
    ['a byte order mark', `\uFEFF${printLock(aLock())}`, 'it begins with a byte order mark'],
    [
      'an unknown field',
      printLock(aLock()).replace('"slot": 0', '"slot": 0, "owner": "me"'),
      'fleets.catalog.groups.0: ',
    ],
    ['a missing field', printLock(aLock()).replace('"slot": 0, ', ''), 'fleets.catalog.groups.0.slot: '],
    [
      'a bound that is a number',
      printLock(aLock({ groups: 2 })).replaceAll('"1001"', '1001'),
      'fleets.catalog.groups.0.to: ',
    ],
    ['a fleet without groups', edited({ groups: [], nextId: 1 }), 'fleets.catalog.groups: '],
    ['another kind of grouping', printLock(aLock()).replace('keyRange', 'query'), 'fleets.catalog'],
    ['a lineage of another form', edited({ lineage: 'mine' }), 'fleets.catalog.lineage: '],
    ['a serial of 0', edited({ serial: 0 }), 'fleets.catalog.serial: '],
    ['a state nobody knows', printLock(aLock()).replace('"active"', '"paused"'), 'fleets.catalog.groups.0.state: '],
    [
      'a time that is none',
      printLock(aLock()).replace('2026-01-01T00:00:00Z', 'yesterday'),
      'fleets.catalog.groups.0.since: ',
    ],
    [
      'an id twice',
      edited({ groups: [aGroup({ to: null }), aGroup({ from: null, slot: 1 })] }),
      'fleet catalog: the id 1 is used twice',
    ],
    [
      'groups out of order',
      edited({ groups: groupsAt(['5']).reverse() }),
      'fleet catalog: group 1 stands behind group 2; they are sorted by id',
    ],
    [
      'an id that was not given out',
      edited({ groups: 2, nextId: 2 }),
      'fleet catalog: group 2 has an id that nextId (2) has not reached',
    ],
    [
      'a slot twice',
      edited({ groups: groupsAt(['5']).map((group) => ({ ...group, slot: 4 })) }),
      'fleet catalog: groups 1 and 2 share the slot 4',
    ],
    [
      'a slot that a retiring group still has',
      edited({ groups: [aGroup({ from: null, to: null }), aGroup({ id: 2, slot: 0, state: 'retiring' })] }),
      'fleet catalog: groups 1 and 2 share the slot 0',
    ],
    [
      'a gap',
      edited({ groups: withRange(groupsAt(['5', '9']), 2, { from: '6' }) }),
      'fleet catalog: a gap or overlap: group 1 ends at 5, where no group begins',
    ],
    [
      'an overlap',
      edited({ groups: withRange(groupsAt(['5', '9']), 1, { to: '9' }) }),
      'fleet catalog: a gap or overlap: group 2 begins at 5, where no group ends',
    ],
    [
      'two groups that begin alike',
      edited({ groups: withRange(groupsAt(['5', '9']), 3, { from: '5' }) }),
      'fleet catalog: groups 2 and 3 overlap: both begin at 5',
    ],
    [
      'a circle',
      edited({ groups: withRange(groupsAt(['5', '9']), 3, { to: '5' }) }),
      'fleet catalog: an overlap: the range of group 2 comes twice',
    ],
    [
      'no first group',
      edited({ groups: withRange(groupsAt(['5']), 1, { from: '1' }) }),
      'fleet catalog: a gap: no group begins at the very start',
    ],
    [
      'two first groups',
      edited({ groups: withRange(groupsAt(['5']), 2, { from: null }) }),
      'fleet catalog: groups 1 and 2 overlap: both begin at the very start',
    ],
    [
      'no last group',
      edited({ groups: withRange(groupsAt(['5']), 2, { to: '9' }) }),
      'fleet catalog: a gap or overlap: group 2 ends at 9, where no group begins',
    ],
    [
      'retiring groups only',
      edited({ groups: [aGroup({ from: null, to: null, state: 'retiring' })] }),
      'fleet catalog: a gap: no group begins at the very start',
    ],
    [
      'bounds that fall',
      edited({ groups: groupsAt(['9', '5']) }),
      'fleet catalog: the bounds do not rise from group to group',
    ],
    [
      'bounds that rise as texts only',
      edited({ groups: groupsAt(['10', '9']) }),
      'fleet catalog: the bounds do not rise',
    ],
    [
      'bounds that fall beyond the whole numbers of JavaScript',
      edited({ groups: groupsAt(['9007199254740993', '9007199254740992']) }),
      'fleet catalog: the bounds do not rise',
    ],
    ['a bound that is no integer', edited({ groups: groupsAt(['5', '9.5']) }), 'fleet catalog: the bounds do not rise'],
  ])('refuses %s', (_, text, told) => {
    const error = refused(text);
    expect(error.code).toBe('lock-invalid');
    expect(error.message).toMatch(/^fleet\.lock\.json: /);
    expect(error.message).toContain(told);
    expect(error.hint).toContain('git checkout -- fleet.lock.json');
  });

  test('refuses a lock cut off anywhere', () => {
    const text = printLock(aLock({ groups: 2 })).trimEnd();
    for (let length = 0; length < text.length; length += 1)
      expect(refused(text.slice(0, length)).code).toBe('lock-invalid');
  });

  test('names the fleet that is broken', () => {
    const lock: Lock = { version: 1, fleets: { a: aFleetLock(), b: aFleetLock({ groups: groupsAt(['9', '5']) }) } };
    expect(refused(printLock(lock)).message).toContain('fleet b: ');
  });
});

/** The groups with that one's range changed. */
function withRange(groups: Group[], id: number, range: Partial<Group>): Group[] {
  return groups.map((group) => (group.id === id ? { ...group, ...range } : group));
}

describe('printLock', () => {
  test('writes one group a line, so that a diff shows which changed', () => {
    expect(printLock(aLock({ groups: 2, source: { where: "state = 'new'" } }))).toMatchInlineSnapshot(`
      "{
        "version": 1,
        "fleets": {
          "catalog": {
            "lineage": "0123456789abcdef",
            "serial": 1,
            "source": { "by": "keyRange", "store": "7000000000000000001/shop", "table": "catalog.items", "key": "id", "type": "bigint", "where": "state = 'new'" },
            "capacity": 1000,
            "rowsPerGroup": 1000,
            "nextId": 3,
            "groups": [
              { "id": 1, "slot": 0, "from": null, "to": "1001", "rows": 1000, "state": "active", "since": "2026-01-01T00:00:00Z" },
              { "id": 2, "slot": 1, "from": "1001", "to": null, "rows": 1000, "state": "active", "since": "2026-01-01T00:00:00Z" }
            ]
          }
        }
      }
      "
    `);
  });

  test('writes the same bytes for the same lock, read back or with its fleets in another order', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        const text = printLock(lock);
        const turned = Object.fromEntries(Object.entries(lock.fleets).reverse());
        expect(printLock(read(text))).toBe(text);
        expect(printLock({ ...lock, fleets: turned })).toBe(text);
      }),
    );
  });
});

describe('inKeyOrder', () => {
  test('follows the ranges, not the ids, and leaves out who has none', () => {
    const groups = [
      aGroup({ id: 1, from: '5', to: null }),
      aGroup({ id: 2, from: null, to: '3' }),
      aGroup({ id: 3, from: '3', to: '5' }),
      aGroup({ id: 4, from: '3', to: '4', state: 'retiring' }),
    ];
    expect((inKeyOrder(groups) as Group[]).map(({ id }) => id)).toEqual([2, 3, 1]);
  });
});
