// Whether the recorded groups hold every row exactly once: what to count, and what the counts mean.

import type { Fleet, Store } from '../config/schema';
import { UserError } from '../errors';
import { type Group, groupName } from '../groups/group';
import type { FleetLock, RangeLock, Source } from '../groups/lock';
import { recordedRanges, sourceOf } from '../groups/ranges';
import { type Share, shareOf } from '../groups/share';
import { groupsToKeep, refuseOtherDataset, refuseOtherFilter, refuseOtherStore } from '../groups/source';
import { conditionOf } from '../plan/environment';
import type { CountQuestion, GroupCounts } from '../store/count';

/** A fleet and its recorded groups, which belong together as far as that is known without the store. */
export interface RecordedFleet {
  name: string;
  fleet: Fleet;
  recorded: FleetLock;
}

/** What the counts of one snapshot say about a fleet. All numbers are rows. */
export interface FleetVerification {
  name: string;
  by: 'keyRange' | 'column';
  /** As the lock has it: `catalog.items`. */
  table: string;
  /** The key, or the column that names the groups: NULL in rows that no group takes. */
  column: string;
  /** The most rows a group may have; null where there is no such limit. */
  capacity: number | null;
  /** Groups that have rows of their own, by id; one that is retiring has none any more. */
  groups: CountedGroup[];
  /** In the table, as far as `where` matches. */
  rows: number;
  /** With NULL in `column`. */
  nulls: number;
  /** The sum over all groups. */
  grouped: number;
  /** Neither NULL nor in a group. */
  uncovered: number;
  /** Counted for one group more than there are. */
  doubled: number;
  /** True when nothing is NULL, uncovered, doubled or over capacity. */
  holds: boolean;
}

export interface CountedGroup {
  id: number;
  name: string;
  /** Which rows: `from` and `to`, or `value`. */
  share: Share;
  rows: number;
  isOverCapacity: boolean;
}

/**
 * The fleet with its recorded groups.
 * @throws UserError `lock-missing`, `lock-mismatch`, or `another-store` where the demo and a real store meet
 */
export function recordedFleet(
  name: string,
  fleet: Fleet,
  store: Store,
  found: FleetLock | undefined,
  lockFile: string,
): RecordedFleet {
  if (found === undefined) {
    throw new UserError('lock-missing', `${lockFile} has no groups of ${name}, so there is nothing to verify`, {
      hint: 'run synth first',
    });
  }
  const recorded = groupsToKeep(name, store, found, new Set());
  if (recorded === undefined) {
    throw new UserError(
      'another-store',
      `fleet ${name}: the lock's groups come from the demo store, the config now names a real one`,
      {
        hint: 'run synth first: it lets them go and cuts groups of the real rows',
      },
    );
  }
  refuseOtherDataset(name, fleet, recorded, lockFile);
  refuseOtherFilter(name, fleet, recorded);
  return { name, fleet, recorded };
}

/**
 * What to count for a fleet.
 * @param adopted fleets that may be verified in another store than the one their groups were made from
 * @throws UserError `verify-unsupported` for kinds of grouping whose rows cannot be counted
 */
export function countQuestion({ name, recorded }: RecordedFleet, adopted: ReadonlySet<string>): CountQuestion {
  const { source } = recorded;
  const place = `fleets.${name}.groups`;
  const accept = (observed: Source) => refuseOtherStore(name, source, observed, adopted);
  const conditions = () => owners(recorded.groups).map((group) => conditionOf(group, source));
  switch (source.by) {
    case 'keyRange':
      return {
        place,
        table: source.table,
        column: source.key,
        where: source.where,
        ranges: recordedRanges(recorded as RangeLock).map(({ from, to }) => ({ from, to })),
        conditions: conditions(),
        accept: (column, store) => accept(sourceOf(source, { column, store })),
      };
    case 'column':
      return {
        place,
        table: source.table,
        column: source.column,
        where: undefined,
        ranges: [],
        conditions: conditions(),
        accept: ({ table, key, type }, store) => accept({ by: 'column', store, table, column: key, type }),
      };
    case 'query':
      throw new UserError('verify-unsupported', `fleet ${name}: groups by ${source.by} cannot be verified`, {
        hint: 'its groups are the rows of the query. Name the other fleets: --fleet=<names>',
      });
  }
}

/** What the counts mean. They add up when each row is either NULL or in one group. */
export function judge({ name, fleet, recorded }: RecordedFleet, counts: GroupCounts): FleetVerification {
  const source = recorded.source as Exclude<Source, { by: 'query' }>;
  const capacity = 'capacity' in fleet.groups ? (fleet.groups.capacity ?? null) : null;
  const groups = owners(recorded.groups).map((group, index): CountedGroup => {
    const rows = counts.groups[index] as number;
    return {
      id: group.id,
      name: groupName(name, group),
      share: shareOf(group),
      rows,
      isOverCapacity: capacity !== null && rows > capacity,
    };
  });
  const grouped = groups.reduce((sum, { rows }) => sum + rows, 0);
  const left = counts.rows - counts.nulls - grouped;
  return {
    name,
    by: source.by,
    table: source.table,
    column: source.by === 'keyRange' ? source.key : source.column,
    capacity,
    groups,
    rows: counts.rows,
    nulls: counts.nulls,
    grouped,
    uncovered: Math.max(0, left),
    doubled: Math.max(0, -left),
    holds: left === 0 && counts.nulls === 0 && !groups.some(({ isOverCapacity }) => isOverCapacity),
  };
}

/** The rows of a retiring range are its neighbour's already; a retiring value has none. */
function owners(groups: readonly Group[]): Group[] {
  return groups.filter(({ state }) => state !== 'retiring');
}
