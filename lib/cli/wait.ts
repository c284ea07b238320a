// `cronfleet wait`: its flags, what it says meanwhile, and the exit code by which `after` goes on or does not.

import type { Command } from 'commander';
import { connect } from '../cluster/cluster';
import { liveGroupMap, mountedGroupMap } from '../cluster/group-map';
import { sentences } from '../config/problems';
import { type Window, window as windowSchema } from '../config/window';
import { UserError } from '../errors';
import { windowOf } from '../night';
import type { Verdict } from '../runs/outcome';
import { visible } from '../text';
import { type NightState, waitForNight } from '../wait';
import { accessOptions, addClusterFlags } from './cluster-flags';
import { addLockFlag, type LockFlags, planByFlags, withLock } from './lock-flag';
import { countsOf, durationText, nightText, troubleLines } from './night-words';
import { postToWebhook } from './webhook';

export const EXITS: Record<Exclude<Verdict, 'waiting'>, number> = { done: 0, failed: 4, 'timed-out': 5, unknown: 6 };

interface WaitFlags extends LockFlags {
  namespace?: string;
  groupMap?: string;
  opens?: string;
  closes?: string;
  timeZone?: string;
  days?: string;
  window?: string;
  webhook?: true;
  json?: true;
}

/** How often a line is written where there is no terminal, in milliseconds. */
const QUIET = 60_000;

/** Adds the command to the program. */
export function addWait(program: Command): Command {
  const command = program
    .command('wait')
    .argument('<fleet>')
    .description('wait until every group has completed in the night that is open, or look at the last one');
  addClusterFlags(command).option('--config <file>', 'config file that says the window (default: fleet.config.ts)');
  return addLockFlag(command)
    .option('--namespace <name>', 'namespace of the fleet (default: as in the config)')
    .option('--group-map <folder>', 'where ConfigMap <fleet>-groups is mounted (default: read from the cluster)')
    .option('--opens <HH:MM>', 'the window, in place of a config; goes with --closes and --time-zone')
    .option('--closes <HH:MM>', '"05:00", or "05:00 next day"')
    .option('--time-zone <zone>', 'such as Asia/Seoul')
    .option('--days <cron>', 'days on which the window opens (default: all)')
    .option('--window <date>', 'the night whose window opened on this local date, YYYY-MM-DD')
    .option('--webhook', 'post to CRONFLEET_WEBHOOK_URL when the night does not end well')
    .option('--json', 'print the groups as JSON at the end')
    .addHelpText('after', EXIT_TEXT)
    .action(async (fleet: string, flags: WaitFlags) => {
      // Whatever keeps it from knowing is "cannot know", and never success.
      process.exitCode = EXITS.unknown;
      const { window, namespace } = await whatToWaitFor(fleet, flags);
      const cluster = await connect(accessOptions(flags));
      const state = await waitForNight(cluster, {
        ...{ fleet, namespace, window, date: flags.window },
        groups: async () =>
          flags.groupMap === undefined ? liveGroupMap(cluster, namespace, fleet) : mountedGroupMap(flags.groupMap),
        onState: teller(fleet, window),
        onTrouble: (error) => process.stderr.write(`${visible((error as Error).message)}; trying again\n`),
      });
      process.stderr.write(`${endLines(fleet, state, flags).join('\n')}\n`);
      if (flags.json) process.stdout.write(`${JSON.stringify(stateJson(fleet, namespace, state), null, 2)}\n`);
      if (flags.webhook && state.verdict !== 'done') {
        await postToWebhook(process.env.CRONFLEET_WEBHOOK_URL, {
          text: endLines(fleet, state, flags).join('\n'),
          ...stateJson(fleet, namespace, state),
        });
      }
      process.exitCode = EXITS[state.verdict as keyof typeof EXITS];
    });
}

const EXIT_TEXT = `
Exit codes:
  0  every group has completed, and what ran is all of the key space
  4  a group has failed, or did not start
  5  the window closed before all had completed
  6  cannot know: CronJobs missing, groups changed meanwhile, no answer, bad input
`;

/** By the flags alone, as in the cluster, or by the config. */
async function whatToWaitFor(fleet: string, flags: WaitFlags): Promise<{ window: Window; namespace: string }> {
  const { opens, closes, timeZone, days } = flags;
  if (opens !== undefined || closes !== undefined || timeZone !== undefined) {
    const written = { opens, closes, timeZone, ...(days === undefined ? {} : { days }) };
    const result = windowSchema.safeParse(written);
    if (result.success && flags.namespace) return { window: result.data, namespace: flags.namespace };
    const problems = result.success ? ['--namespace: expected one beside --opens, got nothing'] : [];
    throw new UserError('config-invalid', 'the window on the command line is not one', {
      hint: [...problems, ...(result.error?.issues ?? []).flatMap((issue) => sentences(issue, written))].join('\n'),
    });
  }
  const plan = await planByFlags(fleet, flags);
  return { window: windowOf(plan), namespace: flags.namespace ?? plan.namespace };
}

/** Says what it waits for, then how far it is: on a terminal in one line that changes, elsewhere once a minute. */
function teller(fleet: string, window: Window): (state: NightState) => void {
  let last = { text: '', at: 0 };
  return ({ night, outcomes }) => {
    if (last.text === '') process.stderr.write(`fleet ${fleet}, the night of ${nightText(night, window)}\n`);
    const text = countsOf(outcomes);
    const isDue = process.stderr.isTTY || Date.now() - last.at >= QUIET;
    if (text === last.text || !isDue) return;
    last = { text, at: Date.now() };
    const left = night.closes.getTime() - Date.now();
    const line = `  ${text}${left > 0 ? `; closes in ${durationText(left)}` : ''}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  };
}

function endLines(
  fleet: string,
  { verdict, outcomes }: NightState,
  flags: Pick<WaitFlags, 'window' | 'lock'>,
): string[] {
  // What is suggested is of the same night.
  const of = `${fleet}${withLock(flags)}${flags.window === undefined ? '' : ` --window ${flags.window}`}`;
  const ends: Record<Verdict, string> = {
    done: 'every group has completed',
    failed: `not all groups have completed. \`cronfleet logs ${of}\` shows why, \`cronfleet rerun ${of} --failed\` runs them again`,
    'timed-out': 'the window has closed, and not all groups have completed',
    unknown:
      outcomes.length === 0 ? 'cannot know: the cluster did not answer' : 'cannot know whether all rows had their turn',
    waiting: '',
  };
  const reruns = outcomes.filter(({ state, note }) => state === 'done' && note !== undefined);
  return [
    `${process.stderr.isTTY ? '\n' : ''}${fleet}: ${countsOf(outcomes)}; ${ends[verdict]}`,
    ...troubleLines(outcomes),
    ...reruns.slice(0, 20).map(({ group, note }) => `  ${group.name} done: ${note}`),
  ];
}

function stateJson(fleet: string, namespace: string, { verdict, night, outcomes }: NightState) {
  return {
    fleet,
    namespace,
    verdict,
    opens: night.opens.toISOString(),
    closes: night.closes.toISOString(),
    groups: outcomes.map(({ group, state, run, note }) => ({
      name: group.name,
      state,
      ...(run === undefined ? {} : { job: run.job }),
      ...(note === undefined ? {} : { note }),
    })),
  };
}
