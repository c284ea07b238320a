// The transaction every answer of one synth comes from.

import { UserError } from '../errors';
import type { Connection, Session } from './session';

export interface SnapshotLimits {
  statementTimeoutSeconds: number;
  /** Names the store instead of its system identifier. */
  storeId?: string;
}

/** Seconds to wait for a table that somebody holds locked, such as during ALTER TABLE: not the whole night. */
const LOCK_TIMEOUT_SECONDS = 10;

/**
 * Runs `work` in a `REPEATABLE READ READ ONLY` transaction with settings that make text of keys canonical and names certain.
 * @throws UserError `store-answer` when the settings do not hold, as behind a pooler that drops them
 */
export async function inSnapshot<T>(
  connection: Connection,
  limits: SnapshotLimits,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const schemas = await lookupSchemas(connection);
    await applySettings(connection, {
      statement_timeout: `${limits.statementTimeoutSeconds}s`,
      lock_timeout: `${LOCK_TIMEOUT_SECONDS}s`,
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      search_path: 'pg_catalog',
      // A plain role sees no rows, and no error, behind row-level security without a policy: an error is the better answer.
      row_security: 'off',
      // A range that looks big to the planner may be read sequentially where an index probe takes a millisecond.
      enable_seqscan: 'off',
      // A plan for several workers has another shape and shows one worker's share: its estimates could not be read.
      max_parallel_workers_per_gather: '0',
      jit: 'off',
    });
    return await work({
      query: (sql, values) => connection.query(sql, values),
      schemas,
      identity: await identify(connection, limits.storeId),
    });
  } finally {
    // Nothing was written, so there is nothing to commit; a lost connection has ended the transaction already.
    await connection.query('ROLLBACK').catch(() => undefined);
  }
}

/** Taken before search_path is narrowed. */
async function lookupSchemas(connection: Connection): Promise<string[]> {
  const [row] = await connection.query('SELECT array_to_json(pg_catalog.current_schemas(false))::text AS schemas');
  return JSON.parse(row?.schemas ?? '[]') as string[];
}

async function applySettings(connection: Connection, settings: Record<string, string>): Promise<void> {
  const names = Object.keys(settings);
  const calls = names.map(
    (_, index) => `pg_catalog.set_config($${2 * index + 1}, $${2 * index + 2}, true) AS s${index}`,
  );
  const [applied] = await connection.query(`SELECT ${calls.join(', ')}`, Object.entries(settings).flat());
  const reads = names.map((name, index) => `pg_catalog.current_setting('${name}') AS s${index}`);
  const [held] = await connection.query(
    `SELECT ${reads.join(', ')}, current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS read_only`,
  );
  const dropped = names.filter((_, index) => held?.[`s${index}`] !== applied?.[`s${index}`] || !held?.[`s${index}`]);
  if (held?.isolation !== 'repeatable read') dropped.push('transaction_isolation');
  if (held?.read_only !== 'on') dropped.push('transaction_read_only');
  if (dropped.length > 0) {
    throw new UserError('store-answer', `the store did not keep these settings: ${dropped.join(', ')}`, {
      hint: 'a connection pooler may drop them; connect to PostgreSQL directly or use a session pool',
    });
  }
}

async function identify(connection: Connection, storeId: string | undefined): Promise<string> {
  const [row] = await connection.query('SELECT current_database()::text AS database');
  if (storeId !== undefined) return `${storeId}/${row?.database}`;
  // A store without the function ends the transaction's statement, not the transaction.
  await connection.query('SAVEPOINT identity');
  try {
    const [system] = await connection.query('SELECT system_identifier::text AS id FROM pg_control_system()');
    return `${system?.id}/${row?.database}`;
  } catch (cause) {
    await connection.query('ROLLBACK TO SAVEPOINT identity');
    throw new UserError('store-answer', 'the store has no system identifier that this role may read', {
      hint: 'name it in the config: store: { url, storeId: "orders-production" }',
      cause,
    });
  }
}
