// A fleet in the double, as `kubectl apply` of its dist leaves it, and its nights.

import type { FleetPlan } from '../../../lib/plan/plan';
import { aPlan, objectsFor } from '../builders';
import type { Cluster } from './index';
import type { Draft } from './objects';
import type { Run } from './run-cron-job';

/** Open from 00:00 to 05:00 in Seoul: the night of 2026-03-01. */
export const OPENS = new Date('2026-02-28T15:00:00Z');
export const CLOSES = new Date('2026-02-28T20:00:00Z');
const DAY = 24 * 60 * 60_000;

/** An instant of the night, so many minutes after it opened. */
export function minute(minutes: number): Date {
  return new Date(OPENS.getTime() + minutes * 60_000);
}

/** Puts all objects of a plan there, made the day before unless it says otherwise. */
export function putFleet(
  cluster: Cluster,
  plan: FleetPlan = aPlan({ lock: { groups: 3 } }),
  createdAt?: Date,
): FleetPlan {
  const at = createdAt ?? new Date(OPENS.getTime() - DAY);
  for (const object of objectsFor(plan).all as unknown as Draft[])
    cluster.put(object, { manager: 'cronfleet', operation: 'Apply', createdAt: at });
  return plan;
}

/** Runs the CronJobs of these groups, by number; in the night unless `run` says otherwise. */
export function runGroups(cluster: Cluster, groups: readonly number[], run: Partial<Run> = {}): void {
  for (const group of groups) {
    const scheduledAt = OPENS;
    cluster.runCronJob('batch', `catalog-${String(group).padStart(4, '0')}`, { scheduledAt, ...run });
  }
}
