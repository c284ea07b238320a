// A PostgreSQL of the bench's own, set up as a small server would be, in a temporary folder that goes when the bench ends.

import { Client } from 'pg';
import { type RunningPostgres, startPostgres } from '../test/support/start-postgres';

/** What a server of this size is commonly given. Parallelism is left as PostgreSQL has it. */
const SETTINGS = ['shared_buffers=1GB', 'work_mem=64MB', 'maintenance_work_mem=512MB', 'max_wal_size=8GB'];

/** What keeps the server's own chores out of the times. */
const QUIET = ['autovacuum=off', 'synchronous_commit=off', 'checkpoint_timeout=1h'];

/** Runs `work` with a server and a client of it. */
export async function withPostgres<T>(work: (server: RunningPostgres, client: Client) => Promise<T>): Promise<T> {
  const server = await startPostgres([...SETTINGS, ...QUIET]);
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    return await work(server, client);
  } finally {
    await client.end();
    await server.stop();
  }
}
