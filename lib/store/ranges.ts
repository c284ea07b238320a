// Asks a snapshot how the rows of a fleet lie on its key. It counts and finds keys to cut at; what that means, groups decides.

import { UserError } from '../errors';
import { KEY_TYPES, quoteIdentifier } from './key';
import type { Row, Session } from './session';
import { findKeyColumn, type KeyColumn } from './table';

/** What groups wants to know. */
export interface RangeQuestion {
  /** Where the config names the table, for messages: `fleets.catalog.groups`. */
  place: string;
  table: string;
  key: string;
  where: string | undefined;
  allowKeysInGit: boolean;
  /** Bounds that are recorded already, rising; the range to look at begins at the last, or is everything when there is none. */
  bounds: readonly string[];
  /** True when the range is a recorded group, which most nights has not outgrown `step`: then one bounded count answers. */
  recorded: boolean;
  /** The most rows a piece may have. */
  step: number;
  /** The most pieces worth finding. */
  maxPieces: number;
}

/** Consecutive part of the range looked at: at most `step` rows, or a single key value that has more. */
export interface Piece {
  /** Inclusive; null is unbounded. */
  from: string | null;
  /** Exclusive; null is unbounded. */
  to: string | null;
  rows: number;
}

/** All a snapshot said. The pieces tile the range that was looked at. */
export interface RangeObservation {
  column: Pick<KeyColumn, 'table' | 'key' | 'type' | 'collation' | 'indexed'>;
  /** Identity of the store, see Session. */
  store: string;
  pieces: Piece[];
  /** False when `maxPieces` was reached before the end of the range. */
  complete: boolean;
}

/**
 * @throws UserError `key-null` with the number of rows no range can hold, `lock-invalid` when the bounds do not rise in the
 *   store's order, `store-answer` for an answer that cannot be true, and those of `findKeyColumn`
 */
export async function observeRanges(session: Session, question: RangeQuestion): Promise<RangeObservation> {
  const column = await findKeyColumn(session, question.place, question);
  const asker = new RangeAsker(session, column, question.where);
  await asker.refuseUnsortedBounds(question);
  if (column.nullable) await asker.refuseNullKeys(question.place);
  const start = question.bounds.at(-1) ?? null;
  const walked = await walk(asker, start, question);
  const { table, key, type, collation, indexed } = column;
  return { column: { table, key, type, collation, indexed }, store: session.identity, ...walked };
}

/** Steps along the key, `step` rows at a time, until the rest is at most one step. */
async function walk(asker: RangeAsker, start: string | null, question: RangeQuestion) {
  const { step, maxPieces } = question;
  const pieces: Piece[] = [];
  let from = start;
  if (question.recorded) {
    const rows = await asker.count(from, null, step + 1);
    if (rows <= step) return { pieces: [{ from, to: null, rows }], complete: true };
  }
  while (pieces.length < maxPieces) {
    const cut = await asker.cutAfter(from, step);
    if (cut === undefined) {
      pieces.push({ from, to: null, rows: await asker.count(from, null) });
      return { pieces, complete: true };
    }
    pieces.push({ from, to: cut.key, rows: cut.rows });
    from = cut.key;
  }
  return { pieces, complete: false };
}

/** The questions, as SQL. */
class RangeAsker {
  readonly #session: Session;
  readonly #column: KeyColumn;
  readonly #key: string;
  readonly #type: string;
  readonly #filter: string;

  constructor(session: Session, column: KeyColumn, where: string | undefined) {
    this.#session = session;
    this.#column = column;
    this.#key = quoteIdentifier(column.key);
    this.#type = KEY_TYPES[column.type] as string;
    this.#filter = where === undefined ? '' : `AND (${where})`;
  }

  /** Rows from `from` (inclusive) to `to` (exclusive), not more than `limit` of them. */
  async count(from: string | null, to: string | null, limit?: number): Promise<number> {
    const bounded = limit === undefined ? '' : `LIMIT ${limit}`;
    const [row] = await this.#session.query(
      `SELECT count(*)::text AS rows FROM (SELECT FROM ${this.#rows(from, to)} ${bounded}) AS counted`,
      [from, to].filter((bound) => bound !== null),
    );
    return wholeNumber(row, 'rows', limit);
  }

  /**
   * The key to cut at so that the piece before it holds as many whole key values as fit `step` rows, at least one;
   * undefined when the rest of the range has no second piece.
   */
  async cutAfter(from: string | null, step: number): Promise<{ key: string; rows: number } | undefined> {
    // The last row of a full piece and the first behind it.
    const [pair] = await this.#session.query(
      `WITH pair AS MATERIALIZED (
         SELECT ${this.#key} AS k FROM ${this.#rows(from, null)} ORDER BY ${this.#key} OFFSET ${step - 1} LIMIT 2
       )
       SELECT count(*)::text AS found, count(DISTINCT k)::text AS different,
              (SELECT pair.k::text FROM pair ORDER BY pair.k DESC LIMIT 1) AS cut
         FROM pair`,
      from === null ? [] : [from],
    );
    if (wholeNumber(pair, 'found', 2) < 2) return undefined;
    const different = wholeNumber(pair, 'different', 2);
    const value = keyText(pair, 'cut');
    if (different === 2) return { key: await this.#risen(from, value), rows: step };
    // One value lies across the cut: it goes whole to the next piece, or, where it fills this piece from the start, stays whole here.
    const before = from === value ? 0 : await this.count(from, value);
    if (before > 0) return { key: await this.#risen(from, value), rows: before };
    const next = await this.#nextValue(value);
    return next === undefined ? undefined : { key: next, rows: await this.count(from, next) };
  }

  /** NULL lies in no range. Index first, so that a healthy table costs a probe. */
  async refuseNullKeys(place: string): Promise<void> {
    const nulls = `FROM ${this.#column.relation} WHERE ${this.#key} IS NULL ${this.#filter}`;
    const [probe] = await this.#session.query(`SELECT 1::text AS found ${nulls} LIMIT 1`);
    if (probe === undefined) return;
    const [row] = await this.#session.query(`SELECT count(*)::text AS rows ${nulls}`);
    const rows = wholeNumber(row, 'rows');
    throw new UserError(
      'key-null',
      `${place}.key: ${rows.toLocaleString('en')} rows of ${this.#column.table} have no ${this.#column.key} (NULL) and would belong to no group`,
      { hint: `give them a key, leave them out with where: '${this.#column.key} IS NOT NULL', or choose another key` },
    );
  }

  /** A bound edited by hand, or a new order of texts, must not open a hole between two groups. */
  async refuseUnsortedBounds({ place, bounds }: RangeQuestion): Promise<void> {
    if (bounds.length === 0) return;
    const refuse = (what: string, cause?: unknown) =>
      new UserError('lock-invalid', `${place}: the lock's bounds ${what}`, {
        hint: 'restore the lock as it was committed, with git checkout -- and the name of the lock file',
        cause,
      });
    const [row] = await this.#session
      .query(
        `SELECT count(*)::text AS wrong FROM (
           SELECT bound, lag(bound) OVER (ORDER BY position) AS previous
             FROM (SELECT value::${this.#type} ${this.#column.collate} AS bound, position
                     FROM json_array_elements_text($1::json) WITH ORDINALITY AS listed (value, position)) AS typed
         ) AS pairs WHERE previous >= bound`,
        [JSON.stringify(bounds)],
      )
      .catch((error: unknown) => {
        // Class 22 of SQLSTATE: the text is no value of the type.
        const unreadable = /^22/.test(String((error as { code?: unknown }).code));
        throw unreadable
          ? refuse(`are not all of type ${this.#column.type}: ${(error as Error).message}`, error)
          : error;
      });
    if (wholeNumber(row, 'wrong') > 0) {
      throw refuse(`do not rise in the order of ${this.#column.table}.${this.#column.key}`);
    }
  }

  async #nextValue(value: string): Promise<string | undefined> {
    const [row] = await this.#session.query(
      `SELECT behind.k::text AS next FROM (
         SELECT ${this.#key} AS k FROM ${this.#column.relation}
          WHERE ${this.#key} > $1::${this.#type} ${this.#filter} ORDER BY ${this.#key} LIMIT 1
       ) AS behind`,
      [value],
    );
    return row === undefined ? undefined : keyText(row, 'next');
  }

  /** `cut`, once the store has said that it lies behind `from`; a table that changes its answers would else be walked for ever. */
  async #risen(from: string | null, cut: string): Promise<string> {
    if (from === null) return cut;
    const [row] = await this.#session.query(
      `SELECT ($1::${this.#type} ${this.#column.collate} < $2::${this.#type} ${this.#column.collate})::text AS rises`,
      [from, cut],
    );
    if (row?.rises !== 'true') throw impossible(`the key behind ${from} is ${cut}`);
    return cut;
  }

  #rows(from: string | null, to: string | null): string {
    const key = this.#key;
    const bounds = [
      ...(from === null ? [] : [`AND ${key} >= $1::${this.#type}`]),
      ...(to === null ? [] : [`AND ${key} < $${from === null ? 1 : 2}::${this.#type}`]),
    ];
    return `${this.#column.relation} WHERE ${key} IS NOT NULL ${bounds.join(' ')} ${this.#filter}`;
  }
}

function wholeNumber(row: Row | undefined, name: string, max = Number.MAX_SAFE_INTEGER): number {
  const text = row?.[name];
  const value = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw impossible(`a number of ${name} that is ${JSON.stringify(text)}`);
  return value;
}

function keyText(row: Row | undefined, name: string): string {
  const value = row?.[name];
  if (typeof value !== 'string') throw impossible(`a key that is ${JSON.stringify(value)}`);
  return value;
}

function impossible(what: string): UserError {
  return new UserError('store-answer', `the store gave an answer that cannot be true: ${what}`, {
    hint: 'nothing was written; is the table a view over something that changes while it is read?',
  });
}
