// How `cronfleet assign` shares waiting rows out: each goes to the newest group with room; when none has, a new one is opened.

import { UserError } from '../errors';
import type { AssignTarget, ColumnCounts } from '../store/assign';
import { HIGHEST } from '../store/key';
import { number } from '../text';
import { MAX_VALUES } from './columns';

/** Rows for one group. */
export interface Portion {
  group: bigint;
  rows: number;
  isNew: boolean;
}

/**
 * Room in the groups there are, the highest number first; then new numbers, from one above the highest, at least 1.
 * @throws UserError `too-many-groups` beyond 10,000, or beyond the highest number of the column's type
 */
export function portionsOf(
  { place, table, column, type }: Pick<AssignTarget, 'place' | 'table' | 'column' | 'type'>,
  { groups, waiting }: ColumnCounts,
  capacity: number,
): Portion[] {
  const newestFirst = [...groups].sort((a, b) => (a.value < b.value ? 1 : -1));
  const portions: Portion[] = [];
  let left = waiting;
  for (const { value, rows } of newestFirst) {
    const fits = Math.min(left, capacity - rows);
    if (fits > 0) portions.push({ group: value, rows: fits, isNew: false });
    left -= Math.max(0, fits);
  }
  const opened = Math.ceil(left / capacity);
  const refuse = (what: string, hint: string) =>
    new UserError('too-many-groups', `${place}: ${what}`, { hint: `${hint}; no row was given a group` });
  if (groups.length + opened > MAX_VALUES) {
    throw refuse(
      `${number(waiting)} waiting rows of ${table} make more than ${number(MAX_VALUES)} groups of at most ${number(capacity)} rows`,
      'raise capacity',
    );
  }
  const highest = newestFirst[0]?.value ?? 0n;
  const first = highest < 0n ? 1n : highest + 1n;
  if (opened > 0 && first + BigInt(opened) - 1n > (HIGHEST[type] as bigint)) {
    throw refuse(
      `${opened === 1 ? `a new group with number ${first} does` : `${number(opened)} new groups from number ${first} on do`} not fit ${table}.${column}, which is ${type} (at most ${HIGHEST[type]})`,
      'raise capacity, or give the column a wider type',
    );
  }
  for (let index = 0; index < opened; index += 1) {
    portions.push({ group: first + BigInt(index), rows: Math.min(capacity, left - index * capacity), isNew: true });
  }
  return portions;
}
