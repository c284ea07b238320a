// The command line. Data goes to stdout, talk to stderr; this is the only place that sets an exit code.

import { createRequire } from 'node:module';
import { Command } from 'commander';
import { prepareApply } from '../apply-fleet';
import { readTypeScriptBy } from '../config/import';
import { type ErrorCode, explain, UserError } from '../errors';
import { synth } from '../synth';
import { verify } from '../verify';
import { addApply } from './apply';
import { addAssign } from './assign';
import { addController } from './controller';
import { addDelivery } from './delivery';
import { optionsFromEnvironment, words } from './environment';
import { addLogs } from './logs';
import { addPlan } from './plan';
import { tellProgress } from './progress';
import { addReport } from './report';
import { addRerun } from './rerun';
import { addRules } from './rules';
import { addStatus } from './status';
import { summaryJson, summaryLines } from './summary';
import { addSynthFlags, ENVIRONMENT, type SynthFlags, withFlags } from './synth-flags';
import { verificationJson, verificationLines } from './verification';
import { addWait } from './wait';

const EXIT_CODES = `
Exit codes:
  0  fine
  1  failure; lock and dist are as they were. verify: rows in no group or in two, or a group over capacity
  2  plan --exit-code: there are changes
  3  verify: the lock's groups are not of the config's or the store's rows; status: the cluster is not as the lock has it
  4  wait: a group has failed or was missed; rerun: one has failed, was not started, or is not done
  5, 6  wait: the window closed too early; cannot know
`;

const VERIFY_ENVIRONMENT = `
Environment:
  FLEET_CONFIG       config file (--config)
  FLEET_ADOPT_STORE  fleets to verify in another store than the lock's, before synth adopts it
`;

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

export { loadAhead } from './cluster-flags';

/**
 * Runs one command. Sets `process.exitCode` and never throws.
 * @param registerTypeScript for a process that cannot import TypeScript yet
 */
export async function main(args: readonly string[], registerTypeScript?: () => Promise<void>): Promise<void> {
  if (registerTypeScript) readTypeScriptBy(registerTypeScript);
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
  addSynthFlags(cronfleet.command('synth').description('ask the store, cut groups, and write dist and the lock'))
    .option('--json', 'print the summary as JSON on stdout')
    .addHelpText('after', ENVIRONMENT + EXIT_CODES)
    .action(async (flags: SynthFlags) => {
      const { progress, end } = tellProgress(process.stderr);
      // Only the cdk8s CLI waits for a copy, and it runs main.ts.
      const options = { ...withFlags(optionsFromEnvironment(process.env), flags), cdk8sOutput: undefined, progress };
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
  addPlan(cronfleet);
  addReport(cronfleet);
  addAssign(cronfleet);
  addRules(cronfleet);
  addDelivery(cronfleet);
  addStatus(cronfleet);
  addWait(cronfleet);
  addRerun(cronfleet);
  addLogs(cronfleet);
  addApply(cronfleet);
  addController(cronfleet, prepareApply);
  return cronfleet;
}

function packageVersion(): string {
  // By its name, since in the npm package this file is a folder deeper than in a clone.
  const { version } = createRequire(import.meta.url)('cronfleet/package.json') as { version: string };
  return version;
}
