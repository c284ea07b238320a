// Decides what the groups are, from what is recorded and what the store said. Nothing here moves a bound that is recorded.

import type { KeyRange } from '../config/schema';
import { UserError } from '../errors';
import type { Piece, RangeObservation, RangeQuestion } from '../store/ranges';
import type { Group } from './group';
import { type FleetLock, inKeyOrder, type Source } from './lock';

/** A fleet of more wants a larger capacity, not more CronJobs. */
const MAX_GROUPS = 10_000;

/** What decides and is no fact of the data. */
export interface Allocation {
  /** The fleet's part of the new lock. */
  lock: FleetLock;
  /** Ids of the groups made now. */
  added: number[];
  /** Ids of recorded groups whose range changed. */
  changed: number[];
  /** Rows counted for this: those of the groups added and changed, and of the open last one. */
  rowsCounted: number;
  /** Things a person should know. */
  warnings: string[];
}

/** The most rows a group is given: capacity less the headroom. */
export function rowsPerGroup({ capacity, headroom }: KeyRange): number {
  // 1,000 x (1 - 0.9) is 99.99999999999997 in binary fractions.
  return Math.max(1, Math.floor(Number((capacity * (1 - headroom)).toPrecision(15))));
}

/** What to ask the store about a fleet: all of the key space at first, later only what lies behind the last recorded bound. */
export function rangeQuestion(fleet: string, groups: KeyRange, recorded: FleetLock | undefined): RangeQuestion {
  return {
    place: `fleets.${fleet}.groups`,
    table: groups.table,
    key: groups.key,
    where: groups.where,
    allowKeysInGit: groups.allowKeysInGit,
    bounds: recorded ? tiled(recorded).flatMap((group) => group.from ?? []) : [],
    recorded: recorded !== undefined,
    step: rowsPerGroup(groups),
    maxPieces: MAX_GROUPS,
  };
}

/**
 * The fleet's groups as they are from now on. Rows behind the last bound close the last group and open new ones; every
 * other group stays as it is.
 *
 * Pure: `now` and `newLineage` are what it would else have to ask the world for.
 * @throws UserError `too-many-groups` beyond 10,000
 */
export function allocateRanges(input: {
  fleet: string;
  groups: KeyRange;
  recorded: FleetLock | undefined;
  observation: RangeObservation;
  now: Date;
  newLineage: () => string;
}): Allocation {
  const { fleet, groups: policy, recorded, observation, now } = input;
  if (!observation.complete) {
    throw new UserError(
      'too-many-groups',
      `fleets.${fleet}.groups: ${observation.column.table} makes more than ${MAX_GROUPS.toLocaleString('en')} groups of at most ${rowsPerGroup(policy).toLocaleString('en')} rows`,
      {
        hint: 'raise capacity; nothing was written',
      },
    );
  }
  const since = `${now.toISOString().slice(0, 19)}Z`;
  const kept = recorded ? recorded.groups : [];
  const last = recorded ? tiled(recorded).at(-1) : undefined;
  const [head, ...tail] = observation.pieces as [Piece, ...Piece[]];
  const nextId = recorded?.nextId ?? 1;
  const slots = freeSlots(new Set(kept.map((group) => group.slot)));
  const opened = (last ? tail : [head, ...tail]).map((piece, index): Group => {
    return { id: nextId + index, slot: slots.next().value, ...piece, state: 'active', since };
  });
  // The last group only changes when it is closed: its count alone is no change.
  const closed = last && tail.length > 0 ? { ...last, to: head.to, rows: head.rows } : undefined;
  const groups = [...kept.map((group) => (group === last && closed ? closed : group)), ...opened];
  const source = sourceOf(policy, observation);
  const unchanged = recorded && opened.length === 0 && sameSource(recorded.source, source);
  return {
    lock: unchanged
      ? recorded
      : {
          lineage: recorded?.lineage ?? input.newLineage(),
          serial: (recorded?.serial ?? 0) + 1,
          source,
          nextId: nextId + opened.length,
          groups,
        },
    added: opened.map((group) => group.id),
    changed: closed ? [closed.id] : [],
    rowsCounted: observation.pieces.reduce((sum, piece) => sum + piece.rows, 0),
    warnings: warningsOf(fleet, policy, observation, recorded === undefined),
  };
}

/** The recorded ranges from first to last; `parseLock` has seen that they tile. */
function tiled(recorded: FleetLock): Group[] {
  const ordered = inKeyOrder(recorded.groups);
  if (typeof ordered === 'string') throw new Error(`a lock that was read does not tile: ${ordered}`);
  return ordered;
}

function* freeSlots(taken: ReadonlySet<number>): Generator<number, never> {
  for (let slot = 0; ; slot += 1) if (!taken.has(slot)) yield slot;
}

function sourceOf(policy: KeyRange, observation: RangeObservation): Source {
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

function sameSource(a: Source, b: Source): boolean {
  return (['by', 'store', 'table', 'key', 'type', 'collation', 'where'] as const).every((part) => a[part] === b[part]);
}

function warningsOf(fleet: string, policy: KeyRange, { column, pieces }: RangeObservation, first: boolean): string[] {
  const whole = pieces.filter((piece) => piece.rows > policy.capacity);
  const rows = (count: number) => count.toLocaleString('en');
  return [
    ...(column.indexed
      ? []
      : [
          `${fleet}: no index leads with ${column.table}.${column.key}; every synth and every job reads the whole table`,
        ]),
    ...(first && pieces.length === 1 && pieces[0]?.rows === 0
      ? [`${fleet}: ${column.table} has no rows; one group waits for them`]
      : []),
    ...whole.map(
      (piece) =>
        `${fleet}: one value of ${column.key}${isShown(column.type) && piece.from !== null ? `, ${piece.from},` : ''} has ${rows(piece.rows)} rows, more than capacity ${rows(policy.capacity)}; a range cannot split it`,
    ),
  ];
}

/** Words of people stay out of logs; numbers, dates and uuids may be told. */
function isShown(type: string): boolean {
  return !type.startsWith('text') && !type.startsWith('character');
}
