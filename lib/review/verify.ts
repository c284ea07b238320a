// Whether the recorded groups hold every row exactly once: what to count, and what the counts mean.

import type { Fleet, Store } from '../config/schema';
import { UserError } from '../errors';
import { type Group, groupName } from '../groups/group';
import type { FleetLock, RangeLock } from '../groups/lock';
import { recordedRanges, sourceOf } from '../groups/ranges';
import { groupsToKeep, refuseOtherDataset, refuseOtherFilter, refuseOtherStore } from '../groups/source';
import { whereOf } from '../plan/environment';
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
  /** As the lock has it: `catalog.items`. */
  table: string;
  /** The key, NULL in rows that no group takes. */
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
  share: Record<string, string | null>;
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
export function countQuestion({ name, fleet, recorded }: RecordedFleet, adopted: ReadonlySet<string>): CountQuestion {
  switch (recorded.source.by) {
    case 'keyRange': {
      const { source } = recorded;
      return {
        place: `fleets.${name}.groups`,
        table: fleet.groups.table,
        key: source.key,
        where: source.where,
        ranges: recordedRanges(recorded as RangeLock).map(({ from, to }) => ({ from, to })),
        conditions: owners(recorded as RangeLock).map((group) => whereOf(group, source)),
        accept: (seen) => refuseOtherStore(name, source, sourceOf(source, seen), adopted),
      };
    }
    case 'column':
    case 'query':
      throw new UserError('verify-unsupported', `fleet ${name}: groups by ${recorded.source.by} cannot be verified`, {
        hint: 'name the other fleets: --fleet=<names>',
      });
  }
}

/** What the counts mean. They add up when each row is either NULL or in one group. */
export function judge({ name, fleet, recorded }: RecordedFleet, counts: GroupCounts): FleetVerification {
  const source = recorded.source as RangeLock['source'];
  const { capacity } = fleet.groups;
  const groups = owners(recorded as RangeLock).map((group, index): CountedGroup => {
    const rows = counts.groups[index] as number;
    const { id, from, to } = group;
    return { id, name: groupName(name, group), share: { from, to }, rows, isOverCapacity: rows > capacity };
  });
  const grouped = groups.reduce((sum, { rows }) => sum + rows, 0);
  const left = counts.rows - counts.nulls - grouped;
  return {
    name,
    table: source.table,
    column: source.key,
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

/** The rows of a retiring group are its neighbour's already. */
function owners<G extends Group>({ groups }: { groups: readonly G[] }): G[] {
  return groups.filter(({ state }) => state !== 'retiring');
}
