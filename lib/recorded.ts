// What config and lock say without a store, as a frozen synth reads them: the way of `cronfleet rules` and of cdk8s apps of
// one's own. Nothing is written.

import { basename } from 'node:path';
import { unknownFleet } from './config/did-you-mean';
import { type Loaded, loadConfig } from './config/load';
import { readLockText } from './dist/project';
import { eachOrRefusals, UserError } from './errors';
import { type Permissions, recordedFleets } from './groups/fleets';
import { parseLock } from './groups/lock';
import { lockMapName } from './groups/lock-map';
import { type FleetPlan, planFleet } from './plan/plan';
import { listed } from './text';

/** What to read. `optionsFromEnvironment(process.env)` is one, with the names and permissions a synth goes by. */
export interface RecordedOptions extends Partial<Pick<Permissions, 'removals'>> {
  /** The config file; its lock lies beside it. */
  config: string;
  /** Names of the fleets. @default all */
  fleets?: ReadonlySet<string>;
}

/**
 * The plan of each fleet, in the order of the config, from config and lock alone: what a `FleetChart` is made of. A table that has grown
 * since is seen after the next `cronfleet synth`, which writes the lock.
 * @throws UserError `config-invalid` (no such fleet), `lock-missing`, `lock-mismatch`, `removal`, and those of config, lock and plan
 */
export async function recordedPlans({ config: path, fleets, removals }: RecordedOptions): Promise<FleetPlan[]> {
  const loaded = await loadConfig(path, { asksStore: false });
  const { config } = loaded;
  const names = Object.keys(config.fleets);
  const chosen = fleets === undefined || fleets.size === 0 ? new Set(names) : fleets;
  eachOrRefusals([...chosen], (name) => {
    if (!names.includes(name)) throw unknownFleet(name, names);
  });
  return plansOf(loaded, readLockText(loaded), chosen, removals);
}

/** The same of a config that is loaded, and a lock from wherever. */
export function plansOf(
  { config, lockPath }: Loaded,
  text: string | undefined,
  chosen: ReadonlySet<string> = new Set(Object.keys(config.fleets)),
  removals: ReadonlySet<string> = new Set(),
): FleetPlan[] {
  const lockFile = basename(lockPath);
  if (text === undefined) {
    throw new UserError('lock-missing', `${lockFile} is not there, so no groups are recorded`, {
      hint: whereTheLockIs(config, chosen),
    });
  }
  const recorded = recordedFleets(config, parseLock(text, lockFile), lockFile, { removals });
  return eachOrRefusals(
    recorded.filter(({ name }) => chosen.has(name)),
    ({ name, fleet, lock }) => planFleet(name, fleet, lock, config.tools),
  );
}

/** A synth beside a controller would make a second lock. */
function whereTheLockIs({ fleets }: Loaded['config'], chosen: ReadonlySet<string>): string {
  const controlled = Object.keys(fleets).filter((name) => chosen.has(name) && fleets[name]?.controller);
  const [first] = controlled;
  if (first === undefined) return 'run synth first; if there was one, bring it back from git';
  return `${listed(controlled)}: the lock of a fleet with a controller is in the cluster, and status, wait, rerun and logs go by it: --lock=configmap/${lockMapName(first)}. A synth would make another`;
}
