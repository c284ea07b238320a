// Ways to find the keys at which a table is cut into groups of STEP rows, compared before one was chosen; lib/store has the one that
// was. Every way must find the very same keys. The table of results is in docs/performance.md.
//
// node --import tsx bench/store-ways.ts --rows 10000000 --keys bigint,uuid --rounds 5

import { deepStrictEqual } from 'node:assert/strict';
import { Command } from 'commander';
import { Client } from 'pg';
import { number } from '../lib/text';
import { keyTypes, whole } from './flags';
import { type Key, makeItems, TABLE } from './items';
import { withPostgres } from './postgres';
import { printTable } from './table';
import { bestOf, inSeconds, ratio } from './timing';

const given = new Command('store-ways')
  .option('--rows <count>', 'of the table', whole, 10_000_000)
  .option('--keys <types>', 'of its key, separated by commas', keyTypes, ['bigint', 'uuid'])
  .option('--rounds <count>', 'how often; the best counts', whole, 5)
  .parse()
  .opts<{ rows: number; keys: Key[]; rounds: number }>();
const STEP = 1_000_000;

type Ask = (sql: string) => Promise<Record<string, string>[]>;

/** What a way may use: a connection that plans by the index and without workers, as a snapshot does; one as it comes; a second of each kind. */
interface Asks {
  serial: Ask;
  plain: Ask;
  parallelIndex: Ask;
  second: Ask;
}

type Way = (asks: Asks, key: Key, rows: number) => Promise<string[]>;

const literal = (key: Key, value: string) => `'${value}'::${key}`;

/** The key `offset` rows behind the first of those with `condition`. Made text outside, or every row that is passed over would be. */
function keyAt(condition: string, offset: number, order: 'ASC' | 'DESC' = 'ASC'): string {
  return `SELECT k::text AS found FROM (SELECT id AS k FROM ${TABLE} WHERE ${condition} ORDER BY id ${order} OFFSET ${offset} LIMIT 1) AS kept`;
}

/** Rows from `from` to `to` as a condition. */
function between(key: Key, from: string | undefined, to: string | undefined): string {
  return [
    'id IS NOT NULL',
    ...(from === undefined ? [] : [`id >= ${literal(key, from)}`]),
    ...(to === undefined ? [] : [`id < ${literal(key, to)}`]),
  ].join(' AND ');
}

async function one(ask: Ask, sql: string): Promise<string | undefined> {
  const [row] = await ask(sql);
  return row?.found;
}

/** Step by step along the index. */
const offsetWalk: Way = async ({ serial }, key) => {
  const cuts: string[] = [];
  for (;;) {
    const cut = await one(serial, keyAt(between(key, cuts.at(-1), undefined), STEP));
    if (cut === undefined) return cuts;
    cuts.push(cut);
  }
};

/** Peers' way, with the cuts picked out. */
const rowNumber: Way = async ({ plain }) => {
  const found = await plain(
    `SELECT id::text AS found FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM ${TABLE}) AS numbered
      WHERE n % ${STEP} = 1 AND n > 1 ORDER BY id`,
  );
  return found.map(({ found }) => found as string);
};

/** One sort of the whole; the fractions need the number of rows first. */
const percentiles: Way = async ({ plain }) => {
  const rows = Number(await one(plain, `SELECT count(*)::text AS found FROM ${TABLE}`));
  const places = Array.from({ length: Math.ceil(rows / STEP) - 1 }, (_, index) => (index + 1) * STEP + 1);
  // A fraction exactly between two rows rounds either way; one in the middle of its row does not.
  const fractions = places.map((place) => (place - 0.5) / rows);
  const found = await plain(
    `SELECT unnest(percentile_disc(ARRAY[${fractions}]::float8[]) WITHIN GROUP (ORDER BY id))::text AS found FROM ${TABLE}`,
  );
  return found.map(({ found }) => found as string);
};

/** Keys that the statistics hold to lie near the cuts. */
async function fromHistogram({ serial }: Asks, key: Key, rows: number): Promise<string[]> {
  const bounds = await serial(
    `SELECT unnest(histogram_bounds::text::${key}[])::text AS found FROM pg_stats WHERE tablename = 'items' AND attname = 'id'`,
  );
  const steps = Array.from({ length: Math.ceil(rows / STEP) - 1 }, (_, index) => (index + 1) * STEP);
  const near = steps.map((step) => bounds[Math.round((step / rows) * (bounds.length - 1))]?.found as string);
  return [...new Set(near)];
}

/** The same from a sample of the table's blocks, a tenth of a percent. */
async function fromSample({ serial }: Asks, _: Key, rows: number): Promise<string[]> {
  const sample = await serial(
    `SELECT id::text AS found FROM (SELECT id FROM ${TABLE} TABLESAMPLE SYSTEM (0.1) REPEATABLE (1)) AS sample ORDER BY id`,
  );
  const steps = Array.from({ length: Math.ceil(rows / STEP) - 1 }, (_, index) => (index + 1) * STEP);
  const near = steps.map((step) => sample[Math.round((step / rows) * (sample.length - 1))]?.found as string);
  return [...new Set(near)];
}

/** The cuts, by short walks from candidates of which it is known how many rows lie before them. */
async function fixed({ serial }: Asks, key: Key, rows: number, known: { key: string; before: number }[]) {
  const cuts: string[] = [];
  for (let place = STEP; place < rows; place += STEP) {
    const near = known.reduce((best, one) =>
      Math.abs(one.before - place) < Math.abs(best.before - place) ? one : best,
    );
    const ahead = place - near.before;
    const cut =
      ahead >= 0
        ? keyAt(between(key, near.key, undefined), ahead)
        : keyAt(between(key, undefined, near.key), -ahead - 1, 'DESC');
    cuts.push((await one(serial, cut)) as string);
  }
  return cuts;
}

function summed(candidates: readonly string[], counts: readonly number[]) {
  let before = 0;
  return candidates.map((key, index) => {
    before += counts[index] as number;
    return { key, before };
  });
}

type Candidates = typeof fromHistogram;

/** Between candidates, one count each, by the index and by as many workers as the server gives. */
const countedRanges =
  (candidates: Candidates): Way =>
  async (asks, key, rows) => {
    const found = await candidates(asks, key, rows);
    const counts: number[] = [];
    for (const [index, to] of found.entries())
      counts.push(
        Number(
          await one(
            asks.parallelIndex,
            `SELECT count(*)::text AS found FROM ${TABLE} WHERE ${between(key, found[index - 1], to)}`,
          ),
        ),
      );
    return fixed(asks, key, rows, summed(found, counts));
  };

/** The same in one question, so that each worker takes whole ranges: with the walks to each cut from the nearest key behind it. */
const countedAtOnce: Way = async (asks, key, rows) => {
  const found = await fromHistogram(asks, key, rows);
  const parts = found.map(
    (to, index) =>
      `SELECT ${index} AS place, count(*) AS rows FROM ${TABLE} WHERE ${between(key, found[index - 1], to)}`,
  );
  const counted = await asks.parallelIndex(
    `SELECT rows::text AS found FROM (${parts.join(' UNION ALL ')}) AS counted ORDER BY place`,
  );
  return fixed(
    asks,
    key,
    rows,
    summed(
      found,
      counted.map(({ found }) => Number(found)),
    ),
  );
};

/** The same over two connections that share a snapshot, without workers. */
const twoConnections: Way = async (asks, key, rows) => {
  await asks.serial('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const snapshot = await one(asks.serial, 'SELECT pg_export_snapshot() AS found');
  await asks.second('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await asks.second(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
  const found = await fromHistogram(asks, key, rows);
  const counts: number[] = [];
  const left = [...found.keys()];
  const work = async (ask: Ask) => {
    for (let index = left.shift(); index !== undefined; index = left.shift())
      counts[index] = Number(
        await one(
          ask,
          `SELECT count(*)::text AS found FROM ${TABLE} WHERE ${between(key, found[index - 1], found[index])}`,
        ),
      );
  };
  await Promise.all([work(asks.serial), work(asks.second)]);
  await asks.second('COMMIT');
  const cuts = await fixed(asks, key, rows, summed(found, counts));
  await asks.serial('COMMIT');
  return cuts;
};

/** One pass over the table, each row put between two candidates. */
const widthBucket: Way = async (asks, key, rows) => {
  const found = await fromHistogram(asks, key, rows);
  const array = `ARRAY[${found.map((value) => literal(key, value))}]`;
  const counted = await asks.plain(
    `SELECT width_bucket(id, ${array})::text AS bucket, count(*)::text AS found FROM ${TABLE} GROUP BY 1`,
  );
  const counts = found.map((_, index) => Number(counted.find(({ bucket }) => Number(bucket) === index)?.found ?? 0));
  return fixed(asks, key, rows, summed(found, counts));
};

/** One pass over the table, each row held against every candidate. */
const filters: Way = async (asks, key, rows) => {
  const found = await fromHistogram(asks, key, rows);
  const [counted] = await asks.plain(
    `SELECT ${found.map((value, index) => `count(*) FILTER (WHERE id < ${literal(key, value)})::text AS c${index}`)} FROM ${TABLE}`,
  );
  return fixed(
    asks,
    key,
    rows,
    found.map((value, index) => ({ key: value, before: Number(counted?.[`c${index}`]) })),
  );
};

const WAYS: Record<string, Way> = {
  'offset walk along the index': offsetWalk,
  'row_number over the table': rowNumber,
  'percentile_disc of all cuts, and a count': percentiles,
  'histogram, parallel counts by the index': countedRanges(fromHistogram),
  'histogram, all counts in one question': countedAtOnce,
  'sampled blocks, parallel counts by the index': countedRanges(fromSample),
  'histogram, counts over two connections': twoConnections,
  'histogram, width_bucket in one pass': widthBucket,
  'histogram, FILTER for each cut in one pass': filters,
};

async function connection(url: string, settings: readonly string[]): Promise<{ ask: Ask; end(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('SET jit = off');
  for (const setting of settings) await client.query(`SET ${setting}`);
  return { ask: async (sql) => (await client.query(sql)).rows, end: () => client.end() };
}

await withPostgres(async ({ url }, client) => {
  const byIndex = 'enable_seqscan = off';
  const alone = 'max_parallel_workers_per_gather = 0';
  const connections = {
    serial: await connection(url, [byIndex, alone]),
    second: await connection(url, [byIndex, alone]),
    parallelIndex: await connection(url, [byIndex]),
    plain: await connection(url, []),
  };
  const { serial, second, parallelIndex, plain } = connections;
  const asks = { serial: serial.ask, second: second.ask, parallelIndex: parallelIndex.ask, plain: plain.ask };
  const { rows } = given;
  for (const key of given.keys) {
    await makeItems(client, key, rows);
    const right = await offsetWalk(asks, key, rows);
    const contestants = Object.entries(WAYS).map(([name, way]) => ({
      name,
      run: async () => deepStrictEqual(await way(asks, key, rows), right, name),
    }));
    const count = { name: 'SELECT count(*)', run: () => plain.ask(`SELECT count(*) FROM ${TABLE}`) };
    const times = await bestOf(given.rounds, [count, ...contestants]);
    const peer = times.get(count.name) as number;
    console.log(`\n${key}, ${number(rows)} rows, ${right.length} cuts\n`);
    console.log(
      printTable(
        ['', 'time', 'of one count(*)'],
        [...times].map(([name, seconds]) => [name, inSeconds(seconds), ratio(seconds, peer)]),
      ),
    );
  }
  for (const { end } of Object.values(connections)) await end();
});
