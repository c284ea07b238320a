// `cronfleet assign`: its flags, its progress and what it says at the end.

import type { Command } from 'commander';
import { type Assigned, type AssignListener, assign } from '../assign';
import type { Portion } from '../groups/portions';
import { number } from '../text';
import { optionsFromEnvironment } from './environment';

interface AssignFlags {
  config?: string;
  fleet?: string;
  lock?: string;
  dryRun?: true;
  json?: true;
}

/** Adds the command to the program. */
export function addAssign(program: Command): Command {
  return program
    .command('assign')
    .description('give rows without a group theirs: fill the column of a fleet that is grouped byColumn with capacity')
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--fleet <name>', 'this fleet only (default: all that have capacity and key)')
    .option('--lock <file>', 'lock to go by (default: the one beside the config); where there is none, none is asked')
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--json', 'print the summary as JSON on stdout')
    .action(async (flags: AssignFlags) => {
      const { config, adoptStore } = optionsFromEnvironment(process.env);
      const options = {
        config: flags.config ?? config,
        fleet: flags.fleet,
        lock: flags.lock,
        dryRun: flags.dryRun ?? false,
        adoptStore,
      };
      const listener = talk(process.stderr);
      // Where it ends in an error, that stands on a line of its own.
      const all = await assign(options, listener).finally(listener.endLine);
      if (flags.json) process.stdout.write(`${JSON.stringify(all.map(assignedJson), null, 2)}\n`);
    });
}

/** On a terminal one line that counts up; elsewhere a line for each tenth of the rows. */
export function talk(out: { isTTY?: boolean; write(text: string): unknown }): AssignListener & { endLine(): void } {
  let tenths = 0;
  let isCounting = false;
  const endLine = () => {
    if (isCounting) out.write('\n');
    isCounting = false;
  };
  return {
    endLine,
    progress(fleet, given, waiting) {
      const text = `${fleet}: ${number(given)} of ${rows(waiting)} given a group`;
      const reached = Math.floor((given * 10) / waiting);
      if (out.isTTY) out.write(`\r${text}`);
      else if (reached > tenths) out.write(`${text}\n`);
      isCounting = out.isTTY === true;
      tenths = reached;
    },
    done(assigned) {
      endLine();
      out.write(`${assignedLines(assigned).join('\n')}\n`);
      tenths = 0;
    },
  };
}

function assignedLines({ fleet, store, table, column, isDryRun, waiting, portions }: Assigned): string[] {
  const [filled, opened] = [portions.filter(({ isNew }) => !isNew), portions.filter(({ isNew }) => isNew)];
  const given = sum(portions);
  const would = isDryRun ? 'would give' : 'gave';
  const line = (label: string, text: string) => `  ${label.padEnd(10)} ${text}`;
  return [
    `fleet ${fleet}: ${column} of ${table} in ${store}${isDryRun ? ' (dry run: nothing is written)' : ''}`,
    line('waiting', `${rows(waiting)} without a group`),
    ...(filled.length > 0 ? [line(would, `${rows(sum(filled))} to ${listed(filled)} with room`)] : []),
    ...(opened.length > 0 ? [line(would, `${rows(sum(opened))} to new ${listed(opened)}`)] : []),
    ...(given < waiting
      ? [line('not given', `${rows(waiting - given)}, which got a group elsewhere or were deleted meanwhile`)]
      : []),
    line('next', nextText(isDryRun, given, opened.length)),
  ];
}

function nextText(isDryRun: boolean, given: number, opened: number): string {
  if (given === 0) return 'nothing to do';
  if (isDryRun) return 'run it without --dry-run';
  return opened > 0
    ? 'run `cronfleet synth`, which makes CronJobs of the new groups'
    : 'nothing to do: these groups have CronJobs once synth has run';
}

/** `group 7` or `5 groups (4 to 8)`. */
function listed(portions: readonly Portion[]): string {
  const numbers = portions.map(({ group }) => group).sort((a, b) => (a < b ? -1 : 1));
  if (numbers.length === 1) return `group ${numbers[0]}`;
  return `${number(numbers.length)} groups (${numbers[0]} to ${numbers.at(-1)})`;
}

function sum(portions: readonly Portion[]): number {
  return portions.reduce((total, portion) => total + portion.rows, 0);
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${number(count)} rows`;
}

/** The summary for programs; a group's number is text, since a bigint may be more than a JSON number holds. */
function assignedJson({ fleet, store, table, column, isDryRun, waiting, portions }: Assigned): unknown {
  const groups = portions.map(({ group, rows, isNew }) => ({ value: group.toString(), rows, new: isNew }));
  return { fleet, store, table, column, dryRun: isDryRun, waiting, given: sum(portions), groups };
}
