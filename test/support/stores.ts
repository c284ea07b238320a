// Both kinds of store, to be asked the same things.

import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll } from 'vitest';
import { postgresStore } from '../../lib/store/postgres';
import type { Row, Session } from '../../lib/store/session';
import { inSnapshot } from '../../lib/store/snapshot';
import { aDatabase } from './database';

export interface TestStore {
  name: string;
  /** Makes tables and rows. */
  run(sql: string): Promise<void>;
  /** A session as a job's would be: no snapshot, and settings of its own. */
  ask(sql: string): Promise<Record<string, unknown>[]>;
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** PGlite and PostgreSQL, both empty, for one test file. */
export function bothStores(): TestStore[] {
  return [pgliteForTests(), postgresForTests()];
}

function pgliteForTests(): TestStore {
  let database: PGlite;
  beforeAll(async () => {
    database = await PGlite.create();
  });
  afterAll(() => database.close());
  return {
    name: 'PGlite',
    run: async (sql) => void (await database.exec(sql)),
    ask: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
    snapshot(work) {
      const query = async (sql: string, values?: readonly unknown[]) =>
        (await database.query<Row>(sql, [...(values ?? [])])).rows;
      return inSnapshot({ query }, { statementTimeoutSeconds: 60, storeId: 'test' }, work);
    },
  };
}

function postgresForTests(): TestStore {
  const database = aDatabase();
  return {
    name: 'PostgreSQL',
    run: async (sql) => void (await database.run(sql)),
    ask: (sql) => database.run(sql),
    snapshot: (work) => aPostgresStore(database.url()).snapshot(work),
  };
}

/** The store a config with this URL would open. */
export function aPostgresStore(
  url: string,
  settings: { connectTimeoutSeconds?: number; statementTimeoutSeconds?: number; storeId?: string } = {},
) {
  return postgresStore({ kind: 'postgres', url, connectTimeoutSeconds: 5, statementTimeoutSeconds: 60, ...settings });
}
