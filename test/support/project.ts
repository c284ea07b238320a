// A team's folder on disk, with the real files, and the real command lines run in it.

import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject, onTestFinished } from 'vitest';

export const REPOSITORY = dirname(dirname(import.meta.dirname));

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** A module that is loaded before the program, to make the world fail. */
  preload?: string;
  /** A demo store makes its database itself, as it does outside of tests. */
  freshDemo?: true;
}

export interface Project {
  folder: string;
  write(path: string, text: string): void;
  read(path: string): string;
  exists(path: string): boolean;
  remove(path: string): void;
  /** What a run that was cut short left beside lock and dist. */
  leftovers(): string[];
  /** Every file below `path` with its text, by path. */
  files(path: string): Record<string, string>;
  /** Lock and dist as one value, for "nothing has changed". */
  state(): Record<string, string>;
  /** `cronfleet …` */
  cronfleet(args: string[], options?: RunOptions): Promise<Ran>;
  /** `cdk8s …`, the real CLI, without its look for upgrades. */
  cdk8s(args: string[], options?: RunOptions): Promise<Ran>;
}

/** A folder with main.ts, cdk8s.yaml and the given config; gone after the test, or when `whenOver` says. */
export function aProject(config: string, whenOver: (work: () => void) => void = onTestFinished): Project {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-project-'));
  whenOver(() => rmSync(folder, { recursive: true, force: true }));
  for (const linked of ['node_modules', 'package.json', 'tsconfig.json'])
    symlinkSync(join(REPOSITORY, linked), join(folder, linked));
  symlinkSync(join(inject('built'), 'build', 'lib'), join(folder, 'lib'));
  for (const copied of ['main.ts', 'cdk8s.yaml']) cpSync(join(REPOSITORY, copied), join(folder, copied));
  writeFileSync(join(folder, 'fleet.config.ts'), config);

  const project: Project = {
    folder,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    exists: (path) => existsSync(join(folder, path)),
    remove: (path) => rmSync(join(folder, path), { recursive: true, force: true }),
    leftovers: () => readdirSync(folder).filter((name) => /^\..*\.(next|last)$/.test(name)),
    files(path) {
      if (!existsSync(join(folder, path))) return {};
      const names = readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
      return Object.fromEntries(names.sort().map((name) => [name, project.read(name)]));
    },
    state: () => ({
      ...project.files('dist'),
      ...(project.exists('fleet.lock.json') ? { 'fleet.lock.json': project.read('fleet.lock.json') } : {}),
    }),
    cronfleet: (args, options) => run(folder, [join(inject('built'), 'bin/cronfleet.js'), ...args], options),
    cdk8s: (args, options) => run(folder, [join(REPOSITORY, 'node_modules/cdk8s-cli/bin/cdk8s'), ...args], options),
  };
  return project;
}

/** Config text of one fleet `catalog`; `fleet` replaces or adds keys, as source text. */
export function aConfig({ store, fleet = {} }: { store: string; fleet?: Record<string, string> }): string {
  const keys: Record<string, string> = {
    namespace: `'batch'`,
    groups: `byKeyRange({ table: 'items', key: 'id', capacity: 1_000 })`,
    window: `{ opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' }`,
    job: `{ image: 'worker:1' }`,
    ...fleet,
  };
  const body = Object.entries(keys).map(([key, value]) => `${key}: ${value},`);
  return [
    `import { byColumn, byKeyRange, byQuery, defineFleets, demoStore } from './lib';`,
    `export default defineFleets({ store: ${store}, fleets: { catalog: { ${body.join(' ')} } } });`,
  ].join('\n');
}

function run(cwd: string, args: string[], options?: RunOptions): Promise<Ran> {
  return execute(cwd, process.execPath, args, options);
}

/** Whether a config there speaks of the demo store; only then it is loaded before the program. */
function usesDemo(folder: string): boolean {
  const configs = readdirSync(folder).filter((name) => name.endsWith('.config.ts'));
  return configs.some((name) => readFileSync(join(folder, name), 'utf8').includes('demoStore('));
}

/** Runs any program without what this process' environment says to cronfleet, cdk8s and Node. */
export function execute(
  cwd: string,
  program: string,
  args: string[],
  { env = {}, preload, freshDemo }: RunOptions = {},
): Promise<Ran> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(FLEET_|CDK8S_|DATABASE_URL|NODE_OPTIONS|VITEST)/.test(name)),
  );
  const modules = [...(preload ? [preload] : []), ...(freshDemo || !usesDemo(cwd) ? [] : ['quick-demo.mjs'])];
  const child = spawn(program, args, {
    cwd,
    env: {
      ...inherited,
      CDK8S_CHECK_UPGRADE: 'false',
      // Not an argument, so that the app a cdk8s CLI starts gets it too.
      NODE_OPTIONS: modules.map((name) => `--import ${join(REPOSITORY, 'test/support', name)}`).join(' '),
      DEMO_IMAGE: inject('demoImage'),
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
