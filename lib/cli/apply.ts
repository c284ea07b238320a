// `cronfleet apply`: its flags, and what it says it has done.

import { type Command, Option } from 'commander';
import { type Applied, type AppliedFleet, apply } from '../apply';
import { listed, number } from '../text';
import { accessOptions, addClusterFlags, type ClusterFlags } from './cluster-flags';
import { optionsFromEnvironment, words } from './environment';
import { capped, type Line } from './line';
import { fieldLine } from './object-words';
import { tellLines } from './progress';
import { wholeNumber } from './whole-number';

interface ApplyFlags extends ClusterFlags {
  config?: string;
  dryRun?: 'server';
  allowRemovals?: string;
  rollbackTo?: string;
  first?: string;
  takeOver?: string;
  inWindow?: true;
  startNow?: true;
  demo?: true;
  concurrency: number;
  json?: true;
}

/** Requests under way at once. More make a busy API server refuse, not hurry. */
const CONCURRENCY = 16;
const MOST = 100;

/** Adds the command to the program. */
export function addApply(program: Command): Command {
  const command = program
    .command('apply')
    .description('make the cluster have what dist has, and remove what was let go; asks no store')
    .option('--config <file>', 'config file (default: fleet.config.ts)');
  return addClusterFlags(command)
    .addOption(
      new Option('--dry-run <where>', 'ask the server what would change, field by field; writes nothing').choices([
        'server',
      ]),
    )
    .option('--allow-removals <tokens>', 'permit the removals that a refusal named')
    .option('--rollback-to <serial>', 'go back to an older lock: its serial, or fleet=serial of several')
    .option('--first <fleets>', 'the cluster does not have these fleets yet, and shall')
    .option('--take-over <lineages>', 'make objects of these lineages this lock’s')
    .option('--in-window', 'change CronJobs although a window is open')
    .option('--start-now', 'move starts although Kubernetes then starts Jobs at once')
    .option('--demo', 'apply what was made from the demo store')
    .option('--concurrency <requests>', 'requests under way at once', wholeNumber(MOST), CONCURRENCY)
    .option('--json', 'print the summary as JSON on stdout')
    .addHelpText('after', EXIT_TEXT)
    .action(async (flags: ApplyFlags) => {
      const { tell, end } = tellLines(process.stderr);
      const applied = await untilInterrupted((signal) =>
        apply(flags.config ?? optionsFromEnvironment(process.env).config, accessOptions(flags), {
          concurrency: flags.concurrency,
          dryRun: flags.dryRun !== undefined,
          inWindow: flags.inWindow ?? false,
          startNow: flags.startNow ?? false,
          demo: flags.demo ?? false,
          first: words(flags.first),
          takeOver: words(flags.takeOver),
          rollbackTo: words(flags.rollbackTo),
          removals: words(flags.allowRemovals),
          progress: (done, total) => tell(() => `${number(done)} of ${number(total)} changes so far`),
          signal,
        }),
      ).finally(end);
      process.stderr.write(`${appliedLines(applied).join('\n')}\n`);
      if (flags.json) process.stdout.write(`${JSON.stringify(appliedJson(applied), null, 2)}\n`);
    });
}

const EXIT_TEXT = `
Exit codes:
  0  the cluster has what dist has; with --dry-run: it was told, also what would be refused
  1  refused, and nothing was changed; or not all was, and the next run goes on from there
`;

/** What is under way is awaited, and the turn given back, when somebody ends the command. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = () => {
    process.stderr.write('ending once what is under way is answered\n');
    stop.abort();
  };
  // The second time, they end the process.
  process.once('SIGINT', abort).once('SIGTERM', abort);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

export function appliedLines({ context, server, dryRun, fleets, warnings }: Applied): string[] {
  const isSame = fleets.every(
    ({ created, changed, removed }) => created.length + changed.length + removed.length === 0,
  );
  const end = isSame
    ? 'nothing to do: the cluster has what dist has'
    : dryRun
      ? 'nothing was changed (dry run)'
      : 'done: the cluster has what dist has';
  return [
    ...fleets.flatMap((fleet) => fleetLines(fleet, dryRun)),
    ...warnings.map((warning) => `  warning: ${warning}`),
    `${end}, ${server} (context ${context})`,
  ];
}

function fleetLines(fleet: AppliedFleet, dryRun: boolean): string[] {
  const { name, namespace, serial, created, changed, removed, kept, unchanged, wouldChange } = fleet;
  const would = dryRun ? 'would be ' : '';
  const named = (what: string, objects: readonly string[]) =>
    objects.length === 0 ? [] : [`${number(objects.length)} ${would}${what}`];
  const counts = [
    ...named('created', created),
    ...named('changed', changed),
    ...named('removed', removed),
    `${number(unchanged)} unchanged`,
  ];
  const lines: Line[] = [
    ...(dryRun && created.length > 0 ? [{ sign: '+' as const, subject: 'created', text: listed(created) }] : []),
    ...capped((wouldChange?.fields ?? []).map(fieldLine), '~', ['more field', 'more fields']),
    ...(removed.length > 0 ? [{ sign: '-' as const, subject: 'removed', text: listed(removed) }] : []),
  ];
  return [
    `fleet ${name} in namespace ${namespace}, serial ${serial}: ${counts.join(', ')}`,
    ...lines.map(({ sign, subject, text }) => `  ${sign} ${subject}: ${text}`),
    ...kept.map(({ object, why }) => `  ! ${object} stays for now: ${why}; the next apply removes it`),
  ];
}

/** The summary for programs. */
function appliedJson({ context, server, dryRun, fleets, warnings }: Applied): unknown {
  return {
    context,
    server,
    dryRun,
    warnings,
    fleets: fleets.map(({ wouldChange, ...fleet }) => ({
      ...fleet,
      ...(wouldChange === undefined
        ? {}
        : {
            fields: wouldChange.fields.map(({ before, after, ...field }) => ({
              ...field,
              ...(before === undefined ? {} : { before: JSON.parse(before) }),
              ...(after === undefined ? {} : { after: JSON.parse(after) }),
            })),
          }),
    })),
  };
}
