// Groups that hold still while their rows come and go. Through the real command line and a real PostgreSQL.

import { expect, test } from 'vitest';
import { aDatabase } from './support/database';
import { aConfig, aProject, type Project, type RunOptions } from './support/project';

const database = aDatabase();
const other = aDatabase();
const env = () => ({ DATABASE_URL: database.url(), OTHER_URL: other.url() });
const groups = (table: string, more = '') => ({
  groups: `byKeyRange({ table: '${table}', key: 'id', capacity: 10, ${more} })`,
});
const configOf = (table: string, more = '') =>
  aConfig({ store: 'process.env.DATABASE_URL!', fleet: groups(table, more) });
const lockOf = (project: Project) => JSON.parse(project.read('fleet.lock.json')).fleets.catalog;
const statesOf = (project: Project) =>
  lockOf(project).groups.map(({ id, from, to, state }: Record<string, unknown>) => [id, from, to, state]);

async function synth(project: Project, args: string[] = [], options: RunOptions = {}) {
  const ran = await project.cronfleet(['synth', ...args], { ...options, env: { ...env(), ...options.env } });
  expect(ran.stderr).not.toMatch(/^cronfleet: /m);
  return ran.stderr;
}

async function refusal(project: Project, args: string[] = [], options: RunOptions = {}) {
  const before = project.state();
  const ran = await project.cronfleet(['synth', ...args], { ...options, env: { ...env(), ...options.env } });
  expect(ran.code).toBe(1);
  expect(project.state()).toEqual(before);
  return ran.stderr;
}

const differing = (before: Record<string, string>, after: Record<string, string>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => after[path] !== before[path]).sort();

test('late rows split their group in place, and no other file changes', async () => {
  await database.run(
    'CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late SELECT n * 100 FROM generate_series(1, 40) n; ANALYZE late',
  );
  const project = aProject(configOf('late'));
  await synth(project);
  const before = project.state();
  await database.run('INSERT INTO late SELECT 1100 + n FROM generate_series(1, 25) n; ANALYZE late');

  expect(await synth(project)).toContain('7 groups of up to 10 rows: 3 new, 1 changed, 3 unchanged');

  expect(differing(before, project.state())).toEqual([
    'dist/catalog/ConfigMap.catalog-groups.k8s.yaml',
    'dist/catalog/CronJob.catalog-0002.k8s.yaml',
    'dist/catalog/CronJob.catalog-0005.k8s.yaml',
    'dist/catalog/CronJob.catalog-0006.k8s.yaml',
    'dist/catalog/CronJob.catalog-0007.k8s.yaml',
    'fleet.lock.json',
  ]);
  const ranges = lockOf(project).groups.filter(({ id }: { id: number }) => [2, 5, 6, 7].includes(id));
  expect(ranges.map(({ from, to, rows }: Record<string, unknown>) => [from, to, rows])).toEqual([
    ['1100', '1109', 9],
    ['1109', '1118', 9],
    ['1118', '1300', 9],
    ['1300', '2100', 8],
  ]);
});

test('random uuids fill all groups at once, and each splits in itself', async () => {
  await database.run(
    `CREATE TABLE uuids (id uuid PRIMARY KEY); INSERT INTO uuids SELECT md5(n::text)::uuid FROM generate_series(1, 100) n; ANALYZE uuids`,
  );
  const project = aProject(configOf('uuids'));
  await synth(project);
  const bounds = lockOf(project).groups.map(({ from }: { from: string }) => from);
  await database.run(`INSERT INTO uuids SELECT md5(n::text)::uuid FROM generate_series(101, 300) n; ANALYZE uuids`);
  await synth(project);
  const after = lockOf(project);
  expect(after.groups.slice(0, 10).map(({ from }: { from: string }) => from)).toEqual(bounds);
  const counts = await Promise.all(
    after.groups.map(async ({ from, to }: { from: string | null; to: string | null }) => {
      const [row] = await database.run(
        `SELECT count(*)::int AS rows FROM uuids WHERE ${from ? `id >= '${from}'` : 'TRUE'} AND ${to ? `id < '${to}'` : 'TRUE'}`,
      );
      return row?.rows as number;
    }),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300);
  expect(after.groups.length).toBeGreaterThan(20);
});

test('recount all finds what no estimate shows, and a lower capacity counts once by itself', async () => {
  await database.run(
    'CREATE TABLE slightly (id int PRIMARY KEY); INSERT INTO slightly SELECT n * 10 FROM generate_series(1, 30) n; ANALYZE slightly',
  );
  const project = aProject(configOf('slightly'));
  await synth(project);
  await database.run('INSERT INTO slightly VALUES (15)');
  expect(await synth(project)).toContain('3 groups of up to 10 rows: 0 new, 0 changed, 3 unchanged');
  project.write('fleet.config.ts', configOf('slightly', `recount: 'all'`));
  expect(await synth(project)).toContain('4 groups of up to 10 rows: 1 new, 1 changed, 2 unchanged');
  expect(statesOf(project)[0]).toEqual([1, null, '60', 'active']);

  project.write('fleet.config.ts', configOf('slightly').replace('capacity: 10', 'capacity: 5'));
  await synth(project);
  const bounds = lockOf(project).groups.flatMap(({ from }: { from: string | null }) => from ?? []);
  expect(bounds).toEqual(expect.arrayContaining(['60', '110', '210']));
  expect(lockOf(project).rowsPerGroup).toBe(5);
  project.write('fleet.config.ts', configOf('slightly').replace('capacity: 10', 'capacity: 100'));
  await synth(project);
  expect(lockOf(project).groups.flatMap(({ from }: { from: string | null }) => from ?? [])).toEqual(bounds);
});

test('one key value above capacity is told and left whole', async () => {
  await database.run(
    'CREATE TABLE heavy (id int NOT NULL); CREATE INDEX ON heavy (id); INSERT INTO heavy SELECT CASE WHEN n <= 25 THEN 7 ELSE n END FROM generate_series(1, 40) n',
  );
  const project = aProject(configOf('heavy'));
  expect(await synth(project)).toContain(
    'warning: catalog: one value of id, 7, has 25 rows, more than capacity 10; a range cannot split it',
  );
});

test('groups that run dry are refused when they are many, and accepted once and for all by their token', async () => {
  await database.run('CREATE TABLE dry (id int PRIMARY KEY); INSERT INTO dry SELECT generate_series(1, 100)');
  const project = aProject(configOf('dry'));
  await synth(project);
  await database.run('DELETE FROM dry WHERE id <= 30');
  const refused = await refusal(project);
  expect(refused).toContain(
    '3 of 10 groups have no rows any more (catalog-0001, catalog-0002, catalog-0003); one synth accepts at most 1 unasked',
  );
  const token = /--allow-empty=(\S+)/.exec(refused)?.[1] as string;
  await refusal(project, ['--allow-empty=catalog:3:000000']);
  await refusal(project, ['--allow-empty=catalog-0001,catalog-0002']);
  expect(await synth(project, [], { env: { FLEET_ALLOW_EMPTY: token } })).toContain(
    '0 new, 0 changed, 3 without rows, 7 unchanged',
  );
  expect(
    statesOf(project)
      .map(([, , , state]: string[]) => state)
      .slice(0, 4),
  ).toEqual(['empty', 'empty', 'empty', 'active']);
  expect(await synth(project)).toContain('wrote     nothing');
  // Accepted is accepted: the next one that runs dry is alone again. And rows that come back are seen.
  await database.run('DELETE FROM dry WHERE id BETWEEN 31 AND 40; INSERT INTO dry VALUES (5)');
  await synth(project);
  expect(
    statesOf(project)
      .map(([, , , state]: string[]) => state)
      .slice(0, 5),
  ).toEqual(['active', 'empty', 'empty', 'empty', 'active']);
});

test('a truncated table takes nothing with it', async () => {
  await database.run('CREATE TABLE gone (id int PRIMARY KEY); INSERT INTO gone SELECT generate_series(1, 50)');
  const project = aProject(configOf('gone', 'retireEmpty: true'));
  await synth(project);
  await database.run('TRUNCATE gone');
  expect(await refusal(project)).toContain('4 of 5 groups have no rows any more');
});

test('a group that ran dry retires in two steps: its range goes at once, its CronJob after a whole window', async () => {
  await database.run('CREATE TABLE rolling (id int PRIMARY KEY); INSERT INTO rolling SELECT generate_series(1, 50)');
  const project = aProject(configOf('rolling', 'retireEmpty: true'));
  await synth(project);
  await database.run('DELETE FROM rolling WHERE id BETWEEN 11 AND 20');

  expect(await synth(project)).toContain('0 new, 1 changed, 1 without rows, 1 retired, 3 unchanged');
  expect(statesOf(project).slice(0, 3)).toEqual([
    [1, null, '21', 'active'],
    [2, '11', '21', 'retiring'],
    [3, '21', '31', 'active'],
  ]);
  expect(project.read('dist/catalog/CronJob.catalog-0002.k8s.yaml')).toMatch(/^ {2}suspend: true$/m);
  expect(await synth(project)).toContain('wrote     nothing');

  // Two days later, as the lock tells it.
  project.write(
    'fleet.lock.json',
    project.read('fleet.lock.json').replace(/("state": "retiring", "since": ")[^"]+/, '$12026-01-01T00:00:00Z'),
  );
  expect(await synth(project)).toContain('1 removed');
  expect(project.exists('dist/catalog/CronJob.catalog-0002.k8s.yaml')).toBe(false);
  expect(lockOf(project).groups.map(({ id }: { id: number }) => id)).toEqual([1, 3, 4, 5]);

  // Its slot is free again, its id is not.
  await database.run('INSERT INTO rolling SELECT generate_series(51, 60)');
  await synth(project);
  expect(lockOf(project).groups.at(-1)).toMatchObject({ id: 6, slot: 1 });
});

test('the first group gives its range to its right neighbour', async () => {
  await database.run('CREATE TABLE head (id int PRIMARY KEY); INSERT INTO head SELECT generate_series(1, 30)');
  const project = aProject(configOf('head', 'retireEmpty: true'));
  await synth(project);
  await database.run('DELETE FROM head WHERE id <= 10');
  await synth(project);
  expect(statesOf(project)).toEqual([
    [1, null, '11', 'retiring'],
    [2, null, '21', 'active'],
    [3, '21', null, 'active'],
  ]);
});

test('a frozen run with a lock that lost groups is refused', async () => {
  await database.run('CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept SELECT generate_series(1, 25)');
  const project = aProject(configOf('kept'));
  await synth(project);
  const older = project.read('fleet.lock.json');
  await database.run('INSERT INTO kept SELECT generate_series(26, 45)');
  await synth(project);
  project.write('fleet.lock.json', older);
  for (const mode of [[], ['--frozen']])
    expect(await refusal(project, mode)).toContain(
      'fleet.lock.json is older than dist: catalog/CronJob.catalog-0004.k8s.yaml is there',
    );
});

test('fleets of several stores are asked in one run, and all that refuse are told', async () => {
  await database.run('CREATE TABLE here (id int PRIMARY KEY); INSERT INTO here SELECT generate_series(1, 15)');
  await other.run('CREATE TABLE there (id int PRIMARY KEY); INSERT INTO there SELECT generate_series(1, 25)');
  const fleet = (table: string, store = '') =>
    `{ namespace: 'batch', ${store} groups: byKeyRange({ table: '${table}', key: 'id', capacity: 10 }), window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' }, job: { image: 'worker:1' } }`;
  const config = (a: string, b: string) =>
    `import { byKeyRange, defineFleets } from './lib';\nexport default defineFleets({ store: process.env.DATABASE_URL!, fleets: { a: ${fleet(a)}, b: ${fleet(b, 'store: process.env.OTHER_URL!,')} } });`;
  const project = aProject(config('here', 'there'));
  await synth(project);
  expect(Object.keys(project.files('dist'))).toHaveLength(2 + 3 + 2);
  // Two on one store, one on another: one run tells all three.
  const third = `c: ${fleet('not_here')},`;
  project.write('fleet.config.ts', config('nowhere', 'no_such').replace('fleets: {', `fleets: { ${third}`));
  project.remove('fleet.lock.json');
  project.remove('dist');
  const refused = await refusal(project);
  expect(refused).toContain('got nowhere, which is not there');
  expect(refused).toContain('got no_such, which is not there');
  expect(refused).toContain('got not_here, which is not there');
});

test('two configs cannot share a dist', async () => {
  await database.run('CREATE TABLE shared (id int PRIMARY KEY); INSERT INTO shared SELECT generate_series(1, 15)');
  const project = aProject(configOf('shared'));
  await synth(project);
  project.write('fleet.prod.config.ts', configOf('shared').replace('catalog:', 'prod:'));
  expect(await refusal(project, ['--config', 'fleet.prod.config.ts'])).toContain('two configs cannot share a dist');
});
