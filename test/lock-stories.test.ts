// What happens between a lock, a config and a store over time. Through the real command line and a real PostgreSQL.

import { expect, test } from 'vitest';
import { aDatabase } from './support/database';
import { aConfig, aProject, type Project } from './support/project';

const database = aDatabase();
const other = aDatabase();

const STORE = 'process.env.DATABASE_URL ?? demoStore({ rows: 2_500 })';
const table = (name: string, capacity = 10) => ({
  groups: `byKeyRange({ table: '${name}', key: 'id', capacity: ${capacity} })`,
});
const lockOf = (project: Project) => JSON.parse(project.read('fleet.lock.json')).fleets.catalog;
const env = () => ({ DATABASE_URL: database.url() });

async function aTable(name: string, rows: number, type = 'int'): Promise<void> {
  await database.run(
    `CREATE TABLE ${name} (id ${type} PRIMARY KEY); INSERT INTO ${name} SELECT generate_series(1, ${rows})`,
  );
}

/** A project that was synthesized once over a table of its own. */
async function aSynthesizedProject(name: string, rows: number): Promise<Project> {
  await aTable(name, rows);
  const project = aProject(aConfig({ store: STORE, fleet: table(name) }));
  expect(await project.cronfleet(['synth'], { env: env() })).toMatchObject({ code: 0 });
  return project;
}

/** The run is refused with this text, and no file has changed. */
async function expectRefusal(project: Project, args: string[], options: object, message: string | RegExp) {
  const before = project.state();
  const ran = await project.cronfleet(['synth', ...args], options);
  expect(ran.stderr).toMatch(message);
  expect(ran.stderr.match(/^cronfleet: /gm)).toHaveLength(1);
  expect(ran.code).toBe(1);
  expect(project.state()).toEqual(before);
  return ran.stderr;
}

test('the first DATABASE_URL after the demo just works, and says that the demo groups were let go', async () => {
  const project = aProject(aConfig({ store: STORE, fleet: table('catalog.items', 1_000) }));
  expect((await project.cronfleet(['synth'])).stderr).toMatch(/demo store \(2,500 made-up rows in memory\)/);
  const demo = lockOf(project);
  expect(demo.source.store).toBe('demo');
  await database.run(
    'CREATE SCHEMA catalog; CREATE TABLE catalog.items (id bigint PRIMARY KEY); INSERT INTO catalog.items SELECT generate_series(1, 1500)',
  );

  const ran = await project.cronfleet(['synth'], { env: env() });

  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('let go    3 groups made from the demo store');
  const real = lockOf(project);
  expect(real.source.store).toMatch(/^\d+\/test_/);
  expect(real.lineage).not.toBe(demo.lineage);
  expect(real.groups).toHaveLength(2);
  expect(Object.keys(project.files('dist'))).toHaveLength(3);

  // And the way back is no accident's: a DATABASE_URL that is gone must not replace real groups by the demo's.
  await expectRefusal(project, [], {}, /is DATABASE_URL not set\?/);
});

test('a demo synth is the same at each start, and changes no byte the second time', async () => {
  const project = aProject(aConfig({ store: STORE, fleet: table('catalog.items', 1_000) }));
  expect(await project.cronfleet(['synth'], { freshDemo: true })).toMatchObject({ code: 0 });
  const before = project.state();
  expect((await project.cronfleet(['synth'])).stderr).toContain('wrote     nothing');
  expect(project.state()).toEqual(before);
});

test('another store is refused until it is adopted, and then keeps every group', async () => {
  const project = await aSynthesizedProject('moved', 25);
  const groups = lockOf(project).groups;
  await other.run('CREATE TABLE moved (id int PRIMARY KEY); INSERT INTO moved SELECT generate_series(1, 25)');
  const there = { env: { DATABASE_URL: other.url() } };
  await expectRefusal(
    project,
    [],
    there,
    /come from store \d+\/\w+, this is store \d+\/\w+[\s\S]*FLEET_ADOPT_STORE=catalog/,
  );

  expect(await project.cronfleet(['synth', '--adopt-store=catalog'], there)).toMatchObject({ code: 0 });
  expect(lockOf(project).groups).toEqual(groups);
  expect(lockOf(project).serial).toBe(2);
  expect((await project.cronfleet(['synth'], there)).stderr).toContain('wrote     nothing');
});

test('a lost lock beside a dist with groups is refused, with both ways out', async () => {
  const project = await aSynthesizedProject('lost', 25);
  const lock = project.read('fleet.lock.json');
  project.remove('fleet.lock.json');
  await expectRefusal(
    project,
    [],
    { env: env() },
    /dist holds 3 groups, but fleet\.lock\.json is gone\n.*git checkout -- fleet\.lock\.json/,
  );
  expect(project.exists('fleet.lock.json')).toBe(false);

  expect(await project.cronfleet(['synth'], { env: { ...env(), FLEET_NEW_LOCK: 'catalog' } })).toMatchObject({
    code: 0,
  });
  expect(lockOf(project).lineage).not.toBe(JSON.parse(lock).fleets.catalog.lineage);
});

const DAMAGED: [string, (lock: string) => string, string][] = [
  [
    'merge-conflict markers',
    (lock: string) => lock.replace('      "serial"', '<<<<<<< ours\n      "serial"'),
    'has merge-conflict markers',
  ],
  ['another version', (lock: string) => lock.replace('"version": 1', '"version": 2'), 'expected version 1, got 2'],
  [
    'a gap',
    (lock: string) => lock.replace('"from": "11"', '"from": "12"'),
    'a gap or overlap: group 1 ends at 11, where no group begins',
  ],
  [
    'an overlap',
    (lock: string) => lock.replace('"to": "11"', '"to": "21"'),
    'a gap or overlap: group 2 begins at 11, where no group ends',
  ],
  ['bounds that do not rise', (lock: string) => lock.replaceAll('"11"', '"99"'), 'the bounds do not rise'],
  ['half of itself', (lock: string) => lock.slice(0, lock.length / 2), 'not JSON'],
];

test('a damaged lock is refused by name, live and frozen', async () => {
  const project = await aSynthesizedProject('damaged', 25);
  const lock = project.read('fleet.lock.json');
  for (const [at, [what, edit, message]] of DAMAGED.entries()) {
    project.write('fleet.lock.json', edit(lock));
    // It is read before the store is asked, so one of them is enough for that.
    if (at === 0) await expectRefusal(project, [], { env: env() }, message);
    await expectRefusal(project, ['--frozen'], {}, message);
    expect(project.read('fleet.lock.json'), what).toBe(edit(lock));
  }
});

test('a config that speaks of other rows than the lock is refused, live and frozen', async () => {
  const project = await aSynthesizedProject('mine', 25);
  await aTable('yours', 25);
  project.write('fleet.config.ts', aConfig({ store: STORE, fleet: table('yours') }));
  await expectRefusal(project, [], { env: env() }, 'table is yours in the config and public.mine in the lock');
  await expectRefusal(project, ['--frozen'], {}, 'table is yours in the config and public.mine in the lock');
  project.write(
    'fleet.config.ts',
    aConfig({
      store: STORE,
      fleet: { groups: `byKeyRange({ table: 'mine', key: 'id', capacity: 10, where: 'id > 5' })` },
    }),
  );
  await expectRefusal(project, ['--frozen'], {}, '`where` is "id > 5" in the config and null in the lock');
});

test('a key widened from int to bigint keeps its groups; one narrowed is refused', async () => {
  const project = await aSynthesizedProject('widened', 25);
  const groups = lockOf(project).groups;
  await database.run('ALTER TABLE widened ALTER id TYPE bigint');
  expect(await project.cronfleet(['synth'], { env: env() })).toMatchObject({ code: 0 });
  expect(lockOf(project)).toMatchObject({ groups, source: { type: 'bigint' } });
  expect(project.read('dist/catalog/CronJob.catalog-0002.k8s.yaml')).toContain("'11'::bigint");
  await database.run('ALTER TABLE widened ALTER id TYPE smallint');
  await expectRefusal(project, [], { env: env() }, 'id is smallint in the store and bigint in the lock');
});

test('a fleet that leaves the config is refused until its token permits it', async () => {
  const project = await aSynthesizedProject('leaving', 25);
  project.write('fleet.config.ts', project.read('fleet.config.ts').replace('catalog:', 'renamed:'));
  for (const mode of [[], ['--frozen']]) {
    await expectRefusal(
      project,
      mode,
      { env: env() },
      'the lock holds fleet catalog with 3 groups, the config does not',
    );
  }
  const refusal = await expectRefusal(
    project,
    ['--allow-removals=catalog:3:000000'],
    { env: env() },
    /--allow-removals=catalog:3:[0-9a-f]{6}/,
  );
  const token = /--allow-removals=(\S+)/.exec(refusal)?.[1] as string;
  expect(await project.cronfleet(['synth'], { env: { ...env(), FLEET_ALLOW_REMOVALS: token } })).toMatchObject({
    code: 0,
  });
  expect(Object.keys(project.files('dist')).every((path) => path.startsWith('dist/renamed/'))).toBe(true);
});

test('more than 1,000 groups at the first synth, or 50 at a later one, want a token', async () => {
  await aTable('many', 1_001);
  const project = aProject(aConfig({ store: STORE, fleet: table('many', 1) }));
  const refusal = await expectRefusal(
    project,
    [],
    { env: env() },
    'fleet catalog: 1,001 new groups; a first synth makes at most 1,000 unasked',
  );
  expect(project.exists('dist')).toBe(false);
  const token = /--allow-new-groups=(\S+)/.exec(refusal)?.[1] as string;
  expect(await project.cronfleet(['synth', `--allow-new-groups=${token}`], { env: env() })).toMatchObject({ code: 0 });
  expect(lockOf(project).groups).toHaveLength(1_001);

  await database.run('INSERT INTO many SELECT generate_series(1002, 1052)');
  await expectRefusal(
    project,
    [`--allow-new-groups=${token}`],
    { env: env() },
    '51 new groups; one synth adds at most 50 unasked',
  );
  await database.run('DELETE FROM many WHERE id > 1051');
  expect((await project.cronfleet(['synth'], { env: env() })).stderr).toContain(
    '1,051 groups of up to 1 rows: 50 new, 1 changed',
  );
});

test('more than 10,000 groups are refused whatever is permitted', async () => {
  await aTable('too_many', 10_002);
  const project = aProject(aConfig({ store: STORE, fleet: table('too_many', 1) }));
  await expectRefusal(project, [], { env: env() }, 'public.too_many makes more than 10,000 groups of at most 1 rows');
});

test('an empty table is one group and a warning, and rows go on from there', async () => {
  await aTable('empty', 0);
  const project = aProject(aConfig({ store: STORE, fleet: table('empty') }));
  const ran = await project.cronfleet(['synth'], { env: env() });
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('warning: catalog: public.empty has no rows; one group waits for them');
  await database.run('INSERT INTO empty SELECT generate_series(1, 15)');
  expect((await project.cronfleet(['synth'], { env: env() })).stderr).toContain(
    '2 groups of up to 10 rows: 1 new, 1 changed, 0 unchanged',
  );
});

test('a frozen run without a lock is refused', async () => {
  const project = aProject(aConfig({ store: STORE, fleet: table('anything') }));
  await expectRefusal(
    project,
    ['--frozen'],
    {},
    'fleet.lock.json has no groups of catalog, and a frozen run must not ask the store',
  );
});

test('another config file has a lock and a dist of its own', async () => {
  await aTable('prod', 25);
  const project = aProject(aConfig({ store: STORE, fleet: table('catalog.items', 1_000) }));
  project.write(
    'fleet.prod.config.ts',
    aConfig({ store: STORE, fleet: table('prod') }).replace('defineFleets({', `defineFleets({ dist: 'dist-prod',`),
  );
  expect(await project.cronfleet(['synth'], { env: { ...env(), FLEET_CONFIG: 'fleet.prod.config.ts' } })).toMatchObject(
    { code: 0 },
  );
  expect(project.exists('fleet.prod.lock.json')).toBe(true);
  expect(Object.keys(project.files('dist-prod'))).toHaveLength(4);
  expect(project.state()).toEqual({});
});

test('a file in dist that cronfleet did not write is refused, not erased', async () => {
  const project = await aSynthesizedProject('with_stranger', 25);
  project.write('dist/catalog/kustomization.yaml', 'resources: []\n');
  await expectRefusal(project, [], { env: env() }, /files that cronfleet did not write: catalog\/kustomization\.yaml/);
});

test('a synth on another time zone, locale and number of cores writes the same bytes', async () => {
  const project = await aSynthesizedProject('elsewhen', 25);
  const before = project.state();
  project.remove('dist');
  const ran = await project.cronfleet(['synth'], {
    env: {
      ...env(),
      TZ: 'America/New_York',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'de_DE.UTF-8',
      PGTZ: 'Asia/Tokyo',
      PGOPTIONS: '-c datestyle=German',
    },
  });
  expect(ran.code).toBe(0);
  expect(project.state()).toEqual(before);
});

test('a fleet that is gone from the lock is refused too, while dist holds its groups', async () => {
  const project = await aSynthesizedProject('half_lost', 25);
  project.write('fleet.lock.json', '{ "version": 1, "fleets": {} }\n');
  await expectRefusal(
    project,
    [],
    { env: env() },
    'dist holds 3 groups of catalog, of which fleet.lock.json knows nothing',
  );
  expect(await project.cronfleet(['synth', '--new-lock=catalog'], { env: env() })).toMatchObject({ code: 0 });
});

test('a name that is no fleet is refused where it would permit nothing', async () => {
  const project = await aSynthesizedProject('typo', 25);
  await expectRefusal(project, ['--new-lock=catalgo'], { env: env() }, 'expected names of fleets, got "catalgo"');
});

test('a frozen run needs no store in the config', async () => {
  const project = await aSynthesizedProject('storeless', 25);
  const before = project.state();
  for (const store of ['process.env.DATABASE_URL!', "''"]) {
    project.write('fleet.config.ts', aConfig({ store, fleet: table('storeless') }));
    expect(await project.cronfleet(['synth', '--frozen'])).toMatchObject({ code: 0 });
  }
  expect(project.state()).toEqual(before);
});

test('a `where` that PostgreSQL does not take is told at its place', async () => {
  await aTable('filtered', 25);
  const project = aProject(
    aConfig({
      store: STORE,
      fleet: { groups: `byKeyRange({ table: 'filtered', key: 'id', capacity: 10, where: 'nope = 1' })` },
    }),
  );
  await expectRefusal(
    project,
    [],
    { env: env() },
    'fleets.catalog.groups.where: column "nope" does not exist (SQLSTATE 42703)',
  );
});

test('a certificate that is not there is told in words', async () => {
  const project = aProject(aConfig({ store: STORE, fleet: table('anything') }));
  const url = `${database.url()}?sslmode=verify-full&sslrootcert=/nope/ca.pem`;
  await expectRefusal(project, [], { env: { DATABASE_URL: url } }, /its URL cannot be used: ENOENT.*\/nope\/ca\.pem/);
});

test('groups of a fleet that neither lock nor config knows stay, until their token lets them go', async () => {
  const project = await aSynthesizedProject('stranger', 25);
  const theirs = project.read('dist/catalog/CronJob.catalog-0001.k8s.yaml').replaceAll('catalog', 'orders');
  project.write('dist/orders/CronJob.orders-0001.k8s.yaml', theirs);
  const refusal = await expectRefusal(
    project,
    [],
    { env: env() },
    'dist holds 1 groups of fleet orders, which neither lock nor config knows',
  );
  const token = /--allow-removals=(\S+)/.exec(refusal)?.[1] as string;
  expect(await project.cronfleet(['synth', `--allow-removals=${token}`], { env: env() })).toMatchObject({ code: 0 });
  expect(project.exists('dist/orders')).toBe(false);
});
