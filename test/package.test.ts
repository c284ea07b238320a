// The npm package as a team gets it: packed from a copy of the tree, unpacked in a project that has nothing else, and used as
// docs/package.md says.

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { execute, type Ran, REPOSITORY } from './support/project';

const page = readFileSync(join(REPOSITORY, 'docs/package.md'), 'utf8');
const [CONFIG, APP] = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code) as [string, string];
const { version, dependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};
const TSC = join(REPOSITORY, 'node_modules/typescript/bin/tsc');

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cronfleet-package-'));
  // The build writes into the tree it is of.
  const clone = join(folder, 'clone');
  mkdirSync(clone);
  for (const name of readdirSync(REPOSITORY)) {
    if (['.git', '.cronfleet', 'build', 'node_modules'].includes(name)) continue;
    cpSync(join(REPOSITORY, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(clone, 'node_modules'));
  await succeeds(execute(clone, 'npm', ['pack', '--pack-destination', folder]));
  tarball = join(folder, `cronfleet-${version}.tgz`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function succeeds(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  expect(ran, `${ran.stdout}\n${ran.stderr}`).toMatchObject({ code: 0 });
  return ran;
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
}

interface Consumer {
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Documents of all YAML files below a folder, in an order of their own. */
  objects(path: string): KubernetesObject[];
  run(program: string, ...args: string[]): Promise<Ran>;
}

/** A project with the package as `npm install` leaves it: beside what it depends on, which lies elsewhere on this disk. */
async function aConsumer(manifest: object): Promise<Consumer> {
  const project = mkdtempSync(join(folder, 'project-'));
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  await succeeds(execute(modules, 'tar', ['-xzf', tarball]));
  renameSync(join(modules, 'package'), join(modules, 'cronfleet'));
  symlinkSync('../cronfleet/bin/cronfleet.js', join(modules, '.bin/cronfleet'));
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(modules, name));
  }
  const write = (path: string, text: string) => writeFileSync(join(project, path), text);
  write('package.json', JSON.stringify(manifest));
  write('fleet.config.ts', CONFIG);
  return {
    write,
    remove: (path) => rmSync(join(project, path)),
    objects: (path) =>
      readdirSync(join(project, path), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.yaml'))
        .flatMap((name) => parseAllDocuments(readFileSync(join(project, path, name), 'utf8')))
        .map((document) => document.toJS() as KubernetesObject)
        .sort((a, b) => (`${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1)),
    run: (program, ...args) => execute(project, program, args),
  };
}

test('the package is small, and holds what was built and nothing of tests, docs and sources', async () => {
  const { stdout } = await succeeds(execute(folder, 'tar', ['-tzf', tarball]));
  const paths = stdout.trim().split('\n');
  const isOurs = /^package\/(build\/(lib|imports)\/.+\.(js|d\.ts)|build\/LICENSES\.txt|bin\/cronfleet\.js|[^/]+)$/;
  expect(paths.filter((path) => !isOurs.test(path))).toEqual([]);
  expect(paths.filter((path) => dirname(path) === 'package').sort()).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].map((name) => `package/${name}`),
  );
  expect(statSync(tarball).size).toBeLessThan(500_000);
});

describe.each([
  ['of ES modules', { type: 'module' }],
  ['that says nothing of modules', {}],
])('in a project %s', (_, manifest) => {
  test('npx cronfleet tells its help and version', async () => {
    const consumer = await aConsumer(manifest);
    const help = await succeeds(consumer.run('npx', '--no-install', 'cronfleet', '--help'));
    expect(help.stdout).toContain('Usage: cronfleet');
    const told = await succeeds(consumer.run('npx', '--no-install', 'cronfleet', '--version'));
    expect(told.stdout).toBe(`${version}\n`);
  });

  test('synth runs a config that imports from the package, without tsx', async () => {
    const consumer = await aConsumer(manifest);
    consumer.remove('node_modules/tsx');
    await succeeds(consumer.run('node_modules/.bin/cronfleet', 'synth'));
    expect(consumer.objects('dist')).toMatchObject([
      { kind: 'ConfigMap', metadata: { name: 'catalog-groups' } },
      { kind: 'CronJob', metadata: { name: 'catalog-0001' } },
      { kind: 'CronJob', metadata: { name: 'catalog-0002' } },
      { kind: 'CronJob', metadata: { name: 'catalog-0003' } },
    ]);
  });

  test('synth runs a config that imports files of its own', async () => {
    const consumer = await aConsumer(manifest);
    consumer.write(
      'fleet.config.ts',
      CONFIG.replace('defineFleets({', 'defineFleets({ dist: folder,').concat("import { folder } from './folder';\n"),
    );
    consumer.write('folder.ts', "export const folder: string = 'elsewhere';\n");
    await succeeds(consumer.run('node_modules/.bin/cronfleet', 'synth'));
    expect(consumer.objects('elsewhere')).toHaveLength(4);
  });

  test('what our words refuse is told as such, and other failures with their place in the config', async () => {
    const consumer = await aConsumer(manifest);
    consumer.write(
      'fleet.config.ts',
      `import { bySize } from 'cronfleet';
       export default bySize({ min: { requests: { cpu: '2' } }, max: { requests: { cpu: '1' } } });`,
    );
    const refused = await consumer.run('node_modules/.bin/cronfleet', 'synth');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      [
        'cronfleet: bySize({ min, max }): expected the same resources in both, none above its max',
        '  requests.cpu: got 2 in min and 1 in max',
        '',
      ].join('\n'),
    );
    // It throws in a file of ours, which is no place to mend a config at.
    consumer.write('fleet.config.ts', `import { summaryLines } from 'cronfleet';\n\nsummaryLines(undefined as never);`);
    const bug = await consumer.run('node_modules/.bin/cronfleet', 'synth');
    expect(bug.stderr).toMatch(/^cronfleet: fleet\.config\.ts:3:\d+: /);
  });
});

describe('docs/package.md', () => {
  test.each([
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ])('type-checks strictly, our types included, with module %s and moduleResolution %s', async (module, resolution) => {
    const consumer = await aConsumer({ type: 'module' });
    consumer.write('app.ts', APP);
    consumer.write(
      'wrong.ts',
      [
        `import { byKeyRange, FleetChart, type FleetPlan } from 'cronfleet';`,
        '// @ts-expect-error a table is text',
        `byKeyRange({ table: 1, key: 'id', capacity: 1 });`,
        '// @ts-expect-error a chart belongs into an app',
        'export const chartOf = (plan: FleetPlan) => new FleetChart({}, plan);',
        '// @ts-expect-error a plan is no any',
        'export const nothing = (plan: FleetPlan) => plan.groups[0]?.facts.nothing;',
      ].join('\n'),
    );
    const options = { module, moduleResolution: resolution, target: 'es2022', strict: true, noEmit: true };
    consumer.write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
    await succeeds(consumer.run(process.execPath, TSC));
  });

  test('adds the fleet’s chart to an app that has one of its own, with the objects of dist', async () => {
    const consumer = await aConsumer({ type: 'module' });
    consumer.write('app.ts', APP);
    await succeeds(consumer.run('node_modules/.bin/cronfleet', 'synth'));
    await succeeds(consumer.run(process.execPath, '--import', 'tsx', 'app.ts'));
    // A namespace comes last by its kind.
    const objects = consumer.objects('manifests');
    expect(objects.pop()).toMatchObject({ kind: 'Namespace', metadata: { name: 'batch' } });
    expect(objects).toEqual(consumer.objects('dist'));
  });

  test('names the versions that cronfleet has', () => {
    for (const name of ['cdk8s', 'constructs', 'tsx']) expect(page).toContain(` ${name}@${dependencies[name]}`);
    expect(page).toContain(`cronfleet-${version}.tgz`);
  });
});
