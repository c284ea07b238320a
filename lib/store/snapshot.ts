// The transaction every answer of one synth comes from, and the short ones in which `cronfleet assign` writes.

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
    const settings = {
      ...commonSettings(limits),
      search_path: 'pg_catalog',
      // A plain role sees no rows, and no error, behind row-level security without a policy: an error is the better answer.
      row_security: 'off',
    };
    await applySettings(connection, settings, {
      transaction_isolation: 'repeatable read',
      transaction_read_only: 'on',
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

/**
 * Runs `work` in a `READ COMMITTED` transaction that may write, and commits it. search_path and row_security stay the role's own,
 * since triggers of the table run with them.
 * @throws UserError `store-answer` when the settings do not hold, as behind a pooler that drops them
 */
export async function inBatch<T>(
  connection: Connection,
  limits: SnapshotLimits,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  try {
    const transaction = { transaction_isolation: 'read committed', transaction_read_only: 'off' };
    await applySettings(connection, commonSettings(limits), transaction);
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function commonSettings({ statementTimeoutSeconds }: SnapshotLimits): Record<string, string> {
  return {
    statement_timeout: `${statementTimeoutSeconds}s`,
    lock_timeout: `${LOCK_TIMEOUT_SECONDS}s`,
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    // A range that looks big to the planner may be read sequentially where an index probe takes a millisecond.
    enable_seqscan: 'off',
    // A plan for several workers has another shape and shows one worker's share: its estimates could not be read.
    max_parallel_workers_per_gather: '0',
    jit: 'off',
  };
}

/** Taken before search_path is narrowed. */
async function lookupSchemas(connection: Connection): Promise<string[]> {
  const [row] = await connection.query('SELECT array_to_json(pg_catalog.current_schemas(false))::text AS schemas');
  return JSON.parse(row?.schemas ?? '[]') as string[];
}

async function applySettings(
  connection: Connection,
  settings: Record<string, string>,
  transaction: Record<string, string>,
): Promise<void> {
  const names = Object.keys(settings);
  const calls = names.map(
    (_, index) => `pg_catalog.set_config($${2 * index + 1}, $${2 * index + 2}, true) AS s${index}`,
  );
  const [applied] = await connection.query(`SELECT ${calls.join(', ')}`, Object.entries(settings).flat());
  const reads = [...names, ...Object.keys(transaction)].map(
    (name, index) => `pg_catalog.current_setting('${name}') AS s${index}`,
  );
  const [held] = await connection.query(`SELECT ${reads.join(', ')}`);
  const wanted = [...names.map((_, index) => applied?.[`s${index}`]), ...Object.values(transaction)];
  const dropped = [...names, ...Object.keys(transaction)].filter(
    (_, index) => held?.[`s${index}`] !== wanted[index] || !wanted[index],
  );
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
