// `npm run bench:apply`: how long `cronfleet apply` takes, and what it asks of the API server, beside kubectl with the same manifests. Against the
// cluster of KUBECONFIG, in namespaces of its own; without one against the API double of the tests, whose answers take a fixed time.
//
// node --import tsx bench/apply.ts [--groups 1000] [--latency 20] [--rounds 3] [--concurrency 16] [--alone]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Command } from 'commander';
import { installInto } from '../scripts/build';
import { aCertificate, aDouble, aNamespace, type Place } from './apply-places';
import { aProject, type Project } from './apply-project';
import { ended, type Program } from './apply-run';
import { type Measured, tableOf } from './apply-table';
import { whole, wholeOrNone } from './flags';

interface Flags {
  groups: number;
  latency: number;
  rounds: number;
  concurrency?: number;
  alone?: true;
}

interface Tool {
  name: string;
  program(project: Project, place: Place): Program;
}

const STEPS = ['create', 'unchanged', 'one changed'] as const;

/** The double has no OpenAPI documents, of which kubectl would learn whether the server looks for misspelt fields. */
function kubectl(isReal: boolean, ...args: string[]): Tool {
  const unasked = isReal ? [] : ['--validate=false'];
  return {
    name: ['kubectl apply', ...args, '-R -f dist'].join(' '),
    program: ({ folder }, { env, context }) => ({
      ...{ file: 'kubectl', cwd: folder, env },
      args: ['apply', `--context=${context}`, ...args, ...unasked, '-R', '-f', 'dist'],
    }),
  };
}

function cronfleet(concurrency: number | undefined): Tool {
  const more = concurrency === undefined ? [] : [`--concurrency=${concurrency}`];
  return {
    name: ['cronfleet apply', ...more].join(' '),
    program: ({ cronfleet: { args, ...program } }, { env, context }) => ({
      ...{ ...program, env },
      args: [...args, 'apply', '--first=catalog', `--context=${context}`, ...more],
    }),
  };
}

/** One tool in a place of its own: each step once, one after the other. */
async function measure(tool: Tool, place: Place, built: string, groups: number): Promise<Measured[]> {
  const project = aProject(built, place.namespace, groups);
  try {
    await project.synth();
    const program = tool.program(project, place);
    const measured: Measured[] = [];
    for (const step of STEPS) {
      if (step === 'one changed') await project.change();
      await place.counted();
      const seconds = await ended(program, []);
      measured.push({ tool: tool.name, step, seconds, counted: await place.counted() });
    }
    return measured;
  } finally {
    rmSync(project.folder, { recursive: true, force: true });
  }
}

async function hasKubectl(): Promise<boolean> {
  const kubectl = { file: 'kubectl', args: ['version', '--client'], cwd: '.', env: {} };
  return ended(kubectl, []).then(
    () => true,
    () => false,
  );
}

const { groups, latency, rounds, concurrency, alone } = new Command('bench:apply')
  .option('--groups <count>', 'CronJobs', whole, 1_000)
  .option('--latency <milliseconds>', 'that the double lets each answer wait', wholeOrNone, 20)
  .option('--rounds <count>', 'how often; the median counts', whole, 3)
  .option('--concurrency <requests>', 'of cronfleet', whole)
  .option('--alone', 'without kubectl')
  .parse()
  .opts<Flags>();

const say = (text: string) => process.stdout.write(`${text}\n`);
const files = (process.env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
const isReal = files.length > 0;
// The tools run in other folders.
if (isReal) process.env.KUBECONFIG = files.map((file) => resolve(file)).join(delimiter);
const certificate = isReal ? undefined : await aCertificate();
const tools = [cronfleet(concurrency)];
if (alone) say('without kubectl, as --alone says');
else if (!(await hasKubectl())) say('kubectl is not on the PATH: cronfleet is measured alone');
else if (!isReal && certificate === undefined) say('openssl is not on the PATH, and kubectl logs in over TLS only');
else tools.push(kubectl(isReal), kubectl(isReal, '--server-side'));
say(isReal ? 'the cluster of KUBECONFIG' : `the API double, ${latency} ms for each answer`);

const built = mkdtempSync(join(tmpdir(), 'cronfleet-built-'));
try {
  await installInto(join(built, 'cronfleet'));
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // What is slow for a while is not slow for the same tool each time.
    const inTurn = round % 2 === 0 ? tools : [...tools].reverse();
    const found: Measured[] = [];
    for (const tool of inTurn) {
      const place = isReal ? await aNamespace() : await aDouble(latency, certificate);
      try {
        found.push(...(await measure(tool, place, built, groups)));
      } finally {
        await place.close();
      }
      const seconds = found.slice(-STEPS.length).map((each) => `${each.step} ${each.seconds.toFixed(2)} s`);
      say(`round ${round + 1}, ${tool.name}: ${seconds.join(', ')}`);
    }
    measured.push(...tools.flatMap(({ name }) => found.filter(({ tool }) => tool === name)));
  }
  say(`\n${groups} CronJobs, ${rounds} rounds, median:\n`);
  say(tableOf(measured));
} finally {
  rmSync(built, { recursive: true, force: true });
}
