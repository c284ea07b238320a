// The data side of a fleet by column: gives rows without a value theirs. All SQL of `cronfleet assign`; who gets what, groups decides.

import { createHash } from 'node:crypto';
import { UserError } from '../errors';
import { number } from '../text';
import { keyText, wholeNumber } from './answers';
import { storeFailure } from './failures';
import { HIGHEST, KEY_TYPES, quoteIdentifier } from './key';
import type { PostgresSettings } from './postgres';
import type { Connection, Session } from './session';
import { inBatch } from './snapshot';
import { findKeyColumn } from './table';

/** Rows in one transaction: few enough that whoever waits for one of them waits for a moment. */
const BATCH_ROWS = 5_000;

/** What the config says. */
export interface AssignQuestion {
  /** Where the config names the table, for messages: `fleets.catalog.groups`. */
  place: string;
  table: string;
  column: string;
  key: string;
}

/** The column to fill, as the catalog has it. */
export interface AssignTarget extends AssignQuestion {
  /** `schema.table`, quoted where needed. */
  table: string;
  /** The same, always quoted, for SQL. */
  relation: string;
  /** smallint, integer or bigint. */
  type: string;
  keyType: string;
  /** Identity of the store, see Session. */
  store: string;
}

/** Rows with and without a value, exactly, in one snapshot. */
export interface ColumnCounts {
  groups: { value: bigint; rows: number }[];
  waiting: number;
}

/**
 * @param writes whether the role must be able to
 * @throws UserError `assign-refused` where the column is no integer or the key not unique, `permission-denied`, and those of `findKeyColumn`
 */
export async function findTarget(session: Session, question: AssignQuestion, writes: boolean): Promise<AssignTarget> {
  const { place, table } = question;
  const inTable = { table, allowKeysInGit: true };
  const column = await findKeyColumn(session, place, { ...inTable, key: question.column }, 'column');
  const key = await findKeyColumn(session, place, { ...inTable, key: question.key }, 'key');
  if (!(column.type in HIGHEST)) {
    throw new UserError(
      'assign-refused',
      `${place}.column: assign numbers the groups, so it expects a column of type ${Object.keys(HIGHEST).join(', ')}, got ${column.key} ${column.type}`,
      { hint: 'choose such a column, or leave `capacity` and `key` out and fill the column yourself' },
    );
  }
  const [facts] = await session.query(
    `SELECT has_column_privilege($1::regclass, $2, 'UPDATE')::text AS writable, current_user::text AS role,
            EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                     WHERE i.indrelid = $1::regclass AND a.attname = $3 AND i.indnkeyatts = 1
                       AND i.indisunique AND i.indisvalid AND i.indpred IS NULL)::text AS "unique"`,
    [column.relation, column.key, key.key],
  );
  if (facts?.unique !== 'true') {
    throw new UserError(
      'assign-refused',
      `${place}.key: expected a column of ${key.table} with a unique index of its own, got ${key.key}`,
      {
        hint: 'assign walks the rows by it; name the primary key, or make a unique index',
      },
    );
  }
  if (writes && facts.writable !== 'true') {
    throw new UserError(
      'permission-denied',
      `${place}: the store's role ${facts.role} may not update ${column.table}.${column.key}`,
      {
        hint: `GRANT UPDATE (${quoteIdentifier(column.key)}) ON ${column.table} TO ${facts.role}`,
      },
    );
  }
  return {
    ...question,
    table: column.table,
    relation: column.relation,
    type: column.type,
    keyType: KEY_TYPES[key.type] as string,
    store: session.identity,
  };
}

/** @throws UserError `key-null` for rows that no walk along the key would find */
export async function countColumn(session: Session, target: AssignTarget, maxValues: number): Promise<ColumnCounts> {
  const { relation, place, table } = target;
  const [column, key] = [quoteIdentifier(target.column), quoteIdentifier(target.key)];
  const [row] = await session.query(
    `SELECT count(*)::text AS waiting, count(*) FILTER (WHERE ${key} IS NULL)::text AS lost FROM ${relation} WHERE ${column} IS NULL`,
  );
  const lost = wholeNumber(row, 'lost');
  if (lost > 0) {
    throw new UserError(
      'key-null',
      `${place}.key: of the rows of ${table} that wait for a group, ${number(lost)} have no ${target.key} (NULL)`,
      { hint: 'give them a key, or choose another one; no row was given a group' },
    );
  }
  const [grouped] = await session.query(
    `SELECT coalesce(json_agg(json_build_object('value', counted.value::text, 'rows', counted.rows)), '[]')::text AS groups
       FROM (SELECT ${column} AS value, count(*) AS rows FROM ${relation} WHERE ${column} IS NOT NULL
              GROUP BY ${column} LIMIT ${maxValues + 1}) AS counted`,
  );
  const groups = JSON.parse(keyText(grouped, 'groups')) as { value: string; rows: number }[];
  return {
    groups: groups.map(({ value, rows }) => ({ value: BigInt(value), rows })),
    waiting: wholeNumber(row, 'waiting'),
  };
}

/**
 * Makes sure that nobody else assigns this column, for as long as the connection lasts: also when this process is killed, nothing has
 * to be cleaned up.
 * @returns the server process that holds the lock
 * @throws UserError `already-running`
 */
export async function lockColumn(connection: Connection, { relation, column, table }: AssignTarget): Promise<string> {
  const name = createHash('sha256')
    .update(`cronfleet assign ${relation} ${quoteIdentifier(column)}`)
    .digest();
  const [row] = await connection.query(
    'SELECT pg_catalog.pg_try_advisory_lock($1::bigint)::text AS locked, pg_catalog.pg_backend_pid()::text AS pid',
    [name.readBigInt64BE().toString()],
  );
  if (row?.locked === 'true') return keyText(row, 'pid');
  throw new UserError('already-running', `another assign is at work on ${table}.${column}`, {
    hint: 'wait for it and run the command again; one that was killed is gone as soon as its last statement is',
  });
}

/** Walks the rows without a value along the key, once. */
export class Giver {
  readonly #connection: Connection;
  readonly #settings: PostgresSettings;
  readonly #target: AssignTarget;
  readonly #pid: string;
  #last: string | undefined;
  #given = 0;

  constructor(connection: Connection, settings: PostgresSettings, target: AssignTarget, pid: string) {
    this.#connection = connection;
    this.#settings = settings;
    this.#target = target;
    this.#pid = pid;
  }

  /**
   * Gives the next rows to `group`: one batch, one transaction.
   * @param most rows to give
   * @returns how many were given, and whether there may be more
   * @throws UserError what went wrong with the store; what was given before stays
   */
  async give(group: bigint, most: number): Promise<{ rows: number; isEnd: boolean }> {
    const wanted = Math.min(most, BATCH_ROWS);
    try {
      const row = await inBatch(this.#connection, this.#settings, async (batch) => {
        const [answer] = await batch.query(...this.#statement(group, wanted));
        if (answer?.pid !== this.#pid) throw this.#anotherServer();
        return answer;
      });
      const found = wholeNumber(row, 'found', wanted);
      const rows = wholeNumber(row, 'given', found);
      if (found > 0) this.#last = keyText(row, 'last');
      this.#given += rows;
      return { rows, isEnd: found < wanted };
    } catch (error) {
      throw this.#told(error);
    }
  }

  /**
   * Rows are found and given in one statement, which looks again at each before it writes: a row that has a value keeps it. It
   * looks by the key: where statistics are old and call NULL rare, the planner would go through all NULLs for each row, and the
   * cast keeps it from that.
   */
  #statement(group: bigint, most: number): [sql: string, values: string[]] {
    const { relation, type, keyType } = this.#target;
    const [column, key] = [quoteIdentifier(this.#target.column), quoteIdentifier(this.#target.key)];
    const behind = this.#last === undefined ? `${key} IS NOT NULL` : `${key} > $2::${keyType}`;
    return [
      `WITH waiting AS MATERIALIZED (
         SELECT ${key} AS k FROM ${relation} WHERE ${column} IS NULL AND ${behind} ORDER BY ${key} LIMIT ${most}
       ), given AS (
         UPDATE ${relation} AS item SET ${column} = $1::${type} FROM waiting
          WHERE item.${key} = waiting.k AND item.${column}::text IS NULL RETURNING true
       )
       SELECT (SELECT count(*) FROM given)::text AS given, (SELECT count(*) FROM waiting)::text AS found,
              (SELECT waiting.k::text FROM waiting ORDER BY waiting.k DESC LIMIT 1) AS last,
              pg_catalog.pg_backend_pid()::text AS pid`,
      [group.toString(), ...(this.#last === undefined ? [] : [this.#last])],
    ];
  }

  #anotherServer(): UserError {
    return new UserError('store-answer', 'the connection moved to another server process, where assign is not alone', {
      hint: 'a connection pooler does that; connect to PostgreSQL directly or use a session pool',
    });
  }

  /** Other commands can say that nothing was written. */
  #told(error: unknown): unknown {
    // What has no code is a bug of ours, or told by the connection.
    if (!(error instanceof UserError) && typeof (error as { code?: unknown }).code !== 'string') return error;
    const failure = storeFailure(error, 'the store');
    if (!(failure instanceof UserError)) return failure;
    return new UserError(failure.code, failure.message, {
      hint: `${number(this.#given)} rows or more were given a group and keep it; run the command again to go on`,
      cause: error,
    });
  }
}
