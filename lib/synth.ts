// The story of a synth, from config to dist. main.ts and the command line both tell it.

import { randomBytes } from 'node:crypto';
import { basename, join, relative } from 'node:path';
import { App } from 'cdk8s';
import { FleetChart } from './charts/fleet-chart';
import { loadConfig } from './config/load';
import type { Fleet } from './config/schema';
import { manifestsOf } from './dist/manifests';
import { chooseOutput } from './dist/output';
import { readProject, refuseLostLock, writeProject } from './dist/project';
import { inTurn } from './dist/turn';
import {
  type AllocatedFleet,
  type AskedFleet,
  allocateFleet,
  type LetGo,
  type Permissions,
  prepareFleets,
  recordedFleets,
} from './groups/fleets';
import { emptyLock, LOCK_VERSION, type Lock, parseLock, printLock } from './groups/lock';
import { type FleetPlan, planFleet } from './plan/plan';
import { openStore } from './store/open';
import { observeRanges } from './store/ranges';
import type { Store } from './store/session';

export interface SynthOptions extends Permissions {
  /** The config file. */
  config: string;
  /** Render from the lock alone; the store is not opened. */
  frozen: boolean;
  /** The folder in which the cdk8s CLI waits for manifests; undefined outside of it. */
  cdk8sOutput: string | undefined;
  now: Date;
}

/** What a synth did, for a summary. Paths are relative to the working folder. */
export interface Outcome {
  /** `elsewhere`: rendered into the folder that `-o` named; lock and dist are untouched. */
  written: 'changed' | 'unchanged' | 'elsewhere';
  folder: string;
  files: number;
  lockFile: string;
  /** What the store is called; undefined when it was not asked. */
  store: string | undefined;
  isDemo: boolean;
  warnings: string[];
  fleets: FleetOutcome[];
}

export interface FleetOutcome {
  config: Fleet;
  plan: FleetPlan;
  /** Ids of groups made, and of recorded ones whose range changed. */
  added: number[];
  changed: number[];
  letGo: LetGo | undefined;
  rowsCounted: number;
}

/**
 * Asks the store, cuts groups, and writes lock and dist: both when all went well, neither otherwise.
 * @throws UserError of every code there is
 */
export async function synth(options: SynthOptions): Promise<Outcome> {
  const loaded = await loadConfig(options.config);
  const { config } = loaded;
  const output = chooseOutput(loaded, options.cdk8sOutput);
  return inTurn(join(loaded.root, '.cronfleet', 'synth.pid'), async () => {
    const before = readProject(loaded);
    refuseLostLock(loaded, before, Object.keys(config.fleets), options.newLock);
    const lockName = basename(loaded.lockPath);
    const lock = before.lockText === undefined ? emptyLock() : parseLock(before.lockText, lockName);

    const store = options.frozen ? undefined : openStore(config.store);
    const fleets = store
      ? await askStore(store, prepareFleets(config, lock, lockName, options), options)
      : recordedFleets(config, lock, lockName, options);
    const plans = fleets.map(({ name, fleet, lock: recorded }) => planFleet(name, fleet, recorded));
    const manifests = render(plans);

    const written = writeProject(loaded, output, before, { lockText: printLock(lockOf(fleets)), manifests });
    return {
      written,
      folder: relative(process.cwd(), output.kind === 'elsewhere' ? output.folder : loaded.distPath),
      files: manifests.length,
      lockFile: relative(process.cwd(), loaded.lockPath),
      store: store?.label,
      isDemo: config.store.kind === 'demo',
      warnings: [...(store?.warnings ?? []), ...fleets.flatMap((fleet) => fleet.warnings)],
      fleets: fleets.map(({ fleet, added, changed, letGo, rowsCounted }, index) => {
        return { config: fleet, plan: plans[index] as FleetPlan, added, changed, letGo, rowsCounted };
      }),
    };
  });
}

/** All answers come from one snapshot. */
async function askStore(store: Store, asked: AskedFleet[], options: SynthOptions): Promise<AllocatedFleet[]> {
  const world = { now: options.now, newLineage: () => randomBytes(8).toString('hex') };
  return store.snapshot(async (session) => {
    const allocated: AllocatedFleet[] = [];
    for (const fleet of asked) {
      const observation = await observeRanges(session, fleet.question);
      allocated.push(allocateFleet(fleet, observation, options, world));
    }
    return allocated;
  });
}

function lockOf(fleets: readonly AllocatedFleet[]): Lock {
  return { version: LOCK_VERSION, fleets: Object.fromEntries(fleets.map(({ name, lock }) => [name, lock])) };
}

/** The manifests of a cdk8s app with one chart a fleet. */
function render(plans: readonly FleetPlan[]) {
  const app = new App();
  for (const plan of plans) new FleetChart(app, plan);
  return manifestsOf(app);
}
