// Keys of a range before which the rows are counted already, so that a cut is found by a short walk from the nearest instead of a
// long one from the cut before. The store's statistics say which keys lie well apart; what lies between them is counted, by as many
// workers at once as the server gives, while a walk has to go alone.
//
// What it saves is in docs/performance.md, "Ask".

import { parseTableName } from '../config/table-name';
import { impossible, keyText } from './answers';
import { KEY_TYPES, rangeCondition } from './key';
import type { Range } from './ranges';
import type { Session } from './session';
import type { KeyColumn } from './table';

export interface Landmark {
  /** Null is the end of a range without one. */
  key: string | null;
  /** Rows from the range's beginning to the key, which is not among them. */
  rows: number;
  /** True of the range's end: there are no more rows. */
  isEnd: boolean;
}

/** Parts of a range counted in one question: few enough that no question takes as long as all of a big table, enough for every worker. */
const COUNTED_AT_ONCE = 50;

/** The landmarks of one range, counted as far as they were asked for. */
export class Landmarks {
  readonly #session: Session;
  readonly #column: KeyColumn;
  readonly #filter: string;
  readonly #counted: Landmark[] = [];
  /** Parts that are not counted yet; each ends at a landmark, the last at the end of the range. */
  readonly #parts: Range[];

  /** @param keys what lies between the ends of `range`, in the store's order */
  constructor(session: Session, column: KeyColumn, filter: string, { from, to }: Range, keys: readonly string[]) {
    this.#session = session;
    this.#column = column;
    this.#filter = filter;
    this.#parts = [from, ...keys].map((key, index) => ({ from: key, to: keys[index] ?? to }));
  }

  /** The landmark that has about as many rows before it as `rows`, but more than `passed`; one with exactly as many parts the rows a cut is found by. */
  async nearest(rows: number, passed: number): Promise<Landmark | undefined> {
    while (this.#parts.length > 0 && (this.#counted.at(-1)?.rows ?? 0) <= rows) await this.#count();
    const away = (landmark: Landmark) => Math.abs(landmark.rows - rows);
    return this.#counted
      .filter((landmark) => landmark.isEnd || (landmark.rows > passed && landmark.rows !== rows))
      .reduce<Landmark | undefined>((best, one) => (best && away(best) < away(one) ? best : one), undefined);
  }

  async #count(): Promise<void> {
    const parts = this.#parts.splice(0, COUNTED_AT_ONCE);
    const { relation, key, type } = this.#column;
    // Each a plan of its own below one node, of which a worker takes one after the other.
    const counts = parts.map(
      ({ from, to }, place) =>
        `SELECT ${place} AS place, count(*) AS rows FROM ${relation} WHERE ${rangeCondition(key, type, from, to)} ${this.#filter}`,
    );
    await this.#session.query('SET LOCAL max_parallel_workers_per_gather TO DEFAULT');
    const [row] = await this.#session.query(
      `SELECT json_agg(counted.rows ORDER BY counted.place)::text AS rows FROM (${counts.join(' UNION ALL ')}) AS counted`,
    );
    await this.#session.query('SET LOCAL max_parallel_workers_per_gather TO 0');
    const rows = JSON.parse(keyText(row, 'rows')) as unknown;
    if (
      !Array.isArray(rows) ||
      rows.length !== parts.length ||
      !rows.every((part) => Number.isSafeInteger(part) && part >= 0)
    )
      throw impossible(`rows of ${parts.length} ranges that are ${row?.rows}`);
    for (const [index, { to }] of parts.entries()) {
      const before = this.#counted.at(-1)?.rows ?? 0;
      const isEnd = this.#parts.length === 0 && index === parts.length - 1;
      this.#counted.push({ key: to, rows: before + rows[index], isEnd });
    }
  }
}

/**
 * Keys inside a range that have about as many rows between each other, in the store's order: what ANALYZE has noted, a hundred of
 * a whole table. None of a view, nor where there was no ANALYZE. They may be old; nothing rests on them.
 */
export async function keysApart(
  session: Session,
  { table, key, type, collate }: KeyColumn,
  { from, to }: Range,
): Promise<string[]> {
  const { schema, name } = parseTableName(table) as NonNullable<ReturnType<typeof parseTableName>>;
  const as = KEY_TYPES[type] as string;
  const [row] = await session.query(
    `SELECT json_agg(apart.k::text ORDER BY apart.k)::text AS keys
       FROM (SELECT DISTINCT bound ${collate} AS k
               FROM (SELECT histogram_bounds::text::${as}[] AS bounds FROM pg_stats
                      WHERE schemaname = $1 AND tablename = $2 AND attname = $3 ORDER BY inherited DESC LIMIT 1) AS noted,
                    unnest(noted.bounds) AS listed (bound)) AS apart
      WHERE ($4::${as} IS NULL OR apart.k > $4::${as}) AND ($5::${as} IS NULL OR apart.k < $5::${as})`,
    [schema, name, key, from, to],
  );
  return row?.keys ? (JSON.parse(row.keys) as string[]) : [];
}
