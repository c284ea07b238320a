// The groups of all fleets, in two steps with the store between them: what to ask, and what its answer means.

import type { Config, Fleet } from '../config/schema';
import { UserError } from '../errors';
import type { RangeObservation, RangeQuestion } from '../store/ranges';
import { type Allocation, allocateRanges, rangeQuestion } from './allocate';
import { guardNewGroups, guardRemovedFleets, type Permits } from './guards';
import type { FleetLock, Lock } from './lock';
import { groupsToKeep, refuseOtherDataset, refuseOtherFilter, refuseOtherStore } from './source';

/** What the person who runs the command permits. */
export interface Permissions extends Permits {
  /** Fleets whose recorded groups are kept although the store is another one. */
  adoptStore: ReadonlySet<string>;
  /** Fleets whose recorded groups are dropped. */
  newLock: ReadonlySet<string>;
}

/** Recorded groups that are not gone on with: those of the demo once there is a real store, or those the person drops. */
export interface LetGo {
  groups: number;
  because: 'demo' | 'dropped';
}

/** A fleet before its store was asked. */
export interface AskedFleet {
  name: string;
  fleet: Fleet;
  /** The recorded groups that stay; undefined for a fleet that begins anew. */
  recorded: FleetLock | undefined;
  letGo: LetGo | undefined;
  question: RangeQuestion;
}

/** A fleet whose groups are decided. */
export interface AllocatedFleet extends Allocation {
  name: string;
  fleet: Fleet;
  letGo: LetGo | undefined;
}

/**
 * What to ask the store for each fleet of the config.
 * @throws UserError `removal`, `another-store`, `lock-mismatch`
 */
export function prepareFleets(config: Config, lock: Lock, lockFile: string, permissions: Permissions): AskedFleet[] {
  guardRemovedFleets(lock, Object.keys(config.fleets), permissions);
  return Object.entries(config.fleets).map(([name, fleet]): AskedFleet => {
    const found = lock.fleets[name];
    const recorded = groupsToKeep(name, config.store, found, permissions.newLock);
    if (recorded) refuseOtherDataset(name, fleet, recorded, lockFile);
    const because = permissions.newLock.has(name) ? 'dropped' : 'demo';
    const letGo = found && !recorded ? ({ groups: found.groups.length, because } as const) : undefined;
    return { name, fleet, recorded, letGo, question: rangeQuestion(name, fleet.groups, recorded) };
  });
}

/**
 * The groups, once the store has answered.
 * @throws UserError `another-store`, `lock-mismatch`, `too-many-groups`
 */
export function allocateFleet(
  asked: AskedFleet,
  observation: RangeObservation,
  permissions: Permissions,
  world: { now: Date; newLineage: () => string },
): AllocatedFleet {
  const { name, fleet, recorded, letGo } = asked;
  if (recorded) refuseOtherStore(name, recorded, observation, permissions.adoptStore);
  const allocation = allocateRanges({ fleet: name, groups: fleet.groups, recorded, observation, ...world });
  guardNewGroups(name, allocation, recorded === undefined, permissions);
  return { name, fleet, letGo, ...allocation };
}

/**
 * The groups as the lock has them, for a run that must not ask.
 * @throws UserError `lock-missing`, `lock-mismatch`, `removal`
 */
export function recordedFleets(
  config: Config,
  lock: Lock,
  lockFile: string,
  permissions: Permissions,
): AllocatedFleet[] {
  guardRemovedFleets(lock, Object.keys(config.fleets), permissions);
  const missing = Object.keys(config.fleets).filter((name) => lock.fleets[name] === undefined);
  if (missing.length > 0) {
    throw new UserError(
      'lock-missing',
      `${lockFile} has no groups of ${missing.join(', ')}, and a frozen run must not ask the store`,
      {
        hint: 'run synth once without FLEET_FROZEN (--frozen) and commit the lock',
      },
    );
  }
  return Object.entries(config.fleets).map(([name, fleet]) => {
    const recorded = lock.fleets[name] as FleetLock;
    refuseOtherDataset(name, fleet, recorded, lockFile);
    refuseOtherFilter(name, fleet, recorded);
    return { name, fleet, letGo: undefined, lock: recorded, added: [], changed: [], rowsCounted: 0, warnings: [] };
  });
}
