// The questions about ranges, as SQL.

import { UserError } from '../errors';
import { number } from '../text';
import { impossible, keyText, wholeNumber } from './answers';
import { estimatesOf } from './estimates';
import { KEY_TYPES, quoteIdentifier } from './key';
import type { Range, RangeQuestion } from './ranges';
import type { Session } from './session';
import type { KeyColumn } from './table';

/** Asks one snapshot about one table. */
export class RangeAsker {
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
      given(from, to),
    );
    return wholeNumber(row, 'rows', limit);
  }

  /**
   * The key to cut at so that the piece before it holds as many whole key values as fit `step` rows, at least one;
   * undefined when the rest of the range fits `step`. A single value with more rows is a piece, named by `value`, and `key` is
   * null when nothing comes behind it.
   */
  async cutAfter(
    from: string | null,
    to: string | null,
    step: number,
  ): Promise<{ key: string | null; rows: number; value?: string } | undefined> {
    // The last row of a full piece and the first behind it.
    const [pair] = await this.#session.query(
      `WITH pair AS MATERIALIZED (
         SELECT ${this.#key} AS k FROM ${this.#rows(from, to)} ORDER BY ${this.#key} OFFSET ${step - 1} LIMIT 2
       )
       SELECT count(*)::text AS found, count(DISTINCT k)::text AS different,
              (SELECT pair.k::text FROM pair ORDER BY pair.k DESC LIMIT 1) AS cut
         FROM pair`,
      given(from, to),
    );
    if (wholeNumber(pair, 'found', 2) < 2) return undefined;
    const different = wholeNumber(pair, 'different', 2);
    const value = keyText(pair, 'cut');
    if (different === 2) return { key: await this.#risen(from, value), rows: step };
    // One value lies across the cut: it goes whole to the next piece, or, where it fills this piece from the start, stays whole here.
    const before = from === value ? 0 : await this.count(from, value);
    if (before > 0) return { key: await this.#risen(from, value), rows: before };
    const key = (await this.#nextValue(value, to)) ?? null;
    return { key, rows: await this.count(from, key ?? to), value };
  }

  /** Plans the condition without reading a row, so that what is wrong with it is told at its place. */
  async refuseBadFilter(place: string): Promise<void> {
    if (this.#filter === '') return;
    await this.#session
      .query(`SELECT FROM ${this.#column.relation} WHERE true ${this.#filter} LIMIT 0`)
      .catch((error: unknown) => {
        // Class 42 of SQLSTATE but for permission: a name, type or operator that is not there, or bad syntax.
        const code = String((error as { code?: unknown }).code);
        if (!/^42(?!501)/.test(code)) throw error;
        throw new UserError('filter-invalid', `${place}.where: ${(error as Error).message} (SQLSTATE ${code})`, {
          hint: 'only built-in names are found without their schema here: write shop.other for tables, public.fold(x) for functions,\nOPERATOR(public.=) and public.citext for what extensions bring',
          cause: error,
        });
      });
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
      `${place}.key: ${number(rows)} rows of ${this.#column.table} have no ${this.#column.key} (NULL) and would belong to no group`,
      { hint: `give them a key, leave them out with where: '${this.#column.key} IS NOT NULL', or choose another key` },
    );
  }

  /**
   * The ranges asked for. Bounds of a lock must rise in the store's order, or a hole would open between two groups; bounds of a
   * config are put as the store writes them first.
   */
  async readRanges({
    place,
    ranges,
    isRecorded,
  }: Pick<RangeQuestion, 'place' | 'ranges' | 'isRecorded'>): Promise<readonly Range[]> {
    const bounds = ranges.flatMap(({ from }) => from ?? []);
    if (bounds.length === 0) return ranges;
    const refuse = (what: string, cause?: unknown) =>
      isRecorded
        ? new UserError('lock-invalid', `${place}: the lock's bounds ${what}`, {
            hint: 'restore the lock as it was committed, with git checkout -- and the name of the lock file',
            cause,
          })
        : new UserError('config-invalid', `${place}.bounds: the bounds ${what}`, {
            hint: 'list the lower bounds of the second group and those behind it, from low to high',
            cause,
          });
    const [row] = await this.#session
      .query(
        `SELECT count(*) FILTER (WHERE previous >= bound)::text AS wrong, json_agg(bound::text ORDER BY position)::text AS bounds
           FROM (SELECT bound, position, lag(bound) OVER (ORDER BY position) AS previous
                   FROM (SELECT value::${this.#type} ${this.#column.collate} AS bound, position
                           FROM json_array_elements_text($1::json) WITH ORDINALITY AS listed (value, position)) AS typed) AS pairs`,
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
    if (isRecorded) return ranges;
    const read = JSON.parse(keyText(row, 'bounds')) as string[];
    return [null, ...read].map((from, index) => ({ from, to: read[index] ?? null }));
  }

  /** Whether each closed range is without rows: one index probe each, in one question. */
  async emptiness(ranges: readonly Range[]): Promise<boolean[]> {
    if (ranges.length === 0) return [];
    // The first range has no lower bound, and a bound that may be missing would keep the index from being used.
    const probe = (lower: string) => `LEFT JOIN LATERAL (
        SELECT true AS found FROM ${this.#column.relation}
         WHERE ${lower} ${this.#key} < asked.upper::${this.#type} ${this.#filter} ORDER BY ${this.#key} LIMIT 1
      ) AS probe ON true`;
    const asked = `json_to_recordset($1::json) AS asked (position int, lower text, upper text)`;
    const [row] = await this.#session.query(
      `SELECT json_agg(seen.found IS NULL ORDER BY seen.position)::text AS empty FROM (
         SELECT asked.position, probe.found FROM ${asked} ${probe('')} WHERE asked.lower IS NULL
         UNION ALL
         SELECT asked.position, probe.found FROM ${asked} ${probe(`${this.#key} >= asked.lower::${this.#type} AND`)} WHERE asked.lower IS NOT NULL
       ) AS seen`,
      [JSON.stringify(ranges.map(({ from, to }, position) => ({ position, lower: from, upper: to })))],
    );
    const empty = JSON.parse(keyText(row, 'empty')) as unknown;
    if (!Array.isArray(empty) || empty.length !== ranges.length || empty.some((answer) => typeof answer !== 'boolean'))
      throw impossible(`emptiness of ${ranges.length} ranges that is ${row?.empty}`);
    return empty as boolean[];
  }

  /** The planner's guess at the rows of each range. Good enough to choose where to count; nothing rests on it. */
  estimates(ranges: readonly Range[]): Promise<number[]> {
    return estimatesOf(this.#session, this.#column, this.#filter, ranges);
  }

  async #nextValue(value: string, to: string | null): Promise<string | undefined> {
    const [row] = await this.#session.query(
      `SELECT behind.k::text AS next FROM (
         SELECT ${this.#key} AS k FROM ${this.#rows(value, to)} AND ${this.#key} > $1::${this.#type} ORDER BY ${this.#key} LIMIT 1
       ) AS behind`,
      given(value, to),
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

/** Values for the parameters of `#rows`. */
function given(...bounds: (string | null)[]): string[] {
  return bounds.filter((bound) => bound !== null);
}
