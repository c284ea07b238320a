// A database of a test file's own on the run's PostgreSQL.

import { Client } from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';

export interface TestDatabase {
  /** URL of the database for its owner, a superuser, or for another role. */
  url(role?: string): string;
  /** Runs SQL of any number of statements; rows of the last. */
  run(sql: string): Promise<Record<string, unknown>[]>;
}

let made = 0;

/** Makes an empty database before the file's tests and drops it after them. */
export function aDatabase(): TestDatabase {
  const name = `test_${process.pid}_${made++}`;
  const server = inject('postgresUrl');
  const urlOf = (role = 'postgres') => server.replace('postgres@', `${role}@`).replace(/postgres$/, name);
  const admin = (sql: string) => withClient(server, (client) => client.query(sql));
  let client: Client;
  beforeAll(async () => {
    await admin(`CREATE DATABASE ${name}`);
    client = new Client({ connectionString: urlOf() });
    client.on('error', () => undefined);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await admin(`DROP DATABASE ${name} WITH (FORCE)`);
  });
  return {
    url: urlOf,
    async run(sql) {
      const results = (await client.query(sql)) as unknown as
        | { rows: Record<string, unknown>[] }
        | { rows: Record<string, unknown>[] }[];
      return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
    },
  };
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
