// The demo store: a whole PostgreSQL in memory (PGlite), filled with made-up rows and gone when the process ends.

import { number } from '../text';
import type { Row, Store } from './session';
import { inSnapshot } from './snapshot';

/** What the lock names the demo, in place of a system identifier, which would be another one at each start. */
export const DEMO_IDENTITY = 'demo';

/** An embedded store whose `catalog.items` holds `rows` rows, the same ones every time. */
export function demoStore(rows: number): Store {
  return {
    label: `the demo store (${number(rows)} made-up rows in memory)`,
    isDemo: true,
    warnings: [],
    async snapshot(work) {
      const { PGlite } = await import('@electric-sql/pglite');
      const database = await PGlite.create();
      try {
        await database.exec(fill(rows));
        const connection = {
          query: async (sql: string, values?: readonly unknown[]) =>
            (await database.query<Row>(sql, values ? [...values] : [])).rows,
        };
        return await inSnapshot(connection, { statementTimeoutSeconds: 300, storeId: DEMO_IDENTITY }, (session) =>
          work({ ...session, identity: DEMO_IDENTITY }),
        );
      } finally {
        await database.close();
      }
    },
  };
}

function fill(rows: number): string {
  return `
    CREATE SCHEMA catalog;
    CREATE TABLE catalog.items (
      id bigint PRIMARY KEY,
      name text NOT NULL,
      price numeric(10, 2) NOT NULL,
      updated_at timestamptz NOT NULL
    );
    INSERT INTO catalog.items
      SELECT n, 'item ' || n, 1 + n % 500, timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'
      FROM generate_series(1, ${rows}) AS n;
    ANALYZE catalog.items;`;
}
