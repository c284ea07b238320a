// Which of two locks is the newer one: the group map that is applied has the serial of its lock, and its groups.

import type { KubernetesObject } from '@kubernetes/client-node';
import { groupMapName } from '../charts/group-map';
import { identityOf } from '../cluster/order';
import { UserError } from '../errors';
import { lockMapName } from '../groups/lock-map';
import type { FleetPlan } from '../plan/plan';
import { type MappedGroup, parseGroupMap } from '../runs/group-map';
import type { RawConfigMap } from '../runs/raw';
import { sameShare } from '../runs/run';
import { listed } from '../text';
import { type Desired, fleetOf } from './desired';
import type { Live } from './live';
import { type ApplyPermits, lineageOf, refused } from './refusals';

/** @throws UserError `apply-refused`: the cluster has what a later lock made, or may have */
export function refuseOlder(desired: Desired, live: Live, { rollbackTo, first }: ApplyPermits): void {
  const { lock, lockFile, plans } = desired;
  const isOfLineage = (object: KubernetesObject, fleet: string) => lineageOf(object) === lock.fleets[fleet]?.lineage;
  const mapOf = (plan: FleetPlan) => groupMapOf(plan, desired, live);
  // Of a lock in the cluster there is one, and it is the newest.
  const unknown = plans.filter((plan) => !desired.isPart && !first.has(plan.name) && mapOf(plan) === undefined);
  const [lost] = unknown.filter(({ name, namespace }) =>
    live.objects.some(
      (object) =>
        object.kind === 'CronJob' &&
        object.metadata?.namespace === namespace &&
        fleetOf(object) === name &&
        isOfLineage(object, name) &&
        object.metadata.labels?.['cronfleet/role'] === undefined,
    ),
  );
  if (lost !== undefined) {
    throw refused(
      `fleet ${lost.name}: ConfigMap ${lost.namespace}/${lost.name}-groups is gone, and its CronJobs are there: whether ${lockFile} is older than they are cannot be told`,
      `bring the ConfigMap back. If this is the newest lock and dist: --first=${lost.name}`,
    );
  }
  const older = plans.flatMap((plan) => {
    const { name, serial } = plan;
    const applied = Number(mapOf(plan)?.data?.serial ?? 0);
    return applied > serial && !isMeant(plan, rollbackTo) ? [{ name, serial, applied }] : [];
  });
  if (older.length === 0) return;
  const told = older.map(({ name, serial, applied }) => `fleet ${name} has serial ${serial}, the cluster ${applied}`);
  throw refused(
    `${lockFile} is older than what is applied: ${told.join('; ')}`,
    desired.isPart
      ? byHand(older)
      : `pull the newest lock and dist. To go back on purpose: --rollback-to=${tokensOf(older, plans)}`,
  );
}

/**
 * Two branches of one lock both rise by one: the serials are alike, and the same names have other rows.
 * @throws UserError `apply-refused`
 */
export function refuseFork(desired: Desired, live: Live, { rollbackTo }: Pick<ApplyPermits, 'rollbackTo'>): void {
  const { lockFile, plans } = desired;
  const forks = plans.flatMap((plan) => {
    const map = groupMapOf(plan, desired, live);
    if (map?.data?.serial !== String(plan.serial) || isMeant(plan, rollbackTo)) return [];
    const groups = otherGroups(plan, map.data);
    return groups.length === 0 ? [] : [{ ...plan, groups }];
  });
  if (forks.length === 0) return;
  const told = forks.map(
    ({ name, serial, groups }) => `fleet ${name} has serial ${serial} in both, and other rows in ${listed(groups)}`,
  );
  throw refused(
    `${lockFile} is another lock than the one that is applied: ${told.join('; ')}`,
    desired.isPart
      ? byHand(forks)
      : `two branches have changed one lock: keep the lock that is applied, and run synth again, which makes the next serial of it. If this one is to take its place: --rollback-to=${tokensOf(forks, plans)}`,
  );
}

/** Names of groups that one of both does not have, or with other rows. What is no group map says nothing; an apply makes it whole. */
function otherGroups(plan: FleetPlan, data: Record<string, string>): string[] {
  const ours = plan.groups
    .filter(({ isRetiring }) => !isRetiring)
    .map(({ facts, share }) => [facts.name, share] as const);
  const theirs = new Map(groupsIn(data)?.map(({ name, share }) => [name, share]) ?? ours);
  const other = ours.filter(([name, share]) => {
    const there = theirs.get(name);
    return there === undefined || !sameShare(there, share);
  });
  const names = new Set(ours.map(([name]) => name));
  return [...other.map(([name]) => name), ...[...theirs.keys()].filter((name) => !names.has(name))];
}

function groupsIn(data: Record<string, string>): MappedGroup[] | undefined {
  try {
    return parseGroupMap(data, '').groups;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function groupMapOf({ name, namespace }: FleetPlan, { lock }: Desired, { objects }: Live): RawConfigMap | undefined {
  const map = objects.find(
    (object) =>
      identityOf(object) === `ConfigMap ${namespace}/${groupMapName({ name })}` &&
      lineageOf(object) === lock.fleets[name]?.lineage,
  );
  return map as RawConfigMap | undefined;
}

type Numbered = Pick<FleetPlan, 'name' | 'serial'>;

function isMeant({ name, serial }: Numbered, rollbackTo: ReadonlySet<string>): boolean {
  return rollbackTo.has(String(serial)) || rollbackTo.has(`${name}=${serial}`);
}

function tokensOf(fleets: readonly Numbered[], plans: readonly FleetPlan[]): string {
  return fleets.map(({ name, serial }) => (plans.length === 1 ? String(serial) : `${name}=${serial}`)).join(',');
}

/** For a controller, which has the one lock in the cluster, and no flag of this. */
function byHand([fleet]: readonly Numbered[]): string {
  const map = lockMapName(fleet?.name ?? '');
  return `somebody has applied another lock, or ConfigMap ${map} is an old one: cronfleet plan --lock=configmap/${map} shows what it would change. Bring the lock that was applied back into ${map}, or apply by hand: docs/controller.md`;
}
