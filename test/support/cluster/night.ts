// A fleet's night in the double: its manifests, applied long before, and what became of its groups.

import type { FleetPlan } from '../../../lib/plan/plan';
import type { RawCronJob, RawJob } from '../../../lib/runs/raw';
import { aPlan, type FleetKeys, type FleetLockKeys, objectsFor } from '../builders';
import { aCluster, type ClusterOptions, type Cluster as Double, type Draft, type KubeObject, type Run } from './index';
import { jobStatus, type RunOutcome } from './job-status';

/** Opens at midnight of 2026-03-01 in Seoul. */
export const OPENS = new Date('2026-02-28T15:00:00Z');
const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface Night {
  double: Double;
  plan: FleetPlan;
  /** Its CronJob has run so many nights ago, 0 by default: the night's first minute, and an hour long. */
  ran(
    cronJob: string,
    how?: 'completed' | 'failed' | 'running',
    keys?: Partial<Run> & { nightsAgo?: number },
  ): KubeObject;
  /** The same as the API gives it. */
  cronJob(name: string): RawCronJob;
  jobs(): RawJob[];
  /** A Job goes on. */
  end(name: string, outcome: RunOutcome): void;
}

/** A fleet of three groups, the morning after; nothing has run. */
export async function aNight({
  fleet,
  lock = { groups: 3 },
  ...options
}: ClusterOptions & { fleet?: FleetKeys; lock?: FleetLockKeys } = {}): Promise<Night> {
  const double = await aCluster(options);
  const plan = aPlan({ ...(fleet ? { fleet } : {}), lock });
  applied(double, plan);
  return {
    double,
    plan,
    ran(cronJob, how = 'completed', { nightsAgo = 0, ...keys } = {}) {
      const scheduledAt = new Date(OPENS.getTime() - nightsAgo * DAY);
      const ended = new Date(scheduledAt.getTime() + 60 * MINUTE);
      const outcome = { completed: { completedAt: ended }, failed: { failedAt: ended }, running: {} }[how];
      return double.runCronJob('batch', cronJob, { scheduledAt, ...outcome, ...keys });
    },
    cronJob: (name) => double.get('CronJob', 'batch', name) as unknown as RawCronJob,
    jobs: () => double.objects('Job', 'batch') as unknown as RawJob[],
    end(name, outcome) {
      const job = double.get('Job', 'batch', name) as KubeObject;
      const status = jobStatus(job.spec ?? {}, double.clock.now(), outcome);
      double.put({ ...job, status }, { manager: 'kube-controller-manager', subresource: 'status' });
    },
  };
}

/** All manifests of a plan, as if they had been there for long. */
export function applied(double: Double, plan: FleetPlan): void {
  for (const object of objectsFor(plan).all) double.put(object as Draft, { createdAt: LONG_AGO });
}
