// The CronJob of a group. Typed through cdk8s-plus-27's `k8s`; its CronJob construct could not label the Jobs.

import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { UserError } from '../errors';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import { groupLabels } from './labels';
import { podSpec } from './pod';

/** Runs kept for `kubectl get jobs`: three nights of each outcome. */
const HISTORY_LIMIT = 3;

/**
 * Adds the group's CronJob to `chart`. A plain ApiObject over the typed manifest, because the typed one drops every field that
 * Kubernetes got after 1.27, also those a team patches in.
 */
export function addCronJob(chart: Construct, plan: FleetPlan, group: GroupPlan): ApiObject {
  const { facts } = group;
  const labels = groupLabels(plan, facts.name);
  const manifest = k8s.KubeCronJob.manifest({
    metadata: { name: facts.name, namespace: plan.namespace, labels, annotations: some(plan.annotations) },
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
        metadata: {
          labels,
          annotations: { ...plan.annotations, ...shareAnnotations(group) },
        },
        spec: jobSpec(plan, group, labels),
      },
    },
  });
  const cronJob = new ApiObject(chart, facts.name, manifest);
  customize(plan, group, cronJob);
  return cronJob;
}

function jobSpec(plan: FleetPlan, group: GroupPlan, labels: Record<string, string>): k8s.JobSpec {
  const { retries, nonRetryableExitCodes } = plan.job;
  return {
    activeDeadlineSeconds: group.activeDeadlineSeconds,
    backoffLimit: retries,
    podFailurePolicy: {
      rules: [
        // A drained or preempted node is no failure of the work. `onExitCodes` wants `onPodConditions` beside it in these types.
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ...(nonRetryableExitCodes.length > 0
          ? [{ action: 'FailJob', onExitCodes: { operator: 'In', values: nonRetryableExitCodes }, onPodConditions: [] }]
          : []),
      ],
    },
    template: { metadata: { labels, annotations: some(plan.annotations) }, spec: podSpec(plan, group) },
  };
}

/** `cronfleet/from` and `cronfleet/to`, or what else tells the group's rows. */
function shareAnnotations({ share }: GroupPlan): Record<string, string> {
  return Object.fromEntries(Object.entries(share).map(([name, value]) => [`cronfleet/${name}`, value ?? '']));
}

function customize(plan: FleetPlan, { facts }: GroupPlan, cronJob: ApiObject): void {
  if (!plan.job.customize) return;
  try {
    plan.job.customize(cronJob, { ...facts });
    // Patches are applied when the object is rendered. Doing so here shows whose patch it is that does not fit.
    cronJob.toJson();
  } catch (cause) {
    throw new UserError(
      'group-invalid',
      `fleets.${plan.name}.job.customize(${facts.name}) failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'mend the function in the config; nothing was written',
        cause,
      },
    );
  }
}

function some(record: Record<string, string>): Record<string, string> | undefined {
  return Object.keys(record).length > 0 ? record : undefined;
}
