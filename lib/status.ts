// The story of `cronfleet status`: each fleet of the config as it is in the cluster, in a handful of lists however many groups.

import { App } from 'cdk8s';
import { FleetChart } from './charts/fleet-chart';
import type { Cluster } from './cluster/cluster';
import { differencesFrom } from './cluster/drift';
import { ApiRefusal } from './cluster/failures';
import { CONFIG_MAPS, CRON_JOBS, JOBS, PODS } from './cluster/kinds';
import type { FleetPlan } from './plan/plan';
import { type FleetStatus, fleetStatus, type KubeObject } from './runs/fleet-status';
import { parseGroupMap } from './runs/group-map';
import type { RawConfigMap, RawCronJob, RawJob, RawPod } from './runs/raw';

export interface StatusOutcome {
  /** In the order of the plans. */
  fleets: FleetStatus[];
  /** What could not be seen, and why. */
  notes: string[];
}

/** A fleet that is done leaves only pods that say nothing. */
const PODS_OF_INTEREST = 'status.phase!=Succeeded';

/** @throws UserError those of the cluster; pods and the group map may be forbidden, which is noted */
export async function statusOf(cluster: Cluster, plans: readonly FleetPlan[]): Promise<StatusOutcome> {
  const notes = new Set<string>();
  const fleets: FleetStatus[] = [];
  for (const plan of plans) {
    const selection = { labelSelector: `cronfleet/fleet=${plan.name}` };
    const pods = { ...selection, fieldSelector: PODS_OF_INTEREST };
    const unlessForbidden = <T>(what: string, asked: Promise<T>, otherwise: T): Promise<T> =>
      asked.catch((error: unknown) => {
        if (!(error instanceof ApiRefusal) || error.code !== 'cluster-forbidden') throw error;
        notes.add(`${what} not shown: ${error.message}`);
        return otherwise;
      });
    const [cronJobs, jobs, podList, map] = await Promise.all([
      cluster.list<RawCronJob>(CRON_JOBS, plan.namespace, selection),
      cluster.list<RawJob>(JOBS, plan.namespace, selection),
      unlessForbidden('why pods failed is', cluster.list<RawPod>(PODS, plan.namespace, pods), {
        items: [],
        resourceVersion: '',
      }),
      unlessForbidden<RawConfigMap | 'forbidden' | undefined>(
        'the serial that was applied is',
        cluster.get<RawConfigMap>(CONFIG_MAPS, plan.namespace, `${plan.name}-groups`),
        'forbidden',
      ),
    ]);
    const seen = { cronJobs: cronJobs.items, jobs: jobs.items, pods: podList.items, map: mapOf(plan, map) };
    fleets.push(fleetStatus(plan, objectsOf(plan), seen, differencesFrom, cluster.pace.now()));
  }
  return { fleets, notes: [...notes] };
}

function mapOf(plan: FleetPlan, found: RawConfigMap | 'forbidden' | undefined) {
  if (found === undefined) return undefined;
  // What one may not see is taken for right.
  if (found === 'forbidden') return { serial: plan.serial, groups: [], lineage: undefined };
  const lineage = found.metadata?.labels?.['cronfleet/lineage'];
  return { ...parseGroupMap(found.data ?? {}, `ConfigMap ${plan.name}-groups`), lineage };
}

/** What synth writes for the fleet. */
function objectsOf(plan: FleetPlan): KubeObject[] {
  return new FleetChart(new App(), plan).toJson() as KubeObject[];
}
