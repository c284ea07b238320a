// No failure of store, disk or process may shrink dist or tear it from its lock. Through the real command lines.

import { connect, createServer, type Socket } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { aDatabase } from './support/database';
import { aConfig, aProject, execute, type Project, type Ran } from './support/project';

const database = aDatabase();
const GROUPS = { groups: `byKeyRange({ table: 'items', key: 'id', capacity: 10 })` };
const FROM_ENV = aConfig({ store: 'process.env.DATABASE_URL!', fleet: GROUPS });
const FAST_GIVING_UP = aConfig({
  store: '{ url: process.env.DATABASE_URL!, connectTimeoutSeconds: 1, statementTimeoutSeconds: 1 }',
  fleet: GROUPS,
});

/** Files of a project of three groups, and of the same with a fourth. */
let three: Record<string, string>;
let four: Record<string, string>;

beforeAll(async () => {
  await database.run('CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 30)');
});

/** A project that stands at `three`, over a table that has grown to four groups. */
async function aGrownProject(config = FROM_ENV): Promise<Project> {
  const project = aProject(config);
  const env = { DATABASE_URL: database.url() };
  if (!three) {
    expect(await project.cronfleet(['synth'], { env })).toMatchObject({ code: 0 });
    three = project.state();
    await database.run('INSERT INTO items SELECT generate_series(31, 40)');
    expect(await project.cronfleet(['synth'], { env })).toMatchObject({ code: 0 });
    four = project.state();
    expect(Object.keys(four)).toHaveLength(Object.keys(three).length + 1);
  }
  restore(project);
  return project;
}

function restore(project: Project): void {
  project.remove('dist');
  for (const [path, text] of Object.entries(three)) project.write(path, text);
}

/** The time of a new group is the only thing two runs may tell differently. */
const timeless = (files: Record<string, string>) => ({
  ...files,
  'fleet.lock.json': files['fleet.lock.json']?.replace(/"since": "[^"]+"/g, '"since": ""'),
});

function expectOneClearMessage(ran: Ran, message: string | RegExp): void {
  expect(ran.code).not.toBe(0);
  // What the cdk8s CLI adds behind our message is its own.
  const ours = ran.stderr.split(/^Error: command "/m)[0] as string;
  expect(ours.match(/^cronfleet: /gm)).toHaveLength(1);
  expect(ours).toMatch(message);
  expect(ours).not.toMatch(/^\s+at /m);
  expect(ran.stdout + ran.stderr).not.toContain('canary');
}

async function aServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A way to the real server that cuts the line at the first question about rows. */
function aLineThatBreaks(): Promise<string> {
  const { hostname, port } = new URL(database.url());
  return aServer((socket) => {
    const server = connect(Number(port), hostname).on('error', () => undefined);
    socket.on('data', (data) =>
      data.includes('MATERIALIZED') || data.includes('AS counted')
        ? [socket, server].map((end) => end.destroy())
        : server.write(data),
    );
    server.on('data', (data) => socket.write(data));
    socket.on('close', () => server.destroy());
    server.on('close', () => socket.destroy());
  });
}

const toDatabase = (host: string) => database.url().replace(/postgres@[^/]+/, `postgres:canary@${host}`);

describe.each([
  ['cdk8s synth', (project: Project, options: object) => project.cdk8s(['synth'], options)],
  ['cronfleet synth', (project: Project, options: object) => project.cronfleet(['synth'], options)],
] as const)('%s leaves lock and dist as they were when the store', (_, synth) => {
  test.each([
    [
      'refuses',
      async () => ({ url: 'postgres://u:canary@127.0.0.1:1/db' }),
      /127\.0\.0\.1:1\/db refused the connection/,
    ],
    ['hangs', async () => ({ url: toDatabase(await aServer(() => undefined)) }), /it had 1 seconds/],
    [
      'dies in mid-query',
      async () => ({ url: toDatabase(await aLineThatBreaks()) }),
      /(cut the connection|failed: Connection terminated)/,
    ],
    [
      'answers an impossible shape',
      async () => ({ url: database.url(), preload: 'lying-store.mjs' }),
      /gave an answer that cannot be true: a number of found that is "-1"/,
    ],
  ])('%s', async (_case, fault, message) => {
    const project = await aGrownProject(FAST_GIVING_UP);
    const { url, preload } = { preload: undefined, ...(await fault()) };
    const ran = await synth(project, { env: { DATABASE_URL: url }, preload });
    expectOneClearMessage(ran, message);
    expect(project.state()).toEqual(three);
    // The next run, with a store that answers, goes on as if nothing had been.
    expect(await project.cronfleet(['synth'], { env: { DATABASE_URL: database.url() } })).toMatchObject({ code: 0 });
    expect(timeless(project.state())).toEqual(timeless(four));
  });
});

describe('a disk that refuses', () => {
  test.each([
    // The program treats them alike, and each of its steps is refused by one of them, or dies in test/histories.test.ts.
    ['at every fourth step', 'ENOSPC', 1],
    ['at every fourth step but others', 'EROFS', 3],
  ])('%s, with %s, leaves lock and dist as they were, or has done all', async (_, fault, first) => {
    const project = await aGrownProject();
    const env = { DATABASE_URL: database.url(), FAULT: fault };
    let refused = 0;
    for (let step = first; ; step += 4) {
      restore(project);
      const ran = await project.cronfleet(['synth'], {
        env: { ...env, FAULT_AT: String(step) },
        preload: 'disk-fault.mjs',
      });
      if (!ran.stderr.includes('fault played')) break;
      if (ran.code === 0) {
        // Only tidying up behind the last rename may fail without a word.
        expect(timeless(project.state()), `step ${step}`).toEqual(timeless(four));
        continue;
      }
      refused += 1;
      expectOneClearMessage(ran, /the disk refused: (ENOSPC|EROFS)/);
      expect(project.state(), `step ${step}`).toEqual(three);
      expect(ran.stderr).toMatch(/as they were|nothing was written/);
    }
    expect(refused).toBeGreaterThan(2);
  });

  test('under the cdk8s CLI is one message too', async () => {
    const project = await aGrownProject();
    for (const step of ['3', '8', '14']) {
      restore(project);
      const env = { DATABASE_URL: database.url(), FAULT: 'ENOSPC', FAULT_AT: step };
      expectOneClearMessage(
        await project.cdk8s(['synth'], { env, preload: 'disk-fault.mjs' }),
        /the disk refused: ENOSPC/,
      );
      expect(project.state()).toEqual(three);
    }
  });
});

// The steps between are those of test/histories.test.ts, which dies at any of them in the process itself.
test('a cdk8s synth killed at every other step leaves lock and dist whole, each old or new, and the next run ends it', {
  timeout: 600_000,
}, async () => {
  const project = await aGrownProject();
  const env = { DATABASE_URL: database.url() };
  const folder = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith('dist')));
  let killed = 0;
  for (let step = 1; ; step += 2) {
    restore(project);
    const fault = { FAULT: 'kill', FAULT_AT: String(step), CDK8S_OUTDIR: '.cronfleet/cdk8s' };
    // What the cdk8s CLI starts, and now and then the CLI itself, which takes thrice as long.
    const ran =
      step % 8 === 1
        ? await project.cdk8s(['synth'], { env: { ...env, ...fault }, preload: 'disk-fault.mjs' })
        : await execute(project.folder, process.execPath, ['--import', 'tsx', 'main.ts'], {
            env: { ...env, ...fault },
            preload: 'disk-fault.mjs',
          });
    if (ran.code === 0) break;
    killed += 1;
    const found = project.state();
    const lock = timeless(found)['fleet.lock.json'];
    expect([timeless(three)['fleet.lock.json'], timeless(four)['fleet.lock.json']], `lock at step ${step}`).toContain(
      lock,
    );
    // Between two renames there is no dist; the whole old one then waits beside its place for the next run.
    const dist = project.exists('dist')
      ? folder(found)
      : Object.fromEntries(
          Object.entries(project.files('.dist.last')).map(([path, text]) => [path.replace('.dist.last', 'dist'), text]),
        );
    expect([folder(three), folder(four)], `dist at step ${step}`).toContainEqual(dist);
    expect(await project.cronfleet(['synth'], { env })).toMatchObject({ code: 0 });
    expect(timeless(project.state()), `after step ${step}`).toEqual(timeless(four));
    expect(project.leftovers()).toEqual([]);
  }
  expect(killed).toBeGreaterThan(6);
});

test('cdk8s synth and cronfleet synth write the same bytes', async () => {
  const project = await aGrownProject();
  const env = { DATABASE_URL: database.url() };
  expect(await project.cdk8s(['synth'], { env })).toMatchObject({ code: 0 });
  const byCdk8s = project.state();
  expect(project.files('.cronfleet/cdk8s')).not.toEqual({});
  expect(await project.cronfleet(['synth'], { env })).toMatchObject({ code: 0 });
  expect(project.state()).toEqual(byCdk8s);
});

test('cdk8s synth -o elsewhere renders there and touches neither lock nor dist', async () => {
  const project = await aGrownProject();
  const ran = await project.cdk8s(['synth', '-o', 'elsewhere'], { env: { DATABASE_URL: database.url() } });
  expect(ran).toMatchObject({ code: 0 });
  expect(project.state()).toEqual(three);
  expect(Object.keys(project.files('elsewhere'))).toHaveLength(Object.keys(four).length - 1);
});

test('cdk8s synth -o dist is refused with the way back, and the way back works', async () => {
  const project = await aGrownProject();
  const env = { DATABASE_URL: database.url() };
  const ran = await project.cdk8s(['synth', '-o', 'dist'], { env });
  expectOneClearMessage(ran, /bring dist back with `git checkout -- dist` or `npm run synth`/);
  expect(project.read('fleet.lock.json')).toBe(three['fleet.lock.json']);
  expect(await project.cronfleet(['synth', '--frozen'], { env })).toMatchObject({ code: 0 });
  expect(project.state()).toEqual(three);
});

test('a frozen synth renders the same bytes without a store to connect to', async () => {
  const project = await aGrownProject();
  const env = { DATABASE_URL: 'postgres://u:canary@127.0.0.1:1/db', FLEET_FROZEN: '1' };
  project.remove('dist');
  expect(await project.cdk8s(['synth'], { env })).toMatchObject({ code: 0 });
  expect(project.state()).toEqual(three);
});

test('two synths at once do not meet: the second is refused', async () => {
  const project = await aGrownProject();
  project.write('.cronfleet/synth.pid', `${process.pid} ${(await import('node:os')).hostname()}\n`);
  expectOneClearMessage(
    await project.cronfleet(['synth'], { env: { DATABASE_URL: database.url() } }),
    /another synth is at work here/,
  );
  expect(project.state()).toEqual(three);
});
