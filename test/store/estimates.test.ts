// Estimates choose where to count. They must not leave out a group that is full, nor send synth through the whole table.

import { expect, test } from 'vitest';
import { observeRanges } from '../../lib/store/ranges';
import { aDatabase } from '../support/database';
import { aPostgresStore } from '../support/stores';

const database = aDatabase();
const KEYS = {
  bigint: 'n::bigint',
  uuid: 'md5(n::text)::uuid',
  text: 'md5(n::text)',
  timestamptz: `timestamptz '2026-01-01' + n * interval '1 second'`,
};

/**
 * A table of 60,000 rows in `groups` recorded ranges of the same size, but for one in the middle that has `swollen` of them.
 * @returns how many of the closed ones were counted; that in the middle has to be when it is swollen
 */
async function countedOf(type: keyof typeof KEYS, groups: number, capacity: number, swollen = 1): Promise<number> {
  await database.run(`
    DROP TABLE IF EXISTS items; CREATE TABLE items (id ${type} PRIMARY KEY);
    INSERT INTO items SELECT ${KEYS[type]} FROM generate_series(1, 60000) n ORDER BY md5(n::text); ANALYZE items;
    SET TimeZone = 'UTC'`);
  const cuts = await database.run(
    `SELECT id::text AS key FROM (SELECT id, row_number() OVER (ORDER BY id) AS row FROM items) AS numbered
      WHERE row > 1 AND row % ${60_000 / groups} = 1 ORDER BY id`,
  );
  const middle = Math.floor(groups / 2);
  const bounds = cuts.map(({ key }) => key as string);
  bounds.splice(middle, swollen - 1);
  const observed = await aPostgresStore(database.url()).snapshot((session) =>
    observeRanges(session, {
      by: 'keyRange',
      place: 'fleets.catalog.groups',
      table: 'items',
      key: 'id',
      where: undefined,
      allowKeysInGit: true,
      ranges: [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null })),
      isRecorded: true,
      countAll: false,
      capacity,
      step: capacity,
      maxPieces: 10_000,
    }),
  );
  expect(observed.ranges.length).toBe(groups - swollen + 1);
  if (swollen > 1) expect(observed.ranges[middle]?.pieces?.length).toBeGreaterThan(1);
  return observed.ranges.slice(0, -1).filter(({ pieces }) => pieces !== undefined).length;
}

// Of uuids and texts the planner knows a place only to a hundredth of the table: that is a group of 100, half of one of 50.
test.each([
  ['bigint', 300],
  ['timestamptz', 300],
  ['uuid', 50],
  ['text', 50],
] as const)('by %s, of %i groups that are full none is counted', async (type, groups) => {
  // Rows that lie in no order make the planner think of several workers.
  expect(await countedOf(type, groups, 60_000 / groups)).toBe(0);
});

test.each(['bigint', 'uuid', 'text', 'timestamptz'] as const)(
  'of 300 groups by %s that hold half as much again as they may, all are counted',
  async (type) => {
    expect(await countedOf(type, 300, 130)).toBe(299);
  },
);

test.each(['bigint', 'uuid', 'text', 'timestamptz'] as const)(
  'by %s, a group with several times the rows of the others is counted, and few besides',
  async (type) => {
    const counted = await countedOf(type, 40, 1_500, 3);
    expect(counted).toBeGreaterThanOrEqual(1);
    expect(counted).toBeLessThan(5);
  },
);

test.each(['uuid', 'text'] as const)('nor is it hidden among many groups by %s', async (type) => {
  expect(await countedOf(type, 200, 300, 3)).toBeGreaterThanOrEqual(1);
});
