// The CronJob of a folded fleet: one Indexed Job, a pod for each group, and the ConfigMaps that tell each pod its group.

import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { SCRIPTS_FOLDER } from '../config/fold';
import type { FoldedContainer, FoldedPlan } from '../plan/folded';
import type { FleetPlan } from '../plan/plan';
import { RUN_FILE } from '../plan/script';
import { brakeAnnotations } from './brakes';
import { HISTORY_LIMIT } from './cron-job';
import { customize } from './customize';
import { DISRUPTIONS_DO_NOT_COUNT, pointlessToRetry } from './failure-policy';
import { queueLabels, some } from './job';
import { fleetLabels } from './labels';
import type { Plain, PlainObject } from './plain';
import { type ContainerParts, JOB_CONTAINER, SCRIPTS_VOLUME, sequence } from './pod';

/** Adds CronJob `<fleet>` and its parameters to `chart`. */
export function addFoldedCronJob(chart: Construct, plan: FleetPlan, folded: FoldedPlan): ApiObject {
  for (const parameters of folded.parameters) addParameters(chart, plan, parameters);
  const labels = fleetLabels(plan);
  const manifest: PlainObject<k8s.KubeCronJobProps> = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: plan.name,
      namespace: plan.namespace,
      labels,
      annotations: some({ ...plan.annotations, ...brakeAnnotations(plan, plan.stages.folded === 'leaving') }),
    },
    spec: {
      schedule: folded.schedule,
      timeZone: folded.timeZone,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: folded.startingDeadlineSeconds,
      successfulJobsHistoryLimit: HISTORY_LIMIT,
      failedJobsHistoryLimit: HISTORY_LIMIT,
      // Only ever `true`: without the field, a pause set by hand in the cluster survives a sync.
      suspend: folded.suspend || undefined,
      jobTemplate: {
        metadata: { labels: { ...labels, ...queueLabels(plan, folded) }, annotations: some(plan.annotations) },
        spec: jobSpec(plan, folded),
      },
    },
  };
  const cronJob = new ApiObject(chart, plan.name, manifest);
  const { rows } = folded;
  const facts = { fleet: plan.name, id: 0, name: plan.name, from: null, to: null, rows };
  if (plan.stages.folded === 'live') customize(plan, facts, cronJob);
  return cronJob;
}

function addParameters(chart: Construct, plan: FleetPlan, { name, files }: FoldedPlan['parameters'][number]): void {
  new k8s.KubeConfigMap(chart, name, {
    metadata: { name, namespace: plan.namespace, labels: fleetLabels(plan) },
    immutable: true,
    data: files,
  });
}

/** Of Kubernetes 1.29, of which cdk8s-plus-27 knows nothing: a group that fails takes no other along, and its tries are its own. */
interface TriesByIndex {
  backoffLimitPerIndex: number;
  maxFailedIndexes: number | undefined;
}

function jobSpec(plan: FleetPlan, folded: FoldedPlan): Plain<k8s.JobSpec> & TriesByIndex {
  const { retries, nonRetryableExitCodes } = plan.job;
  // The job's codes say nothing of the steps behind it.
  const containerName = folded.steps.length > 0 ? JOB_CONTAINER : undefined;
  return {
    completionMode: 'Indexed',
    completions: folded.completions,
    parallelism: folded.parallelism,
    backoffLimitPerIndex: retries,
    maxFailedIndexes: folded.maxFailedIndexes,
    activeDeadlineSeconds: folded.activeDeadlineSeconds,
    podFailurePolicy: {
      rules: [
        DISRUPTIONS_DO_NOT_COUNT,
        ...(nonRetryableExitCodes.length > 0
          ? [pointlessToRetry('FailIndex', { containerName, operator: 'In', values: nonRetryableExitCodes })]
          : []),
      ],
    },
    template: {
      metadata: { labels: fleetLabels(plan), annotations: some(plan.annotations) },
      spec: podSpec(plan, folded),
    },
  };
}

function podSpec({ job }: FleetPlan, { job: itsJob, steps, parameters }: FoldedPlan): Plain<k8s.PodSpec> {
  const containers = [{ name: JOB_CONTAINER, ...job, ...itsJob, runAsUser: undefined }, ...steps];
  const sources = parameters.map(({ name }) => ({ configMap: { name } }));
  return sequence(
    { ...job, volumes: [{ name: SCRIPTS_VOLUME, projected: { sources } }] },
    containers.map(throughScript),
  );
}

/** The script of its group's variables comes first, and becomes the container's own command. */
function throughScript(container: ContainerParts & FoldedContainer): ContainerParts {
  const { command = [], script } = container;
  return {
    ...container,
    command: ['/bin/sh', `${SCRIPTS_FOLDER}/${RUN_FILE}`, script, ...command],
    mounts: [{ name: SCRIPTS_VOLUME, mountPath: SCRIPTS_FOLDER, readOnly: true }],
  };
}
