// The story of a synth, from config to dist. main.ts and the command line both tell it.

import { randomBytes } from 'node:crypto';
import { basename, join, relative } from 'node:path';
import { App } from 'cdk8s';
import { FleetChart } from './charts/fleet-chart';
import { type Loaded, loadConfig } from './config/load';
import type { Config, Fleet } from './config/schema';
import { refuseIncomplete } from './dist/complete';
import { largeManifests, type Manifest, manifestsOf } from './dist/manifests';
import { chooseOutput, type Output } from './dist/output';
import { withPreviousParameters } from './dist/previous-parameters';
import { type Files, readProject, refuseLostLock, refuseSharedDist, type Written, writeProject } from './dist/project';
import { inTurn } from './dist/turn';
import { eachOrRefusals } from './errors';
import type { Allocation } from './groups/allocation';
import {
  type AllocatedFleet,
  type AskedFleet,
  allocateFleet,
  type LetGo,
  type Permissions,
  prepareFleets,
  recordedFleets,
} from './groups/fleets';
import { guardDist, guardStrangers, refuseStaleLock } from './groups/guards';
import { runsAgain } from './groups/in-dist';
import { emptyLock, LOCK_VERSION, type Lock, parseLock, printLock } from './groups/lock';
import { doubledStarts } from './plan/doubled';
import { type FleetPlan, planFleet, startsOf } from './plan/plan';
import { timesOf } from './plan/timing';
import { type Observation, observeAll } from './store/observe';
import { openStore } from './store/open';
import type { Progress } from './store/ranges';
import type { Store } from './store/session';

export interface SynthOptions extends Permissions {
  /** The config file. */
  config: string;
  /** Render from the lock alone; the store is not opened. */
  frozen: boolean;
  /** The folder in which the cdk8s CLI waits for manifests; undefined outside of it. */
  cdk8sOutput: string | undefined;
  now: Date;
  /** Told of a big table while it is walked. */
  progress?: Progress;
}

/** What a synth did, for a summary. Paths are relative to the working folder. */
export interface Outcome {
  /** `elsewhere`: rendered into the folder that `-o` named; lock and dist are untouched. */
  written: Written['what'];
  folder: string;
  files: number;
  /** Of these, files that are new or changed, and files that are gone. */
  filesChanged: number;
  lockChanged: boolean;
  lockFile: string;
  /** True when the stores were not asked. */
  isFrozen: boolean;
  warnings: string[];
  fleets: FleetOutcome[];
}

export interface FleetOutcome {
  config: Fleet;
  plan: FleetPlan;
  allocation: Allocation;
  /** What its store is called. */
  store: string;
  isDemo: boolean;
  letGo: LetGo | undefined;
  /** Jobs that take the place of others in dist, and run once more. Of fleets that run once. */
  runsAgain: number;
}

/**
 * Asks the store, cuts groups, and writes lock and dist: both when all went well, neither otherwise.
 * @throws UserError of every code there is
 */
export async function synth(options: SynthOptions): Promise<Outcome> {
  return synthesize(await loadConfig(options.config, { asksStore: !options.frozen }), options);
}

/** The same with a config that is loaded, and, for who has one open already, another way to a store. */
export async function synthesize(
  loaded: Loaded,
  options: Omit<SynthOptions, 'config'>,
  open: (config: Config['store']) => Store = openStore,
): Promise<Outcome> {
  const output = chooseOutput(loaded, options.cdk8sOutput);
  return inTurn(join(loaded.root, '.cronfleet', 'synth.pid'), async () => {
    const before = readProject(loaded);
    const draft = await draftOf(loaded, before, options, open);
    return outcomeOf(loaded, draft, before, output, options, writeProject(loaded, output, before, draft));
  });
}

/** What a synth is about to write. */
export interface Draft {
  /** The lock as it was. */
  lock: Lock;
  lockText: string;
  manifests: Manifest[];
  fleets: AllocatedFleet[];
  /** Of each fleet, in the same order. */
  plans: FleetPlan[];
  warnings: string[];
}

/**
 * Everything of a synth but writing: what is there is held against the config, the stores are asked, and the manifests made.
 * @throws UserError of every code there is, but those of writing
 */
export async function draftOf(
  loaded: Loaded,
  before: Files,
  options: Omit<SynthOptions, 'config' | 'cdk8sOutput'>,
  open: (config: Config['store']) => Store = openStore,
): Promise<Draft> {
  const { config } = loaded;
  refuseSharedDist(loaded, before);
  const lockName = basename(loaded.lockPath);
  const lock = before.lockText === undefined ? emptyLock() : parseLock(before.lockText, lockName);
  const unknown = Object.keys(config.fleets).filter((name) => !Object.hasOwn(lock.fleets, name));
  refuseLostLock(loaded, before, unknown, options.newLock);
  refuseStaleLock(lock, lockName, before.manifests);
  guardStrangers(before.manifests, new Set(Object.keys({ ...lock.fleets, ...config.fleets })), options);

  // Nobody waits for a long count to hear then that not even one group would fit.
  eachOrRefusals(Object.entries(config.fleets), ([name, fleet]) => timesOf(name, fleet, [{ slot: 0 }]));
  const fleets = options.frozen
    ? recordedFleets(config, lock, lockName, options)
    : await askStores(config, prepareFleets(config, lock, lockName, options), options, open);
  const plans = eachOrRefusals(fleets, ({ name, fleet, lock: recorded }) =>
    planFleet(name, fleet, recorded, config.tools),
  );
  const made = render(plans, before.manifests);
  refuseIncomplete(plans, made);
  const manifests = withPreviousParameters(before.manifests, made);
  if (options.frozen) guardDist(before.manifests, manifests, options);

  const lockText = printLock(lockOf(fleets));
  // A lock that the next run could not read must not be written by this one.
  parseLock(lockText, lockName);
  const warnings = [
    ...fleets.flatMap(({ name, fleet }) => leavingWarnings(name, fleet, before.manifests)),
    ...largeManifests(manifests),
    ...new Set(
      fleets.flatMap((fleet) => (options.frozen ? [] : [...storeOf(config, fleet).warnings, ...fleet.warnings])),
    ),
    ...plans.flatMap((plan, index) =>
      doubledStarts(plan.name, (fleets[index] as AllocatedFleet).fleet, startsOf(plan), options.now),
    ),
  ];
  return { lock, lockText, manifests, fleets, plans, warnings };
}

function outcomeOf(
  { config, distPath, lockPath }: Loaded,
  { manifests, fleets, plans, warnings }: Draft,
  before: Files,
  output: Output,
  { frozen }: Pick<SynthOptions, 'frozen'>,
  written: Written,
): Outcome {
  return {
    written: written.what,
    filesChanged: written.files,
    lockChanged: written.lock,
    folder: relative(process.cwd(), output.kind === 'elsewhere' ? output.folder : distPath),
    files: manifests.length,
    lockFile: relative(process.cwd(), lockPath),
    isFrozen: frozen,
    warnings,
    fleets: fleets.map(({ fleet, letGo, ...allocation }, index) => {
      const store = storeOf(config, { fleet });
      return {
        config: fleet,
        plan: plans[index] as FleetPlan,
        allocation,
        letGo,
        runsAgain: runsAgain(allocation.name, before.manifests, manifests),
        store: store.label,
        isDemo: store.isDemo,
      };
    }),
  };
}

/** What every store says, and what that makes of the groups; every refusal is told. */
async function askStores(
  config: Config,
  asked: AskedFleet[],
  options: Omit<SynthOptions, 'config' | 'cdk8sOutput'>,
  open: (config: Config['store']) => Store,
): Promise<AllocatedFleet[]> {
  const world = { now: options.now, newLineage: () => randomBytes(8).toString('hex') };
  const questions = asked.map(({ fleet, question }) => ({ store: fleet.store ?? config.store, question }));
  const observations = await observeAll(questions, open, options.progress);
  return eachOrRefusals(asked, (fleet, index) =>
    allocateFleet(fleet, observations[index] as Observation, options, world),
  );
}

/** CronJobs that go take a Job along that still runs. */
function leavingWarnings(name: string, { once }: Fleet, dist: readonly Manifest[]): string[] {
  if (!once || !dist.some(({ path }) => path.startsWith(`${name}/CronJob.`))) return [];
  return [`fleets.${name}.once: its CronJobs go, and their running Jobs with them; apply while none runs`];
}

/** Described, not connected. */
function storeOf(config: Config, { fleet }: { fleet: Fleet }): Store {
  return openStore(fleet.store ?? config.store);
}

function lockOf(fleets: readonly AllocatedFleet[]): Lock {
  return { version: LOCK_VERSION, fleets: Object.fromEntries(fleets.map(({ name, lock }) => [name, lock])) };
}

/** The manifests of a cdk8s app with one chart a fleet. */
function render(plans: readonly FleetPlan[], before: readonly Manifest[]) {
  const app = new App();
  for (const plan of plans) new FleetChart(app, plan);
  return manifestsOf(app, before);
}
