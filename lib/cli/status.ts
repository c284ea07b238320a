// `cronfleet status`: its flags, and the three forms in which it answers.

import type { Command } from 'commander';
import { fleetSelector } from '../charts/labels';
import { type Cluster, connect } from '../cluster/cluster';
import { follow } from '../cluster/follow';
import { CRON_JOBS, JOBS } from '../cluster/kinds';
import { UserError } from '../errors';
import type { FleetPlan } from '../plan/plan';
import type { FleetStatus } from '../runs/fleet-status';
import { type StatusOutcome, statusOf } from '../status';
import { wrapped } from '../text';
import { accessOptions, addClusterFlags } from './cluster-flags';
import { words } from './environment';
import { addLockFlag, type LockFlags, plansByFlags, withLock } from './lock-flag';
import { statusLines } from './status-text';

interface StatusFlags extends LockFlags {
  fleet?: string;
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
  addClusterFlags(command)
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--fleet <names>', 'only these fleets, separated by commas (default: all)');
  return addLockFlag(command)
    .option('--all', `show every group, not only the first ${ROWS} of each fleet`)
    .option('--watch', 'on a terminal: go on, and show each change')
    .option('--json', 'print all of it as JSON')
    .addHelpText('after', EXIT_TEXT)
    .action(async (flags: StatusFlags) => {
      const plans = await plansByFlags(flags, words(flags.fleet));
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
      process.stdout.write(`${flags.json ? statusJson(outcome) : printed(outcome, plans, flags)}\n`);
      if (outcome.fleets.some(({ agrees }) => !agrees)) process.exitCode = DISAGREES;
    });
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
  return [...lines, ...others.flatMap((other) => wrapped(other, options.width, '')), ...nextSteps(fleets, flags)].join(
    '\n',
  );
}

function nextSteps(fleets: StatusOutcome['fleets'], flags: Pick<LockFlags, 'lock'>): string[] {
  const failed = fleets.filter(({ groups }) => groups.some(({ state }) => state === 'failed' || state === 'missed'));
  return [
    ...failed.map((fleet) => (fleet.night ? stepsOfNight(fleet, flags) : stepsOfRuns(fleet))),
    ...(fleets.every(({ agrees }) => agrees) ? [] : ['to see what applying changes: cronfleet apply --dry-run=server']),
  ];
}

function stepsOfNight({ name }: FleetStatus, flags: Pick<LockFlags, 'lock'>): string {
  const of = `${name}${withLock(flags)}`;
  return `to see why: cronfleet logs ${of}; to run them again: cronfleet rerun ${of} --failed`;
}

/** Without a window there is no night to look at or to run again. */
function stepsOfRuns({ name, namespace, groups }: FleetStatus): string {
  const job = groups.find(({ state }) => state === 'failed')?.job;
  const why = `kubectl logs -n ${namespace} -l batch.kubernetes.io/job-name=${job} --all-containers --prefix`;
  return `to see why: ${why}; all its Jobs: kubectl get jobs -n ${namespace} -l ${fleetSelector(name)}`;
}

/** For programs; docs/night.md says what is in it. A key without a value is null. */
function statusJson({ fleets, warnings, notes }: StatusOutcome): string {
  const told = { agrees: fleets.every(({ agrees }) => agrees), warnings, notes, fleets };
  return JSON.stringify(told, (_, value: unknown) => value ?? null, 2);
}
