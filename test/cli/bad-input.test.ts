// What a person sees who got something wrong, through the real command lines.

import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aConfig, aProject, type Project, type Ran, REPOSITORY } from '../support/project';

/** Stands for a password in the configs below; it must come out nowhere. */
const CANARY = 'c4n4ry';

/** Lock and dist of a synth in the past, as far as a refusal of the config looks at them. */
const BEFORE = {
  'dist/catalog/CronJob.catalog-0001.k8s.yaml': 'kind: CronJob # as it was',
  'fleet.lock.json': '{ "as it": "was" }',
};

function aRefusedProject(config: string): Project {
  const project = aProject(config);
  for (const [path, text] of Object.entries(BEFORE)) project.write(path, text);
  return project;
}

function expectRefusal({ code, stdout, stderr }: Ran, message: string[]): void {
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe(`${message.join('\n')}\n`);
}

const problem = (...lines: string[]) => [
  'cronfleet: 1 problem in fleet.config.ts; nothing was written',
  ...lines.map((line) => `  ${line}`),
];
const store = `'postgres://user:${CANARY}@127.0.0.1:1/db'`;
const withStore = (url: string) => aConfig({ store: url });
const withFleet = (fleet: Record<string, string>) => aConfig({ store, fleet });
const groups = (keys: string) => withFleet({ groups: `byKeyRange({ ${keys} } as never)` });
const window = (keys: string) => withFleet({ window: `{ timeZone: 'Asia/Seoul', ${keys} }` });
const hidden = 'a text that starts with "postgres://" (the rest is not shown, it may hold a password)';

describe('cronfleet synth', () => {
  test.each<[sentence: string, config: string, message: string[]]>([
    [
      'an empty DATABASE_URL',
      withStore(`process.env.DATABASE_URL ?? demoStore({ rows: 10 })`),
      problem(
        'store: expected a PostgreSQL URL such as postgres://host:5432/database, got an empty text',
        '  is DATABASE_URL set but empty? Unset it to use the demo store, where the config names one',
      ),
    ],
    [
      'a URL without a host',
      withStore(`'postgres://user:${CANARY}@/db'`),
      problem(
        `store: expected a PostgreSQL URL such as postgres://host:5432/database, got ${hidden}`,
        '  it names no host, and the driver would silently connect to localhost; write that if it is meant',
      ),
    ],
    [
      'a URL that cannot be parsed',
      withStore(`{ url: 'postgres://user:%${CANARY}/@host/db' }`),
      problem(
        `store.url: expected a PostgreSQL URL such as postgres://host:5432/database, got ${hidden}`,
        '  percent-encode special characters in user and password: "@" is %40, "/" is %2F, "#" is %23, "%" is %25, a space is %20; check the port, 1 to 65535',
      ),
    ],
    [
      'a capacity of 0',
      groups(`table: 'items', key: 'id', capacity: 0`),
      problem('fleets.catalog.groups.capacity: expected a whole number from 1 to 1,000,000,000,000, got 0'),
    ],
    [
      'a window that opens after it closes',
      window(`opens: '06:00', closes: '05:00'`),
      problem(
        'fleets.catalog.window.closes: expected a time after `opens`, or at most 12 hours later over midnight, got "05:00", which over midnight would be a window of 23 hours',
        '  if that is meant, write closes: "05:00 next day"; if not, swap opens and closes',
      ),
    ],
    [
      'a time there is not',
      window(`opens: '00:00', closes: '25:00'`),
      problem(
        'fleets.catalog.window.closes: expected a time HH:MM or "HH:MM next day", got "25:00"',
        '  use 24-hour times such as "05:30"',
      ),
    ],
    [
      'a time zone there is not',
      withFleet({ window: `{ opens: '00:00', closes: '05:00', timeZone: 'Asia/Soul' }` }),
      problem(
        'fleets.catalog.window.timeZone: expected an IANA time zone such as "Asia/Seoul" or "Etc/UTC", got "Asia/Soul"',
        '  did you mean "Asia/Seoul"? Kubernetes wants the exact letters',
      ),
    ],
    [
      'a reserved name in env',
      withFleet({ job: `{ image: 'worker:1', env: { GROUP_ID: '1', PASSWORD: '${CANARY}' } }` }),
      problem(
        'fleets.catalog.job.env.GROUP_ID: expected a name that is not reserved, got the name "GROUP_ID"',
        '  FLEET, FLEET_RUN and GROUP_… are set by cronfleet; choose another',
      ),
    ],
    [
      'a dist outside of the project',
      `import good from './good';\nexport default { ...good, dist: '../dist' };`,
      problem(
        'dist: expected a folder inside the folder of the config file, such as "dist", got "../dist"',
        '  it must not lead out of that folder',
      ),
    ],
    [
      'several mistakes at once',
      `export default { stroe: ${store}, fleets: { Catalog: { namespace: 'batch', job: { image: 'worker:1' } } } };`,
      [
        'cronfleet: 4 problems in fleet.config.ts; nothing was written',
        '  stroe: expected one of store, dist, tools, delivery, fleets, got an unknown key',
        '    did you mean store?',
        '  fleets.Catalog: expected at most 47 lower-case letters, digits and "-", the first a letter, the last no "-", got the name "Catalog"',
        `    write "catalog": the CronJobs' names begin with it`,
        '  fleets.Catalog.groups: expected byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name }), got nothing',
        '  fleets.Catalog.window: expected one of `window`, `schedule` and `once`, got nothing',
        '    nightly work has a window, other repeated work a schedule',
      ],
    ],
    [
      'no default export',
      `export const fleets = {};`,
      problem(
        'the default export: expected defineFleets({ store, fleets }), got nothing',
        '  write `export default defineFleets({ … })`, with `await` before what takes time',
      ),
    ],
    [
      'a promise in place of a config',
      `import good from './good';\nexport default Promise.resolve(good);`,
      problem(
        'the default export: expected defineFleets({ store, fleets }), got a Promise',
        '  write `export default defineFleets({ … })`, with `await` before what takes time',
      ),
    ],
    [
      'a syntax error',
      `export default {\n  store: ,\n};`,
      [
        'cronfleet: fleet.config.ts:2:9: ERROR: Unexpected ","',
        '  fleet.config.ts does not run; nothing was written. Mend it and run the command again',
      ],
    ],
    [
      'a config that throws, with a password in what it throws',
      `\nconst url: string = 'postgres://user:${CANARY}/1@host/db';\nthrow new Error(\`no rates in \${url}\`);`,
      [
        'cronfleet: fleet.config.ts:3:7: no rates in postgres://***@host/db',
        '  fleet.config.ts does not run; nothing was written. Mend it and run the command again',
      ],
    ],
    [
      'a word that cronfleet does not have',
      `\nimport { bySice } from './lib';\nexport default bySice;`,
      [
        `cronfleet: fleet.config.ts:2: The requested module './lib' does not provide an export named 'bySice'`,
        '  fleet.config.ts does not run; nothing was written. Mend it and run the command again',
      ],
    ],
    [
      'a package that is not installed',
      `import { rates } from 'no-such-package';\nexport default rates;`,
      [
        `cronfleet: fleet.config.ts: Cannot find package 'no-such-package' imported from fleet.config.ts`,
        '  fleet.config.ts does not run; nothing was written. Correct the import or install the package and run the command again',
      ],
    ],
  ])('refuses %s', async (_, config, message) => {
    const project = aRefusedProject(config);
    project.write('good.ts', withFleet({}));
    const env = { DATABASE_URL: '' };
    expectRefusal(await project.cronfleet(['synth'], { env }), message);
    expect(project.state()).toEqual(BEFORE);
  });

  test('refuses a config that is not there', async () => {
    const project = aRefusedProject('');
    expectRefusal(await project.cronfleet(['synth', '--config', 'fleet.prod.config.ts']), [
      'cronfleet: fleet.prod.config.ts: expected a TypeScript or JavaScript file, got no such file',
      '  run the command in the folder of fleet.config.ts, or name another file with FLEET_CONFIG=<file>',
    ]);
    expect(project.state()).toEqual(BEFORE);
  });

  test('writes nothing where nothing was', async () => {
    const project = aProject(groups(`table: 'a.b.c', key: 'id', capacity: 1`));
    const { code, stderr } = await project.cronfleet(['synth']);
    expect(code).toBe(1);
    expect(stderr).toContain('fleets.catalog.groups.table: expected a table name as in SQL, got "a.b.c"');
    expect(project.state()).toEqual({});
    expect(project.exists('.cronfleet')).toBe(false);
  });

  test('tells one message where the store cannot be reached, without its password', async () => {
    const project = aProject(withFleet({}));
    const { code, stdout, stderr } = await project.cronfleet(['synth']);
    expect(code).toBe(1);
    expect(stderr.match(/^cronfleet: /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(stdout + stderr).not.toContain(CANARY);
    expect(project.state()).toEqual({});
  });
});

describe('cronfleet plan', () => {
  const OTHER_VERSION = ['"version": 1', '"version": 2'] as const;
  const CRON_JOB = 'dist/catalog/CronJob.catalog-0003.k8s.yaml';
  /** The shipped example, as it is committed. */
  function theExample(): Project {
    const project = aProject('');
    for (const path of ['fleet.config.ts', 'fleet.lock.json', 'dist'])
      cpSync(join(REPOSITORY, path), join(project.folder, path), { recursive: true });
    return project;
  }
  const edit = (project: Project, path: string, [from, to]: readonly [string, string]) =>
    project.write(path, project.read(path).replace(from, to));
  const git = (project: Project, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: project.folder });
  function commit(project: Project): void {
    git(project, 'add', '-A', '.');
    git(project, 'commit', '-qm', 'x');
  }

  async function expectRefusedPlan(project: Project, args: string[], message: string[], env = {}): Promise<void> {
    const before = project.files('.');
    const ran = await project.cronfleet(['plan', '--frozen', '--exit-code', ...args], { env, freshDemo: true });
    expectRefusal(ran, message);
    expect(project.files('.')).toEqual(before);
  }

  test.each<[sentence: string, spoil: (project: Project) => void, message: string[]]>([
    [
      'a file of dist that a merge went through',
      (project) => project.write(CRON_JOB, `<<<<<<< HEAD\n${project.read(CRON_JOB)}`),
      [
        'cronfleet: dist: catalog/CronJob.catalog-0003.k8s.yaml: expected one object in YAML, got what YAML does not read: Implicit keys need to be on a single line at line 1, column 1',
        '  synth writes it anew. Or bring dist back with `git checkout -- dist`, after a merge `git checkout --ours -- dist`',
      ],
    ],
    [
      'a lock of another version',
      (project) => edit(project, 'fleet.lock.json', OTHER_VERSION),
      [
        'cronfleet: fleet.lock.json: expected version 1, got 2',
        '  it was written by another version of cronfleet: use that one, or restore it with `git checkout -- fleet.lock.json`, then run synth',
      ],
    ],
    [
      'a folder where the lock should be',
      (project) => {
        project.remove('fleet.lock.json');
        project.write('fleet.lock.json/x', '');
      },
      [
        'cronfleet: fleet.lock.json: expected a file, got a folder',
        '  move it out of the way, and bring the lock back with `git checkout`',
      ],
    ],
  ])('refuses %s', async (_, spoil, message) => {
    const project = theExample();
    spoil(project);
    await expectRefusedPlan(project, [], message);
  });

  test.each<[sentence: string, spoil: (project: Project) => void, message: string]>([
    [
      'a lock of another version',
      (project) => edit(project, 'fleet.lock.json', OTHER_VERSION),
      'fleet.lock.json: expected version 1, got 2',
    ],
    [
      'a dist without its lock',
      (project) => project.remove('fleet.lock.json'),
      'dist holds 11 groups, but fleet.lock.json is gone',
    ],
    [
      'a file that is no object',
      (project) => project.write(CRON_JOB, 'nonsense'),
      'dist: catalog/CronJob.catalog-0003.k8s.yaml: expected one object in YAML, got no object',
    ],
  ])('refuses a revision that has %s, whatever is on disk', async (_, spoil, message) => {
    const project = theExample();
    git(project, 'init', '-q', '-b', 'main');
    spoil(project);
    commit(project);
    for (const path of ['fleet.lock.json', CRON_JOB]) cpSync(join(REPOSITORY, path), join(project.folder, path));
    await expectRefusedPlan(
      project,
      ['--against', 'main'],
      [
        `cronfleet: --against: in "main", ${message}`,
        '  compare with a revision whose lock and dist are whole and of this version of cronfleet, or leave --against out: then with those on disk',
      ],
    );
  });

  test('refuses a revision where there is no git', async () => {
    const project = theExample();
    const hint = `  git -C ${project.folder} rev-parse HEAD must know it; a shallow clone has only the last commits (fetch-depth: 0). Without --against, plan compares with the files on disk`;
    await expectRefusedPlan(
      project,
      ['--against', 'HEAD'],
      ['cronfleet: --against: expected git on the PATH, got no such program', hint],
      { PATH: project.folder },
    );
  });

  test('compares what is on disk with a revision, committed or not, and takes one from before the fleet', async () => {
    const project = theExample();
    git(project, 'init', '-q', '-b', 'main');
    git(project, 'commit', '-qm', 'nothing yet', '--allow-empty');
    const before = await project.cronfleet(['plan', '--frozen', '--against', 'HEAD'], { freshDemo: true });
    expect(before.stdout).toContain('new fleet catalog in namespace batch: 0 -> 11 groups');
    commit(project);
    edit(project, 'fleet.config.ts', ['catalog-worker:1.4.2', 'catalog-worker:1.5.0']);
    const dirty = await project.cronfleet(['plan', '--frozen', '--against', 'HEAD', '--exit-code'], {
      freshDemo: true,
    });
    expect(dirty).toMatchObject({ code: 2, stderr: '' });
    expect(dirty.stdout).toContain('image of job');
  });
});

// The cdk8s CLI tells a stack of its own behind our message.
describe('cdk8s synth', () => {
  test.each<[sentence: string, config: string, message: string[]]>([
    [
      'a URL without a host',
      withStore(`'postgres://user:${CANARY}@/db'`),
      problem(
        `store: expected a PostgreSQL URL such as postgres://host:5432/database, got ${hidden}`,
        '  it names no host, and the driver would silently connect to localhost; write that if it is meant',
      ),
    ],
    [
      'a config that throws',
      `throw new Error('no rates in postgres://user:${CANARY}@host/db');`,
      [
        'cronfleet: fleet.config.ts:1:7: no rates in postgres://***@host/db',
        '  fleet.config.ts does not run; nothing was written. Mend it and run the command again',
      ],
    ],
  ])('refuses %s', async (_, config, message) => {
    const project = aRefusedProject(config);
    const { code, stdout, stderr } = await project.cdk8s(['synth']);
    expect(code).toBe(1);
    expect(stderr).toContain(`${message.join('\n')}\n`);
    expect(stderr.match(/^cronfleet: /gm)).toHaveLength(1);
    expect(stderr.split('\n').filter((line) => /^ {4}at (?!.*(cdk8s-cli|node:))/.test(line))).toEqual([]);
    expect(stdout + stderr).not.toContain(CANARY);
    expect(project.state()).toEqual(BEFORE);
  });

  test('says what bySize was given, and not only that the config does not run', async () => {
    const project = aProject(`
import { bySize } from './lib';
export default { resources: bySize({ min: { requests: { cpu: '2' } }, max: { requests: { cpu: '1' } } }) };
`);
    expectRefusal(await project.cronfleet(['synth']), [
      'cronfleet: bySize({ min, max }): expected the same resources in both, none above its max',
      '  requests.cpu: got 2 in min and 1 in max',
    ]);
  });
});
