// The proof that no row is left out, through the real command line and a real PostgreSQL.

import { expect, test } from 'vitest';
import { aDatabase } from './support/database';
import { aConfig, aProject, type Project } from './support/project';

const database = aDatabase();
const other = aDatabase();

const STORE = 'process.env.DATABASE_URL ?? demoStore({ rows: 2_500 })';
const env = () => ({ DATABASE_URL: database.url() });
const groups = (table: string, keys = '') => ({
  groups: `byKeyRange({ table: '${table}', key: 'id', capacity: 10, ${keys} })`,
});

/** A project that was synthesized once over a table of its own, with ids 1 to `rows`. */
async function aSynthesizedProject(table: string, rows: number, keys = ''): Promise<Project> {
  await database.run(
    `CREATE TABLE ${table} (id int PRIMARY KEY); INSERT INTO ${table} SELECT generate_series(1, ${rows}); ANALYZE ${table}`,
  );
  const project = aProject(aConfig({ store: STORE, fleet: groups(table, keys) }));
  expect(await project.cronfleet(['synth'], { env: env() })).toMatchObject({ code: 0 });
  return project;
}

/** Runs verify and makes sure that it wrote nothing. */
async function verify(project: Project, args: string[] = [], variables: Record<string, string> = env()) {
  const before = project.files('');
  const ran = await project.cronfleet(['verify', ...args], { env: variables });
  expect(project.files('')).toEqual(before);
  return ran;
}

test('after a synth every row is in exactly one group', async () => {
  const project = await aSynthesizedProject('fresh', 25);
  expect(await verify(project)).toEqual({
    code: 0,
    signal: null,
    stderr: '',
    stdout: [
      'fleet catalog: public.fresh by id',
      '  group         rows  full',
      '  catalog-0001    10  100%',
      '  catalog-0002    10  100%',
      '  catalog-0003     5   50%',
      '  in 3 groups     25',
      '  id is NULL       0',
      '  in the table    25',
      '  holds: every row is in exactly one group, no group is over capacity',
      '',
    ].join('\n'),
  });
});

test('rows that came after synth, anywhere, are in a group too', async () => {
  const project = await aSynthesizedProject('later', 25);
  await database.run('DELETE FROM later WHERE id = 5; INSERT INTO later VALUES (-7), (26), (2147483647)');
  const { code, stdout } = await verify(project, ['--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    holds: true,
    fleets: [{ rows: 27, grouped: 27, groups: [{ rows: 10 }, { rows: 10 }, { rows: 7, from: '21', to: null }] }],
  });
});

test('a group over capacity fails, and synth mends it', async () => {
  const project = await aSynthesizedProject('grown', 25);
  await database.run('INSERT INTO grown SELECT generate_series(26, 40)');
  const grown = await verify(project);
  expect(grown.code).toBe(1);
  expect(grown.stdout).toContain('catalog-0003    20  200%');
  expect(grown.stdout).toContain('FAILS: 1 group over capacity (10 rows)');
  expect(await project.cronfleet(['synth'], { env: env() })).toMatchObject({ code: 0 });
  expect(await verify(project)).toMatchObject({ code: 0 });

  // Too few for an estimate to look suspicious.
  await database.run('DELETE FROM grown WHERE id = 40; UPDATE grown SET id = 0 WHERE id = 39; ANALYZE grown');
  await project.cronfleet(['synth'], { env: env() });
  expect(await verify(project)).toMatchObject({ code: 1, stdout: expect.stringContaining('catalog-0001    11  110%') });
  project.write('fleet.config.ts', aConfig({ store: STORE, fleet: groups('grown', `recount: 'all'`) }));
  expect(await project.cronfleet(['synth'], { env: env() })).toMatchObject({ code: 0 });
  expect(await verify(project)).toMatchObject({ code: 0 });
});

test('rows whose key has become NULL fail with their number', async () => {
  const project = await aSynthesizedProject('holes', 25);
  await database.run(
    'ALTER TABLE holes DROP CONSTRAINT holes_pkey, ALTER id DROP NOT NULL; UPDATE holes SET id = NULL WHERE id > 23',
  );
  const { code, stdout } = await verify(project);
  expect(code).toBe(1);
  expect(stdout).toContain('id is NULL       2');
  expect(stdout).toContain('FAILS: 2 rows without id (NULL), which no group takes');
});

test.each([
  ['missed', 'CASE WHEN public.reading() = 1 THEN 25 ELSE 24 END', '1 row in no group'],
  ['repeated', 'CASE WHEN public.reading() = 1 THEN 23 ELSE 25 END', '2 rows counted twice'],
])('rows that a view has %s between the total and the groups are found', async (name, highest, verdict) => {
  const project = await aSynthesizedProject(name, 25);
  // Counts the readings of a transaction; the first is that of the total.
  await database.run(`
    CREATE OR REPLACE FUNCTION reading() RETURNS int LANGUAGE sql VOLATILE AS $$
      SELECT set_config('test.reading', (coalesce(nullif(current_setting('test.reading', true), ''), '0')::int + 1)::text, true)::int $$;
    ALTER TABLE ${name} RENAME TO ${name}_rows;
    CREATE VIEW ${name} AS SELECT id FROM ${name}_rows, (SELECT ${highest} AS id OFFSET 0) AS highest (id_now) WHERE id <= id_now`);
  const { code, stdout } = await verify(project);
  expect(stdout).toContain(`FAILS: ${verdict}`);
  expect(code).toBe(1);
});

test('a lock that is not of this store ends with 3: another store, table, key or type', async () => {
  const project = await aSynthesizedProject('mine', 25);
  await other.run('CREATE TABLE mine (id int PRIMARY KEY); INSERT INTO mine SELECT generate_series(1, 25)');
  const there = { DATABASE_URL: other.url() };
  expect(await verify(project, [], there)).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringMatching(/come from store \d+\/\w+, this is store \d+\/\w+/),
  });
  expect(await verify(project, [], { ...there, FLEET_ADOPT_STORE: 'catalog' })).toMatchObject({ code: 0 });
  expect(await verify(project, [], {})).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is DATABASE_URL not set?'),
  });

  await database.run('ALTER TABLE mine ALTER id TYPE bigint');
  expect(await verify(project)).toMatchObject({ code: 0 });
  await database.run('ALTER TABLE mine ALTER id TYPE text');
  expect(await verify(project)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('id is text in the store and integer in the lock'),
  });
  await database.run('ALTER TABLE mine RENAME id TO key');
  expect(await verify(project)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('expected a column of public.mine, got "id"'),
  });
  await database.run('DROP TABLE mine');
  expect(await verify(project)).toMatchObject({ code: 3, stderr: expect.stringContaining('which is not there') });

  project.write('fleet.config.ts', aConfig({ store: STORE, fleet: groups('yours') }));
  expect(await verify(project)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('table is yours in the config and public.mine in the lock'),
  });
  project.write('fleet.config.ts', aConfig({ store: STORE, fleet: groups('mine') }).replace('catalog:', 'renamed:'));
  const renamed = await verify(project);
  expect(renamed).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('fleet.lock.json holds fleet catalog, the config does not'),
  });
  expect(renamed.stderr).toContain('fleet.lock.json has no groups of renamed');
});

test('without a lock, or where the store does not answer, verify fails with 1', async () => {
  const project = await aSynthesizedProject('silent', 25);
  const silent = { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/db' };
  expect(await verify(project, [], silent)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('refused the connection'),
  });
  project.remove('fleet.lock.json');
  expect(await verify(project)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('fleet.lock.json is not there'),
  });
});

test('--fleet verifies some of the fleets, over stores of their own', async () => {
  await database.run('CREATE TABLE here (id int PRIMARY KEY); INSERT INTO here SELECT generate_series(1, 25)');
  await other.run(
    'CREATE TABLE away (id uuid PRIMARY KEY); INSERT INTO away SELECT md5(n::text)::uuid FROM generate_series(1, 30) n',
  );
  const fleet = (name: string, store: string) =>
    `${name}: { namespace: 'batch', store: process.env.${store}!, schedule: { cron: '0 1 * * *', timeZone: 'Etc/UTC', deadlineMinutes: 60 },
      job: { image: 'worker:1' }, groups: byKeyRange({ table: '${name}', key: 'id', capacity: 10 }) }`;
  const project = aProject(
    `import { byKeyRange, defineFleets } from './lib';
     export default defineFleets({ store: process.env.HERE!, fleets: { ${fleet('here', 'HERE')}, ${fleet('away', 'AWAY')} } });`,
  );
  const both = { HERE: database.url(), AWAY: other.url() };
  expect(await project.cronfleet(['synth'], { env: both })).toMatchObject({ code: 0 });
  await other.run(`INSERT INTO away SELECT md5(n::text)::uuid FROM generate_series(31, 60) n`);

  const all = await verify(project, [], both);
  expect(all.code).toBe(1);
  expect(all.stdout.match(/^fleet \w+/gm)).toEqual(['fleet here', 'fleet away']);
  const one = await verify(project, ['--fleet', 'here'], { ...both, AWAY: 'postgres://postgres@127.0.0.1:1/db' });
  expect(one).toMatchObject({ code: 0, stdout: expect.not.stringContaining('away') });
  expect(await verify(project, ['--fleet', 'hree'], both)).toMatchObject({
    code: 1,
    stderr: 'cronfleet: expected fleets of the config, got hree\n  did you mean here?\n',
  });
});

test('a fleet of a column holds when each value has a group and none waits for one', async () => {
  await database.run(
    `CREATE TABLE regions (id int PRIMARY KEY, region int); INSERT INTO regions SELECT n, n % 3 FROM generate_series(1, 30) n`,
  );
  const config = aConfig({
    store: 'process.env.DATABASE_URL!',
    fleet: { groups: `byColumn({ table: 'regions', column: 'region', capacity: 10, key: 'id' })` },
  }).replace('import { byKeyRange,', 'import { byColumn,');
  const project = aProject(config);
  const env = { DATABASE_URL: database.url() };
  expect(await project.cronfleet(['synth'], { env })).toMatchObject({ code: 0 });
  expect(await project.cronfleet(['verify'], { env })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('holds: every row is in exactly one group'),
  });

  await database.run('INSERT INTO regions VALUES (31, NULL), (32, 7), (33, 1)');
  const { code, stdout } = await project.cronfleet(['verify'], { env });
  expect(code).toBe(1);
  expect(stdout).toContain('FAILS: 1 row in no group');
  expect(stdout).toContain('run synth: it gives each new value a group');
  expect(stdout).toContain('FAILS: 1 row without region (NULL), which no group takes');
  expect(stdout).toContain('run `cronfleet assign`, then synth');
  expect(stdout).toContain('FAILS: 1 group over capacity (10 rows)');
});

test('a fleet of a query is passed over, and named, refused in words', async () => {
  await database.run('CREATE TABLE beside (id int PRIMARY KEY); INSERT INTO beside SELECT generate_series(1, 15)');
  const fleet = (by: string) =>
    `{ namespace: 'batch', groups: ${by}, window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' }, job: { image: 'worker:1' } }`;
  const project = aProject(
    `import { byKeyRange, byQuery, defineFleets } from './lib';\nexport default defineFleets({ store: process.env.DATABASE_URL!, fleets: {
      ranges: ${fleet(`byKeyRange({ table: 'beside', key: 'id', capacity: 10 })`)},
      rows: ${fleet(`byQuery({ sql: "SELECT 'a' AS name", name: 'name' })`)},
    } });`,
  );
  expect(await project.cronfleet(['synth'], { env: env() })).toMatchObject({ code: 0 });
  const all = await project.cronfleet(['verify'], { env: env() });
  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('fleet ranges: public.beside by id') });
  const named = await project.cronfleet(['verify', '--fleet=rows'], { env: env() });
  expect(named.code).toBe(1);
  expect(named.stderr).toMatch(/^cronfleet: fleet rows: groups by query cannot be verified/);
});
