// What a cluster has of a fleet beyond what it should have: let go of by the lock, or nobody knows by whom. Pure.

import { isParameters } from '../plan/parameters';
import type { FleetPlan } from '../plan/plan';
import type { RawConfigMap, RawCronJob } from '../runs/raw';
import { identityOf } from './field-changes';

/** Live objects of a fleet, by their label. */
export interface LiveFleet {
  cronJobs: readonly RawCronJob[];
  configMaps: readonly RawConfigMap[];
}

export interface Leftovers {
  /** The lock has let go of them, and nothing of them runs: they may be deleted. */
  retired: (RawCronJob | RawConfigMap)[];
  /** Not to be deleted unasked, with the reason. */
  kept: { object: RawCronJob; because: string }[];
}

/** @param manifests all files of the fleet there shall be */
export function leftoversOf(plan: FleetPlan, manifests: readonly { path: string }[], live: LiveFleet): Leftovers {
  const wanted = new Set(manifests.map(({ path }) => pair(identityOf(path))));
  const isLeft = (kind: string) => (object: RawCronJob | RawConfigMap) =>
    !wanted.has(pair({ kind, name: object.metadata?.name ?? '' }));
  const cronJobs = live.cronJobs
    .filter(({ metadata }) => metadata?.labels?.['cronfleet/role'] === undefined)
    .filter(isLeft('CronJob'))
    .map((object) => ({ object, because: whyKept(plan, object) }));
  // Nothing but the fleet's own Jobs reads these, and what a running one reads is among the manifests.
  const parameters = live.configMaps
    .filter(({ metadata }) => isOurs(plan, metadata) && isParameters(plan.name, metadata?.name ?? ''))
    .filter(isLeft('ConfigMap'));
  return {
    retired: [...cronJobs.filter(({ because }) => because === undefined).map(({ object }) => object), ...parameters],
    kept: cronJobs.flatMap(({ object, because }) => (because === undefined ? [] : [{ object, because }])),
  };
}

/** A group that retires is suspended for a whole window before the lock lets go of it. */
function whyKept(plan: FleetPlan, { metadata, spec, status }: RawCronJob): string | undefined {
  if (!isOurs(plan, metadata)) return 'it is of another fleet of this name';
  if (spec?.suspend !== true) return 'the lock does not know it, and it is not suspended';
  return status?.active?.length ? 'a Job of it is running' : undefined;
}

function isOurs({ lineage }: FleetPlan, metadata: RawCronJob['metadata']): boolean {
  return metadata?.labels?.['cronfleet/lineage'] === lineage;
}

function pair({ kind, name }: { kind: string; name: string }): string {
  return `${kind}/${name}`;
}
