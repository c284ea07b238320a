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

/** A table of 60,000 rows in `groups` recorded ranges of the same size. @returns how many of the closed ones were counted */
async function countedOf(type: keyof typeof KEYS, groups: number, capacity: number): Promise<number> {
  await database.run(`
    DROP TABLE IF EXISTS items; CREATE TABLE items (id ${type} PRIMARY KEY);
    INSERT INTO items SELECT ${KEYS[type]} FROM generate_series(1, 60000) n ORDER BY md5(n::text); ANALYZE items;
    SET TimeZone = 'UTC'`);
  const cuts = await database.run(
    `SELECT id::text AS key FROM (SELECT id, row_number() OVER (ORDER BY id) AS row FROM items) AS numbered
      WHERE row > 1 AND row % ${60_000 / groups} = 1 ORDER BY id`,
  );
  const bounds = cuts.map(({ key }) => key as string);
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
  expect(observed.ranges.length).toBe(groups);
  return observed.ranges.slice(0, -1).filter(({ pieces }) => pieces !== undefined).length;
}

test.each(['bigint', 'timestamptz'] as const)('of 300 groups by %s that are full none is counted', async (type) => {
  // Rows that lie in no order make the planner think of several workers.
  expect(await countedOf(type, 300, 200)).toBe(0);
});

test.each(['bigint', 'uuid', 'text', 'timestamptz'] as const)(
  'of 300 groups by %s that hold half as much again as they may, all are counted',
  async (type) => {
    expect(await countedOf(type, 300, 130)).toBe(299);
  },
);
