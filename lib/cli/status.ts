// `cronfleet status`: its flags, and the three forms in which it answers.

import type { Command } from 'commander';
import { fleetSelector } from '../charts/labels';
import { type Cluster, connect } from '../cluster/cluster';
import { follow } from '../cluster/follow';
import { CRON_JOBS, JOBS } from '../cluster/kinds';
import { loadConfig } from '../config/load';
import { readFiles } from '../dist/project';
import { UserError } from '../errors';
import { withClusterLock } from '../lock-in-cluster';
import type { FleetPlan } from '../plan/plan';
import { plansOf, recordedPlans } from '../recorded';
import { type StatusOutcome, statusOf } from '../status';
import { wrapped } from '../text';
import { accessOptions, addClusterFlags, type ClusterFlags } from './cluster-flags';
import { optionsFromEnvironment, words } from './environment';
import { statusLines } from './status-text';

interface StatusFlags extends ClusterFlags {
  config?: string;
  fleet?: string;
  lock?: string;
  all?: true;
  watch?: true;
  json?: true;
}

const DISAGREES = 3;
/** Groups shown of each fleet. */
const ROWS = 20;
const WIDTH = 80;
/** Between two pictures of `--watch`, in milliseconds. */
const PICTURE = 1_000;

/** Adds the command to the program. */
export function addStatus(program: Command): Command {
  const command = program
    .command('status')
    .description('say how the night goes, group by group, and whether the cluster is as the lock has it');
  return addClusterFlags(command)
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--fleet <names>', 'only these fleets, separated by commas (default: all)')
    .option('--lock <configmap/name>', 'the lock of this ConfigMap in place of the file; of its one fleet')
    .option('--all', `show every group, not only the first ${ROWS} of each fleet`)
    .option('--watch', 'on a terminal: go on, and show each change')
    .option('--json', 'print all of it as JSON')
    .addHelpText('after', EXIT_TEXT)
    .action(async (flags: StatusFlags) => {
      const plans = await plansFor(flags);
      const cluster = await connect(accessOptions(flags));
      if (flags.watch) {
        if (!process.stdout.isTTY || flags.json)
          throw new UserError('config-invalid', '--watch needs a terminal, and goes without --json', {
            hint: '`cronfleet wait` is for scripts',
          });
        await watchAll(cluster, plans, flags);
        return;
      }
      const outcome = await statusOf(cluster, plans);
      process.stdout.write(
        `${flags.json ? JSON.stringify(statusJson(outcome), null, 2) : printed(outcome, plans, flags)}\n`,
      );
      if (outcome.fleets.some(({ agrees }) => !agrees)) process.exitCode = DISAGREES;
    });
}

/** By the lock beside the config, or that of a controller. */
async function plansFor(flags: StatusFlags): Promise<FleetPlan[]> {
  const config = flags.config ?? optionsFromEnvironment(process.env).config;
  if (flags.lock === undefined) return recordedPlans({ config, fleets: words(flags.fleet) });
  const all = await loadConfig(config, { asksStore: false });
  const lock = { where: flags.lock, access: accessOptions(flags) };
  const { loaded, files } = await withClusterLock(all, readFiles(all), lock);
  return plansOf(loaded, files.lockText);
}

const EXIT_TEXT = `
Exit codes:
  0  the cluster is as the lock has it, whatever became of the night
  3  it is not: CronJobs missing, unknown or changed, or another lock was applied
`;

/** Until the person ends it: each change of Jobs or CronJobs makes a new picture. */
async function watchAll(cluster: Cluster, plans: readonly FleetPlan[], flags: StatusFlags): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let isDue = true;
  const follows = plans.flatMap(({ name, namespace }) =>
    [CRON_JOBS, JOBS].map((kind) =>
      follow(
        cluster,
        kind,
        namespace,
        { labelSelector: fleetSelector(name) },
        () => {
          isDue = true;
        },
        stop.signal,
      ),
    ),
  );
  const pictures = (async () => {
    while (!stop.signal.aborted) {
      if (isDue) {
        isDue = false;
        const text = printed(await statusOf(cluster, plans), plans, flags);
        process.stdout.write(`\u001b[2J\u001b[H${text}\n`);
      }
      await cluster.pace.sleep(PICTURE, stop.signal).catch(() => {});
    }
  })();
  await Promise.all([...follows, pictures]).finally(() => stop.abort());
}

function printed({ fleets, warnings, notes }: StatusOutcome, plans: readonly FleetPlan[], flags: StatusFlags): string {
  const { isTTY = false, columns = WIDTH } = process.stdout;
  const options = {
    width: isTTY ? columns : WIDTH,
    colour: isTTY && !process.env.NO_COLOR,
    rows: flags.all ? Number.POSITIVE_INFINITY : ROWS,
    now: new Date(),
  };
  const lines = fleets.flatMap((fleet, at) => statusLines(fleet, plans[at]?.window, options));
  const others = [...warnings.map((warning) => `warning: ${warning}`), ...notes.map((note) => `note: ${note}`)];
  return [...lines, ...others.flatMap((other) => wrapped(other, options.width, '')), ...nextSteps(fleets)].join('\n');
}

function nextSteps(fleets: StatusOutcome['fleets']): string[] {
  const failed = fleets.filter(({ groups }) => groups.some(({ state }) => state === 'failed' || state === 'missed'));
  return [
    ...failed.map(
      ({ name }) => `to see why: cronfleet logs ${name}; to run them again: cronfleet rerun ${name} --failed`,
    ),
    ...(fleets.every(({ agrees }) => agrees) ? [] : ['to see what applying changes: cronfleet apply --dry-run=server']),
  ];
}

/** For programs; docs/night.md says what is in it. */
function statusJson({ fleets, warnings, notes }: StatusOutcome): unknown {
  return { agrees: fleets.every(({ agrees }) => agrees), warnings, notes, fleets };
}
