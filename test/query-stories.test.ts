// What happens to the groups of a query over time. Through the real command line and a real PostgreSQL.

import { expect, test } from 'vitest';
import { aDatabase } from './support/database';
import { aConfig, aProject, type Project } from './support/project';

const database = aDatabase();
const env = () => ({ DATABASE_URL: database.url() });
const lockOf = (project: Project) => JSON.parse(project.read('fleet.lock.json')).fleets.catalog;

/** A table of that name with these branches, each with a url. */
async function branches(table: string, ...names: string[]): Promise<void> {
  const values = names.map((name) => `('${name}', 'https://${name}.example.com')`);
  await database.run(`CREATE SCHEMA IF NOT EXISTS shop; CREATE TABLE shop.${table} (name text, url text);
    INSERT INTO shop.${table} VALUES ${values}`);
}

const configOf = (table: string, keys: Record<string, string> = {}) =>
  aConfig({
    store: 'process.env.DATABASE_URL',
    fleet: { groups: `byQuery({ sql: 'SELECT name, url FROM shop.${table} ORDER BY name', name: 'name' })`, ...keys },
  });
const ONCE = { window: 'undefined', once: 'true' };

async function expectRefusal(project: Project, args: string[], message: string | RegExp): Promise<string> {
  const before = project.state();
  const ran = await project.cronfleet(['synth', ...args], { env: env() });
  expect(ran.stderr).toMatch(message);
  expect(ran.code).toBe(1);
  expect(project.state()).toEqual(before);
  return ran.stderr;
}

async function synth(project: Project, ...args: string[]): Promise<string> {
  const ran = await project.cronfleet(['synth', ...args], { env: env() });
  expect(ran.stderr.match(/^cronfleet: .*/m)).toBeNull();
  expect(ran.code).toBe(0);
  return ran.stderr;
}

const token = (refusal: string) => /--(allow-\w+=\S+)/.exec(refusal)?.[0] as string;
const changedFiles = (before: Record<string, string>, project: Project) => {
  const after = project.state();
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path])
    .sort();
};

test('a row that changes, comes or goes touches its own manifest, the group map and the lock', async () => {
  await branches('nightly', 'busan', 'jeju', 'seoul');
  const project = aProject(configOf('nightly'));
  expect(await synth(project)).toContain('groups    3 groups: 3 new, 0 changed, 0 unchanged');
  const first = project.state();
  expect(await synth(project)).toContain('wrote     nothing');
  expect(await synth(project, '--frozen')).toContain('wrote     nothing');

  await database.run(
    `UPDATE shop.nightly SET url = 'https://b' WHERE name = 'busan'; INSERT INTO shop.nightly VALUES ('incheon')`,
  );
  expect(await synth(project)).toContain('4 groups: 1 new, 1 changed, 2 unchanged');
  expect(changedFiles(first, project)).toEqual([
    'dist/catalog/ConfigMap.catalog-groups.k8s.yaml',
    'dist/catalog/CronJob.catalog-busan.k8s.yaml',
    'dist/catalog/CronJob.catalog-incheon.k8s.yaml',
    'fleet.lock.json',
  ]);

  await database.run(`DELETE FROM shop.nightly WHERE name = 'jeju'`);
  const second = project.state();
  expect(await synth(project)).toContain('4 groups: 0 new, 0 changed, 1 without rows, 3 unchanged');
  expect(changedFiles(second, project)).toEqual(['dist/catalog/ConfigMap.catalog-groups.k8s.yaml', 'fleet.lock.json']);
});

test('more rows gone at once than a tenth are refused until the token is given', async () => {
  await branches('thinned', 'a', 'b', 'c', 'd');
  const project = aProject(configOf('thinned'));
  await synth(project);
  await database.run(`DELETE FROM shop.thinned WHERE name < 'c'`);
  const refusal = await expectRefusal(project, [], '2 of 4 groups have no rows any more (catalog-a, catalog-b)');
  await synth(project, token(refusal));
  await database.run('DELETE FROM shop.thinned');
  await expectRefusal(
    project,
    [token(refusal)],
    'the query has no rows, and a fleet has one group or more; 4 groups are recorded',
  );
});

test('other SQL is refused frozen; asked live, it keeps the groups whose names stay', async () => {
  await branches('asked', 'a', 'b');
  const project = aProject(configOf('asked'));
  await synth(project);
  const { groups } = lockOf(project);
  project.write('fleet.config.ts', configOf('asked').replace('ORDER BY name', 'ORDER BY name DESC'));
  await expectRefusal(project, ['--frozen'], 'fleet catalog: the SQL is not the one the lock was made from');
  await synth(project);
  expect(lockOf(project).groups).toEqual(groups);
  await synth(project, '--frozen');

  project.write('fleet.config.ts', project.read('fleet.config.ts').replace(`name: 'name'`, `name: 'url'`));
  await expectRefusal(project, ['--frozen'], 'name is url in the config and name in the lock');
  project.write('fleet.config.ts', configOf('asked').replace('SELECT name, url', 'SELECT url AS name'));
  await expectRefusal(project, [], /2 of 2 groups have no rows any more/);
  project.write('fleet.config.ts', aConfig({ store: 'process.env.DATABASE_URL' }));
  await expectRefusal(project, [], 'grouping is keyRange in the config and query in the lock');
});

test('of a fleet that runs once, a change makes another Job of the group, and the summary says how many run again', async () => {
  await branches('once', 'a', 'b', 'c', 'd');
  const project = aProject(configOf('once', ONCE));
  expect(await synth(project)).toContain('once      Jobs run when they are applied\n');
  const first = project.state();
  expect(await synth(project)).toContain('wrote     nothing');

  await database.run(`UPDATE shop.once SET url = 'https://b2' WHERE name = 'b'`);
  const ran = await project.cronfleet(['synth', '--json'], { env: env() });
  expect(ran.stderr).toContain('once      Jobs run when they are applied; 1 changed and will run again');
  expect(JSON.parse(ran.stdout).fleets[0]).toMatchObject({ changed: [2], runsAgain: 1 });
  expect(changedFiles(first, project)).toEqual([
    'dist/catalog/ConfigMap.catalog-groups.k8s.yaml',
    expect.stringMatching(/Job\.catalog-b-/),
    expect.stringMatching(/Job\.catalog-b-/),
    'fleet.lock.json',
  ]);

  // Every Job is another, and no group is gone: no guard asks, live or frozen.
  project.write('fleet.config.ts', project.read('fleet.config.ts').replace('worker:1', 'worker:2'));
  expect(await synth(project, '--frozen')).toContain('; 4 changed and will run again');
  expect(Object.keys(project.files('dist'))).toHaveLength(5);
});

test('a Job whose row is gone leaves dist; more than a tenth at once want the token', async () => {
  await branches('gone', 'a', 'b', 'c', 'd');
  const project = aProject(configOf('gone', ONCE));
  await synth(project);
  const lock = project.read('fleet.lock.json');
  await database.run(`DELETE FROM shop.gone WHERE name = 'a'`);
  expect(await synth(project)).toContain('3 groups: 0 new, 0 changed, 1 removed, 3 unchanged');
  expect(Object.keys(project.files('dist'))).toHaveLength(4);

  await database.run(`DELETE FROM shop.gone WHERE name < 'd'`);
  const refusal = await expectRefusal(
    project,
    [],
    /2 of 3 groups have no row in the query any more \(catalog-b, catalog-c\)/,
  );
  expect(await synth(project, token(refusal))).toContain('2 removed');
  const [only] = lockOf(project).groups;
  expect(only).toMatchObject({ id: 4, name: 'd' });

  // And back in time: the guard of a frozen run counts groups too.
  project.write('fleet.lock.json', lock);
  await synth(project, '--frozen');
  const half = JSON.parse(lock);
  half.fleets.catalog.groups.splice(0, 2);
  project.write('fleet.lock.json', JSON.stringify(half));
  await expectRefusal(project, ['--frozen'], '2 of 4 groups in dist are not in the lock (catalog-a, catalog-b)');
});

test('a fleet that goes from nightly to once keeps its groups, and nothing is taken for a removal', async () => {
  await branches('turned', 'a', 'b', 'c');
  const project = aProject(configOf('turned'));
  await synth(project);
  const { groups } = lockOf(project);
  project.write('fleet.config.ts', configOf('turned', ONCE));
  await synth(project, '--frozen');
  await synth(project);
  expect(lockOf(project).groups).toEqual(groups);
  expect(Object.keys(project.files('dist')).filter((path) => path.includes('/Job.'))).toHaveLength(3);
});

test('a lost lock beside a dist of Jobs is refused', async () => {
  await branches('lost', 'a');
  const project = aProject(configOf('lost', ONCE));
  await synth(project);
  project.remove('fleet.lock.json');
  await expectRefusal(project, [], 'dist holds 1 groups, but fleet.lock.json is gone');
});

test('a secret among the rows reaches neither lock nor dist', async () => {
  await branches('leaky', 'a');
  await database.run(`UPDATE shop.leaky SET url = 'postgres://shop:hunter2@db/shop'`);
  const project = aProject(configOf('leaky'));
  const said = await expectRefusal(project, [], 'holds what looks like a URL with a password');
  expect(said).not.toContain('hunter2');
  expect(project.exists('fleet.lock.json')).toBe(false);
});

test('a query that writes is refused through the whole way, and nothing is written', async () => {
  await branches('target', 'a');
  const sql = `WITH gone AS (DELETE FROM shop.target RETURNING name) SELECT name FROM gone`;
  const project = aProject(configOf('target', { groups: `byQuery({ sql: '${sql}', name: 'name' })` }));
  await expectRefusal(project, [], /fleets\.catalog\.groups\.sql: the store says: .* \(SQLSTATE 0A000\)/);
  expect(await database.run('SELECT name FROM shop.target')).toEqual([{ name: 'a' }]);
});

test('names that look like ids are names, at the second synth too', async () => {
  await branches('numbered', '1001', '1002', '20260101');
  const project = aProject(configOf('numbered'));
  await synth(project);
  expect(await synth(project)).toContain('wrote     nothing');
});
