// A fleet as one CronJob with an Indexed Job. Through the real command line and a real PostgreSQL.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { V1CronJob } from '@kubernetes/client-node';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../lib/config/load';
import { synthesize } from '../lib/synth';
import { withCrash } from './support/crashing-disk';
import { aDatabase } from './support/database';
import { podSecurityProblems } from './support/pod-security';
import { aConfig, aProject, type Project, type RunOptions } from './support/project';
import { mountScripts, runScript } from './support/shell';
import { expectValidManifest } from './support/strict-schema';

const database = aDatabase();
const env = () => ({ DATABASE_URL: database.url() });
const configOf = (table: string, fold = 'true', more = '') =>
  aConfig({
    store: 'process.env.DATABASE_URL!',
    fleet: {
      groups: `byKeyRange({ table: '${table}', key: 'id', capacity: 10, ${more} })`,
      job: `{ image: 'worker:1', command: ['work'] }`,
      ...(fold === '' ? {} : { fold }),
    },
  });
const lockOf = (project: Project) => JSON.parse(project.read('fleet.lock.json')).fleets.catalog;

const FILE = /^dist\/catalog\/(.+)\.k8s\.yaml$/;
/** Kind and name of what is in dist, parameters without their hash. */
const objectsOf = (project: Project) =>
  Object.keys(project.files('dist')).map((path) => FILE.exec(path)?.[1]?.replace(/(-parameters-\d+)-.*/, '$1'));
const parametersOf = (project: Project) =>
  Object.keys(project.files('dist')).filter((path) => path.includes('-parameters-'));
const differing = (before: Record<string, string>, after: Record<string, string>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => after[path] !== before[path]).sort();
const cronJobOf = (project: Project): V1CronJob => parse(project.read('dist/catalog/CronJob.catalog.k8s.yaml'));

async function aTable(name: string, rows: number): Promise<void> {
  await database.run(
    `CREATE TABLE ${name} (id int PRIMARY KEY); INSERT INTO ${name} SELECT 100 * generate_series(1, ${rows}); ANALYZE ${name}`,
  );
}

/** Runs synth; every object it leaves in dist is one that Kubernetes takes, with pods that keep to restricted. */
async function synth(project: Project, args: string[] = [], options: RunOptions = {}): Promise<string> {
  const ran = await project.cronfleet(['synth', ...args], { ...options, env: { ...env(), ...options.env } });
  expect(ran.stderr).not.toMatch(/^cronfleet: /m);
  expect(ran.code).toBe(0);
  for (const text of Object.values(project.files('dist'))) {
    const object = parse(text);
    expectValidManifest(object);
    const template = (object as V1CronJob).spec?.jobTemplate?.spec?.template;
    if (object.kind === 'CronJob') expect(podSecurityProblems(template?.spec as never, 'restricted')).toEqual([]);
  }
  return ran.stderr;
}

async function refusal(project: Project, args: string[] = [], options: RunOptions = {}): Promise<string> {
  const before = project.state();
  const ran = await project.cronfleet(['synth', ...args], { ...options, env: { ...env(), ...options.env } });
  expect(ran.code).toBe(1);
  expect(project.state()).toEqual(before);
  return ran.stderr;
}

async function aSynthesizedProject(table: string, rows: number, fold = 'true', more = ''): Promise<Project> {
  await aTable(table, rows);
  const project = aProject(configOf(table, fold, more));
  await synth(project);
  return project;
}

/** Two days later, as the lock tells it. */
function daysPass(project: Project): void {
  const times = /("reshaped": "|"state": "retiring", "since": ")[^"]+/g;
  project.write('fleet.lock.json', project.read('fleet.lock.json').replace(times, '$12026-01-01T00:00:00Z'));
}

/** What the pod of each index is told of its group, by the CronJob in dist; '' where there is nothing to do. */
function toldTo(project: Project): string[] {
  const { spec } = cronJobOf(project).spec?.jobTemplate ?? {};
  const sources = spec?.template.spec?.volumes?.[0]?.projected?.sources ?? [];
  const files = sources.map(({ configMap }) => {
    return { files: parse(project.read(`dist/catalog/ConfigMap.${configMap?.name}.k8s.yaml`)).data };
  });
  const folder = mountScripts(join(project.folder, '.cronfleet', 'mounted'), files);
  const indexes = Array.from({ length: spec?.completions ?? 0 }, (_, index) => index);
  return runScript(folder, 'job', indexes, {}).map(({ status, env }) => {
    expect(status).toBe(0);
    return env ? `${env.GROUP_NAME} ${env.GROUP_FROM}..${env.GROUP_TO}` : '';
  });
}

test('growth is another index, other parameters, and nothing else', async () => {
  const project = await aSynthesizedProject('grows', 30);
  expect(objectsOf(project)).toEqual(['ConfigMap.catalog-groups', 'ConfigMap.catalog-parameters-0', 'CronJob.catalog']);
  const first = project.state();
  const [before] = parametersOf(project);
  expect(toldTo(project)).toEqual(['catalog-0001 ..1100', 'catalog-0002 1100..2100', 'catalog-0003 2100..']);

  await database.run('INSERT INTO grows SELECT 100 * generate_series(31, 40)');
  expect(await synth(project)).toContain('shape     one CronJob for 4 groups, all at once');

  const [after] = parametersOf(project).filter((path) => path !== before);
  expect(differing(first, project.state())).toEqual([
    'dist/catalog/ConfigMap.catalog-groups.k8s.yaml',
    after,
    'dist/catalog/CronJob.catalog.k8s.yaml',
    'fleet.lock.json',
  ]);
  expect(cronJobOf(project).spec?.jobTemplate.spec).toMatchObject({ completions: 4, parallelism: 4 });
  expect(toldTo(project)).toEqual([
    'catalog-0001 ..1100',
    'catalog-0002 1100..2100',
    'catalog-0003 2100..3100',
    'catalog-0004 3100..',
  ]);
  // What a Job that runs has mounted is still there, as it was, and stays until the next change.
  expect(project.read(before as string)).toBe(first[before as string]);
  const grown = project.state();
  expect(await synth(project)).toContain('wrote     nothing');
  expect(await synth(project, ['--frozen'])).toContain('wrote     nothing');
  expect(project.state()).toEqual(grown);

  await database.run('INSERT INTO grows SELECT 100 * generate_series(41, 50)');
  await synth(project);
  expect(parametersOf(project)).toHaveLength(2);
  expect(parametersOf(project)).not.toContain(before);
  // Without dist, only what follows from lock and config comes back.
  const all = project.state();
  project.remove('dist');
  await synth(project, ['--frozen']);
  expect(differing(all, project.state())).toEqual([after]);
});

test('splits and retired groups leave every other index where it is, until gaps are to be closed', async () => {
  const project = await aSynthesizedProject('moves', 40, 'true', 'retireEmpty: true');
  await database.run('INSERT INTO moves SELECT 1200 + generate_series(1, 15); ANALYZE moves');
  await synth(project);
  expect(toldTo(project)).toEqual([
    'catalog-0001 ..1100',
    'catalog-0002 1100..1208',
    'catalog-0003 2100..3100',
    'catalog-0004 3100..',
    'catalog-0005 1208..1400',
    'catalog-0006 1400..2100',
  ]);

  await database.run('DELETE FROM moves WHERE id >= 2100 AND id < 3100');
  expect(await synth(project)).toContain('one CronJob for 5 groups, and 1 index without work, all at once');
  const retired = [
    'catalog-0001 ..1100',
    'catalog-0002 1100..1208',
    '',
    'catalog-0004 3100..',
    'catalog-0005 1208..1400',
    'catalog-0006 1400..3100',
  ];
  expect(toldTo(project)).toEqual(retired);
  const parameters = parametersOf(project);
  daysPass(project);
  expect(await synth(project)).toContain('1 removed');
  expect(toldTo(project)).toEqual(retired);
  expect(parametersOf(project)).toEqual(parameters);

  project.write('fleet.config.ts', configOf('moves', '{ compact: true }', 'retireEmpty: true'));
  await synth(project);
  expect(toldTo(project)).toEqual(retired.filter((told) => told !== ''));
});

test('folding is one line, removes nothing for the guards, and cuts no running Job off', async () => {
  const project = await aSynthesizedProject('folds', 30, '');
  const groups = lockOf(project).groups;
  const plain = project.state();
  project.write('fleet.config.ts', configOf('folds'));

  expect(await refusal(project, ['--frozen'])).toContain(
    'fleet catalog: it is folded in the config and not folded in the lock (fleet.lock.json)\n  run synth once without FLEET_FROZEN',
  );
  expect(await synth(project)).toContain(
    'one CronJob for 3 groups, all at once; the CronJobs of before stay, suspended, until a synth after the next whole window',
  );
  expect(lockOf(project)).toMatchObject({ serial: 2, shape: 'folded', groups });
  const both = [
    'ConfigMap.catalog-groups',
    'ConfigMap.catalog-parameters-0',
    'CronJob.catalog-0001',
    'CronJob.catalog-0002',
    'CronJob.catalog-0003',
    'CronJob.catalog',
  ];
  expect(objectsOf(project)).toEqual(both);
  for (const name of both.slice(2))
    expect(parse(project.read(`dist/catalog/${name}.k8s.yaml`)).spec.suspend).toBe(
      name === 'CronJob.catalog' ? undefined : true,
    );
  expect(await synth(project)).toContain('wrote     nothing');
  expect(await synth(project, ['--frozen'])).toContain('wrote     nothing');

  daysPass(project);
  await synth(project);
  expect(lockOf(project)).toMatchObject({ serial: 3, shape: 'folded', groups });
  expect(lockOf(project)).not.toHaveProperty('reshaped');
  expect(objectsOf(project)).toEqual(['ConfigMap.catalog-groups', 'ConfigMap.catalog-parameters-0', 'CronJob.catalog']);

  // And back, in the same way.
  project.write('fleet.config.ts', configOf('folds', ''));
  expect(await refusal(project, ['--frozen'])).toContain('it is not folded in the config and folded in the lock');
  expect(await synth(project)).toContain('a CronJob for each group; the one for all stays, suspended, until a synth');
  expect(objectsOf(project)).toEqual(both);
  expect(cronJobOf(project).spec?.suspend).toBe(true);
  expect(await synth(project, ['--frozen'])).toContain('wrote     nothing');
  daysPass(project);
  await synth(project);
  expect(lockOf(project)).toMatchObject({ serial: 5, groups });
  // But for the serial, all is as it was.
  const raised = (text?: string) => text?.replace(/serial("?): ("?)5/, 'serial$1: $21');
  const after = Object.fromEntries(Object.entries(project.state()).map(([path, text]) => [path, raised(text)]));
  expect(after).toEqual(plain);
});

test('a fleet that grows in the night it is folded does both at once', async () => {
  const project = await aSynthesizedProject('at_once', 30, '');
  await database.run('INSERT INTO at_once SELECT 100 * generate_series(31, 40)');
  project.write('fleet.config.ts', configOf('at_once'));
  await synth(project);
  expect(lockOf(project)).toMatchObject({ serial: 2, shape: 'folded', nextId: 5 });
  expect(toldTo(project)).toHaveLength(4);
});

test('a lock that lost groups is refused over a folded dist too, and a lost one, and an older one', async () => {
  const project = await aSynthesizedProject('guarded', 50);
  const older = project.read('fleet.lock.json');
  const { groups } = lockOf(project);
  const truncated = JSON.parse(older);
  truncated.fleets.catalog.groups = [groups[0], { ...groups[1], to: null }];
  project.write('fleet.lock.json', JSON.stringify(truncated));
  expect(await refusal(project, ['--frozen'])).toMatch(
    /fleet catalog: 3 of 5 groups in dist are not in the lock \(catalog-0003, catalog-0004, catalog-0005\)[\s\S]*--allow-removals=catalog:3:/,
  );

  project.remove('fleet.lock.json');
  expect(await refusal(project)).toContain('dist holds 5 groups, but fleet.lock.json is gone');
  project.write('fleet.lock.json', '{ "version": 1, "fleets": {} }\n');
  expect(await refusal(project)).toContain('dist holds 5 groups of catalog, of which fleet.lock.json knows nothing');

  project.write('fleet.lock.json', older);
  await database.run('INSERT INTO guarded SELECT 100 * generate_series(51, 60)');
  await synth(project);
  project.write('fleet.lock.json', older);
  expect(await refusal(project)).toContain(
    "fleet.lock.json is older than dist: catalog-0006 in catalog/ConfigMap.catalog-groups.k8s.yaml is there, and the lock's next id is 6",
  );
});

test('a folded fleet that leaves the config takes a token, as does one that nobody knows', async () => {
  const project = await aSynthesizedProject('leaves', 30);
  project.write('fleet.config.ts', configOf('leaves').replace('catalog:', 'renamed:'));
  expect(await refusal(project)).toContain('the lock holds fleet catalog with 3 groups, the config does not');

  project.write('fleet.config.ts', configOf('leaves'));
  for (const [path, text] of Object.entries(project.files('dist')))
    project.write(path.replaceAll('catalog', 'orders'), text.replaceAll('catalog', 'orders'));
  expect(await refusal(project)).toContain('dist holds 3 groups of fleet orders, which neither lock nor config knows');
});

test('a group map with merge-conflict markers is told, since it alone says which groups dist has', async () => {
  const project = await aSynthesizedProject('merged', 30);
  const path = 'dist/catalog/ConfigMap.catalog-groups.k8s.yaml';
  project.write(path, project.read(path).replace('data:', '<<<<<<< ours\ndata:'));
  expect(await refusal(project)).toContain(
    'dist: catalog/ConfigMap.catalog-groups.k8s.yaml cannot be read, and it says which groups the folded fleet has',
  );
});

test('what cannot be folded is refused, and nothing is written', async () => {
  const project = await aSynthesizedProject('refused', 30);
  const job = `{ image: 'worker:1', command: ['work'], env: ({ id }) => ({ URL: { secret: 'db-' + id, key: 'url' } }) }`;
  project.write('fleet.config.ts', configOf('refused').replace(/job: .*?\},/, `job: ${job},`));
  expect(await refusal(project)).toContain(
    'fleets.catalog.fold: this cannot be folded; nothing was written\n  job.env: URL is key url of Secret db-1 in catalog-0001 and key url of Secret db-2 in catalog-0002',
  );
});

test('killed at any point of a growth or of a switch, the next run comes to the same lock and dist', async () => {
  const project = await aSynthesizedProject('crashes', 30);
  await database.run('INSERT INTO crashes SELECT 100 * generate_series(31, 40)');
  const start = join(project.folder, 'start');
  for (const file of ['fleet.lock.json', 'dist'])
    cpSync(join(project.folder, file), join(start, file), { recursive: true });
  const none = new Set<string>();
  const permits = { newGroups: none, removals: none, empty: none, adoptStore: none, newLock: none };
  const now = new Date('2026-03-01T12:00:00Z');
  vi.stubEnv('DATABASE_URL', database.url());
  onTestFinished(() => void vi.unstubAllEnvs());
  const loaded = await loadConfig(join(project.folder, 'fleet.config.ts'), { asksStore: true });
  const run = (fold: boolean) => {
    const { catalog } = loaded.config.fleets;
    const fleet = { ...catalog, fold: fold ? catalog?.fold : undefined } as NonNullable<typeof catalog>;
    const config = { ...loaded.config, fleets: { catalog: fleet } };
    return synthesize({ ...loaded, config }, { ...permits, frozen: false, cdk8sOutput: undefined, now });
  };
  const reset = () => {
    for (const file of ['fleet.lock.json', 'dist']) {
      project.remove(file);
      cpSync(join(start, file), join(project.folder, file), { recursive: true });
    }
  };
  for (const fold of [true, false]) {
    reset();
    await run(fold);
    const wanted = project.state();
    expect(Object.keys(wanted).filter((path) => path.includes('-parameters-'))).toHaveLength(2);
    let crashes = 0;
    for (let at = 1, hasCrashed = true; hasCrashed; at += 1) {
      reset();
      hasCrashed = await withCrash(at, () => run(fold));
      // A dead process would not be waited for.
      project.remove('.cronfleet');
      crashes += hasCrashed ? 1 : 0;
      await run(fold);
      expect(project.state(), `killed at change ${at}`).toEqual(wanted);
    }
    expect(crashes).toBeGreaterThan(5);
  }
});
