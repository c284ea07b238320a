// A CronJob of a fleet that is no group's: its label `cronfleet/role` tells it from those everywhere.

import { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { FleetPlan } from '../plan/plan';
import type { Timing } from '../plan/timing';
import { HISTORY_LIMIT } from './cron-job';
import { DISRUPTIONS_DO_NOT_COUNT } from './failure-policy';
import { some } from './job';
import { fleetLabels } from './labels';
import type { Plain, PlainObject } from './plain';

export interface RoleCronJob {
  /** `<fleet>-<name>` is its name. */
  name: string;
  role: 'after' | 'alert' | 'controller';
  timing: Timing;
  retries: number;
  /** Failures after which trying again is pointless. */
  rules?: k8s.PodFailurePolicyRule[];
  pod: Plain<k8s.PodSpec>;
}

/** Adds it; it pauses with its fleet. */
export function addRoleCronJob(chart: Construct, plan: FleetPlan, parts: RoleCronJob): ApiObject {
  const { schedule, timeZone, startingDeadlineSeconds, activeDeadlineSeconds } = parts.timing;
  const labels = roleLabels(plan, parts.role);
  const annotations = some(plan.annotations);
  const manifest: PlainObject<k8s.KubeCronJobProps> = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: `${plan.name}-${parts.name}`, namespace: plan.namespace, labels, annotations },
    spec: {
      ...{ schedule, timeZone, startingDeadlineSeconds },
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: HISTORY_LIMIT,
      failedJobsHistoryLimit: HISTORY_LIMIT,
      suspend: plan.suspend || undefined,
      jobTemplate: {
        metadata: { labels, annotations },
        spec: {
          activeDeadlineSeconds,
          backoffLimit: parts.retries,
          podFailurePolicy: { rules: [DISRUPTIONS_DO_NOT_COUNT, ...(parts.rules ?? [])] },
          template: { metadata: { labels, annotations }, spec: parts.pod },
        },
      },
    },
  };
  return new ApiObject(chart, `_${parts.name}`, manifest);
}

export function roleLabels(plan: FleetPlan, role: RoleCronJob['role']): Record<string, string> {
  return { ...fleetLabels(plan), 'cronfleet/role': role };
}
