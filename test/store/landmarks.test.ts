// With landmarks or without, a table is cut at the very same keys.

import { describe, expect, test } from 'vitest';
import { observeRanges, type RangeObservation, type RangeQuestion } from '../../lib/store/ranges';
import type { Row } from '../../lib/store/session';
import { bothStores, type TestStore } from '../support/stores';

const ROWS = 5_000;

/** Key columns and the key of the n-th row, in no order of rows. */
const KEYS: [name: string, type: string, value: string][] = [
  ['bigint', 'bigint', '(n * 7919) % 5003'],
  ['numeric', 'numeric', '((n * 7919) % 5003) / 7.0'],
  ['uuid', 'uuid', 'md5(n::text)::uuid'],
  ['timestamptz', 'timestamptz', `timestamptz '2026-01-01' + (n * 7919) % 5003 * interval '1 hour'`],
  ['text', 'text', `CASE n % 3 WHEN 0 THEN 'ä' WHEN 1 THEN 'A' ELSE 'b''\\' END || md5(n::text)`],
  ['text COLLATE "C"', 'text COLLATE "C"', `CASE n % 2 WHEN 0 THEN 'a' ELSE 'B' END || md5(n::text)`],
  ['text COLLATE "und-x-icu"', 'text COLLATE "und-x-icu"', `CASE n % 2 WHEN 0 THEN 'a' ELSE 'B' END || md5(n::text)`],
  ['five rows a key', 'integer', '((n * 7919) % 5003) / 5'],
  ['seventy rows a key', 'integer', 'n / 70'],
  ['one key with half of the rows', 'integer', 'CASE WHEN n % 2 = 0 THEN 2500 ELSE n END'],
];

/** Asks about `items`; `by` tells what questions were asked. */
async function ask(store: TestStore, keys: Partial<RangeQuestion> & { withLandmarks?: boolean }) {
  const { withLandmarks = true, step = 400, ...question } = keys;
  const asked: string[] = [];
  const observation = await store.snapshot((session) =>
    observeRanges(
      {
        ...session,
        async query(sql: string, values?: readonly unknown[]): Promise<Row[]> {
          asked.push(sql);
          return !withLandmarks && sql.includes('pg_stats') ? [] : session.query(sql, values);
        },
      },
      {
        by: 'keyRange',
        place: 'fleets.catalog.groups',
        table: 'items',
        key: 'id',
        where: undefined,
        allowKeysInGit: true,
        ranges: [{ from: null, to: null }],
        isRecorded: false,
        countAll: false,
        capacity: step,
        step,
        maxPieces: 1_000,
        ...question,
      },
    ),
  );
  const walked = asked.flatMap((sql) => /OFFSET (\d+)/.exec(sql)?.[1] ?? []).map(Number);
  return { observation, counts: asked.filter((sql) => sql.includes('UNION ALL')).length, walked };
}

const piecesOf = ({ ranges }: RangeObservation) => ranges.flatMap(({ pieces = [] }) => pieces);

async function fill(store: TestStore, type: string, value: string): Promise<void> {
  await store.run(`DROP TABLE IF EXISTS items; CREATE TABLE items (id ${type}, gone boolean NOT NULL); CREATE INDEX ON items (id);
    INSERT INTO items SELECT ${value}, n % 3 = 0 FROM generate_series(1, ${ROWS}) n; ANALYZE items`);
}

describe.each(bothStores())('landmarks on $name', (store) => {
  test.each(KEYS)('cut the same pieces of %s as a walk', async (name, type, value) => {
    const known = await store.ask(`SELECT FROM pg_collation WHERE collname = 'und-x-icu'`);
    if (name.includes('icu') && known.length === 0) return;
    await fill(store, type, value);
    for (const question of [
      {},
      { step: 333 },
      { where: 'NOT gone' },
      { step: 1_250 },
      { step: ROWS - 1 },
      { step: ROWS },
      { maxPieces: 3 },
    ]) {
      const walk = await ask(store, { ...question, withLandmarks: false });
      expect((await ask(store, question)).observation, JSON.stringify(question)).toEqual(walk.observation);
    }
  });

  test('make the walks short', async () => {
    await fill(store, 'uuid', 'md5(n::text)::uuid');
    const { walked, counts, observation } = await ask(store, {});
    expect(piecesOf(observation)).toHaveLength(13);
    expect(counts).toBeGreaterThan(1);
    // Never more than from the middle between two landmarks, which lie a hundredth of the table apart.
    expect(Math.max(...walked)).toBeLessThan(ROWS / 100);
  });

  test('are not looked for where pieces are small, without an index, or in a view', async () => {
    await fill(store, 'bigint', 'n');
    expect((await ask(store, { step: 20 })).counts).toBe(0);
    await store.run('CREATE OR REPLACE VIEW seen AS SELECT * FROM items');
    expect((await ask(store, { table: 'seen' })).counts).toBe(0);
    await store.run('DROP VIEW seen; DROP INDEX items_id_idx');
    expect((await ask(store, {})).counts).toBe(0);
  });

  test('that are old mislead nobody', async () => {
    await fill(store, 'bigint', 'n');
    await store.run(`DELETE FROM items WHERE id BETWEEN 1000 AND 4500;
      INSERT INTO items SELECT n, false FROM generate_series(10000, 14000) n`);
    const walk = await ask(store, { withLandmarks: false });
    expect((await ask(store, {})).observation).toEqual(walk.observation);
  });

  test('serve the last of recorded groups, and one that is cut in place', async () => {
    await fill(store, 'bigint', 'n');
    const ranges = [
      { from: null, to: '2001' },
      { from: '2001', to: null },
    ];
    const question = { ranges, isRecorded: true, countAll: true, step: 700 };
    const walk = await ask(store, { ...question, withLandmarks: false });
    const seen = await ask(store, question);
    expect(seen.observation).toEqual(walk.observation);
    expect(piecesOf(seen.observation).map(({ rows }) => rows)).toEqual([667, 667, 666, 700, 700, 700, 700, 200]);
    expect(seen.counts).toBeGreaterThan(0);
  });
});

test.each(bothStores())('counts that cannot be true are refused by $name', async (store) => {
  await fill(store, 'bigint', 'n');
  for (const lie of ['[1]', '[-1]', 'null', '{}']) {
    const answer = store.snapshot((session) =>
      observeRanges(
        {
          ...session,
          query: async (sql, values) =>
            sql.includes('UNION ALL') && !sql.startsWith('EXPLAIN') ? [{ rows: lie }] : session.query(sql, values),
        },
        {
          by: 'keyRange',
          place: 'p',
          table: 'items',
          key: 'id',
          where: undefined,
          allowKeysInGit: false,
          ranges: [{ from: null, to: null }],
          isRecorded: false,
          countAll: false,
          capacity: 400,
          step: 400,
          maxPieces: 100,
        },
      ),
    );
    await expect(answer, lie).rejects.toMatchObject({ code: 'store-answer' });
  }
});
