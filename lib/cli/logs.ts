// `cronfleet logs`: its flags, and last lines under a line that says whose they are.

import type { Command } from 'commander';
import { connect } from '../cluster/cluster';
import { type GroupLog, type Logs, logsOf } from '../logs';
import { counted, listed } from '../text';
import { accessOptions, addClusterFlags } from './cluster-flags';
import { addLockFlag, type LockFlags, planByFlags } from './lock-flag';
import { printable, printableJson } from './printable';
import { wholeNumber } from './whole-number';

interface LogsFlags extends LockFlags {
  window?: string;
  lines: number;
  all?: true;
  json?: true;
}

const LINES = 20;

/** Adds the command to the program. */
export function addLogs(program: Command): Command {
  const command = program
    .command('logs')
    .description('show the last lines of every group that has failed, in the night that is open or the last one')
    .argument('<fleet>')
    .argument('[groups...]', 'these, whatever became of them, by name (catalog-0007) or number (7)')
    .option('--all', 'every group of the night')
    .option('--window <date>', 'the night that opened on this date, YYYY-MM-DD')
    .option('--lines <count>', 'last lines of each', wholeNumber(), LINES)
    .option('--json', 'print them as JSON')
    .option('--config <file>', 'config file (default: fleet.config.ts)');
  addLockFlag(addClusterFlags(command)).addHelpText('after', EXIT_TEXT);
  return command.action(async (fleet: string, groups: string[], flags: LogsFlags) => {
    const plan = await planByFlags(fleet, flags);
    const cluster = await connect(accessOptions(flags));
    const { lines, window: date, all = false } = flags;
    const logs = await logsOf(cluster, { plan, groups, all, date, lines });
    process.stdout.write(`${flags.json ? logsJson(logs) : logLines(logs).join('\n')}\n`);
  });
}

const EXIT_TEXT = `
Exit codes:
  0  looked, whatever became of the night
  1  could not look: bad input, no lock or group map, no answer from the cluster
`;

/** Nothing in them moves a cursor or turns a line around: what programs print is not ours. */
export function logLines({ date, groups, unknown }: Logs): string[] {
  const rest =
    unknown.length === 0
      ? []
      : [
          `${counted(unknown.length, 'group')} of which it cannot be told: ${listed(unknown)}; \`cronfleet status\` says why`,
        ];
  if (groups.length === 0) return [`no group is known to have failed in the night of ${date}`, ...rest];
  const told = groups.flatMap((each, at) => [
    ...(at === 0 ? [] : ['']),
    printable(header(each)).replaceAll('\n', ' '),
    ...(each.note === undefined ? [] : indented(each.note)),
    ...(each.log === undefined ? [] : each.log === '' ? ['  (it printed nothing)'] : indented(each.log)),
  ]);
  return [...told, ...(rest.length > 0 ? ['', ...rest] : [])];
}

function header({ group, state, job, container, how }: GroupLog): string {
  if (job === undefined) return `${group}  ${state}`;
  return [group, `job ${job}`, ...(container === undefined ? [state] : [`container ${container}`, how])].join('  ');
}

function indented(text: string): string[] {
  return printable(text)
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `  ${line}`);
}

function logsJson({ date, groups, unknown }: Logs): string {
  const orNull = (each: GroupLog) =>
    Object.fromEntries(
      (['group', 'state', 'job', 'pod', 'container', 'how', 'note', 'log'] as const).map((key) => [
        key,
        each[key] ?? null,
      ]),
    );
  return printableJson({ date, groups: groups.map(orNull), unknown });
}
