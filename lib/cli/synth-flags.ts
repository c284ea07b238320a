// What `synth` and `plan` are told on the command line; the environment says the same, and comes second.

import type { Command } from 'commander';
import type { SynthOptions } from '../synth';
import { words } from './environment';

export interface SynthFlags {
  config?: string;
  frozen?: true;
  json?: true;
  allowNewGroups?: string;
  allowRemovals?: string;
  allowEmpty?: string;
  adoptStore?: string;
  newLock?: string;
}

export const ENVIRONMENT = `
Environment (the same for \`cdk8s synth\`, which takes no flags):
  FLEET_CONFIG            config file (--config)
  FLEET_FROZEN=1          render from the lock alone (--frozen)
  FLEET_ALLOW_NEW_GROUPS  token that permits many new groups (--allow-new-groups)
  FLEET_ALLOW_REMOVALS    token that permits removals (--allow-removals)
  FLEET_ALLOW_EMPTY       token that accepts groups without rows (--allow-empty)
  FLEET_ADOPT_STORE       fleets whose groups move to another store (--adopt-store)
  FLEET_NEW_LOCK          fleets whose groups are dropped and cut anew (--new-lock)
`;

export function addSynthFlags(command: Command): Command {
  return addPermitFlags(
    command
      .option('--config <file>', 'config file (default: fleet.config.ts)')
      .option('--frozen', 'render from the lock alone; never connect to the store'),
  );
}

/** What a refusal may name. */
export function addPermitFlags(command: Command): Command {
  return command
    .option('--allow-new-groups <tokens>', 'permit the many new groups that a refusal named')
    .option('--allow-removals <tokens>', 'permit the removals that a refusal named')
    .option('--allow-empty <tokens>', 'accept the groups without rows that a refusal named')
    .option('--adopt-store <fleets>', 'keep the groups although the store is another one')
    .option('--new-lock <fleets>', 'drop the recorded groups and cut anew');
}

/** The environment's options with those of the flags. */
export function withFlags(options: SynthOptions, flags: SynthFlags): SynthOptions {
  const both = (permitted: ReadonlySet<string>, given: string | undefined) => new Set([...permitted, ...words(given)]);
  return {
    ...options,
    config: flags.config ?? options.config,
    frozen: flags.frozen ?? options.frozen,
    newGroups: both(options.newGroups, flags.allowNewGroups),
    removals: both(options.removals, flags.allowRemovals),
    empty: both(options.empty, flags.allowEmpty),
    adoptStore: both(options.adoptStore, flags.adoptStore),
    newLock: both(options.newLock, flags.newLock),
  };
}
