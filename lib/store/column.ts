// Asks a snapshot which values a fleet's column has. What a value that came or vanished means, groups decides.

import { UserError } from '../errors';
import { impossible, keyText, wholeNumber } from './answers';
import { KEY_TYPES, quoteIdentifier } from './key';
import type { Session } from './session';
import { findKeyColumn, type KeyColumn } from './table';

/** What groups wants to know. */
export interface ColumnQuestion {
  by: 'column';
  /** Where the config names the table, for messages: `fleets.catalog.groups`. */
  place: string;
  table: string;
  column: string;
  allowKeysInGit: boolean;
  /** Values of the recorded groups. */
  recorded: readonly string[];
  /** The most values worth finding. */
  maxValues: number;
}

/** A value no recorded group has. */
export interface NewValue {
  value: string;
  rows: number;
}

/** All a snapshot said. */
export interface ColumnObservation {
  by: 'column';
  column: { table: string; column: string; type: string; indexed: boolean };
  /** Identity of the store, see Session. */
  store: string;
  /** For each recorded value, in the order asked: whether a row has it. */
  isThere: boolean[];
  /** In the store's order. */
  added: NewValue[];
  /** Rows without a value. */
  waiting: number;
  /** False when there are more than `maxValues`; then `added` is empty. */
  complete: boolean;
}

/** Values counted in one question, so that the statement timeout is for a part of the table. */
const COUNTED_AT_ONCE = 100;

/**
 * @throws UserError `lock-invalid` when recorded values are none of the column's type or one twice, `store-answer` for an answer
 *   that cannot be true, and those of `findKeyColumn`
 */
export async function observeColumn(session: Session, question: ColumnQuestion): Promise<ColumnObservation> {
  const wanted = { table: question.table, key: question.column, allowKeysInGit: question.allowKeysInGit };
  const column = await findKeyColumn(session, question.place, wanted, 'column');
  const isIndexed = await hasOrderedIndex(session, column);
  const found = await findValues(session, column, isIndexed, question);
  const complete = found.length <= question.maxValues;
  const recordedAt = refuseTwins(question, found);
  return {
    by: 'column',
    column: { table: column.table, column: column.key, type: column.type, indexed: column.indexed },
    store: session.identity,
    isThere: question.recorded.map((_, index) => recordedAt.has(index)),
    added: complete ? await countNew(session, column, found) : [],
    waiting: await countWaiting(session, column),
    complete,
  };
}

interface FoundValue {
  value: string;
  /** Place of the recorded value that equals it. */
  recorded: number | null;
  /** Where the whole table had to be read anyway. */
  rows: number | null;
}

/**
 * One more than `maxValues` at most. Compared in SQL: 1.0 and 1.00 are two texts and one number.
 */
async function findValues(
  session: Session,
  column: KeyColumn,
  isIndexed: boolean,
  { place, recorded, maxValues }: ColumnQuestion,
): Promise<FoundValue[]> {
  const type = KEY_TYPES[column.type] as string;
  const [row] = await session
    .query(
      `WITH RECURSIVE ${isIndexed ? valuesByProbes(column, maxValues) : valuesByScan(column, maxValues)},
       known AS MATERIALIZED (
         SELECT listed.value::${type} ${column.collate} AS v, listed.position - 1 AS position
           FROM json_array_elements_text($1::json) WITH ORDINALITY AS listed (value, position)
       )
       SELECT coalesce(json_agg(json_build_object('value', found.v::text, 'recorded', known.position, 'rows', found.rows)
                ORDER BY found.v), '[]')::text AS found
         FROM found LEFT JOIN known ON known.v = found.v`,
      [JSON.stringify(recorded)],
    )
    .catch((error: unknown) => {
      // Class 22 of SQLSTATE: the text is no value of the type.
      if (!/^22/.test(String((error as { code?: unknown }).code))) throw error;
      throw invalidLock(
        `${place}: the lock's values are not all of type ${column.type}: ${(error as Error).message}`,
        error,
      );
    });
  return JSON.parse(keyText(row, 'found')) as FoundValue[];
}

/** A loose index scan: each value is one probe for the next one, however many rows have it. */
function valuesByProbes({ relation, key, type }: KeyColumn, maxValues: number): string {
  const name = quoteIdentifier(key);
  const cast = `::${KEY_TYPES[type]}`;
  return `probed (v, position) AS (
    (SELECT ${name}${cast}, 1 FROM ${relation} WHERE ${name} IS NOT NULL ORDER BY ${name} LIMIT 1)
    UNION ALL
    SELECT (SELECT ${name}${cast} FROM ${relation} WHERE ${name} > probed.v ORDER BY ${name} LIMIT 1), probed.position + 1
      FROM probed WHERE probed.v IS NOT NULL AND probed.position <= ${maxValues}
  ), found AS (SELECT v, NULL::bigint AS rows FROM probed WHERE v IS NOT NULL)`;
}

/** Without an index the table is read once, and counted on the way. */
function valuesByScan({ relation, key, type }: KeyColumn, maxValues: number): string {
  const name = quoteIdentifier(key);
  return `found AS (
    SELECT ${name}::${KEY_TYPES[type]} AS v, count(*) AS rows FROM ${relation}
     WHERE ${name} IS NOT NULL GROUP BY ${name} LIMIT ${maxValues + 1}
  )`;
}

/** Whether the next value is one probe away: a B-tree over all rows, in the column's own order, NULLs where ORDER BY wants them. */
async function hasOrderedIndex(session: Session, { relation, key }: KeyColumn): Promise<boolean> {
  const [row] = await session.query(
    `SELECT EXISTS (
       SELECT FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         JOIN pg_class c ON c.oid = i.indexrelid
         JOIN pg_am m ON m.oid = c.relam
        WHERE i.indrelid = $1::regclass AND a.attname = $2 AND m.amname = 'btree' AND i.indisvalid AND i.indpred IS NULL
          AND i.indcollation[0] = a.attcollation AND i.indoption[0] IN (0, 3)
     )::text AS found`,
    [relation, key],
  );
  return row?.found === 'true';
}

/** Places of the recorded values that were found. */
function refuseTwins({ place, recorded }: ColumnQuestion, found: readonly FoundValue[]): Set<number> {
  const seen = new Set<number>();
  for (const [index, { value, recorded: position }] of found.entries()) {
    if (found[index - 1]?.value === value && position !== null)
      throw invalidLock(`${place}: the lock has two groups of ${JSON.stringify(recorded[position])}`);
    if (position !== null && (seen.has(position) || recorded[position] === undefined))
      throw impossible(`two values that are ${JSON.stringify(recorded[position])}`);
    if (position !== null) seen.add(position);
  }
  return seen;
}

async function countNew(session: Session, column: KeyColumn, found: readonly FoundValue[]): Promise<NewValue[]> {
  const unknown = found.filter(({ recorded }) => recorded === null);
  const added: NewValue[] = [];
  for (let start = 0; start < unknown.length; start += COUNTED_AT_ONCE) {
    const part = unknown.slice(start, start + COUNTED_AT_ONCE);
    const counts = part.map(({ rows }) => rows);
    const rows = counts.every((count) => count !== null) ? counts : await countRows(session, column, part);
    for (const [index, { value }] of part.entries()) added.push({ value, rows: rows[index] as number });
  }
  return added;
}

async function countRows(session: Session, column: KeyColumn, values: readonly FoundValue[]): Promise<number[]> {
  const [row] = await session.query(
    `SELECT json_agg(counted.rows ORDER BY asked.position)::text AS rows
       FROM json_array_elements_text($1::json) WITH ORDINALITY AS asked (value, position),
            LATERAL (SELECT count(*) AS rows FROM ${column.relation}
                      WHERE ${quoteIdentifier(column.key)} = asked.value::${KEY_TYPES[column.type]}) AS counted`,
    [JSON.stringify(values.map(({ value }) => value))],
  );
  const rows = JSON.parse(keyText(row, 'rows')) as unknown[];
  // A value that was found has rows: all answers are of one snapshot.
  if (rows.length !== values.length || rows.some((count) => !Number.isSafeInteger(count) || (count as number) < 1))
    throw impossible(`rows of ${values.length} values that are ${row?.rows}`);
  return rows as number[];
}

async function countWaiting(session: Session, { relation, key }: KeyColumn): Promise<number> {
  const [row] = await session.query(
    `SELECT count(*)::text AS rows FROM ${relation} WHERE ${quoteIdentifier(key)} IS NULL`,
  );
  return wholeNumber(row, 'rows');
}

function invalidLock(what: string, cause?: unknown): UserError {
  const hint = 'restore the lock as it was committed, with git checkout -- and the name of the lock file';
  return new UserError('lock-invalid', what, { hint, cause });
}
