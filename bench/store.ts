// `npm run bench:store`: what asking the store costs, against one `SELECT count(*)` of the same table and against the usual ways to
// cut one into groups, on a PostgreSQL of its own. docs/performance.md tells how to read it.
//
// npm run bench:store -- --rows 1000000,10000000,50000000 --keys bigint,uuid --rounds 5

import { Command } from 'commander';
import type { Client } from 'pg';
import { number } from '../lib/text';
import { ask, askNothing } from './ask';
import { keyTypes, whole, wholes } from './flags';
import { addItems, type Key, makeItems, settle, TABLE } from './items';
import { withPostgres } from './postgres';
import { printTable } from './table';
import { bestOf, type Contestant, inSeconds, ratio } from './timing';

const {
  rows: sizes,
  keys,
  rounds,
} = new Command('bench:store')
  .option('--rows <counts>', 'of the table, separated by commas', wholes, [1_000_000, 10_000_000])
  .option('--keys <types>', 'of its key, separated by commas', keyTypes, ['bigint', 'uuid'])
  .option('--rounds <count>', 'how often; the best counts', whole, 5)
  .parse()
  .opts<{ rows: number[]; keys: Key[]; rounds: number }>();

/** Rows of a full group. Every size is a whole number of groups and the last is full, which is the dearest that a synth without growth gets. */
const CAPACITY = 1_000_000;

const COUNT = 'SELECT count(*)';

/** The ways of peers: one statement numbers every row, and each group is its lowest and highest key. */
function peers(client: Client, key: Key, rows: number): Contestant[] {
  const groups = Math.max(1, Math.round(rows / CAPACITY));
  // min and max are not there for uuid.
  const id = key === 'uuid' ? 'id::text' : 'id';
  const inGroups = (number: string) =>
    `SELECT g, min(${id}), max(${id}), count(*) FROM (SELECT id, ${number} AS g FROM ${TABLE}) AS numbered GROUP BY g`;
  return [
    { name: `ntile(${groups})`, run: () => client.query(inGroups(`ntile(${groups}) OVER (ORDER BY id)`)) },
    { name: 'row_number', run: () => client.query(inGroups(`(row_number() OVER (ORDER BY id) - 1) / ${CAPACITY}`)) },
  ];
}

async function measure(url: string, client: Client, key: Key, rows: number): Promise<Map<string, number>> {
  await makeItems(client, key, rows);
  const lock = await ask(url, CAPACITY);
  const count = { name: COUNT, run: () => client.query(`SELECT count(*) FROM ${TABLE}`) };
  const bounded = {
    name: 'count of at most one group',
    run: () => client.query(`SELECT count(*) FROM (SELECT FROM ${TABLE} ORDER BY id LIMIT ${CAPACITY}) AS counted`),
  };
  const times = await bestOf(rounds, [
    count,
    { name: 'first allocation', run: () => ask(url, CAPACITY) },
    { name: 'synth, no growth', run: () => ask(url, CAPACITY, lock) },
    bounded,
    { name: 'connect and ask nothing', run: () => askNothing(url) },
  ]);
  // They take so much longer that two rounds tell enough.
  const others = await bestOf(Math.min(rounds, 2), peers(client, key, rows));
  await addItems(client, key, rows + 1, rows + rows / 100);
  await settle(client);
  const grown = await bestOf(rounds, [{ name: 'synth, 1 % growth', run: () => ask(url, CAPACITY, lock) }]);
  return new Map([...times, ...grown, ...others]);
}

async function run(): Promise<void> {
  await withPostgres(async ({ url }, client) => {
    const { rows: said } = await client.query(
      `SELECT version(), current_setting('max_parallel_workers_per_gather') AS workers`,
    );
    console.log(`${said[0].version}; max_parallel_workers_per_gather ${said[0].workers}; best of ${rounds} rounds`);
    for (const key of keys) {
      for (const rows of sizes) {
        const times = await measure(url, client, key, rows);
        const peer = times.get(COUNT) as number;
        console.log(`\n${key}, ${number(rows)} rows, ${Math.ceil(rows / CAPACITY)} groups\n`);
        console.log(
          printTable(
            ['', 'time', 'of one count(*)'],
            [...times].map(([name, seconds]) => [name, inSeconds(seconds), ratio(seconds, peer)]),
          ),
        );
      }
    }
  });
}

await run();
