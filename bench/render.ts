// `npm run bench:render`: a synth as a whole process, against the same manifests by `sed`, by Jinja2 and by a plain cdk8s app.
// docs/performance.md tells how to read it.
//
// npm run bench:render -- --groups 10,100,1000,10000 --rounds 5

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import type { Client } from 'pg';
import { parse } from 'yaml';
import { number } from '../lib/text';
import { installInto } from '../scripts/build';
import { whole, wholes } from './flags';
import { withPostgres } from './postgres';
import { readSlices, writePeers } from './render-peers';
import { printTable } from './table';
import { bestOf, type Contestant, inSeconds } from './timing';

const { groups: sizes, rounds } = new Command('bench:render')
  .option('--groups <counts>', 'how many, separated by commas', wholes, [10, 100, 1_000, 10_000])
  .option('--rounds <count>', 'how often; the best counts', whole, 5)
  .parse()
  .opts<{ groups: number[]; rounds: number }>();

const REPOSITORY = dirname(import.meta.dirname);
const SYNTH = ['node_modules/cronfleet/bin/cronfleet.js', 'synth'];
const PYTHON = ['/usr/bin/python3', 'python3'].find((python) => ran(python, ['-c', 'import jinja2'], '.').status === 0);

const FROZEN = 'cronfleet synth --frozen';
const LIVE = 'cronfleet synth (PostgreSQL)';
const JINJA = 'Jinja2 (python3)';
const SED = 'one sed a group';
const PLAIN = 'plain cdk8s app (tsx)';
const MAIN = 'main.ts alone (tsx), frozen';
const CDK8S_SYNTH = 'cdk8s synth of main.ts, frozen';
const VERSION = 'cdk8s --version';
const IMPORT = 'import cdk8s, and no more';
const IMPORT_TSX = 'import cdk8s by tsx';
/** What no program on Node goes below. */
const FILES = 'Node writes 1,000 files of 3 KB';
const WRITE_FILES = `import { mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('peers/out-node');
for (let at = 0; at < 1_000; at++) writeFileSync(\`peers/out-node/\${at}.yaml\`, 'x'.repeat(3_000));`;

function ran(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1e9 });
}

/** @throws Error with what it said, when it fails */
function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): string {
  const { status, stdout, stderr, error } = ran(program, args, cwd, env);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** A team's folder with so many groups, synthesized once. */
async function aProject(root: string, url: string, client: Client, groups: number): Promise<string> {
  await client.query('DROP TABLE IF EXISTS items');
  await client.query('CREATE TABLE items (id bigint PRIMARY KEY)');
  await client.query(`INSERT INTO items SELECT generate_series(1, ${groups * 10})`);
  await client.query('VACUUM ANALYZE items');
  const folder = join(root, `groups-${groups}`);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of readdirSync(join(REPOSITORY, 'node_modules')).filter((name) => !name.startsWith('.')))
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name));
  symlinkSync(join(root, 'cronfleet'), join(folder, 'node_modules/cronfleet'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'cdk8s.yaml'),
    'language: typescript\napp: node --import tsx main.ts\noutput: .cronfleet/cdk8s\n',
  );
  const main = readFileSync(join(REPOSITORY, 'main.ts'), 'utf8').replace("'./lib'", "'cronfleet'");
  writeFileSync(join(folder, 'main.ts'), main);
  writeFileSync(join(folder, 'fleet.config.ts'), config(url, groups));
  const refusal = ran(process.execPath, SYNTH, folder).stderr;
  const permit = /FLEET_ALLOW_NEW_GROUPS=([\w:]+)/.exec(refusal)?.[1];
  if (permit !== undefined) run(process.execPath, SYNTH, folder, { FLEET_ALLOW_NEW_GROUPS: permit });
  const slices = readSlices(folder);
  if (slices.length !== groups) throw new Error(`expected ${groups} groups, got ${slices.length}: ${refusal}`);
  const middle = slices[Math.floor(groups / 2)] as (typeof slices)[number];
  const text = readFileSync(join(folder, `dist/catalog/CronJob.${middle.name}.k8s.yaml`), 'utf8');
  writePeers(folder, slices, text, middle);
  return folder;
}

function config(url: string, groups: number): string {
  return `import { byKeyRange, defineFleets } from 'cronfleet';
export default defineFleets({
  store: ${JSON.stringify(url)},
  fleets: {
    catalog: {
      namespace: 'batch',
      groups: byKeyRange({ table: 'items', key: 'id', capacity: 10, headroom: 0 }),
      window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul', startsPerMinute: ${Math.max(1, Math.ceil(groups / 100))} },
      job: {
        image: 'ghcr.io/acme/catalog-worker:1.4.2',
        env: { LOG_LEVEL: 'info', DATABASE_URL: { secret: 'catalog-db', key: 'url' } },
      },
    },
  },
});
`;
}

function contestants(folder: string): Contestant[] {
  const peers = join(folder, 'peers');
  const node = (...args: string[]) => run(process.execPath, args, folder);
  const cdk8s = 'node_modules/cdk8s-cli/bin/cdk8s';
  // All into an empty folder: what stays as it is we would not write.
  const without = (path: string) => () => moveAway(join(folder, path));
  const empty = without('dist');
  return [
    { name: FROZEN, prepare: empty, run: async () => node(...SYNTH, '--frozen') },
    { name: LIVE, prepare: empty, run: async () => node(...SYNTH) },
    ...(PYTHON === undefined
      ? []
      : [{ name: JINJA, prepare: without('peers/out-jinja'), run: async () => run(PYTHON, ['jinja.py'], peers) }]),
    { name: SED, prepare: without('peers/out-sed'), run: async () => run('sh', ['sed.sh'], peers) },
    {
      name: PLAIN,
      prepare: without('peers/out-app'),
      run: async () => run(process.execPath, ['--import', 'tsx', 'app.ts'], peers),
    },
    {
      name: MAIN,
      prepare: empty,
      run: async () => run(process.execPath, ['--import', 'tsx', 'main.ts'], folder, { FLEET_FROZEN: '1' }),
    },
    {
      name: CDK8S_SYNTH,
      prepare: empty,
      run: async () => run(process.execPath, [cdk8s, 'synth'], folder, { FLEET_FROZEN: '1' }),
    },
  ];
}

/** Not deleted: some disks are busy for a second after a thousand files went, and whoever writes next would wait for it. */
function moveAway(folder: string): void {
  if (existsSync(folder)) renameSync(folder, join(root, `away-${randomUUID()}`));
}

/** Each made all groups, and the same objects as ours, but for the first and the last: their conditions have one bound, which no template knows. */
function check(folder: string, groups: number): void {
  for (const out of ['out-sed', 'out-app', ...(PYTHON === undefined ? [] : ['out-jinja'])]) {
    const files = readdirSync(join(folder, 'peers', out)).filter((name) => name.startsWith('CronJob.'));
    if (files.length !== groups) throw new Error(`${out} has ${files.length} files`);
    for (const file of [files.at(1), files.at(-2)] as string[]) {
      const theirs = parse(readFileSync(join(folder, 'peers', out, file), 'utf8'), { version: '1.1' });
      const ours = parse(readFileSync(join(folder, 'dist/catalog', file), 'utf8'), { version: '1.1' });
      if (!isDeepStrictEqual(theirs, ours)) throw new Error(`${out}/${file} is another object than ours`);
    }
  }
}

/** Peak memory of a process in MiB, as its parent is told by the kernel; undefined without python3. */
function peakMemory(folder: string, args: readonly string[]): number | undefined {
  if (PYTHON === undefined) return undefined;
  const measure =
    'import resource, subprocess, sys; subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)';
  return Number(run(PYTHON, ['-c', measure, process.execPath, ...args], folder)) / 1024;
}

const root = mkdtempSync(join(tmpdir(), 'cronfleet-bench-'));
try {
  await installInto(join(root, 'cronfleet'));
  await withPostgres(async ({ url }, client) => {
    const times = new Map<number, Map<string, number>>();
    const memory = new Map<number, number | undefined>();
    for (const groups of sizes) {
      process.stderr.write(`${number(groups)} groups …\n`);
      const folder = await aProject(root, url, client, groups);
      const few = groups >= 10_000 ? Math.min(rounds, 2) : rounds;
      times.set(groups, await bestOf(few, contestants(folder)));
      check(folder, groups);
      memory.set(groups, peakMemory(folder, [...SYNTH, '--frozen']));
    }
    const folder = join(root, `groups-${sizes[0]}`);
    const fixed = await bestOf(rounds, [
      {
        name: VERSION,
        run: async () => run(process.execPath, ['node_modules/cdk8s-cli/bin/cdk8s', '--version'], folder),
      },
      { name: IMPORT, run: async () => run(process.execPath, ['--input-type=module', '-e', "import 'cdk8s'"], folder) },
      {
        name: IMPORT_TSX,
        run: async () =>
          run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', "import 'cdk8s'"], folder),
      },
      {
        name: FILES,
        prepare: () => moveAway(join(folder, 'peers/out-node')),
        run: async () => run(process.execPath, ['--input-type=module', '-e', WRITE_FILES], folder),
      },
    ]);
    report(times, fixed, memory);
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}

function report(
  times: ReadonlyMap<number, ReadonlyMap<string, number>>,
  fixed: ReadonlyMap<string, number>,
  memory: ReadonlyMap<number, number | undefined>,
): void {
  const names = [...(times.values().next().value?.keys() ?? [])];
  const head = ['seconds, whole process', ...sizes.map((groups) => `${number(groups)} groups`)];
  const rows = names.map((name) => [name, ...sizes.map((groups) => inSeconds(at(groups, name)))]);
  const peak = [
    'peak memory of synth --frozen',
    ...sizes.map((groups) => `${memory.get(groups)?.toFixed(0) ?? '?'} MiB`),
  ];
  process.stdout.write(`${printTable(head, [...rows, peak])}\n\n`);
  process.stdout.write(
    `${printTable(
      ['fixed cost', 'seconds'],
      [...fixed].map(([name, seconds]) => [name, inSeconds(seconds)]),
    )}\n\n`,
  );

  const few = sizes[0] as number;
  const many = sizes.find((groups) => groups >= 1_000) ?? (sizes.at(-1) as number);
  const most = sizes.at(-1) as number;
  const above = (name: string) => inSeconds(at(few, FROZEN) - (fixed.get(name) as number));
  const times2 = (value: number) => `${value.toFixed(2)} x`;
  const cdk8sSynth = at(few, CDK8S_SYNTH) / ((fixed.get(VERSION) as number) + at(few, MAIN));
  const each = (groups: number) => (at(groups, FROZEN) - at(few, FROZEN)) / (groups - few);
  const targets = [
    [`frozen, ${many} groups, against Jinja2`, times2(at(many, FROZEN) / at(many, JINJA)), 'at most 1 x'],
    [`frozen, ${few} groups, above import of cdk8s`, above(IMPORT), 'at most 150 ms'],
    [`the same, above import of cdk8s by tsx`, above(IMPORT_TSX), ''],
    [`plain cdk8s app against frozen, ${many} groups`, times2(at(many, PLAIN) / at(many, FROZEN)), 'at least 5 x'],
    [`cdk8s synth against cdk8s --version and main.ts, ${few} groups`, times2(cdk8sSynth), 'at most 1.2 x'],
    ...(most > many
      ? [[`a group at ${most} against one at ${many}`, times2(each(most) / each(many)), 'about 1 x']]
      : []),
    [`peak memory, ${most} groups`, `${memory.get(most)?.toFixed(0) ?? '?'} MiB`, 'at most 250 MiB'],
  ];
  process.stdout.write(`${printTable(['measured', 'is', 'wanted'], targets)}\n`);

  function at(groups: number, name: string): number {
    return times.get(groups)?.get(name) ?? Number.NaN;
  }
}
