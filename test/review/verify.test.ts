import { describe, expect, test } from 'vitest';
import { verificationJson, verificationLines } from '../../lib/cli/verification';
import { countQuestion, judge, type RecordedFleet, recordedFleet } from '../../lib/review/verify';
import { aFleet, aFleetLock, aGroup, type FleetKeys, type FleetLockKeys, refusal } from '../support/builders';

const STORE = {
  kind: 'postgres' as const,
  url: 'postgres://db/shop',
  connectTimeoutSeconds: 1,
  statementTimeoutSeconds: 1,
};

function aRecordedFleet(lock: FleetLockKeys = {}, fleet: FleetKeys = {}): RecordedFleet {
  return { name: 'catalog', fleet: aFleet(fleet), recorded: aFleetLock(lock) };
}

/** What is said of a fleet of as many groups as there are counts. */
const judged = (groups: number[], rows: number, nulls = 0) =>
  judge(aRecordedFleet({ groups: groups.length }), { rows, nulls, groups });

describe('judge', () => {
  test('holds when every row is in one group and none is over capacity', () => {
    expect(judged([1_000, 1_000, 20], 2_020)).toMatchObject({ holds: true, grouped: 2_020, uncovered: 0, doubled: 0 });
  });

  test.each([
    ['rows in no group', [1_000, 20], 1_023, 0, { uncovered: 3, doubled: 0 }],
    ['rows in two groups', [1_000, 20], 1_015, 0, { uncovered: 0, doubled: 5 }],
    ['rows without a key', [1_000, 20], 1_022, 2, { uncovered: 0, doubled: 0, nulls: 2 }],
    ['rows in no group beside rows without a key', [1_000, 20], 1_023, 2, { uncovered: 1, doubled: 0, nulls: 2 }],
    ['a group over capacity', [1_001, 20], 1_021, 0, { uncovered: 0, doubled: 0 }],
  ])('fails for %s', (_, groups, rows, nulls, expected) => {
    expect(judged(groups, rows, nulls)).toMatchObject({ holds: false, ...expected });
  });

  test('holds groups against the capacity of the config, whatever they were cut with', () => {
    const fleet = aRecordedFleet({ groups: 1 }, { groups: { capacity: 500 } });
    const { groups, holds } = judge(fleet, { rows: 501, nulls: 0, groups: [501] });
    expect([holds, groups[0]?.isOverCapacity]).toEqual([false, true]);
  });
});

describe('countQuestion', () => {
  test('asks with the conditions the jobs are told, and leaves out groups that are retiring', () => {
    const groups = [
      aGroup({ id: 1, from: null, to: '2001' }),
      aGroup({ id: 2, from: '1001', to: '2001', state: 'retiring' }),
      aGroup({ id: 3, from: '2001', to: null }),
    ];
    const fleet = aRecordedFleet({ groups, source: { where: 'NOT gone' } });
    expect(countQuestion(fleet, new Set())).toMatchObject({
      where: 'NOT gone',
      conditions: [`("id" < '2001'::bigint) AND (NOT gone)`, `("id" >= '2001'::bigint) AND (NOT gone)`],
    });
    const { groups: counted } = judge(fleet, { rows: 3, nulls: 0, groups: [2, 1] });
    expect(counted.map(({ id, rows }) => [id, rows])).toEqual([
      [1, 2],
      [3, 1],
    ]);
  });
});

describe('recordedFleet', () => {
  test.each([
    ['no lock of the fleet', undefined, 'lock-missing', 'run synth first'],
    ['groups of the demo', aFleetLock({ source: { store: 'demo' } }), 'another-store', 'run synth first'],
    ['another table', aFleetLock({ source: { table: 'catalog.other' } }), 'lock-mismatch', 'on other rows'],
    ['another `where`', aFleetLock({ source: { where: 'NOT gone' } }), 'lock-mismatch', 'run synth once'],
  ])('refuses %s', (_, found, code, hint) => {
    const error = refusal(() => recordedFleet('catalog', aFleet(), STORE, found, 'fleet.lock.json'));
    expect([error.code, error.hint]).toEqual([code, expect.stringContaining(hint)]);
  });
});

describe('verificationLines', () => {
  test('shows every group with its rows and how full it is, and the totals below', () => {
    expect(verificationLines([judged([1_000, 999, 0], 1_999)])).toEqual([
      'fleet catalog: catalog.items by id',
      '  group          rows  full',
      '  catalog-0001  1,000  100%',
      '  catalog-0002    999   99%',
      '  catalog-0003      0    0%',
      '  in 3 groups   1,999',
      '  id is NULL        0',
      '  in the table  1,999',
      '  holds: every row is in exactly one group, no group is over capacity',
    ]);
  });

  test('says what fails, and what to do about each', () => {
    const text = verificationLines([judged([1_001, 20], 1_025, 1)]).join('\n');
    expect(text).toContain('catalog-0001  1,001  101%');
    expect(text).toContain('FAILS: 3 rows in no group\n');
    expect(text).toContain(
      'FAILS: 1 row without id (NULL), which no group takes\n    give them one, or leave them out',
    );
    expect(text).toContain('FAILS: 1 group over capacity (1,000 rows)\n    run synth');
    expect(text).not.toContain('holds');
  });

  test('shows the fullest of many groups first, and counts the others', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => index);
    const lines = verificationLines([judged(rows, 499_500)]);
    expect(lines).toHaveLength(1 + 1 + 20 + 4 + 1);
    expect(lines.slice(2, 4)).toEqual([
      '  catalog-1000               999   99%',
      '  catalog-0999               998   99%',
    ]);
    expect(lines[22]).toBe('  980 more, none fuller  479,710');
    expect(lines[23]).toContain('499,500');
  });

  test('keeps to 80 columns with the longest names and counts', () => {
    const name = 'a'.repeat(47);
    const fleet = aRecordedFleet({ groups: 3 }, { groups: { capacity: 1_000_000_000_000 } });
    const most = 1_000_000_000_000;
    const lines = verificationLines([
      judge({ ...fleet, name }, { rows: 3 * most, nulls: 0, groups: [most, most, most] }),
    ]);
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

test('verificationJson gives every number, and each group with its range', () => {
  expect(verificationJson([judged([1_000, 20], 1_023, 2)])).toEqual({
    holds: false,
    fleets: [
      {
        name: 'catalog',
        table: 'catalog.items',
        column: 'id',
        by: 'keyRange',
        capacity: 1_000,
        rows: 1_023,
        nulls: 2,
        grouped: 1_020,
        uncovered: 1,
        doubled: 0,
        holds: false,
        groups: [
          { id: 1, name: 'catalog-0001', from: null, to: '1001', rows: 1_000, overCapacity: false },
          { id: 2, name: 'catalog-0002', from: '1001', to: null, rows: 20, overCapacity: false },
        ],
      },
    ],
  });
});
