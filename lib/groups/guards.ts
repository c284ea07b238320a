// Changes that are more often an accident than meant. Each is refused with its numbers and with the token that permits
// this very change: a token is made from what would change, so it cannot permit another.

import { createHash } from 'node:crypto';
import { UserError } from '../errors';
import type { Allocation } from './allocate';
import type { Lock } from './lock';

/** Groups a first synth may make, and groups a later one may add, without being asked. */
export const MAX_FIRST_GROUPS = 1_000;
export const MAX_NEW_GROUPS = 50;

/** Tokens a person gave, by flag or environment. */
export interface Permits {
  newGroups: ReadonlySet<string>;
  removals: ReadonlySet<string>;
}

/** @throws UserError `too-many-groups` */
export function guardNewGroups(fleet: string, allocation: Allocation, first: boolean, permits: Permits): void {
  const { added } = allocation;
  const limit = first ? MAX_FIRST_GROUPS : MAX_NEW_GROUPS;
  if (added.length <= limit) return;
  const token = tokenOf(fleet, added);
  if (permits.newGroups.has(token)) return;
  const when = first ? 'a first synth makes' : 'one synth adds';
  throw new UserError(
    'too-many-groups',
    `fleet ${fleet}: ${added.length.toLocaleString('en')} new groups; ${when} at most ${limit.toLocaleString('en')} unasked`,
    {
      hint: `is capacity (fleets.${fleet}.groups.capacity) too small, or the table another one? If it is meant:\n--allow-new-groups=${token} (or FLEET_ALLOW_NEW_GROUPS=${token})`,
    },
  );
}

/** A fleet that leaves the config takes all its CronJobs along. @throws UserError `removal` */
export function guardRemovedFleets(lock: Lock, configured: readonly string[], permits: Permits): void {
  const gone = Object.entries(lock.fleets)
    .filter(([name]) => !configured.includes(name))
    .map(([name, fleet]) => ({
      name,
      token: tokenOf(
        name,
        fleet.groups.map((group) => group.id),
      ),
      count: fleet.groups.length,
    }));
  const refused = gone.filter(({ token }) => !permits.removals.has(token));
  if (refused.length === 0) return;
  const sentence = refused.map(({ name, count }) => `fleet ${name} with ${count} groups`).join(', ');
  const tokens = refused.map(({ token }) => token).join(',');
  throw new UserError(
    'removal',
    `the lock holds ${sentence}, the config does not: ${refused.length === 1 ? 'its' : 'their'} CronJobs would be removed`,
    {
      hint: `was the fleet renamed or the wrong config loaded? If it is to go:\n--allow-removals=${tokens} (or FLEET_ALLOW_REMOVALS=${tokens})`,
    },
  );
}

/** `<fleet>:<how many>:<hash of their ids>` */
function tokenOf(fleet: string, ids: readonly number[]): string {
  const hash = createHash('sha256')
    .update(`${fleet}:${ids.join(',')}`)
    .digest('hex')
    .slice(0, 6);
  return `${fleet}:${ids.length}:${hash}`;
}
