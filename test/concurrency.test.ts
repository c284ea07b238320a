// Writers do not stop for a synth: whatever they do meanwhile, the answers of one snapshot add up.

import { Client } from 'pg';
import { expect, test } from 'vitest';
import { observeRanges, type RangeQuestion } from '../lib/store/ranges';
import { aDatabase } from './support/database';
import { aPostgresStore } from './support/stores';

const database = aDatabase();
const BOUNDS = ['101', '201', '301', '401'];

const QUESTION: RangeQuestion = {
  by: 'keyRange',
  place: 'fleets.catalog.groups',
  table: 'public.items',
  key: 'id',
  where: undefined,
  allowKeysInGit: false,
  ranges: [null, ...BOUNDS].map((from, index) => ({ from, to: BOUNDS[index] ?? null })),
  isRecorded: true,
  countAll: true,
  capacity: 60,
  step: 60,
  maxPieces: 1_000,
};

/** Moves rows from one end of the key to the other, adds some and takes some, until it is told to stop. */
async function write(url: string, isStopped: () => boolean): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  let writes = 0;
  for (; !isStopped(); writes += 1) {
    await client.query('BEGIN');
    await client.query('UPDATE items SET id = id + 1000 WHERE id = (SELECT min(id) FROM items)');
    await client.query('INSERT INTO items SELECT 1 + (random() * 400)::int ON CONFLICT DO NOTHING');
    await client.query('DELETE FROM items WHERE id = (SELECT max(id) FROM items)');
    await client.query('COMMIT');
  }
  await client.end();
  return writes;
}

test('counts of one synth add up while others insert, move and delete', async () => {
  await database.run('CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 500)');
  let isDone = false;
  const writers = [1, 2].map(() => write(database.url(), () => isDone).catch(() => 0));
  const store = aPostgresStore(database.url());
  let seen = 0;
  for (let synths = 0; synths < 20; synths += 1) {
    const [observed, all, changed] = await store.snapshot(async (session) => {
      const before = await session.query('SELECT count(*)::text AS rows FROM public.items');
      const answer = await observeRanges(session, QUESTION);
      const live = await database.run('SELECT count(*)::int AS rows, sum(id)::text AS sum FROM items');
      const held = await session.query('SELECT sum(id)::text AS sum FROM public.items');
      return [answer, Number(before[0]?.rows), live[0]?.sum !== held[0]?.sum] as const;
    });
    const counted = observed.ranges.flatMap(({ pieces = [] }) => pieces).reduce((sum, { rows }) => sum + rows, 0);
    expect(counted).toBe(all);
    if (changed) seen += 1;
  }
  isDone = true;
  await Promise.all(writers);
  // The table did change under the snapshots.
  expect(seen).toBeGreaterThan(0);
});
