// The story of `cronfleet assign`: rows that wait for a group get one. It writes to the store and nowhere else; synth does the rest.

import { basename } from 'node:path';
import { nearest } from './config/did-you-mean';
import { type Loaded, loadConfig } from './config/load';
import type { Column, Fleet } from './config/schema';
import { readLockText } from './dist/project';
import { UserError } from './errors';
import { MAX_VALUES } from './groups/columns';
import { parseLock } from './groups/lock';
import { type Portion, portionsOf } from './groups/portions';
import { groupsToKeep, refuseOtherDataset, refuseOtherStore } from './groups/source';
import { type AssignTarget, countColumn, findTarget, Giver, lockColumn } from './store/assign';
import { openStore } from './store/open';
import { type PostgresSettings, withConnection } from './store/postgres';
import { inSnapshot } from './store/snapshot';

export interface AssignOptions {
  /** The config file. */
  config: string;
  /** The one fleet to do; undefined for all that have `capacity` and `key`. */
  fleet: string | undefined;
  /** The lock to go by. @default the file beside the config */
  lock?: string | undefined;
  /** Say what would be done, and write nothing. */
  dryRun: boolean;
  /** Fleets whose recorded groups are kept although the store is another one. */
  adoptStore: ReadonlySet<string>;
}

/** What was done for one fleet; of a dry run, what would be. */
export interface Assigned {
  fleet: string;
  /** What its store is called. */
  store: string;
  table: string;
  column: string;
  isDryRun: boolean;
  /** Rows without a group when it began. */
  waiting: number;
  /** Rows given to each group. */
  portions: Portion[];
}

export interface AssignListener {
  /** After each batch. */
  progress(fleet: string, given: number, waiting: number): void;
  /** Once a fleet is done; a later one may still fail. */
  done(assigned: Assigned): void;
}

/** A fleet that assign can do. */
interface Assignable {
  name: string;
  fleet: Fleet;
  settings: PostgresSettings;
  question: { place: string; table: string; column: string; key: string };
  capacity: number;
}

/**
 * One fleet after the other. Whatever was given stays given, so a run that was cut short is gone on with by the next.
 * @throws UserError `assign-refused`, `already-running`, `another-store`, and those of config, lock and store
 */
export async function assign(options: AssignOptions, listener: AssignListener): Promise<Assigned[]> {
  const found = await loadConfig(options.config);
  const loaded = { ...found, lockPath: options.lock ?? found.lockPath };
  const chosen = choose(loaded, options.fleet);
  const all: Assigned[] = [];
  for (const one of chosen) {
    const assigned = await assignFleet(one, loaded, options, listener);
    listener.done(assigned);
    all.push(assigned);
  }
  return all;
}

async function assignFleet(
  one: Assignable,
  loaded: Loaded,
  { dryRun, adoptStore }: AssignOptions,
  listener: AssignListener,
): Promise<Assigned> {
  const { name, fleet, settings, question, capacity } = one;
  return withConnection(settings, async (connection) => {
    const target = await inSnapshot(connection, settings, (session) => findTarget(session, question, !dryRun));
    refuseOtherData(name, fleet, target, loaded, adoptStore);
    // Counted while nobody else assigns, or the rows that another run gives meanwhile would not count.
    const pid = dryRun ? undefined : await lockColumn(connection, target);
    const counts = await inSnapshot(connection, settings, (session) => countColumn(session, target, MAX_VALUES));
    const planned = portionsOf(target, counts, capacity);
    const assigned = {
      fleet: name,
      store: openStore(settings).label,
      table: target.table,
      column: target.column,
      isDryRun: dryRun,
      waiting: counts.waiting,
    };
    if (pid === undefined) return { ...assigned, portions: planned };
    const giver = new Giver(connection, settings, target, pid);
    const tell = (given: number) => listener.progress(name, given, counts.waiting);
    return { ...assigned, portions: await giveAll(giver, planned, tell) };
  });
}

/** Rows that came after the count find no portion and wait for the next run; rows that others gave a group leave theirs unfilled. */
async function giveAll(giver: Giver, planned: readonly Portion[], tell: (given: number) => void): Promise<Portion[]> {
  const portions: Portion[] = [];
  let total = 0;
  for (const { group, rows, isNew } of planned) {
    let given = 0;
    let isEnd = false;
    while (given < rows && !isEnd) {
      const batch = await giver.give(group, rows - given);
      given += batch.rows;
      isEnd = batch.isEnd;
      tell(total + given);
    }
    total += given;
    if (given > 0) portions.push({ group, rows: given, isNew });
    if (isEnd) break;
  }
  return portions;
}

/** Rows of the wrong database would get groups: the lock knows which one the fleet's are in. */
function refuseOtherData(
  name: string,
  fleet: Fleet,
  { store, table, column, type }: AssignTarget,
  { config, lockPath }: Loaded,
  adoptStore: ReadonlySet<string>,
): void {
  const text = readLockText({ lockPath });
  if (text === undefined) return;
  const lockFile = basename(lockPath);
  const { fleets } = parseLock(text, lockFile);
  const found = Object.hasOwn(fleets, name) ? fleets[name] : undefined;
  const recorded = groupsToKeep(name, fleet.store ?? config.store, found, new Set());
  if (recorded === undefined) return;
  refuseOtherDataset(name, fleet, recorded, lockFile);
  refuseOtherStore(name, recorded.source, { by: 'column', store, table, column, type }, adoptStore);
}

function choose({ config, file }: Loaded, wanted: string | undefined): Assignable[] {
  const names = Object.keys(config.fleets);
  const refuse = (what: string, hint: string) => new UserError('assign-refused', what, { hint });
  if (wanted !== undefined && !names.includes(wanted)) {
    const near = nearest(wanted, names);
    throw refuse(
      `--fleet: expected a fleet of ${file}, got ${JSON.stringify(wanted)}`,
      near ? `did you mean ${near}?` : `its fleets are ${names.join(', ')}`,
    );
  }
  const chosen = (wanted === undefined ? names : [wanted]).flatMap((name) => {
    const fleet = config.fleets[name] as Fleet;
    return fleet.groups.by === 'column' && fleet.groups.capacity !== undefined
      ? [assignable(name, fleet, fleet.groups, config)]
      : [];
  });
  if (chosen.length > 0) return chosen;
  throw refuse(
    wanted === undefined
      ? `${file} has no fleet for assign: none has groups byColumn with \`capacity\` and \`key\``
      : `fleet ${wanted} is none for assign: its groups are not byColumn with \`capacity\` and \`key\``,
    "such as groups: byColumn({ table: 'items', column: 'batch', capacity: 100_000, key: 'id' })",
  );
}

function assignable(name: string, fleet: Fleet, groups: Column, config: Loaded['config']): Assignable {
  const store = fleet.store ?? config.store;
  if (store.kind === 'demo') {
    throw new UserError(
      'assign-refused',
      `fleet ${name}: assign writes to a PostgreSQL, and the config names the demo store`,
      {
        hint: 'is DATABASE_URL not set?',
      },
    );
  }
  const { table, column } = groups;
  return {
    name,
    fleet,
    settings: store,
    question: { place: `fleets.${name}.groups`, table, column, key: groups.key as string },
    capacity: groups.capacity as number,
  };
}
