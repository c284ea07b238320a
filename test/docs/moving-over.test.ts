// docs/moving-over.md, followed on a real PostgreSQL: the cuts a team already lives with become the groups.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { RangeGroup } from '../../lib/groups/group';
import type { RangeLock } from '../../lib/groups/lock';
import { aDatabase } from '../support/database';
import { aConfig, aProject, type Project, REPOSITORY } from '../support/project';

const database = aDatabase();
const env = () => ({ DATABASE_URL: database.url() });
const STORE = 'process.env.DATABASE_URL!';
const page = readFileSync(join(REPOSITORY, 'docs/moving-over.md'), 'utf8');

/** The page's code of a language, block by block. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^ *\`\`\`${language}\\n(.*?)^ *\`\`\``, 'gms'))].map(
    ([, code]) => code as string,
  );
}

const withBounds = (table: string, bounds: string, capacity = 10, keys = '') =>
  aConfig({
    store: STORE,
    fleet: {
      groups: `byKeyRange({ table: '${table}', key: 'id', capacity: ${capacity}, bounds: ${bounds}, ${keys} })`,
    },
  });

async function aTable(name: string, type: string, values: string): Promise<void> {
  await database.run(`CREATE TABLE ${name} (id ${type} PRIMARY KEY); INSERT INTO ${name} ${values}`);
}

const groupsOf = (project: Project): RangeGroup[] => {
  const [fleet] = Object.values(
    (JSON.parse(project.read('fleet.lock.json')) as { fleets: Record<string, RangeLock> }).fleets,
  );
  return fleet?.groups ?? [];
};
const cutsOf = (project: Project) => groupsOf(project).map(({ from }) => from);

async function synth(project: Project) {
  const ran = await project.cronfleet(['synth'], { env: env() });
  expect(ran).toMatchObject({ code: 0 });
  return ran;
}

test('the page’s config keeps the ten cuts, and tells the old image the old ranges', async () => {
  await database.run('CREATE SCHEMA shop');
  await aTable('shop.orders', 'bigint', 'SELECT generate_series(1, 10000000, 5000)');
  const project = aProject(blocks('ts')[0] as string);

  await synth(project);

  expect(groupsOf(project)).toHaveLength(10);
  const jobs = Object.entries(project.files('dist'))
    .filter(([path]) => path.includes('/CronJob.'))
    .map(([, text]) => parse(text));
  expect(jobs.map(({ metadata }) => metadata.name)).toEqual(
    Array.from({ length: 10 }, (_, index) => `orders-${String(index + 1).padStart(4, '0')}`),
  );
  const told = jobs.map(({ spec }) => {
    const { env: entries } = spec.jobTemplate.spec.template.spec.containers[0];
    const value = (name: string) => entries.find((entry: { name: string }) => entry.name === name).value;
    return [value('MIN_ID'), value('MAX_ID')];
  });
  expect(told.slice(0, 2)).toEqual([
    ['-9223372036854775808', '1000000'],
    ['1000001', '2000000'],
  ]);
  expect(told.at(-1)).toEqual(['9000001', '9223372036854775807']);
  for (const [index, [from]] of told.slice(1).entries()) expect(BigInt(from)).toBe(BigInt(told[index]?.[1]) + 1n);
});

test('the page’s cronfleet commands all end well, in their order', async () => {
  const project = aProject((blocks('ts')[0] as string).replace('shop.orders', 'public.followed'));
  await aTable('followed', 'bigint', 'SELECT generate_series(1, 10000000, 20000)');
  const commands = blocks('sh')
    .flatMap((block) => block.split('\n').map((line) => line.trim()))
    .filter((line) => line.startsWith('npx cronfleet '));
  expect(commands.length).toBeGreaterThan(4);
  for (const command of commands) {
    expect(await project.cronfleet(command.split(' ').slice(2), { env: env() })).toMatchObject({ code: 0 });
  }
});

test('a range over capacity is cut further, and every given bound stays', async () => {
  // 35 rows from 1 on, 12 from 101 on, none from 201 on, 5 behind.
  await aTable(
    'uneven',
    'int',
    'SELECT generate_series(1, 35) UNION SELECT generate_series(101, 112) UNION SELECT generate_series(301, 305)',
  );
  const project = aProject(withBounds('uneven', '[101, 201, 301]'));
  await synth(project);
  expect(cutsOf(project)).toEqual([null, '11', '21', '31', '101', '111', '201', '301']);
  expect(groupsOf(project).map(({ rows }) => rows)).toEqual([10, 10, 10, 5, 10, 2, 0, 5]);
  expect(await project.cronfleet(['verify'], { env: env() })).toMatchObject({ code: 0 });
});

test.each([
  [
    'bigint',
    `[-5, '0010', 9007199254740991, '9223372036854775807']`,
    ['-5', '10', '9007199254740991', '9223372036854775807'],
  ],
  ['numeric', `[1, '1.50', '2e3']`, ['1', '1.50', '2000']],
  ['timestamptz', `['2026-01-01', '2026-02-01T09:00+09:00']`, ['2026-01-01 00:00:00+00', '2026-02-01 00:00:00+00']],
  ['timestamp', `['2026-01-01', '2026-02-01 12:00']`, ['2026-01-01 00:00:00', '2026-02-01 12:00:00']],
  ['date', `['20260101', 'Feb 1, 2026']`, ['2026-01-01', '2026-02-01']],
  [
    'uuid',
    `['40000000000000000000000000000000', '{C0000000-0000-0000-0000-00000000000A}']`,
    ['40000000-0000-0000-0000-000000000000', 'c0000000-0000-0000-0000-00000000000a'],
  ],
])(
  'bounds of a %s key may be spelled as its type reads them, and stand in the lock as the store writes them',
  async (type, bounds, cuts) => {
    await database.run(`DROP TABLE IF EXISTS spelled; CREATE TABLE spelled (id ${type} PRIMARY KEY)`);
    const project = aProject(withBounds('spelled', bounds));
    await synth(project);
    expect(cutsOf(project)).toEqual([null, ...cuts]);
    const { stderr } = await synth(project);
    expect(stderr).toContain('wrote     nothing');
  },
);

test('bounds of a text key rise in the order of its column', async () => {
  await database.run(`CREATE TABLE words (id text COLLATE "C" PRIMARY KEY)`);
  const project = aProject(withBounds('words', `['B', 'a']`, 10, 'allowKeysInGit: true'));
  await synth(project);
  expect(cutsOf(project)).toEqual([null, 'B', 'a']);
});

test.each([
  ['unsorted', 'int', '[11, 31, 21]', 'the bounds do not rise in the order of public.refused.id'],
  ['twice the same', 'int', '[11, 11]', 'the bounds do not rise'],
  ['the same in another spelling', 'timestamptz', `['2026-01-01 09:00+09', '2026-01-01']`, 'the bounds do not rise'],
  [
    'not of the key’s type',
    'int',
    `[11, 'x']`,
    'the bounds are not all of type integer: invalid input syntax for type integer: "x"',
  ],
  [
    'beyond the key’s type',
    'int',
    '[11, 3_000_000_000]',
    'the bounds are not all of type integer: value "3000000000" is out of range',
  ],
  ['no date', 'date', `['2026-02-30']`, 'the bounds are not all of type date: date/time field value out of range'],
])('bounds that are %s are refused by one message with their place', async (_, type, bounds, message) => {
  await database.run(`DROP TABLE IF EXISTS refused; CREATE TABLE refused (id ${type} PRIMARY KEY)`);
  const project = aProject(withBounds('refused', bounds));
  const { code, stderr } = await project.cronfleet(['synth'], { env: env() });
  expect(code).toBe(1);
  expect(stderr).toContain(`cronfleet: fleets.catalog.groups.bounds: ${message}`);
  expect(stderr).toContain('list the lower bounds of the second group and those behind it, from low to high');
  expect(stderr.match(/^cronfleet: /gm)).toHaveLength(1);
  expect(project.state()).toEqual({});
});

test('a bound that is no key at all is refused before the store is asked', async () => {
  const project = aProject(withBounds('nothing', '[11, 2.5, null]'));
  const { code, stderr } = await project.cronfleet(['synth'], {
    env: { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/db' },
  });
  expect(code).toBe(1);
  expect(stderr).toContain('fleets.catalog.groups.bounds[1]: expected a key as text, or a whole number, got 2.5');
  expect(stderr).toContain('fleets.catalog.groups.bounds[2]: expected a key as text, or a whole number, got null');
});

test('later synths have the cuts from the lock, whatever `bounds` says by then', async () => {
  await aTable('lasting', 'int', 'SELECT generate_series(1, 25)');
  const project = aProject(withBounds('lasting', '[11, 21]'));
  await synth(project);
  const before = project.state();

  for (const bounds of ['[]', '[5, 15]', `['not', 'keys']`]) {
    project.write('fleet.config.ts', withBounds('lasting', bounds));
    expect((await synth(project)).stderr).toContain('wrote     nothing');
  }
  expect(project.state()).toEqual(before);
  await database.run('INSERT INTO lasting SELECT generate_series(26, 32)');
  await synth(project);
  expect(cutsOf(project)).toEqual([null, '11', '21', '31']);
});
