// The Job of a group: as a CronJob's template, or as it is, for a fleet that runs once.

import { ApiObject, JsonPatch } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import type { Timing } from '../plan/timing';
import { shortHash } from '../plan/written';
import { customize } from './customize';
import { DISRUPTIONS_DO_NOT_COUNT, pointlessToRetry } from './failure-policy';
import { groupLabels } from './labels';
import type { Plain, PlainObject } from './plain';
import { JOB_CONTAINER, podSpec } from './pod';

/**
 * Adds the group's Job to `chart`: `<fleet>-<item>-<hash of what the team wrote for it>`. It stays in the cluster once it is done
 * (no `ttlSecondsAfterFinished`), since GitOps would make it anew, and so run it again, whenever it was gone.
 * https://github.com/argoproj/argo-cd/issues/8586
 */
export function addJob(chart: Construct, plan: FleetPlan, group: GroupPlan): ApiObject {
  const { name } = group.facts;
  const manifest: PlainObject<k8s.KubeJobProps> = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: plan.namespace,
      labels: jobLabels(plan, group),
      annotations: annotationsOf(plan, group),
    },
    // Suspending is one of the few things that can be done to a Job that is there.
    spec: { suspend: group.suspend || undefined, ...jobSpec(plan, group) },
  };
  const job = new ApiObject(chart, name, manifest);
  const customized = customize(plan, group.facts, job);
  // The last patch, since what the others do is part of the name.
  const hash = shortHash({ written: group.written, customized });
  job.addJsonPatch(JsonPatch.replace('/metadata/name', `${name}-${hash}`));
  return job;
}

/** The group's labels and, in a queue, Kueue's. */
export function jobLabels(plan: FleetPlan, group: GroupPlan): Record<string, string> {
  return { ...groupLabels(plan, group.facts.name), ...queueLabels(plan, group) };
}

/** The names Kueue knows a Job by, and how long it may run in all: being queued resets what `activeDeadlineSeconds` counts from. */
export function queueLabels({ queue }: FleetPlan, { activeDeadlineSeconds }: Partial<Timing>): Record<string, string> {
  if (queue === undefined) return {};
  return {
    // https://kueue.sigs.k8s.io/docs/reference/labels-and-annotations/
    'kueue.x-k8s.io/queue-name': queue,
    ...(activeDeadlineSeconds === undefined
      ? {}
      : { 'kueue.x-k8s.io/max-exec-time-seconds': String(activeDeadlineSeconds) }),
  };
}

/** The Job's spec; the API server compares it with what runs already. */
export function jobSpec(plan: FleetPlan, group: GroupPlan): Plain<k8s.JobSpec> {
  const { retries, nonRetryableExitCodes } = plan.job;
  // The job's codes say nothing of the steps behind it.
  const containerName = group.steps.length > 0 ? JOB_CONTAINER : undefined;
  return {
    activeDeadlineSeconds: group.activeDeadlineSeconds,
    backoffLimit: retries,
    podFailurePolicy: {
      rules: [
        DISRUPTIONS_DO_NOT_COUNT,
        ...(nonRetryableExitCodes.length > 0
          ? [pointlessToRetry('FailJob', { containerName, operator: 'In', values: nonRetryableExitCodes })]
          : []),
      ],
    },
    template: {
      metadata: { labels: groupLabels(plan, group.facts.name), annotations: some(plan.annotations) },
      spec: podSpec(plan, group),
    },
  };
}

/** The team's, and which rows: `cronfleet/from` and `cronfleet/to`, or what else tells them. What ran can be proved by these. */
export function annotationsOf(plan: FleetPlan, { share }: GroupPlan): Record<string, string> {
  const rows = Object.entries(share).map(([name, value]) => [`cronfleet/${name}`, value ?? '']);
  return { ...plan.annotations, ...Object.fromEntries(rows) };
}

export function some(record: Record<string, string>): Record<string, string> | undefined {
  return Object.keys(record).length > 0 ? record : undefined;
}
