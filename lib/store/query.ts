// Asks a snapshot a team's own question, of which every row is a group. What that means, groups decides.

import { UserError } from '../errors';
import { impossible, keyText } from './answers';
import type { Session } from './session';

/** What groups wants to know. */
export interface QueryQuestion {
  by: 'query';
  /** Where the config has the query, for messages: `fleets.fruit.groups`. */
  place: string;
  sql: string;
  /** The column that names the rows. */
  name: string;
  /** More rows than this are not worth reading. */
  maxRows: number;
}

export interface QueryRow {
  name: string | null;
  /** The other columns, by name, as text that loses nothing: numbers to the last digit, times as ISO 8601. */
  params: Record<string, string | null>;
}

export interface QueryObservation {
  by: 'query';
  /** Identity of the store. */
  store: string;
  /** In the order of the query. */
  rows: readonly QueryRow[];
  /** False when there are more rows than were to be read. */
  complete: boolean;
}

const SETTINGS = {
  // A role may have others of its own, and texts of values depend on them.
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  // Off in a snapshot for the sake of index probes; a query of a team may well have to read a whole table.
  enable_seqscan: 'on',
};

/**
 * The rows of the query. It is one statement in a read-only transaction, and what it sets for the session is undone.
 * @throws UserError `query-invalid`, `column-unknown`, `permission-denied`
 */
export async function observeQuery(session: Session, question: QueryQuestion): Promise<QueryObservation> {
  const { place, sql, name, maxRows } = question;
  await session.query('SAVEPOINT query');
  const settings = Object.entries(SETTINGS);
  await session.query(
    `SELECT ${settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, true)`).join(', ')}`,
    settings.flat(),
  );
  const answer = await session.query(wrapped(sql, maxRows + 1)).catch((error: unknown) => {
    throw queryFailure(error, place);
  });
  await session.query('ROLLBACK TO SAVEPOINT query');
  const rows = answer.slice(0, maxRows).map((row) => rowOf(columnsOf(keyText(row, 'columns')), place, name));
  return { by: 'query', store: session.identity, rows, complete: answer.length <= maxRows };
}

/**
 * Each row as a list of pairs. JSON (not jsonb) writes a number as its type does, a time as ISO 8601, and keeps the columns'
 * order, also of two that have one name; taken apart by the store, all values are texts before JavaScript sees them.
 */
function wrapped(sql: string, limit: number): string {
  // On lines of its own, since it may end in a comment.
  return `SELECT (SELECT json_agg(json_build_array(pair.key, pair.value) ORDER BY pair.ordinality)
            FROM json_each_text(row_to_json(cronfleet_row.*)) WITH ORDINALITY AS pair)::text AS columns
     FROM (
${sql}
     ) AS cronfleet_row LIMIT ${limit}`;
}

type Column = [name: string, value: string | null];

function columnsOf(text: string): Column[] {
  const columns = JSON.parse(text) as unknown;
  const isColumn = (pair: unknown) =>
    Array.isArray(pair) && typeof pair[0] === 'string' && (pair[1] === null || typeof pair[1] === 'string');
  if (!Array.isArray(columns) || !columns.every(isColumn)) throw impossible(`a row of the query that is ${text}`);
  return columns as Column[];
}

function rowOf(columns: Column[], place: string, name: string): QueryRow {
  const names = columns.map(([column]) => column);
  const twice = names.find((column, index) => names.indexOf(column) !== index);
  if (twice !== undefined) {
    throw new UserError('query-invalid', `${place}.sql: two columns of the query are called ${JSON.stringify(twice)}`, {
      hint: 'give one of them another name with AS',
    });
  }
  const own = columns.find(([column]) => column === name);
  if (own === undefined) {
    throw new UserError('column-unknown', `${place}.name: expected a column of the query, got "${name}"`, {
      hint: `its columns are ${names.join(', ')}; names are case-sensitive, and unquoted ones are lower case`,
    });
  }
  // Columns that change places are no change of the row.
  const others = columns.filter((column) => column !== own).sort(([a], [b]) => (a < b ? -1 : 1));
  return { name: own[1], params: Object.fromEntries(others) };
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const NOT_FOUND = ['42P01', '42883', '42704', '3F000'];

/** The error of a statement that the store would not run; any other is none of the query's. */
function queryFailure(error: unknown, place: string): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code !== 'string') return error;
  const said = `${place}.sql: the store says: ${message} (SQLSTATE ${code})`;
  if (code === '42501') {
    const hint =
      'GRANT USAGE on the schemas and SELECT on the columns that the query reads to the store’s role; behind row-level security it needs BYPASSRLS or a view';
    return new UserError('permission-denied', said, { hint, cause: error });
  }
  // Classes of what is wrong with a statement, or with a value in it.
  if (!/^(0A|2[0-7]|38|39|42|44|54|P0)...$/.test(code)) return error;
  return new UserError('query-invalid', said, { hint: hintFor(code), cause: error });
}

function hintFor(code: string): string {
  if (NOT_FOUND.includes(code))
    return 'name tables, and functions and types of extensions, with their schema: shop.customers. Only pg_catalog is searched';
  if (code === '25006') return 'the query is asked in a read-only transaction: it can only read';
  return 'it must be one statement that can stand as SELECT … FROM (…); try it in psql';
}
