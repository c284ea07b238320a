// Counts all rows of a fleet and those of each group, by the very conditions the jobs take their rows with.

import { wholeNumber } from './answers';
import { quoteIdentifier } from './key';
import { RangeAsker } from './range-asker';
import type { Range } from './ranges';
import type { Session } from './session';
import { findKeyColumn, type KeyColumn } from './table';

/** What review wants counted. */
export interface CountQuestion {
  /** Where the config names the table, for messages: `fleets.catalog.groups`. */
  place: string;
  table: string;
  /** The key, or the column that names the groups. */
  column: string;
  where: string | undefined;
  /** The recorded ranges in order, if it is ranges; the store has to agree that their bounds rise. */
  ranges: readonly Range[];
  /** GROUP_WHERE of each group. */
  conditions: readonly string[];
  /** Called with what the store has there before anything is counted; throws when the groups are not of these rows. */
  accept(column: KeyColumn, store: string): void;
}

/** Rows, all of one snapshot. */
export interface GroupCounts {
  /** Of the whole Dataset. */
  rows: number;
  /** Of these, rows without a key, which no group takes. */
  nulls: number;
  /** In each group, in the order of the conditions. */
  groups: number[];
}

/**
 * Reads every row twice: once for the total, once for its group.
 * @throws UserError `lock-invalid` when the bounds do not rise in the store's order, what `accept` throws, and those of `findKeyColumn`
 */
export async function countGroups(session: Session, question: CountQuestion): Promise<GroupCounts> {
  const { place, table, where, ranges, conditions } = question;
  const key = question.column;
  // Where values of a text key are in the lock, it was permitted once.
  const column = await findKeyColumn(session, place, { table, key, allowKeysInGit: true });
  question.accept(column, session.identity);
  await new RangeAsker(session, column, where).readRanges({ place, ranges, isRecorded: true });
  // A snapshot keeps to indexes and one worker, since synth looks at little. Here all rows are read, as the server likes best.
  await session.query(
    `SELECT set_config(name, reset_val, true) FROM pg_settings WHERE name IN ('enable_seqscan', 'max_parallel_workers_per_gather')`,
  );
  const [all] = await session.query(
    `SELECT count(*)::text AS rows, count(*) FILTER (WHERE ${quoteIdentifier(key)} IS NULL)::text AS nulls
       FROM ${column.relation} WHERE ${where === undefined ? 'TRUE' : `(${where})`}`,
  );
  const rows = wholeNumber(all, 'rows');
  const groups: number[] = [];
  // A question for each, so that the statement timeout is for one group and not for all.
  for (const condition of conditions) {
    const [row] = await session.query(`SELECT count(*)::text AS rows FROM ${column.relation} WHERE ${condition}`);
    groups.push(wholeNumber(row, 'rows'));
  }
  return { rows, nulls: wholeNumber(all, 'nulls', rows), groups };
}
