// Groups that are values of a column: what to ask the store about them, and what they are once it has answered.

import { wholeRunPassed } from '../config/nights';
import type { Column, Fleet } from '../config/schema';
import { UserError } from '../errors';
import type { ColumnObservation, ColumnQuestion } from '../store/column';
import { number } from '../text';
import { type Allocation, noteEmptiness, removeRetired, succeed, timestamp, type World } from './allocation';
import { type ColumnGroup, freeSlots, groupName } from './group';
import type { ColumnLock } from './lock';

/** More values than this name rows, not groups of them. */
export const MAX_VALUES = 10_000;

/** A longer value names no group; it would stand in the lock, in environments, annotations and the group map. */
const LONGEST_VALUE = 1_000;

/** What to ask the store about a fleet: which values there are, and which of them no group has yet. */
export function columnQuestion(fleet: string, groups: Column, recorded: ColumnLock | undefined): ColumnQuestion {
  return {
    by: 'column',
    place: `fleets.${fleet}.groups`,
    table: groups.table,
    column: groups.column,
    allowKeysInGit: groups.allowKeysInGit,
    recorded: recorded?.groups.map(({ value }) => value) ?? [],
    maxValues: MAX_VALUES,
  };
}

/**
 * The fleet's groups as they are from now on. A new value opens a group behind all others; one that has vanished is noted, and
 * retired where that is wanted; one that is back is active again.
 * @throws UserError `too-many-groups` beyond 10,000, `group-invalid` for a value of more than 1,000 characters
 */
export function allocateColumn(
  name: string,
  fleet: Fleet & { groups: Column },
  recorded: ColumnLock | undefined,
  observation: ColumnObservation,
  world: World,
): Allocation {
  refuseTooMany(name, recorded, observation);
  refuseTooLong(name, observation);
  const { now } = world;
  const isThere = new Map(recorded?.groups.map(({ id }, index) => [id, observation.isThere[index] === true]));
  const returned = (recorded?.groups ?? []).map((group) =>
    group.state === 'retiring' && isThere.get(group.id) ? entering('active', group, now) : group,
  );
  const kept = removeRetired(returned, (since) => wholeRunPassed(fleet, since, now));
  const noted = noteEmptiness(kept.groups, ({ id }) => !isThere.get(id), now);
  const added = open(noted.groups, recorded?.nextId ?? 1, observation, now);
  const groups = [...noted.groups, ...added];
  const retired = fleet.groups.retireEmpty ? retirees(groups) : [];
  const lock = succeed<ColumnLock>(
    recorded,
    {
      source: columnSourceOf(observation),
      nextId: (recorded?.nextId ?? 1) + added.length,
      groups: groups.map((group) => (retired.includes(group.id) ? entering('retiring', group, now) : group)),
    },
    world,
  );
  return {
    lock,
    added: added.map(({ id }) => id),
    changed: returned.filter((group, index) => group !== recorded?.groups[index]).map(({ id }) => id),
    emptied: noted.emptied,
    retired,
    removed: kept.removed,
    rowsCounted: added.reduce((sum, { rows }) => sum + rows, 0),
    warnings: warningsOf(name, fleet.groups, lock.groups, observation),
  };
}

function refuseTooMany(
  fleet: string,
  recorded: ColumnLock | undefined,
  { column, complete, added }: ColumnObservation,
) {
  if (complete && (recorded?.groups.length ?? 0) + added.length <= MAX_VALUES) return;
  throw new UserError(
    'too-many-groups',
    `fleets.${fleet}.groups: ${column.table}.${column.column} has more than ${number(MAX_VALUES)} values, and each would be a group`,
    { hint: 'choose a column that names groups of rows; nothing was written' },
  );
}

function refuseTooLong(fleet: string, { column, added }: ColumnObservation) {
  const longest = Math.max(0, ...added.map(({ value }) => value.length));
  if (longest <= LONGEST_VALUE) return;
  throw new UserError(
    'group-invalid',
    `fleets.${fleet}.groups: ${column.table}.${column.column} has a value of ${number(longest)} characters; a group's value may have ${number(LONGEST_VALUE)}`,
    { hint: 'choose a column that names groups of rows; nothing was written' },
  );
}

function open(groups: readonly ColumnGroup[], nextId: number, { added }: ColumnObservation, now: Date): ColumnGroup[] {
  const slots = freeSlots(groups);
  return added.map(({ value, rows }, index) => ({
    id: nextId + index,
    slot: slots.next().value,
    value,
    rows,
    state: 'active',
    since: timestamp(now),
  }));
}

/** Ids of the groups to retire. When no value is left, that is likelier an accident, and a fleet without groups does nothing at all. */
function retirees(groups: readonly ColumnGroup[]): number[] {
  if (!groups.some(({ state }) => state === 'active')) return [];
  return groups.filter(({ state }) => state === 'empty').map(({ id }) => id);
}

function entering(state: ColumnGroup['state'], group: ColumnGroup, now: Date): ColumnGroup {
  return { ...group, state, since: timestamp(now) };
}

/** What the lock records of where the values came from. */
function columnSourceOf({
  store,
  column: { table, column, type },
}: Pick<ColumnObservation, 'store'> & { column: Omit<ColumnObservation['column'], 'indexed'> }): ColumnLock['source'] {
  return { by: 'column', store, table, column, type };
}

function warningsOf(
  fleet: string,
  { capacity }: Column,
  groups: readonly ColumnGroup[],
  { column, waiting }: ColumnObservation,
): string[] {
  const overfull =
    capacity === undefined ? [] : groups.filter(({ rows, state }) => state === 'active' && rows > capacity);
  const { table, column: name } = column;
  const todo =
    capacity === undefined
      ? 'give them one; with `capacity` and `key` in the config, `cronfleet assign` does so'
      : '`cronfleet assign` gives them one';
  return [
    ...(column.indexed
      ? []
      : [`${fleet}: no index leads with ${table}.${name}; every synth and every job reads the whole table`]),
    ...(waiting > 0
      ? [`${fleet}: ${rowsText(waiting)} of ${table} have no ${name} (NULL) and wait for a group; ${todo}`]
      : []),
    ...(groups.length === 0
      ? [`${fleet}: no row of ${table} has a ${name} yet; the fleet has no groups, and nothing runs`]
      : []),
    ...overfull.map(
      (group) =>
        `${fleet}: ${groupName(fleet, group)} had ${rowsText(group.rows)} when it was counted, more than capacity ${number(capacity as number)}`,
    ),
  ];
}

function rowsText(count: number): string {
  return count === 1 ? '1 row' : `${number(count)} rows`;
}
