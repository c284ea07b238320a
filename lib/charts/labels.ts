// Labels by which a fleet's objects are found: `kubectl get jobs -l cronfleet/fleet=catalog`.

import type { FleetPlan } from '../plan/plan';

export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'cronfleet' } as const;

/** Selects all objects of a fleet, of whichever lineage. */
export function fleetSelector(fleet: string): string {
  return `cronfleet/fleet=${fleet}`;
}

/** Of every object of the fleet. `app.kubernetes.io/instance` is left to Argo CD. */
export function fleetLabels(plan: FleetPlan): Record<string, string> {
  return {
    'app.kubernetes.io/name': plan.name,
    'app.kubernetes.io/part-of': plan.name,
    ...plan.labels,
    ...MANAGED_BY,
    'cronfleet/fleet': plan.name,
    'cronfleet/lineage': plan.lineage,
  };
}

/** Of a group's CronJob, Jobs and Pods alike. */
export function groupLabels(plan: FleetPlan, group: string): Record<string, string> {
  // It comes first, since V8 gives an object whose keys begin with a spread a shape of its own: 10 MiB of 10,000 groups.
  return { 'cronfleet/group': group, ...fleetLabels(plan) };
}
