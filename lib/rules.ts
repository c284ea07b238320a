// The story of `cronfleet rules`: config and lock are read as by a frozen synth, and nothing is written.

import { basename } from 'node:path';
import { unknownFleet } from './config/did-you-mean';
import { loadConfig } from './config/load';
import { readLockText } from './dist/project';
import { eachOrRefusals, UserError } from './errors';
import { type Permissions, recordedFleets } from './groups/fleets';
import { parseLock } from './groups/lock';
import { type AlertRuleGroup, alertRules } from './plan/alert-rules';
import { planFleet } from './plan/plan';

export interface RulesOptions extends Permissions {
  /** The config file. */
  config: string;
  /** Names of the fleets; empty for all. */
  fleets: ReadonlySet<string>;
}

/**
 * The alerts of each fleet that has CronJobs, from config and lock alone; whether the config asks for them or not.
 * @throws UserError `config-invalid` (no such fleet, or none with CronJobs), `lock-missing`, `lock-mismatch`, `removal`, and those
 *   of config, lock and plan
 */
export async function rules(options: RulesOptions): Promise<AlertRuleGroup[]> {
  const loaded = await loadConfig(options.config, { asksStore: false });
  const { config } = loaded;
  const names = Object.keys(config.fleets);
  eachOrRefusals([...options.fleets], (name) => {
    if (!names.includes(name)) throw unknownFleet(name, names);
  });
  const lockFile = basename(loaded.lockPath);
  const text = readLockText(loaded);
  if (text === undefined) {
    throw new UserError('lock-missing', `${lockFile} is not there, so there are no groups to watch`, {
      hint: 'run synth first; if there was one, bring it back from git',
    });
  }
  const recorded = recordedFleets(config, parseLock(text, lockFile), lockFile, options);
  const chosen = recorded.filter(({ name }) => options.fleets.size === 0 || options.fleets.has(name));
  const groups = eachOrRefusals(chosen, ({ name, fleet, lock }) =>
    alertRules(planFleet(name, fleet, lock, config.tools)),
  ).filter((group) => group !== undefined);
  if (groups.length > 0) return groups;
  const who = chosen.map(({ name }) => name).join(', ');
  throw new UserError('config-invalid', `${who}: expected a fleet with CronJobs, got none: nothing is scheduled`, {
    hint: 'alerts are about CronJobs, and a fleet that runs once has none',
  });
}
