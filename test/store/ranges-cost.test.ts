// What a synth asks of a big table: index probes and bounded counts, never the whole of it.

import { beforeAll, describe, expect, test } from 'vitest';
import { observeRanges, type RangeQuestion } from '../../lib/store/ranges';
import type { Row } from '../../lib/store/session';
import { aDatabase } from '../support/database';
import { aPostgresStore } from '../support/stores';

const database = aDatabase();
const ROWS = 100_000;
const STEP = 10_000;
const BOUNDS = Array.from({ length: 9 }, (_, index) => String((index + 1) * STEP + 1));

function aQuestion(keys: Partial<RangeQuestion>): RangeQuestion {
  return {
    by: 'keyRange',
    place: 'fleets.catalog.groups',
    table: 'public.items',
    key: 'id',
    where: undefined,
    allowKeysInGit: false,
    ranges: [null, ...BOUNDS].map((from, index) => ({ from, to: BOUNDS[index] ?? null })),
    isRecorded: true,
    countAll: false,
    capacity: STEP,
    step: STEP,
    maxPieces: 100,
    ...keys,
  };
}

/** The observation, with every question about the table, its plan, and the rows it read. */
async function watched(keys: Partial<RangeQuestion>) {
  const questions: { sql: string; plan: string; read: number }[] = [];
  const observation = await aPostgresStore(database.url()).snapshot((session) =>
    observeRanges(
      {
        ...session,
        async query(sql: string, values?: readonly unknown[]): Promise<Row[]> {
          if (sql.includes('"items"') && !sql.startsWith('EXPLAIN')) {
            const rows = await session.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, values);
            const answer: unknown = rows[0]?.['QUERY PLAN'];
            const plan = typeof answer === 'string' ? answer : JSON.stringify(answer);
            questions.push({ sql, plan, read: rowsRead(JSON.parse(plan)) });
          }
          return session.query(sql, values);
        },
      },
      aQuestion(keys),
    ),
  );
  return { observation, questions };
}

/** Rows that the scans of a plan gave, over all their loops. */
function rowsRead(node: unknown): number {
  if (Array.isArray(node)) return node.reduce((sum: number, inner) => sum + rowsRead(inner), 0);
  if (typeof node !== 'object' || node === null) return 0;
  const plan = node as Record<string, unknown>;
  const own =
    /Scan/.test(String(plan['Node Type'])) && plan['Relation Name'] === 'items'
      ? Number(plan['Actual Rows']) * Number(plan['Actual Loops'])
      : 0;
  return own + Object.values(plan).reduce((sum: number, inner) => sum + rowsRead(inner), 0);
}

beforeAll(async () => {
  await database.run('CREATE TABLE items (id bigint PRIMARY KEY, name text)');
  await database.run(`INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, ${ROWS}) n`);
  await database.run('VACUUM ANALYZE items');
});

describe('a synth of recorded groups', () => {
  test('without growth probes every closed range once and counts one group, without a sequential scan', async () => {
    const { observation, questions } = await watched({});
    expect(observation.ranges.filter(({ pieces }) => pieces)).toHaveLength(1);
    for (const { sql, plan } of questions) expect(plan, sql).not.toContain('Seq Scan');
    // Emptiness of all closed groups, rows without a key, and the count of the last group.
    expect(questions).toHaveLength(3);
    expect(questions.reduce((sum, { read }) => sum + read, 0)).toBeLessThanOrEqual(STEP + BOUNDS.length + 1);
  });

  test('asks as many questions of nine groups as of three', async () => {
    const three = BOUNDS.slice(-2);
    const few = await watched({
      ranges: [null, ...three].map((from, index) => ({ from, to: three[index] ?? null })),
      capacity: ROWS,
    });
    expect(few.questions).toHaveLength((await watched({})).questions.length);
  });

  test('reads in proportion to the growth', async () => {
    const bounds = BOUNDS.slice(0, -1);
    const { observation, questions } = await watched({
      ranges: [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null })),
    });
    expect(observation.ranges.at(-1)?.pieces).toHaveLength(2);
    for (const { sql, plan } of questions) expect(plan, sql).not.toContain('Seq Scan');
    expect(questions.reduce((sum, { read }) => sum + read, 0)).toBeLessThan(5 * STEP);
  });

  test('counts a closed range that looks a fifth too full, and cuts it evenly', async () => {
    const bounds = BOUNDS.filter((_, index) => index !== 3 && index !== 4);
    const { observation } = await watched({
      ranges: [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null })),
    });
    const counted = observation.ranges.filter(({ pieces }) => pieces);
    expect(counted).toHaveLength(2);
    expect(counted[0]?.pieces?.map(({ rows }) => rows)).toEqual([10_000, 10_000, 10_000]);
  });

  test('lets no estimate decide: a wrong one leads to a count, and the count says no', async () => {
    await database.run(
      `CREATE TABLE guessed (id bigint PRIMARY KEY); INSERT INTO guessed SELECT generate_series(1, 20000); ANALYZE guessed; DELETE FROM guessed WHERE id % 4 <> 0`,
    );
    const bounds = ['8001'];
    const { observation } = await watched({
      table: 'public.guessed',
      ranges: [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null })),
      capacity: 5_000,
      step: 5_000,
    });
    expect(observation.ranges[0]?.pieces).toEqual([{ from: null, to: '8001', rows: 2_000 }]);
  });
});
