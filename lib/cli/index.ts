// The command line. Data goes to stdout, talk to stderr; this is the only place that sets an exit code.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type ErrorCode, explain, UserError } from '../errors';
import { type SynthOptions, synth } from '../synth';
import { verify } from '../verify';
import { addAssign } from './assign';
import { optionsFromEnvironment, words } from './environment';
import { tellProgress } from './progress';
import { addRules } from './rules';
import { summaryJson, summaryLines } from './summary';
import { verificationJson, verificationLines } from './verification';

const EXIT_CODES = `
Exit codes:
  0  fine
  1  failure; lock and dist are as they were. verify: rows in no group or in two, or a group over capacity
  3  verify: the lock's groups are not of the config's or the store's rows
`;

const ENVIRONMENT = `
Environment (the same for \`cdk8s synth\`, which takes no flags):
  FLEET_CONFIG            config file (--config)
  FLEET_FROZEN=1          render from the lock alone (--frozen)
  FLEET_ALLOW_NEW_GROUPS  token that permits many new groups (--allow-new-groups)
  FLEET_ALLOW_REMOVALS    token that permits removals (--allow-removals)
  FLEET_ALLOW_EMPTY       token that accepts groups without rows (--allow-empty)
  FLEET_ADOPT_STORE       fleets whose groups move to another store (--adopt-store)
  FLEET_NEW_LOCK          fleets whose groups are dropped and cut anew (--new-lock)
`;

const VERIFY_ENVIRONMENT = `
Environment:
  FLEET_CONFIG       config file (--config)
  FLEET_ADOPT_STORE  fleets to verify in another store than the lock's, before synth adopts it
`;

interface SynthFlags {
  config?: string;
  frozen?: true;
  json?: true;
  allowNewGroups?: string;
  allowRemovals?: string;
  allowEmpty?: string;
  adoptStore?: string;
  newLock?: string;
}

interface VerifyFlags {
  config?: string;
  fleet?: string;
  json?: true;
}

/** The lock and the store speak of different rows. The config has been held against the lock before, so what the store lacks, the lock has. */
const LOCK_DIFFERS: readonly ErrorCode[] = [
  'another-store',
  'lock-mismatch',
  'table-unknown',
  'column-unknown',
  'key-unsupported',
];

/** Runs one command. Sets `process.exitCode` and never throws. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    // Unless the command has said more.
    process.exitCode ||= 1;
  }
}

function program(): Command {
  const cronfleet = new Command('cronfleet')
    .version(packageVersion())
    .description('CronJobs that grow with your data: one Kubernetes CronJob per slice of a PostgreSQL table.')
    .addHelpText('after', EXIT_CODES);
  cronfleet
    .command('synth')
    .description('ask the store, cut groups, and write dist and the lock')
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--frozen', 'render from the lock alone; never connect to the store')
    .option('--json', 'print the summary as JSON on stdout')
    .option('--allow-new-groups <tokens>', 'permit the many new groups that a refusal named')
    .option('--allow-removals <tokens>', 'permit the removals that a refusal named')
    .option('--allow-empty <tokens>', 'accept the groups without rows that a refusal named')
    .option('--adopt-store <fleets>', 'keep the groups although the store is another one')
    .option('--new-lock <fleets>', 'drop the recorded groups and cut anew')
    .addHelpText('after', ENVIRONMENT + EXIT_CODES)
    .action(async (flags: SynthFlags) => {
      const { progress, end } = tellProgress(process.stderr);
      const options = { ...withFlags(optionsFromEnvironment(process.env), flags), progress };
      const outcome = await synth(options).finally(end);
      process.stderr.write(`${summaryLines(outcome).join('\n')}\n`);
      if (flags.json) process.stdout.write(`${JSON.stringify(summaryJson(outcome), null, 2)}\n`);
    });
  cronfleet
    .command('verify')
    .description('count the rows of every group, and prove that none is left out or counted twice; writes nothing')
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--fleet <names>', 'only these fleets, separated by commas (default: all)')
    .option('--json', 'print the counts as JSON in place of the table')
    .addHelpText('after', VERIFY_ENVIRONMENT + EXIT_CODES)
    .action(async (flags: VerifyFlags) => {
      const { config, adoptStore } = optionsFromEnvironment(process.env);
      const asked = { config: flags.config ?? config, fleets: words(flags.fleet), adoptStore };
      const fleets = await verify(asked).catch((error: unknown) => {
        if (error instanceof UserError && LOCK_DIFFERS.includes(error.code)) process.exitCode = 3;
        throw error;
      });
      const text = flags.json
        ? JSON.stringify(verificationJson(fleets), null, 2)
        : verificationLines(fleets).join('\n');
      process.stdout.write(`${text}\n`);
      if (fleets.some(({ holds }) => !holds)) process.exitCode = 1;
    });
  addAssign(cronfleet);
  addRules(cronfleet);
  return cronfleet;
}

function withFlags(options: SynthOptions, flags: SynthFlags): SynthOptions {
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
    // Only the cdk8s CLI waits for a copy, and it runs main.ts.
    cdk8sOutput: undefined,
  };
}

function packageVersion(): string {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
