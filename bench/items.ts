// The tables that are asked: rows of about 100 bytes, by a key that rises as rows come or by one that does not.

import type { Client } from 'pg';

/** Kinds of key, and the key of the n-th row: the same every time. */
export const KEYS = { bigint: 'n', uuid: 'md5(n::text)::uuid' } as const;

export type Key = keyof typeof KEYS;

export const TABLE = 'public.items';

/** Makes the table anew, with its primary key, statistics and visibility map, as a table is that has been there for a while. */
export async function makeItems(client: Client, key: Key, rows: number): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${TABLE}`);
  await client.query(
    `CREATE TABLE ${TABLE} (id ${key}, name text NOT NULL, price numeric(10, 2) NOT NULL, updated_at timestamptz NOT NULL)`,
  );
  await addItems(client, key, 1, rows);
  await client.query(`ALTER TABLE ${TABLE} ADD PRIMARY KEY (id)`);
  await settle(client);
}

/** Rows `first` to `last`. */
export async function addItems(client: Client, key: Key, first: number, last: number): Promise<void> {
  await client.query(
    `INSERT INTO ${TABLE}
       SELECT ${KEYS[key]}, 'item number ' || n || ' of the catalog', 1 + n % 500,
              timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'
         FROM generate_series(${first}::bigint, ${last}::bigint) AS n`,
  );
}

/** What autovacuum would have done, and nothing left to write. */
export async function settle(client: Client): Promise<void> {
  await client.query(`VACUUM ANALYZE ${TABLE}`);
  await client.query('CHECKPOINT');
}
