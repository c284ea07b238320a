// What an apply would do, or why it must not: decided of what is on disk and what is in the cluster, before anything is sent.

import type { KubernetesObject } from '@kubernetes/client-node';
import type { Access } from '../cluster/access';
import { quotaWarnings } from '../cluster/quota';
import { allOrRefusals, UserError } from '../errors';
import type { RawJob } from '../runs/raw';
import { counted, listed, number } from '../text';
import { type Changes, changesOf } from './changes';
import { controllerLockWarnings } from './controller-lock';
import { type Desired, fleetOf } from './desired';
import type { Live } from './live';
import { type ApplyPermits, lineageOf, refuseOthers, refuseStrangers, refuseUnknownPlace } from './refusals';
import { leftovers, type Removals, removalsOf } from './removals';
import { HAND_OVER } from './sending';
import { refuseFork, refuseOlder } from './serials';
import { refuseInWindow, refuseRunning, refuseStarts } from './times';

export interface Decision extends Changes, Removals {
  warnings: string[];
  /** Anything of it keeps an apply from beginning. */
  refusals: UserError[];
}

/** What the decision is about. */
export interface Seen {
  live: Live;
  /** Jobs of the groups that are leaving. */
  jobs: readonly RawJob[];
  now: Date;
}

export function decide(desired: Desired, { live, jobs, now }: Seen, permits: ApplyPermits, access: Access): Decision {
  const refusals: UserError[] = [];
  /** What `work` returns; a refusal is noted, and `otherwise` taken in its place. */
  const or = <T>(otherwise: T, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusals.push(error);
      return otherwise;
    }
  };
  const changes = changesOf(desired, live);
  const gone = leftovers(desired, live, permits);
  or(undefined, () => refuseUnknownPlace(desired, live, permits, access));
  or(undefined, () => refuseOthers(desired, live, permits));
  or(undefined, () => refuseStrangers(live));
  or(undefined, () => refuseOlder(desired, live, permits));
  or(undefined, () => refuseFork(desired, live, permits));
  const removals = desired.plans.map(({ name }): Removals => {
    const ofIt = gone.filter((object) => fleetOf(object) === name);
    return or({ remove: ofIt, kept: [] }, () => removalsOf(name, ofIt, desired, live, jobs, permits));
  });
  const remove = removals.flatMap((each) => each.remove);
  const kept = removals.flatMap((each) => each.kept);
  const changed = changedBy({ send: changes.send, remove });
  or(undefined, () => refuseInWindow(desired.plans, changed, permits, now));
  or(undefined, () => refuseRunning(desired.plans, changes.send, permits));
  or(undefined, () => refuseStarts(changes.send, permits, now));
  return {
    ...changes,
    remove,
    kept,
    refusals,
    warnings: [
      ...unservedWarnings(changes),
      ...othersWarnings(changes),
      ...strangerWarnings(desired, live),
      ...controllerLockWarnings(desired, live),
      ...quotasOf(desired, live, now),
    ],
  };
}

/** Fleets of which anything is sent or removed. */
export function changedBy({ send, remove }: Pick<Decision, 'send' | 'remove'>): ReadonlySet<string> {
  return new Set([...send.map(({ manifest }) => fleetOf(manifest)), ...remove.map(fleetOf)]);
}

/** @throws UserError all refusals as one */
export function refuse({ refusals }: Pick<Decision, 'refusals'>): void {
  allOrRefusals(undefined, refusals);
}

/** A kind whose CRD is missing is told once. */
function unservedWarnings({ unserved }: Changes): string[] {
  const kinds = [...new Set(unserved.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const count = unserved.filter((object) => object.kind === kind).length;
    return `the cluster does not know ${kind} (is its CRD installed?): ${count} left out, the rest goes on`;
  });
}

function othersWarnings({ ofOthers }: Changes): string[] {
  if (ofOthers.length === 0) return [];
  const entries = ofOthers.flatMap(({ metadata }) => metadata?.managedFields ?? []);
  const managers = [...new Set(entries.filter(({ subresource }) => !subresource).map(({ manager }) => manager ?? ''))];
  const count = ofOthers.length === 1 ? '1 object is' : `${number(ofOthers.length)} objects are`;
  return [
    `${count} as dist says, but made by ${listed(managers)}: the next change will be a conflict. To hand over once: ${HAND_OVER}`,
  ];
}

/** A renamed fleet has another lineage, so what is left of it looks like another project's: only a person knows. */
function strangerWarnings({ lock, lockFile }: Desired, live: Live): string[] {
  const counts = new Map<string, number>();
  for (const object of live.objects) {
    const fleet = fleetOf(object);
    // Without a lineage it is not ours to speak of.
    if (fleet === '' || lineageOf(object) === undefined || Object.hasOwn(lock.fleets, fleet)) continue;
    const place = [object.metadata?.namespace ?? '', fleet, lineageOf(object)].join(' ');
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return [...counts].map(([place, count]) => {
    const [namespace, fleet, lineage] = place.split(' ');
    const what = `${lockFile} does not know ${counted(count, 'object')} of fleet ${fleet}, lineage ${lineage}, in namespace ${namespace}: left alone`;
    return `${what}. If they are another project's, all is well. If the fleet left this config or was renamed, its CronJobs go on beside these: kubectl delete cronjobs,configmaps -n ${namespace} -l cronfleet/fleet=${fleet},cronfleet/lineage=${lineage}`;
  });
}

function quotasOf({ plans, objects }: Desired, live: Live, now: Date): string[] {
  const jobMinutes = new Map(plans.map(({ name, window }) => [name, window?.jobMinutes]));
  return [...live.quotas].flatMap(([namespace, quotas]) => {
    if (quotas === undefined)
      return [`the ResourceQuotas of namespace ${namespace} may not be listed, so nothing is held against them`];
    const isThere = (object: KubernetesObject) => object.metadata?.namespace === namespace;
    const runs = objects.filter((object) => isThere(object) && /^(CronJob|Job)$/.test(object.kind ?? ''));
    const liveCronJobs = live.objects.filter((object) => isThere(object) && object.kind === 'CronJob').length;
    return quotaWarnings(namespace, { objects: runs, jobMinutes, liveCronJobs, now }, quotas);
  });
}
