// The CronJob of a group. Typed by cdk8s-plus-27's `k8s`; its CronJob construct could not label the Jobs.

import { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import type { Timing } from '../plan/timing';
import { brakeAnnotations } from './brakes';
import { customize } from './customize';
import { annotationsOf, jobLabels, jobSpec, some } from './job';
import { groupLabels } from './labels';
import type { PlainObject } from './plain';

/** Runs kept for `kubectl get jobs`: three nights of each outcome. */
export const HISTORY_LIMIT = 3;

/** Adds the group's CronJob to `chart`. A plain ApiObject, to which a team may patch also what Kubernetes got after 1.27. */
export function addCronJob(chart: Construct, plan: FleetPlan, group: GroupPlan & Timing): ApiObject {
  const { facts } = group;
  const labels = groupLabels(plan, facts.name);
  const manifest: PlainObject<k8s.KubeCronJobProps> = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: facts.name,
      namespace: plan.namespace,
      labels,
      annotations: some({
        ...plan.annotations,
        ...brakeAnnotations(plan, group.isRetiring || plan.stages.ofGroups === 'leaving'),
      }),
    },
    spec: {
      schedule: group.schedule,
      timeZone: group.timeZone,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: group.startingDeadlineSeconds,
      successfulJobsHistoryLimit: HISTORY_LIMIT,
      failedJobsHistoryLimit: HISTORY_LIMIT,
      // Only ever `true`: without the field, a pause set by hand in the cluster survives a sync.
      suspend: group.suspend || undefined,
      jobTemplate: {
        // From these it can be proved that what ran tonight was everything.
        metadata: { labels: jobLabels(plan, group), annotations: annotationsOf(plan, group) },
        spec: jobSpec(plan, group),
      },
    },
  };
  const cronJob = new ApiObject(chart, facts.name, manifest);
  // What only stays until a running Job is done is the team's no more: its patches may fit the fleet's other shape.
  if (plan.stages.ofGroups === 'live') customize(plan, group.facts, cronJob);
  return cronJob;
}
