// `npm run simulate`: nights on paper, from few groups to many, in each shape a fleet can have.
//   npm run simulate                          a table
//   npm run simulate -- --plot                writes docs/scale.svg; with --check writes nothing, exit 1 when it is not up to date
//   npm run simulate -- --check-cluster       measures the cluster of KUBECONFIG against the model

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { explain } from '../lib/errors';
import { number } from '../lib/text';
import { CheckEnded } from './check-ended';
import { type Night, type Refused, simulate } from './night';
import { DEFAULTS, type Settings } from './settings';
import { SHAPE_WORDS, SHAPES, type ShapeName } from './shapes';
import { tableLines } from './text';

const GROUPS = [10, 100, 1_000, 10_000, 100_000];
/** Of the picture: two more points in each decade. */
export const PLOTTED = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];
const PICTURE = join(import.meta.dirname, '..', 'docs', 'scale.svg');
/** A night of so many groups takes some seconds, and more than half a GiB. */
const MOST_GROUPS = 1_000_000;

const HOW = `skipped: KUBECONFIG names no file, and nothing else is looked at, so that no other cluster is measured by mistake

A cluster on this machine, with Docker and kind (https://kind.sigs.k8s.io):

  kind create cluster --name cronfleet-simulate --kubeconfig simulate.kubeconfig
  KUBECONFIG=simulate.kubeconfig npm run simulate -- --check-cluster
  kind delete cluster --name cronfleet-simulate`;

interface Flags extends Settings {
  groups: number[];
  shapes: ShapeName[];
  json?: true;
  plot?: true;
  check?: true;
  checkCluster?: true;
  cronjobs: number;
  context?: string;
}

/** What the command speaks to and is told. */
export interface Io {
  out: (text: string) => void;
  err: (text: string) => void;
  /** What KUBECONFIG says. */
  kubeconfig: string | undefined;
}

/** Nights of all sizes and shapes asked for, sizes first. */
export function nightsOf(sizes: readonly number[], shapes: readonly ShapeName[], settings: Settings) {
  return sizes.flatMap((groups) => shapes.map((shape) => simulate(shape, groups, settings)));
}

function program(io: Io): Command {
  const shapes = Object.entries(SHAPE_WORDS).map(([name, words]) => `  ${name.padEnd(8)}${words}`);
  const command = new Command('simulate')
    .description(
      'How late a fleet starts and what it gets done in a night, by a model of the control plane: docs/scale.md',
    )
    .option('--groups <list>', 'how many groups, separated by commas', listOf(within(1, MOST_GROUPS)), GROUPS)
    .option('--shapes <list>', 'which of the shapes below', listOf(shapeNamed), [...SHAPES])
    .option('--window <minutes>', 'how long the window is open', within(2, 1_440), DEFAULTS.window)
    .option('--minutes <minutes>', 'what a group takes', within(0.01, 1_440, false), DEFAULTS.minutes)
    .option('--slots <pods>', 'pods that fit on the nodes at once', within(1, 1_000_000), DEFAULTS.slots)
    .option('--failures <share>', 'the share of pods that fail, 0 to 1', within(0, 1, false), DEFAULTS.failures)
    .option('--retries <count>', 'retries of a group', within(0, 20), DEFAULTS.retries)
    .option('--seed <number>', 'another seed, another night', within(0, 2 ** 31), DEFAULTS.seed)
    .option('--qps <calls>', "calls a second of each controller's client", within(0.1, 1e6, false), DEFAULTS.qps)
    .option('--burst <calls>', 'calls at once', within(1, 1e6), DEFAULTS.burst)
    .option('--latency <seconds>', 'until the API server has answered', within(0, 60, false), DEFAULTS.latency)
    .option('--json', 'for machines')
    .option('--plot', 'write docs/scale.svg, of the defaults alone')
    .option('--check', 'beside --plot: write nothing, exit 1 when it is not up to date')
    .option('--check-cluster', 'measure the cluster of KUBECONFIG, in a namespace that is made and taken away')
    .option('--cronjobs <count>', 'beside --check-cluster: how many CronJobs', within(1, 5_000), 100)
    .option('--context <name>', 'beside --check-cluster: of the kubeconfig; else its current one')
    .addHelpText('after', `\nShapes:\n${shapes.join('\n')}`);
  return command.configureOutput({ writeOut: io.out, writeErr: io.err }).exitOverride();
}

async function run(flags: Flags, io: Io): Promise<number> {
  const settings = { ...DEFAULTS };
  for (const key of Object.keys(settings) as (keyof Settings)[])
    if (flags[key] !== undefined) settings[key] = flags[key];
  if (flags.checkCluster) return measure(flags, settings, io);
  if (flags.plot || flags.check) return plot(flags.check === true, io);
  const nights = nightsOf(flags.groups, flags.shapes, settings);
  io.out(flags.json ? `${JSON.stringify({ settings, nights }, null, 2)}\n` : page(nights, settings));
  return 0;
}

function page(nights: readonly (Night | Refused)[], settings: Settings): string {
  const { window, minutes, slots, failures, retries, qps, burst, seed } = settings;
  const told = `window ${window} min, ${minutes} min a group, ${number(slots)} pods at once, ${+(failures * 100).toFixed(2)} % of pods fail, ${retries} retries, QPS ${qps} burst ${burst}, seed ${seed}`;
  return `${[told, '', ...tableLines(nights)].join('\n')}\n`;
}

async function plot(isCheck: boolean, { err }: Io): Promise<number> {
  const { pointOf, scaleChart } = await import('./chart');
  const svg = scaleChart(nightsOf(PLOTTED, SHAPES, DEFAULTS).map(pointOf));
  const isStale = !existsSync(PICTURE) || readFileSync(PICTURE, 'utf8') !== svg;
  if (isCheck) {
    if (isStale) err('docs/scale.svg is not up to date: run npm run simulate -- --plot\n');
    return isStale ? 1 : 0;
  }
  if (isStale) writeFileSync(PICTURE, svg);
  err(isStale ? 'wrote docs/scale.svg\n' : 'up to date\n');
  return 0;
}

async function measure(
  { cronjobs, context, json }: Flags,
  settings: Settings,
  { out, err, kubeconfig }: Io,
): Promise<number> {
  if (!(kubeconfig ?? '').split(delimiter).some((path) => path !== '' && existsSync(path))) {
    out(`${HOW}\n`);
    return 0;
  }
  const { connect } = await import('../lib/cluster/cluster');
  const { checkCluster, checkLines } = await import('./cluster-check');
  const cluster = await connect({ context });
  const namespace = `cronfleet-simulate-${randomBytes(4).toString('hex')}`;
  err(`cluster ${cluster.access.server} (context ${cluster.access.context}), namespace ${namespace}\n`);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new CheckEnded('stopped; the namespace is being taken away')));
  const check = await checkCluster(cluster, namespace, cronjobs, settings, stop.signal);
  out(json ? `${JSON.stringify(check, null, 2)}\n` : `${checkLines(check).join('\n')}\n`);
  return check.jobs < check.cronJobs ? 1 : 0;
}

function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}

function shapeNamed(text: string): ShapeName {
  const found = SHAPES.find((shape) => shape === text);
  if (found === undefined) throw new InvalidArgumentError(`expected some of ${SHAPES.join(', ')}`);
  return found;
}

function within(least: number, most: number, isWhole = true): (text: string) => number {
  return (text) => {
    const value = text === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value)))
      throw new InvalidArgumentError(`expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
    return value;
  };
}

/** @returns the exit code: 0 fine, also where a cluster's check is skipped; 1 a failure, a stale picture, or Jobs that did not come */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const command = program(io).action(async (flags: Flags) => {
    code = await run(flags, io);
  });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    io.err(`${error instanceof CheckEnded ? error.message : explain(error)}\n`);
    code = 1;
  }
  return code;
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    kubeconfig: process.env.KUBECONFIG,
  });
}
