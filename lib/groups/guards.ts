// Changes that are more often an accident than meant. Each is refused with its numbers and with the token that permits
// this very change: a token is made from what would change, so it cannot permit another.

import { createHash } from 'node:crypto';
import { UserError } from '../errors';
import { listed, number } from '../text';
import type { Allocation } from './allocation';
import { type Group, groupName } from './group';
import { groupsIn } from './in-dist';
import type { FleetLock, Lock } from './lock';

/** Groups a first synth may make, and groups a later one may add, without being asked. */
const MAX_FIRST_GROUPS = 1_000;
const MAX_NEW_GROUPS = 50;

/** Tokens a person gave, by flag or environment. */
export interface Permits {
  newGroups: ReadonlySet<string>;
  removals: ReadonlySet<string>;
  empty: ReadonlySet<string>;
}

/** How many of `total` groups may be lost to the eye in one synth unasked: one, or a tenth. */
export function aFew(total: number): number {
  return Math.max(1, Math.floor(total / 10));
}

/** @throws UserError `too-many-groups`, `emptied` or `removal` */
export function guardAllocation(
  fleet: string,
  allocation: Allocation,
  recorded: FleetLock | undefined,
  permits: Permits,
): void {
  // A fleet by column may have been recorded before its column had values.
  guardNewGroups(fleet, allocation, !recorded?.groups.length, permits);
  if (recorded) {
    guardEmptied(fleet, allocation.emptied, recorded, permits);
    guardRetired(fleet, allocation, recorded, permits);
    guardRemoved(fleet, allocation.removed, recorded, permits);
  }
}

function guardNewGroups(fleet: string, { added, lock }: Allocation, first: boolean, permits: Permits): void {
  const limit = first ? MAX_FIRST_GROUPS : MAX_NEW_GROUPS;
  const names = namesOf(fleet, added, lock.groups);
  const question =
    lock.source.by === 'query'
      ? `is it the query that is meant (fleets.${fleet}.groups.sql), and the right database?`
      : `is capacity (fleets.${fleet}.groups.capacity) too small, or the table another one?`;
  const token = tokenOf(fleet, names);
  if (added.length <= limit || isPermitted(permits.newGroups, token, names)) return;
  const when = first ? 'a first synth makes' : 'one synth adds';
  throw new UserError(
    'too-many-groups',
    `fleet ${fleet}: ${number(added.length)} new groups; ${when} at most ${number(limit)} unasked`,
    {
      hint: `${question} If it is meant:\n--allow-new-groups=${token} (or FLEET_ALLOW_NEW_GROUPS=${token})`,
    },
  );
}

/** A table that was truncated, restored half-way or is another one looks like groups that run dry all at once. */
function guardEmptied(fleet: string, emptied: readonly number[], recorded: FleetLock, permits: Permits): void {
  const total = recorded.groups.filter((group) => group.state !== 'retiring').length;
  const names = namesOf(fleet, emptied, recorded.groups);
  const token = tokenOf(fleet, names);
  if (emptied.length <= aFew(total) || isPermitted(permits.empty, token, names)) return;
  throw new UserError(
    'emptied',
    `fleet ${fleet}: ${number(emptied.length)} of ${number(total)} groups have no rows any more (${listed(names)}); one synth accepts at most ${number(aFew(total))} unasked`,
    {
      hint: `was the table truncated, or restored half-way, or is it another one? If it is meant:\n--allow-empty=${token} (or FLEET_ALLOW_EMPTY=${token})`,
    },
  );
}

/** Groups that were accepted as empty go all at once when `retireEmpty` is turned on. Those emptied now have been asked about. */
function guardRetired(fleet: string, { retired, emptied }: Allocation, recorded: FleetLock, permits: Permits): void {
  const asked = new Set(emptied);
  const names = namesOf(
    fleet,
    retired.filter((id) => !asked.has(id)),
    recorded.groups,
  );
  const total = recorded.groups.length;
  const token = tokenOf(fleet, names);
  if (names.length <= aFew(total) || isPermitted(permits.removals, token, names)) return;
  refuseRemoval(
    `fleet ${fleet}: ${number(names.length)} of ${number(total)} groups would be retired, and removed by a later synth (${listed(names)})`,
    'was retireEmpty just turned on?',
    [token],
  );
}

/** Groups that go at once, without having been retired before. */
function guardRemoved(fleet: string, removed: readonly number[], { groups }: FleetLock, permits: Permits): void {
  const atOnce = groups.filter(({ id, state }) => removed.includes(id) && state !== 'retiring');
  const names = atOnce.map((group) => groupName(fleet, group));
  const token = tokenOf(fleet, names);
  if (names.length <= aFew(groups.length) || isPermitted(permits.removals, token, names)) return;
  refuseRemoval(
    `fleet ${fleet}: ${names.length} of ${groups.length} groups have no row in the query any more (${listed(names)}), and their Jobs would be removed; one synth removes at most ${aFew(groups.length)} unasked`,
    'is it the query that is meant, and the right database?',
    [token],
  );
}

/** A fleet that leaves the config takes all its CronJobs along. @throws UserError `removal` */
export function guardRemovedFleets(
  lock: Lock,
  configured: readonly string[],
  permits: Pick<Permits, 'removals'>,
): void {
  const gone = Object.entries(lock.fleets)
    .filter(([name]) => !configured.includes(name))
    .map(([name, { groups }]) => ({ name, names: groups.map((group) => groupName(name, group)) }));
  const refused = gone.filter(({ name, names }) => !isPermitted(permits.removals, tokenOf(name, names), names));
  if (refused.length === 0) return;
  const sentence = refused.map(({ name, names }) => `fleet ${name} with ${names.length} groups`).join(', ');
  refuseRemoval(
    `the lock holds ${sentence}, the config does not: ${refused.length === 1 ? 'its' : 'their'} CronJobs or Jobs would be removed`,
    'was the fleet renamed or the wrong config loaded?',
    refused.map(({ name, names }) => tokenOf(name, names)),
  );
}

/**
 * Groups in dist of a fleet that neither lock nor config knows would be gone without a word: the lock lost it, or another config's
 * dist lies in this one's.
 * @throws UserError `removal`
 */
export function guardStrangers(
  dist: readonly { path: string; text: string }[],
  known: ReadonlySet<string>,
  permits: Permits,
): void {
  for (const [fleet, names] of byFleet(groupsIn(dist))) {
    const token = tokenOf(fleet, names);
    if (known.has(fleet) || isPermitted(permits.removals, token, names)) continue;
    refuseRemoval(
      `dist holds ${names.length} groups of fleet ${fleet}, which neither lock nor config knows`,
      "was the lock edited, or is it another config's dist?",
      [token],
    );
  }
}

/**
 * A frozen run trusts the lock, and an older lock, or half of one, would take groups out of dist.
 * @param before files below dist, such as `catalog/CronJob.catalog-0001.k8s.yaml`
 * @throws UserError `removal`
 */
export function guardDist(
  before: readonly { path: string; text: string }[],
  after: readonly { path: string; text: string }[],
  permits: Permits,
): void {
  // By group, not by file: a Job that takes the place of another has a name of its own, and a folded fleet has one CronJob.
  const kept = new Set(groupsIn(after).map(({ fleet, group }) => `${fleet}/${group}`));
  for (const [fleet, had] of byFleet(groupsIn(before))) {
    const gone = had.filter((group) => !kept.has(`${fleet}/${group}`));
    const token = tokenOf(fleet, gone);
    if (gone.length <= aFew(had.length) || isPermitted(permits.removals, token, gone)) continue;
    refuseRemoval(
      `fleet ${fleet}: ${gone.length} of ${had.length} groups in dist are not in the lock (${listed(gone)})`,
      'is the lock an older one, or half of one?',
      [token],
    );
  }
}

/**
 * A lock that went back in git without its dist would give ids a second time.
 * @throws UserError `lock-stale`
 */
export function refuseStaleLock(lock: Lock, lockFile: string, dist: readonly { path: string; text: string }[]): void {
  const groups = groupsIn(dist);
  for (const [fleet, { lineage, nextId, source }] of Object.entries(lock.fleets)) {
    // Groups of a query are named by their rows.
    if (source.by === 'query') continue;
    const newer = groups.find((held) => {
      const id = held.fleet === fleet ? /-(\d{4,})$/.exec(held.group)?.[1] : undefined;
      return id !== undefined && Number(id) >= nextId && held.text.includes(lineage);
    });
    if (newer === undefined) continue;
    const place = newer.path.includes(`.${newer.group}.`) ? '' : `${newer.group} in `;
    throw new UserError(
      'lock-stale',
      `${lockFile} is older than dist: ${place}${newer.path} is there, and the lock's next id is ${nextId}`,
      {
        hint: `restore the lock that belongs to dist (git checkout -- ${lockFile}); to go back on purpose, take dist back along with it`,
      },
    );
  }
}

function byFleet(groups: readonly { fleet: string; group: string }[]): Map<string, string[]> {
  const fleets = new Map<string, string[]>();
  for (const { fleet, group } of groups) {
    const names = fleets.get(fleet);
    if (names === undefined) fleets.set(fleet, [group]);
    else names.push(group);
  }
  return fleets;
}

function refuseRemoval(message: string, question: string, tokens: readonly string[]): never {
  throw new UserError('removal', message, {
    hint: `${question} If they are to go:\n--allow-removals=${tokens.join(',')} (or FLEET_ALLOW_REMOVALS=${tokens.join(',')})`,
  });
}

function namesOf(fleet: string, ids: readonly number[], groups: readonly Group[]): string[] {
  const asked = new Set(ids);
  return groups.filter(({ id }) => asked.has(id)).map((group) => groupName(fleet, group));
}

/** By the token, or by naming every group of the change. */
export function isPermitted(permitted: ReadonlySet<string>, token: string, names: readonly string[]): boolean {
  return permitted.has(token) || (names.length > 0 && names.every((name) => permitted.has(name)));
}

/** `<fleet>:<how many>:<hash of which>` */
export function tokenOf(fleet: string, names: readonly string[]): string {
  const hash = createHash('sha256').update(names.join(',')).digest('hex').slice(0, 6);
  return `${fleet}:${names.length}:${hash}`;
}
