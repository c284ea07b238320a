// The groups of a fleet in numbers, as the lock and the plan have them: how full each is, and when it runs.

import type { GroupPlan } from '../plan/plan';
import { type FleetPlan, startsAtAll, startsOf } from '../plan/plan';
import { minutesAfterOpening, type Timing } from '../plan/timing';

/** One group, as a person compares it with the others. */
export interface GroupNumbers {
  name: string;
  share: GroupPlan['share'];
  /** As the lock counted them. */
  rows: number;
  /** Rows divided by capacity; undefined where the fleet has none. */
  full: number | undefined;
  /** Minutes after the window opens; undefined for what has no window or does not start any more. */
  starts: number | undefined;
  /** Minutes after the window opens by which its last run has ended, started late or not. */
  endsBy: number | undefined;
  state: 'active' | 'suspended' | 'retiring';
}

export interface FleetNumbers {
  /** By id. */
  groups: GroupNumbers[];
  /** The most rows a group may have; undefined where the fleet has no such number. */
  capacity: number | undefined;
  /** Of all groups but the retiring, whose rows are another's. */
  rows: number;
}

export function groupsInNumbers(plan: FleetPlan): FleetNumbers {
  const timings = startsOf(plan);
  const isFolded = plan.stages.folded === 'live';
  const groups = plan.groups.map((group, at): GroupNumbers => {
    const works = startsAtAll(plan, group);
    const { facts, share, isRetiring } = group;
    const { name, rows, capacity } = facts;
    return {
      name,
      share,
      rows,
      full: capacity === undefined ? undefined : rows / capacity,
      ...(works ? timesIn(plan, timings[isFolded ? 0 : at]) : { starts: undefined, endsBy: undefined }),
      state: isRetiring ? 'retiring' : works ? 'active' : 'suspended',
    };
  });
  const living = livingOf(groups);
  return {
    groups,
    capacity: plan.groups[0]?.facts.capacity,
    rows: living.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** All but the retiring: a group is one no more when its rows are another's. */
export function livingOf(groups: readonly GroupNumbers[]): GroupNumbers[] {
  return groups.filter(({ state }) => state !== 'retiring');
}

function timesIn({ window }: FleetPlan, timing: Partial<Timing> | undefined) {
  if (window === undefined || timing?.schedule === undefined) return { starts: undefined, endsBy: undefined };
  const starts = minutesAfterOpening(timing.schedule, window);
  const seconds = (timing.startingDeadlineSeconds ?? 0) + (timing.activeDeadlineSeconds ?? 0);
  return { starts, endsBy: starts + Math.ceil(seconds / 60) };
}
