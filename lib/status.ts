// The story of `cronfleet status`: each fleet of the config as it is in the cluster, in a handful of lists however many groups.

import type { KubernetesObject } from '@kubernetes/client-node';
import { App } from 'cdk8s';
import { FleetChart } from './charts/fleet-chart';
import { fleetSelector } from './charts/labels';
import type { Cluster, Listed } from './cluster/cluster';
import { differencesFrom } from './cluster/drift';
import { ApiRefusal } from './cluster/failures';
import { findGroupMap } from './cluster/group-map';
import { CRON_JOBS, JOBS, PODS, RESOURCE_QUOTAS } from './cluster/kinds';
import { quotaWarnings, type ResourceQuota } from './cluster/quota';
import type { FleetPlan } from './plan/plan';
import { type FleetStatus, fleetStatus, type SeenFleet } from './runs/fleet-status';
import type { RawCronJob, RawJob, RawPod } from './runs/raw';

export interface StatusOutcome {
  /** In the order of the plans. */
  fleets: FleetStatus[];
  /** What the namespaces' ResourceQuotas will not let run. */
  warnings: string[];
  /** What could not be seen, and why. */
  notes: string[];
}

/** A fleet that is done leaves only pods that say nothing. */
const PODS_OF_INTEREST = 'status.phase!=Succeeded';
const NOTHING: Listed<never> = { items: [], resourceVersion: '' };

/** @throws UserError those of the cluster; pods, the group map and quotas may be forbidden, which is noted */
export async function statusOf(cluster: Cluster, plans: readonly FleetPlan[]): Promise<StatusOutcome> {
  const notes = new Set<string>();
  const all = [];
  for (const plan of plans) {
    const [seen, manifests] = [await seenOf(cluster, plan, notes), objectsOf(plan)];
    const status = fleetStatus(plan, manifests, seen, differencesFrom as never, cluster.pace.now());
    all.push({ plan, manifests, status, liveCronJobs: seen.cronJobs.length });
  }
  const warnings: string[] = [];
  for (const namespace of new Set(plans.map((plan) => plan.namespace))) {
    const within = all.filter(({ plan }) => plan.namespace === namespace);
    const asked = cluster.list<ResourceQuota>(RESOURCE_QUOTAS, namespace);
    const quotas = await unlessForbidden('what its ResourceQuotas leave is', asked, NOTHING, notes);
    const demand = {
      objects: within.flatMap(({ manifests }) => manifests.filter(({ kind }) => kind === 'CronJob' || kind === 'Job')),
      jobMinutes: new Map(within.map(({ plan }) => [plan.name, plan.window?.jobMinutes])),
      liveCronJobs: within.reduce((sum, { liveCronJobs }) => sum + liveCronJobs, 0),
      now: cluster.pace.now(),
    };
    warnings.push(...quotaWarnings(namespace, demand, quotas.items));
  }
  return { fleets: all.map(({ status }) => status), warnings, notes: [...notes] };
}

/** In four questions at once. */
async function seenOf(cluster: Cluster, plan: FleetPlan, notes: Set<string>): Promise<SeenFleet> {
  const { name, namespace } = plan;
  const selection = { labelSelector: fleetSelector(name) };
  const [cronJobs, jobs, pods, map] = await Promise.all([
    cluster.list<RawCronJob>(CRON_JOBS, namespace, selection),
    cluster.list<RawJob>(JOBS, namespace, selection),
    unlessForbidden(
      'why pods failed is',
      cluster.list<RawPod>(PODS, namespace, { ...selection, fieldSelector: PODS_OF_INTEREST }),
      NOTHING,
      notes,
    ),
    unlessForbidden<SeenFleet['map']>(
      'the serial that was applied is',
      findGroupMap(cluster, namespace, name),
      // What one may not see is taken for right.
      { serial: plan.serial, groups: [], indexesMove: false, lineage: undefined },
      notes,
    ),
  ]);
  return { cronJobs: cronJobs.items, jobs: jobs.items, pods: pods.items, map };
}

async function unlessForbidden<T>(what: string, asked: Promise<T>, otherwise: T, notes: Set<string>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.code !== 'cluster-forbidden') throw error;
    notes.add(`${what} not shown: ${error.message}`);
    return otherwise;
  }
}

/** What synth writes for the fleet. */
function objectsOf(plan: FleetPlan): KubernetesObject[] {
  return new FleetChart(new App(), plan).toJson() as KubernetesObject[];
}
