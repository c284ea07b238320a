// Groups that are ranges of a key: what to ask about them, and what they are once the store has answered.
// A recorded bound never moves; it can only get another between it and the next, or go when its group has run dry.

import { wholeRunPassed } from '../config/nights';
import type { Fleet, KeyRange } from '../config/schema';
import { UserError } from '../errors';
import type { Piece, Range, RangeObservation, RangeQuestion } from '../store/ranges';
import { number } from '../text';
import { type Allocation, noteEmptiness, removeRetired, succeed, timestamp, type World } from './allocation';
import { freeSlots, type RangeGroup } from './group';
import { inKeyOrder } from './laws';
import type { RangeLock, RangeSource } from './lock';

/** A fleet of more wants a larger capacity, not more CronJobs. */
const MAX_GROUPS = 10_000;

/** The most rows a group is given: capacity less the headroom. */
export function rowsPerGroup({ capacity, headroom }: KeyRange): number {
  // 1,000 x (1 - 0.9) is 99.99999999999997 in binary fractions.
  return Math.max(1, Math.floor(Number((capacity * (1 - headroom)).toPrecision(15))));
}

/** What to ask the store about a fleet: each recorded range, or the whole key space when none is recorded. */
export function rangeQuestion(fleet: string, groups: KeyRange, recorded: RangeLock | undefined): RangeQuestion {
  const countsAnew =
    recorded !== undefined &&
    (recorded.capacity !== groups.capacity ||
      recorded.rowsPerGroup !== rowsPerGroup(groups) ||
      recorded.source.where !== groups.where);
  return {
    by: 'keyRange',
    place: `fleets.${fleet}.groups`,
    table: groups.table,
    key: groups.key,
    where: groups.where,
    allowKeysInGit: groups.allowKeysInGit,
    ranges: recorded ? recordedRanges(recorded).map(({ from, to }) => ({ from, to })) : rangesAt(groups.bounds),
    isRecorded: recorded !== undefined,
    countAll: groups.recount === 'all' || countsAnew,
    capacity: groups.capacity,
    step: rowsPerGroup(groups),
    maxPieces: MAX_GROUPS,
  };
}

/**
 * The fleet's groups as they are from now on. Rows behind the last bound close the last group and open new ones behind it; a
 * closed group over capacity is cut in place; one that has run dry is noted, and retired where that is wanted.
 * @throws UserError `too-many-groups` beyond 10,000
 */
export function allocateRanges(
  name: string,
  fleet: Fleet & { groups: KeyRange },
  recorded: RangeLock | undefined,
  observation: RangeObservation,
  world: World,
): Allocation {
  const policy = fleet.groups;
  refuseTooMany(name, policy, recorded, observation);
  const { now } = world;
  const kept = recorded ? removeRetired(recorded.groups, (since) => wholeRunPassed(fleet, since, now)) : nothing;
  const cut = cutRanges(kept.groups, recorded?.nextId ?? 1, observation, now);
  const isEmpty = emptiness(observation);
  const noted = noteEmptiness(cut.groups, (group) => isEmpty.get(group.from), now);
  const retired = policy.retireEmpty ? retire(noted.groups, now) : { groups: noted.groups, retired: [] };
  const lock = succeed<RangeLock>(
    recorded,
    {
      source: sourceOf(policy, observation),
      capacity: policy.capacity,
      rowsPerGroup: rowsPerGroup(policy),
      nextId: (recorded?.nextId ?? 1) + cut.added.length,
      groups: retired.groups.sort((a, b) => a.id - b.id),
    },
    world,
  );
  const before = new Map(recorded?.groups.map((group) => [group.id, group]));
  const changed = lock.groups.filter((group) => {
    const old = before.get(group.id);
    return old && group.state !== 'retiring' && (old.from !== group.from || old.to !== group.to);
  });
  return {
    lock,
    added: cut.added,
    changed: changed.map(({ id }) => id),
    emptied: noted.emptied,
    retired: retired.retired,
    removed: kept.removed,
    rowsCounted: observation.ranges.flatMap(({ pieces = [] }) => pieces).reduce((sum, piece) => sum + piece.rows, 0),
    warnings: warningsOf(name, policy, observation),
  };
}

const nothing = { groups: [] as RangeGroup[], removed: [] as number[] };

/** The recorded ranges from first to last; `parseLock` has seen that they tile. */
export function recordedRanges(recorded: RangeLock): RangeGroup[] {
  const ordered = inKeyOrder(recorded.groups);
  if (typeof ordered === 'string') throw new Error(`a lock that was read does not tile: ${ordered}`);
  return ordered;
}

/** The key space, cut where a team's hand-written jobs are cut. */
function rangesAt(bounds: readonly string[]): Range[] {
  return [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null }));
}

function refuseTooMany(name: string, policy: KeyRange, recorded: RangeLock | undefined, observation: RangeObservation) {
  const more = observation.ranges.reduce((sum, { pieces = [] }) => sum + Math.max(0, pieces.length - 1), 0);
  if (observation.complete && (recorded?.groups.length ?? 1) + more <= MAX_GROUPS) return;
  const rows = number(rowsPerGroup(policy));
  throw new UserError(
    'too-many-groups',
    `fleets.${name}.groups: ${observation.column.table} makes more than ${number(MAX_GROUPS)} groups of at most ${rows} rows`,
    { hint: 'raise capacity; nothing was written' },
  );
}

/** The first piece of a range stays with the group that has it, the others become groups of their own, in the order of the key. */
function cutRanges(groups: readonly RangeGroup[], nextId: number, { ranges: seen }: RangeObservation, now: Date) {
  const slots = freeSlots(groups);
  const added: RangeGroup[] = [];
  const open = ({ from, to, rows }: Piece) => {
    const id = nextId + added.length;
    added.push({ id, slot: slots.next().value, from, to, rows, state: 'active', since: timestamp(now) });
  };
  const owners = new Map(groups.filter((group) => group.state !== 'retiring').map((group) => [group.from, group]));
  const cut = new Map<RangeGroup, RangeGroup>();
  for (const { from, pieces = [] } of seen) {
    const owner = owners.get(from);
    const [head, ...tail] = owner ? pieces : [undefined, ...pieces];
    // A count alone is no change of the group.
    if (owner && head && tail.length > 0) cut.set(owner, { ...owner, to: head.to, rows: head.rows });
    for (const piece of tail) open(piece as Piece);
  }
  return {
    groups: [...groups.map((group) => cut.get(group) ?? group), ...added],
    added: added.map(({ id }) => id),
  };
}

/** Whether a range has rows, by its lower bound. The last range is where growth goes: without rows it is merely waiting for them. */
function emptiness({ ranges: seen }: RangeObservation): Map<string | null, boolean> {
  return new Map(seen.slice(0, -1).map(({ from, isEmpty }) => [from, isEmpty]));
}

/** Empty groups give their range to the left neighbour, to the right one where there is none to the left. */
function retire(groups: readonly RangeGroup[], now: Date): { groups: RangeGroup[]; retired: number[] } {
  const ordered = inKeyOrder(groups) as RangeGroup[];
  const becomes = new Map<number, RangeGroup>();
  const stays = ordered.filter((group) => group.state !== 'empty');
  for (const [index, group] of stays.entries()) {
    const to = stays[index + 1]?.from ?? null;
    const from = index === 0 ? null : group.from;
    if (from !== group.from || to !== group.to) becomes.set(group.id, { ...group, from, to });
  }
  const retired = ordered.filter((group) => group.state === 'empty');
  for (const group of retired) becomes.set(group.id, { ...group, state: 'retiring', since: timestamp(now) });
  return { groups: groups.map((group) => becomes.get(group.id) ?? group), retired: retired.map(({ id }) => id) };
}

/** What the lock says of the rows that were seen. */
export function sourceOf(
  policy: Pick<KeyRange, 'where'>,
  observation: Pick<RangeObservation, 'column' | 'store'>,
): RangeSource {
  const { table, key, type, collation } = observation.column;
  return {
    by: 'keyRange',
    store: observation.store,
    table,
    key,
    type,
    ...(collation === null ? {} : { collation }),
    ...(policy.where === undefined ? {} : { where: policy.where }),
  };
}

function warningsOf(fleet: string, policy: KeyRange, { column, ranges: seen }: RangeObservation): string[] {
  const pieces = seen.flatMap((range) => range.pieces ?? []);
  const whole = pieces.filter((piece) => piece.rows > policy.capacity);
  const isWaiting = seen.length === 1 && pieces.length === 1 && pieces[0]?.rows === 0;
  return [
    ...(column.indexed
      ? []
      : [
          `${fleet}: no index leads with ${column.table}.${column.key}; every synth and every job reads the whole table`,
        ]),
    ...(isWaiting ? [`${fleet}: ${column.table} has no rows; one group waits for them`] : []),
    ...whole.map((piece) => {
      const value = isShown(column.type) && piece.value !== undefined ? `, ${piece.value},` : '';
      return `${fleet}: one value of ${column.key}${value} has ${number(piece.rows)} rows, more than capacity ${number(policy.capacity)}; a range cannot split it`;
    }),
  ];
}

/** Words of people stay out of logs; numbers, dates and uuids may be told. */
function isShown(type: string): boolean {
  return !type.startsWith('text') && !type.startsWith('character');
}
