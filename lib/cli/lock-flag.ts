// `--lock`, of commands that only look at config and lock: by the lock beside the config, or that of a controller.

import type { Command } from 'commander';
import { loadConfig } from '../config/load';
import { readFiles } from '../dist/project';
import { UserError } from '../errors';
import { withClusterLock } from '../lock-in-cluster';
import type { FleetPlan } from '../plan/plan';
import { plansOf, recordedPlans } from '../recorded';
import { listed } from '../text';
import { accessOptions, type ClusterFlags } from './cluster-flags';
import { optionsFromEnvironment } from './environment';

export interface LockFlags extends ClusterFlags {
  config?: string;
  lock?: string;
}

export function addLockFlag(command: Command): Command {
  return command.option('--lock <configmap/name>', 'the lock of this ConfigMap in place of the file; of its one fleet');
}

/** What `--lock` adds to a command that is suggested. */
export function withLock({ lock }: Pick<LockFlags, 'lock'>): string {
  return lock === undefined ? '' : ` --lock=${lock}`;
}

/** @param fleets none for all */
export async function plansByFlags(flags: LockFlags, fleets: ReadonlySet<string>): Promise<FleetPlan[]> {
  const config = flags.config ?? optionsFromEnvironment(process.env).config;
  if (flags.lock === undefined) return recordedPlans({ config, fleets });
  const all = await loadConfig(config, { asksStore: false });
  const lock = { where: flags.lock, access: accessOptions(flags) };
  const { loaded, files, name } = await withClusterLock(all, readFiles(all), lock);
  const others = [...fleets].filter((fleet) => fleet !== name);
  if (others.length > 0) {
    throw new UserError('config-invalid', `--lock: ${flags.lock} is of fleet ${name}, got ${listed(others)}`, {
      hint: `leave --lock out, or give the ConfigMap of that fleet, such as configmap/${others[0]}-lock`,
    });
  }
  return plansOf(loaded, files.lockText);
}

/** The same of one fleet. */
export async function planByFlags(fleet: string, flags: LockFlags): Promise<FleetPlan> {
  const [plan] = await plansByFlags(flags, new Set([fleet]));
  if (plan === undefined) throw new Error(`no plan of fleet ${fleet}`);
  return plan;
}
