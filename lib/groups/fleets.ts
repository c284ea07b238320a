// The groups of all fleets, in two steps with the store between them: what to ask, and what its answer means.

import type { Column, Config, Fleet, KeyRange, Query } from '../config/schema';
import { eachOrRefusals, UserError } from '../errors';
import type { ColumnObservation } from '../store/column';
import type { Observation, Question } from '../store/observe';
import type { QueryObservation } from '../store/query';
import type { RangeObservation } from '../store/ranges';
import type { Allocation, World } from './allocation';
import { allocateColumn, columnQuestion } from './columns';
import { guardAllocation, guardRemovedFleets, type Permits } from './guards';
import type { ColumnLock, FleetLock, Lock, QueryLock, RangeLock } from './lock';
import { allocateQuery, queryQuestion } from './queries';
import { allocateRanges, rangeQuestion } from './ranges';
import { refuseOtherShape, reshaped, reshapedInWindow } from './shape';
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
  question: Question;
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
  refuseUnknownFleets(config, permissions);
  guardRemovedFleets(lock, Object.keys(config.fleets), permissions);
  return eachOrRefusals(Object.entries(config.fleets), ([name, fleet]): AskedFleet => {
    const found = Object.hasOwn(lock.fleets, name) ? lock.fleets[name] : undefined;
    const recorded = groupsToKeep(name, fleet.store ?? config.store, found, permissions.newLock);
    if (recorded) refuseOtherDataset(name, fleet, recorded, lockFile);
    const because = permissions.newLock.has(name) ? 'dropped' : 'demo';
    const letGo = found && !recorded ? ({ groups: found.groups.length, because } as const) : undefined;
    return { name, fleet, recorded, letGo, question: questionFor(name, fleet, recorded) };
  });
}

/** A misspelt name would permit nothing, without a word. */
function refuseUnknownFleets(config: Config, { adoptStore, newLock }: Permissions): void {
  const fleets = Object.keys(config.fleets);
  const unknown = [...adoptStore, ...newLock].find((name) => !fleets.includes(name));
  if (unknown === undefined) return;
  throw new UserError(
    'config-invalid',
    `--adopt-store and --new-lock: expected names of fleets, got ${JSON.stringify(unknown)}`,
    {
      hint: `the config has ${fleets.join(', ')}; nothing was written`,
    },
  );
}

/** `recorded` is of the fleet's kind: `refuseOtherDataset` has seen to it. */
function questionFor(name: string, { groups }: Fleet, recorded: FleetLock | undefined): Question {
  switch (groups.by) {
    case 'keyRange':
      return rangeQuestion(name, groups, recorded as RangeLock | undefined);
    case 'column':
      return columnQuestion(name, groups, recorded as ColumnLock | undefined);
    case 'query':
      return queryQuestion(name, groups);
  }
}

/**
 * The groups, once the store has answered.
 * @throws UserError `another-store`, `lock-mismatch`, `too-many-groups`, `emptied`, `removal`, `group-invalid`
 */
export function allocateFleet(
  asked: AskedFleet,
  observation: Observation,
  permissions: Permissions,
  world: World,
): AllocatedFleet {
  const { name, fleet, recorded, letGo } = asked;
  const allocation = allocate(name, fleet, recorded, observation, world);
  if (recorded) refuseOtherStore(name, recorded.source, allocation.lock.source, permissions.adoptStore);
  guardAllocation(name, allocation, recorded, permissions);
  const lock = reshaped(fleet, recorded, allocation.lock, world.now);
  const warnings = [...allocation.warnings, ...reshapedInWindow(name, fleet, recorded, lock, world.now)];
  return { name, fleet, letGo, ...allocation, lock, warnings };
}

/** `recorded` and `observation` are of the fleet's kind. */
function allocate(
  name: string,
  fleet: Fleet,
  recorded: FleetLock | undefined,
  observation: Observation,
  world: World,
): Allocation {
  switch (fleet.groups.by) {
    case 'keyRange':
      return allocateRanges(
        name,
        fleet as Fleet & { groups: KeyRange },
        recorded as RangeLock | undefined,
        observation as RangeObservation,
        world,
      );
    case 'column':
      return allocateColumn(
        name,
        fleet as Fleet & { groups: Column },
        recorded as ColumnLock | undefined,
        observation as ColumnObservation,
        world,
      );
    case 'query':
      return allocateQuery(
        name,
        fleet as Fleet & { groups: Query },
        recorded as QueryLock | undefined,
        observation as QueryObservation,
        world,
      );
  }
}

/**
 * The groups as the lock has them, for a run that must not ask.
 * @throws UserError `lock-missing`, `lock-mismatch`, `removal`
 */
export function recordedFleets(
  config: Config,
  lock: Lock,
  lockFile: string,
  permissions: Pick<Permissions, 'removals'>,
): AllocatedFleet[] {
  guardRemovedFleets(lock, Object.keys(config.fleets), permissions);
  const missing = Object.keys(config.fleets).filter((name) => !Object.hasOwn(lock.fleets, name));
  if (missing.length > 0) {
    throw new UserError(
      'lock-missing',
      `${lockFile} has no groups of ${missing.join(', ')}, and a frozen run must not ask the store`,
      {
        hint: 'run synth once without FLEET_FROZEN (--frozen) and commit the lock',
      },
    );
  }
  return eachOrRefusals(Object.entries(config.fleets), ([name, fleet]): AllocatedFleet => {
    const recorded = lock.fleets[name] as FleetLock;
    refuseOtherDataset(name, fleet, recorded, lockFile);
    refuseOtherFilter(name, fleet, recorded);
    refuseOtherShape(name, fleet, recorded, lockFile);
    const none = { added: [], changed: [], emptied: [], retired: [], removed: [], rowsCounted: 0, warnings: [] };
    return { name, fleet, letGo: undefined, lock: recorded, ...none };
  });
}
