// `cronfleet assign` and the synth behind it, through the real command line and a real PostgreSQL.

import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { aDatabase } from './support/database';
import { start } from './support/program';
import { aConfig, aProject, type Project } from './support/project';

const database = aDatabase();
const other = aDatabase();

const STORE = 'process.env.DATABASE_URL ?? demoStore({ rows: 100 })';
const env = () => ({ DATABASE_URL: database.url() });
const lockOf = (project: Project) => JSON.parse(project.read('fleet.lock.json')).fleets.catalog;
const groupsOf = (project: Project) =>
  lockOf(project).groups.map(
    ({ id, value, state }: { id: number; value: string; state: string }) => `${id} ${value} ${state}`,
  );

/** A project over `table (id, grp)`, of groups of at most 10 rows. */
function aColumnProject(table: string, options = 'capacity: 10, key: "id"'): Project {
  const groups = `byColumn({ table: '${table}', column: 'grp', ${options} })`;
  return aProject(aConfig({ store: STORE, fleet: { groups } }));
}

/** `rows` rows without a group, ids from 1. */
async function aTable(name: string, rows: number, { column = 'int', key = 'int PRIMARY KEY' } = {}): Promise<void> {
  await database.run(
    `CREATE TABLE ${name} (id ${key}, grp ${column}); CREATE INDEX ON ${name} (grp, id);
     INSERT INTO ${name} (id) SELECT generate_series(1, ${rows})`,
  );
}

/** How many rows each group has: `1:10 2:3 -:4`, the last without one. */
async function counts(table: string): Promise<string> {
  const rows = await database.run(
    `SELECT coalesce(grp::text, '-') AS grp, count(*)::int AS rows FROM ${table} GROUP BY grp ORDER BY ${table}.grp`,
  );
  return rows.map(({ grp, rows }) => `${grp}:${rows}`).join(' ');
}

async function succeed(project: Project, args: string[], environment: Record<string, string> = env()) {
  const ran = await project.cronfleet(args, { env: environment });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran;
}

/** Refused with this text, as one message, and no row was given a group. */
async function expectRefusal(
  project: Project,
  table: string,
  message: string | RegExp,
  environment = env(),
  args: string[] = [],
) {
  const before = await counts(table);
  const ran = await project.cronfleet(['assign', ...args], { env: environment });
  expect(ran.stderr).toMatch(message);
  expect(ran.stderr.match(/^cronfleet: /gm)).toHaveLength(1);
  expect(ran.stderr).not.toContain('    at ');
  expect(ran.code).toBe(1);
  expect(await counts(table)).toBe(before);
}

/** Asks until the answer is not empty. */
async function until(sql: string): Promise<void> {
  while ((await database.run(sql)).length === 0);
}

/** A session that holds `id` of `table` locked until it is let go. */
async function holding(table: string, id: number): Promise<{ letGo(): Promise<void> }> {
  const client = new Client({ connectionString: database.url() });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`BEGIN; SELECT FROM ${table} WHERE id = ${id} FOR UPDATE`);
  return { letGo: async () => void (await client.query('ROLLBACK')) };
}

const ASSIGNERS = `FROM pg_stat_activity WHERE application_name = 'cronfleet' AND datname = current_database()`;
const BLOCKED = `SELECT ${ASSIGNERS} AND wait_event_type = 'Lock'`;
const GONE = `SELECT 1 WHERE NOT EXISTS (SELECT ${ASSIGNERS})`;

test('rows get groups by assign, and CronJobs by the synth behind it, which writes no row', async () => {
  await aTable('nightly', 25);
  const project = aColumnProject('nightly');
  const waiting = await succeed(project, ['synth']);
  expect(waiting.stderr).toContain(
    'warning: catalog: 25 rows of public.nightly have no grp (NULL) and wait for a group; `cronfleet assign` gives them one',
  );
  expect(waiting.stderr).toContain('0 groups of up to 10 rows: 0 new');
  expect(Object.keys(project.files('dist'))).toEqual(['dist/catalog/ConfigMap.catalog-groups.k8s.yaml']);
  expect((await succeed(project, ['synth'])).stderr).toContain('wrote     nothing');
  expect(await counts('nightly')).toBe('-:25');

  const assigned = await succeed(project, ['assign']);
  expect(assigned.stderr).toContain('gave       25 rows to new 3 groups (1 to 3)');
  expect(assigned.stderr).toContain('next       run `cronfleet synth`');
  expect(await counts('nightly')).toBe('1:10 2:10 3:5');

  const synth = await succeed(project, ['synth']);
  expect(synth.stderr).toContain('3 groups of up to 10 rows: 3 new');
  expect(synth.stderr).not.toContain('warning');
  expect(groupsOf(project)).toEqual(['1 1 active', '2 2 active', '3 3 active']);
  const manifest = project.read('dist/catalog/CronJob.catalog-0002.k8s.yaml');
  expect(manifest).toContain(`value: ("grp" = '2'::integer)`);
  expect(manifest).toContain('cronfleet/value: "2"');

  // The next night: the last group takes what fits, the first two stay byte for byte.
  const before = project.state();
  await database.run('INSERT INTO nightly SELECT generate_series(26, 32)');
  await succeed(project, ['assign']);
  await succeed(project, ['synth']);
  expect(await counts('nightly')).toBe('1:10 2:10 3:10 4:2');
  const [, ...cronJobs] = Object.keys(before).filter((path) => path.startsWith('dist'));
  for (const path of cronJobs) expect(project.read(path)).toBe(before[path]);
  expect(groupsOf(project)).toHaveLength(4);
  expect((await succeed(project, ['assign'])).stderr).toContain('next       nothing to do');
  await succeed(project, ['synth', '--frozen'], {});
});

test('a value that vanishes stays as empty, or retires in two steps, and comes back', async () => {
  await aTable('moving', 0);
  await database.run('INSERT INTO moving SELECT n, n % 5 + 1 FROM generate_series(1, 50) n');
  const project = aColumnProject('moving', 'retireEmpty: true');
  await succeed(project, ['synth']);
  await database.run('DELETE FROM moving WHERE grp = 2');
  expect((await succeed(project, ['synth'])).stderr).toContain(
    '5 groups: 0 new, 0 changed, 1 without rows, 1 retired, 4 unchanged',
  );
  expect(project.read('dist/catalog/CronJob.catalog-0002.k8s.yaml')).toContain('suspend: true');

  await database.run('INSERT INTO moving VALUES (1000, 2)');
  await succeed(project, ['synth']);
  expect(groupsOf(project)[1]).toBe('2 2 active');
  expect(project.read('dist/catalog/CronJob.catalog-0002.k8s.yaml')).not.toContain('suspend');

  await database.run('DELETE FROM moving WHERE grp = 2');
  await succeed(project, ['synth']);
  // Whole windows have passed.
  const lock = project.read('fleet.lock.json');
  project.write('fleet.lock.json', lock.replace(/("state": "retiring", "since": )"[^"]*"/, '$1"2026-01-01T00:00:00Z"'));
  expect((await succeed(project, ['synth'])).stderr).toContain('1 removed');
  expect(project.exists('dist/catalog/CronJob.catalog-0002.k8s.yaml')).toBe(false);
  await database.run('INSERT INTO moving VALUES (1000, 2)');
  await succeed(project, ['synth']);
  expect(groupsOf(project)).toEqual(['1 1 active', '3 3 active', '4 4 active', '5 5 active', '6 2 active']);

  // Half the values gone at once is likelier a truncated table.
  await database.run('DELETE FROM moving WHERE grp IN (1, 3)');
  const before = project.state();
  const refused = await project.cronfleet(['synth'], { env: env() });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('2 of 5 groups have no rows any more');
  expect(project.state()).toEqual(before);
});

test('a frozen synth refuses a config of another column or grouping', async () => {
  await aTable('frozen', 5);
  const project = aColumnProject('frozen');
  await succeed(project, ['assign']);
  await succeed(project, ['synth']);
  for (const [groups, message] of [
    [`byColumn({ table: 'frozen', column: 'id' })`, 'column is id in the config and grp in the lock'],
    [`byColumn({ table: 'thawed', column: 'grp' })`, 'table is thawed in the config and public.frozen in the lock'],
    [
      `byKeyRange({ table: 'frozen', key: 'id', capacity: 10 })`,
      'grouping is keyRange in the config and column in the lock',
    ],
  ] as const) {
    project.write('fleet.config.ts', aConfig({ store: STORE, fleet: { groups } }));
    const ran = await project.cronfleet(['synth', '--frozen']);
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(1);
  }
});

test('a dry run says what would be done and writes nothing, also for a role that may only read', async () => {
  await aTable('dry', 12);
  await database.run('INSERT INTO dry SELECT generate_series(101, 107), 4');
  await database.run(
    `CREATE ROLE dry_reader_${process.pid} LOGIN; GRANT SELECT (id, grp) ON dry TO dry_reader_${process.pid}`,
  );
  onTestFinished(() =>
    database.run(`DROP OWNED BY dry_reader_${process.pid}; DROP ROLE dry_reader_${process.pid}`).then(() => undefined),
  );
  const project = aColumnProject('dry');
  const reader = { DATABASE_URL: database.url(`dry_reader_${process.pid}`) };
  const ran = await succeed(project, ['assign', '--dry-run', '--json'], reader);
  expect(ran.stderr).toContain('(dry run: nothing is written)');
  expect(ran.stderr).toContain('would give 3 rows to group 4 with room');
  expect(ran.stderr).toContain('would give 9 rows to new group 5');
  expect(JSON.parse(ran.stdout)).toEqual([
    {
      fleet: 'catalog',
      store: expect.stringMatching(/^postgres:/),
      table: 'public.dry',
      column: 'grp',
      dryRun: true,
      waiting: 12,
      given: 12,
      groups: [
        { value: '4', rows: 3, new: false },
        { value: '5', rows: 9, new: true },
      ],
    },
  ]);
  expect(await counts('dry')).toBe('4:7 -:12');
  await expectRefusal(
    project,
    'dry',
    /may not update public\.dry\.grp\n {2}GRANT UPDATE \("grp"\) ON public\.dry TO dry_reader/,
    reader,
  );
});

test('SELECT on key and column and UPDATE on that one column are enough', async () => {
  await aTable('granted', 12);
  const role = `assigner_${process.pid}`;
  await database.run(
    `ALTER TABLE granted ADD secret text; CREATE ROLE ${role} LOGIN; GRANT SELECT (id, grp), UPDATE (grp) ON granted TO ${role}`,
  );
  onTestFinished(() => database.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`).then(() => undefined));
  await succeed(aColumnProject('granted'), ['assign'], { DATABASE_URL: database.url(role) });
  expect(await counts('granted')).toBe('1:10 2:2');
});

test('killed in the middle, the next run goes on: no group is over capacity, and no row that had a group has another', async () => {
  await aTable('killed', 14_000);
  await database.run('UPDATE killed SET grp = 1 WHERE id <= 7');
  const project = aColumnProject('killed', 'capacity: 6_000, key: "id"');
  const held = await holding('killed', 12_500);
  const killed = start('bin/cronfleet.js', ['assign', '--config', `${project.folder}/fleet.config.ts`], env());
  await until(BLOCKED);
  const midway = await database.run('SELECT id, grp FROM killed WHERE grp IS NOT NULL ORDER BY id');
  killed.process.kill('SIGKILL');
  expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
  await held.letGo();
  await until(GONE);
  expect(midway.length).toBeGreaterThan(5_000);
  expect(midway.length).toBeLessThan(14_000);

  await succeed(project, ['assign']);

  expect(await counts('killed')).toBe('1:6000 2:6000 3:2000');
  const after = await database.run('SELECT id, grp FROM killed ORDER BY id');
  const groups = new Map(after.map(({ id, grp }) => [id, grp]));
  for (const { id, grp } of midway) expect(groups.get(id)).toBe(grp);
});

test('a second assign at the same time is refused, and one on another column is not', async () => {
  await aTable('twice', 20);
  await aTable('beside', 20);
  const project = aColumnProject('twice');
  const held = await holding('twice', 3);
  const first = project.cronfleet(['assign'], { env: env() });
  await until(BLOCKED);
  await expectRefusal(project, 'twice', 'another assign is at work on public.twice.grp');
  await succeed(aColumnProject('beside'), ['assign']);
  await held.letGo();
  expect(await first).toMatchObject({ code: 0 });
  expect(await counts('twice')).toBe('1:10 2:10');
});

test('a row that gets a group elsewhere while assign waits for it keeps that one', async () => {
  await aTable('raced', 8);
  const project = aColumnProject('raced');
  const client = new Client({ connectionString: database.url() });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('BEGIN; UPDATE raced SET grp = 77 WHERE id = 3');
  const running = project.cronfleet(['assign'], { env: env() });
  await until(BLOCKED);
  await client.query('COMMIT');
  const ran = await running;
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('not given  1 row, which got a group elsewhere');
  expect(await counts('raced')).toBe('1:7 77:1');
});

test('a row that stays locked ends the run with what was given, and the next goes on', async () => {
  await aTable('locked', 10_001);
  const project = aColumnProject('locked', 'capacity: 5_000, key: "id"');
  const held = await holding('locked', 7_000);
  const ran = await project.cronfleet(['assign'], { env: env() });
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stderr).toMatch(
    /\(55P03\)\n {2}5,000 rows or more were given a group and keep it; run the command again to go on/,
  );
  expect(ran.stderr).not.toContain('nothing was written');
  await held.letGo();
  await succeed(project, ['assign']);
  expect(await counts('locked')).toBe('1:5000 2:5000 3:1');
});

test.each([
  ['bigint', 'bigint', `SELECT 9223372036854775807 - n FROM generate_series(0, 14) n`],
  ['uuid', 'uuid', `SELECT md5(n::text)::uuid FROM generate_series(1, 15) n`],
  ['text', 'text', `SELECT 'it''s ' || n FROM generate_series(1, 15) n`],
  [
    'timestamptz',
    'timestamptz',
    `SELECT timestamptz '2026-10-25 00:59:59.9999+00' + n * interval '1 microsecond' FROM generate_series(1, 15) n`,
  ],
])('walks a %s key, and fills a column of an odd name and a trigger’s table', async (name, type, values) => {
  const table = `"Odd ${name}"`;
  await database.run(
    `CREATE TABLE ${table} ("The Key" ${type} UNIQUE, "The ""Group""" smallint, changed int NOT NULL DEFAULT 0);
     INSERT INTO ${table} ("The Key") ${values}; ALTER DATABASE ${(await database.run('SELECT current_database() AS name'))[0]?.name} SET datestyle = 'SQL, DMY';
     CREATE TABLE IF NOT EXISTS changes (n int);
     CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO changes VALUES (1); NEW.changed := NEW.changed + 1; RETURN NEW; END';
     CREATE TRIGGER note BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION note()`,
  );
  const groups = `byColumn({ table: '${table}', column: 'The "Group"', capacity: 10, key: 'The Key' })`;
  await succeed(aProject(aConfig({ store: STORE, fleet: { groups } })), ['assign']);
  const rows = await database.run(
    `SELECT "The ""Group""" AS grp, count(*)::int AS rows, max(changed) AS most FROM ${table} GROUP BY 1 ORDER BY 1`,
  );
  expect(rows).toEqual([
    { grp: 1, rows: 10, most: 1 },
    { grp: 2, rows: 5, most: 1 },
  ]);
});

test('bad input is refused, each with one sentence and its way out', async () => {
  await aTable('bad', 12);
  await aTable('worded', 3, { column: 'text' });
  await aTable('doubled', 3, { key: 'int' });
  await aTable('nameless', 3, { key: 'int UNIQUE' });
  await database.run('INSERT INTO nameless VALUES (NULL, NULL), (NULL, 7)');
  await aTable('small', 3, { column: 'smallint' });
  await database.run('INSERT INTO small SELECT generate_series(11, 20), 32767');

  await expectRefusal(
    aColumnProject('bad'),
    'bad',
    /the config names the demo store\n {2}is DATABASE_URL not set\?/,
    {} as never,
  );
  await expectRefusal(aColumnProject('bad', ''), 'bad', /has no fleet for assign[\s\S]*such as groups: byColumn/);
  await expectRefusal(aColumnProject('bad'), 'bad', /got "catalg"\n {2}did you mean catalog\?/, env(), [
    '--fleet=catalg',
  ]);
  await expectRefusal(aColumnProject('bad', ''), 'bad', 'fleet catalog is none for assign', env(), ['--fleet=catalog']);
  await expectRefusal(
    aColumnProject('bad', 'capacity: 10'),
    'bad',
    'fleets.catalog.groups.key: expected a column with a unique index beside `capacity`, got nothing',
  );
  await expectRefusal(
    aColumnProject('bad', 'key: "id"'),
    'bad',
    'fleets.catalog.groups.capacity: expected a number of rows beside `key`, got nothing',
  );
  await expectRefusal(
    aColumnProject('bad', 'capacity: 10, key: "grp"'),
    'bad',
    'groups.key: expected another column than `column`',
  );
  await expectRefusal(
    aColumnProject('bad', 'capacity: 10, key: "Id"'),
    'bad',
    /groups\.key: expected a column of public\.bad, got "Id"/,
  );
  await expectRefusal(
    aColumnProject('worded'),
    'worded',
    'expects a column of type smallint, integer, bigint, got grp text',
  );
  await expectRefusal(
    aColumnProject('doubled'),
    'doubled',
    'groups.key: expected a column of public.doubled with a unique index of its own, got id',
  );
  await expectRefusal(
    aColumnProject('nameless'),
    'nameless',
    'of the rows of public.nameless that wait for a group, 1 have no id (NULL)',
  );
  await expectRefusal(aColumnProject('small'), 'small', 'a new group with number 32768 does not fit public.small.grp');
  await expectRefusal(aColumnProject('bad'), 'bad', 'refused the connection', {
    DATABASE_URL: 'postgres://x@127.0.0.1:1/db',
  });
});

test('rows of another database than the lock’s are not touched', async () => {
  await aTable('moved', 5);
  const project = aColumnProject('moved');
  await succeed(project, ['assign']);
  await succeed(project, ['synth']);
  await other.run('CREATE TABLE moved (id int PRIMARY KEY, grp int); INSERT INTO moved SELECT generate_series(1, 5)');
  const there = { DATABASE_URL: other.url() };
  const ran = await project.cronfleet(['assign'], { env: there });
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stderr).toContain('FLEET_ADOPT_STORE=catalog');
  expect(await other.run('SELECT FROM moved WHERE grp IS NOT NULL')).toEqual([]);
  await succeed(project, ['assign'], { ...there, FLEET_ADOPT_STORE: 'catalog' });
  expect(await other.run('SELECT FROM moved WHERE grp IS NULL')).toEqual([]);
});
