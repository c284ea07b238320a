// `cronfleet rerun`: its flags, what it tells while Jobs run, and what has become of them.

import type { Command } from 'commander';
import { connect } from '../cluster/cluster';
import type { JobProgress } from '../cluster/run-jobs';
import { printMinute } from '../config/time';
import { UserError } from '../errors';
import { type RerunOutcome, type RerunStart, rerun } from '../rerun';
import { listed, visible } from '../text';
import { accessOptions, addClusterFlags } from './cluster-flags';
import { addLockFlag, type LockFlags, planByFlags, withLock } from './lock-flag';
import { wholeNumber } from './whole-number';

interface RerunFlags extends LockFlags {
  failed?: true;
  window?: string;
  concurrency?: number;
  evenIfDone?: true;
  evenIfRunning?: true;
  evenIfSuspended?: true;
  evenIfOtherRows?: true;
  after?: true;
  follow: boolean;
  dryRun?: true;
  json?: true;
}

const CONCURRENCY = 10;
const GROUP_FAILED = 4;
const INTERRUPTED = 130;

/** Adds the command to the program. */
export function addRerun(program: Command): Command {
  const command = program
    .command('rerun')
    .description('run groups again, for the night that is open or the last one, and follow them')
    .argument('<fleet>')
    .argument('[groups...]', 'by name (catalog-0007) or number (7)')
    .option('--failed', 'all groups that have failed or were missed')
    .option('--window <date>', 'the night that opened on this date, YYYY-MM-DD')
    .option('--concurrency <count>', `how many Jobs run at once (default: ${CONCURRENCY})`, wholeNumber())
    .option('--even-if-done', 'also what is done, or may have been')
    .option('--even-if-running', 'also what is running, or starts by itself')
    .option('--even-if-suspended', 'also groups named whose CronJobs are suspended')
    .option('--even-if-other-rows', 'also what has other rows now than what ran then')
    .option('--after', 'behind it, once all groups of the night are done, run what runs after them')
    .option('--no-follow', 'make all Jobs at once, and leave')
    .option('--dry-run', 'say what would be made, and make nothing')
    .option('--json', 'print what has become of each group as JSON')
    .option('--config <file>', 'config file (default: fleet.config.ts)');
  addLockFlag(addClusterFlags(command)).addHelpText('after', EXIT_TEXT);
  return command.action(async (fleet: string, groups: string[], flags: RerunFlags) => {
    if (!flags.follow && flags.concurrency !== undefined)
      throw new UserError('config-invalid', '--concurrency: expected to follow the Jobs, got --no-follow', {
        hint: 'leave one of the two out: without following, all Jobs are made at once',
      });
    const plan = await planByFlags(fleet, flags);
    const cluster = await connect(accessOptions(flags));
    const interrupt = new AbortController();
    const onInterrupt = () => interrupt.abort();
    process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
    const { onStart, onChange, end } = tell(process.stderr, flags);
    const outcome = await rerun(cluster, {
      plan,
      groups,
      failed: flags.failed === true,
      date: flags.window,
      evenIf: {
        done: flags.evenIfDone === true,
        running: flags.evenIfRunning === true,
        suspended: flags.evenIfSuspended === true,
        otherRows: flags.evenIfOtherRows === true,
      },
      after: flags.after === true,
      concurrency: flags.concurrency ?? CONCURRENCY,
      follows: flags.follow,
      dryRun: flags.dryRun === true,
      onStart,
      onChange,
      signal: interrupt.signal,
    }).finally(() => {
      end();
      process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
    });
    const text = flags.json
      ? JSON.stringify(rerunJson(outcome), null, 2)
      : rerunLines(outcome, fleet, flags).join('\n');
    process.stdout.write(`${text}\n`);
    process.exitCode = rerunCode(outcome, { follows: flags.follow, dryRun: flags.dryRun === true });
  });
}

const EXIT_TEXT = `
Exit codes:
  0    all that was asked for has completed; with --no-follow it was made, with --dry-run only told
  1    refused, and nothing was made; or the cluster gave up answering
  4    a group has failed, was not started, or is gone; with --failed also: one is not done, and cannot be rerun unasked
  130  interrupted: Jobs that were made go on in the cluster
`;

/** 0 only when all that was asked for has completed; what is not followed, or not made, is never a failure. */
export function rerunCode(
  { groups, left, after, isInterrupted }: RerunOutcome,
  { follows, dryRun }: { follows: boolean; dryRun: boolean },
): number {
  if (isInterrupted) return INTERRUPTED;
  if (dryRun) return 0;
  const isFine = (state: string) => state === 'completed' || (!follows && state === 'running');
  const all = groups.every(({ state }) => isFine(state)) && (after === undefined || isFine(after.state));
  return all && left.length === 0 ? 0 : GROUP_FAILED;
}

/** Progress: on a terminal one line that is written anew, elsewhere a line for each Job that has ended. */
export function tell(
  out: { isTTY?: boolean; write(text: string): unknown },
  { follow, dryRun }: Pick<RerunFlags, 'follow' | 'dryRun'>,
): {
  onStart(start: RerunStart): void;
  onChange(all: readonly JobProgress[], changed: JobProgress): void;
  end(): void;
} {
  let width = 0;
  return {
    onStart({ jobs, date, namespace, mayReach }) {
      if (dryRun || jobs.length === 0) return;
      out.write(
        `${jobs.length} ${jobs.length === 1 ? 'group' : 'groups'} of the night of ${date}, in namespace ${namespace}\n`,
      );
      if (mayReach)
        out.write(
          `warning: what is still running at ${printMinute(mayReach)}, when the next window opens, has the next run of its group beside it\n`,
        );
    },
    onChange(all, changed) {
      if (!follow) return;
      const count = (...states: string[]) => all.filter(({ state }) => states.includes(state)).length;
      const ended = count('completed', 'failed', 'gone', 'refused');
      if (out.isTTY) {
        const failed = ended - count('completed');
        const text = `${ended} of ${all.length} ended, ${failed} failed, ${count('running')} running`;
        out.write(`\r${text.padEnd(width)}`);
        width = text.length;
      } else if (changed.state !== 'running' || changed.isOthers) {
        const whose = changed.isOthers ? ', made by somebody else just before' : '';
        out.write(`${changed.job}: ${changed.state}${whose} (${ended} of ${all.length})\n`);
      }
    },
    end() {
      if (width > 0) out.write('\n');
      width = 0;
    },
  };
}

/** Who has completed and who has not, and what to do next. */
export function rerunLines(
  { groups, left, after, date, isInterrupted }: RerunOutcome,
  fleet: string,
  { follow, dryRun, lock }: Pick<RerunFlags, 'follow' | 'dryRun' | 'lock'>,
): string[] {
  const of = `${fleet}${withLock({ lock })}`;
  const wide = Math.max(0, ...groups.map(({ group }) => group?.length ?? 0));
  const said = (state: string) => (state !== 'waiting' ? state : dryRun ? 'would run' : 'not started');
  const note = ({ reason, isOthers }: JobProgress) =>
    [...(isOthers ? ['made by somebody else just before'] : []), ...(reason ? [visible(reason)] : [])].join('; ');
  const line = (name: string, each: JobProgress) =>
    `${name.padEnd(wide)}  ${said(each.state).padEnd(11)}  ${each.job}${note(each) ? `  ${note(each)}` : ''}`;
  const lines = groups.map((each) => line(each.group ?? '', each));
  if (groups.length === 0 && after === undefined) lines.push(`nothing to rerun of the night of ${date}`);
  if (left.length > 0)
    lines.push(`not done, and not to be rerun unasked: ${listed(left)}; \`cronfleet status\` says why`);
  if (after !== undefined) {
    if ('job' in after) lines.push(line('after', after));
    else lines.push(`after  not started: not all groups of the night are done: ${after.groups.join(', ')}`);
  }
  if (dryRun) return lines;
  const count = (...states: string[]) => groups.filter(({ state }) => states.includes(state)).length;
  const [running, waiting] = [count('running'), count('waiting')];
  if (isInterrupted && running > 0)
    lines.push(`interrupted: ${running} of these Jobs ${running === 1 ? 'goes' : 'go'} on in the cluster`);
  if (!follow && running > 0) lines.push(`all ${running} are made, and nothing is followed`);
  if (waiting > 0)
    lines.push(`${waiting} not started: \`cronfleet rerun ${of} --failed --window ${date}\` takes them up`);
  else if (count('failed', 'gone', 'refused') > 0)
    lines.push(`\`cronfleet logs ${of} --window ${date}\` shows the last lines of what failed`);
  return lines;
}

function rerunJson({ groups, after, ...outcome }: RerunOutcome): unknown {
  const plain = ({ reason, ...each }: JobProgress) => ({ ...each, reason: reason ?? null });
  return {
    ...outcome,
    groups: groups.map(plain),
    after: after === undefined ? null : 'job' in after ? plain(after) : after,
  };
}
