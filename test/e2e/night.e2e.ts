// A night: a window that opens in a minute or two, by the clock of this machine, and what status, wait, rerun and logs say of it. In this
// suite alone time is real. Each test goes on where the one before left the cluster.

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { aDatabase } from '../support/database';
import { aProject } from '../support/project';
import { aNamespace, eventually, testWithNodes } from '../support/real-cluster';

const MINUTE = 60_000;
const namespace = aNamespace();
const database = aDatabase();
const project = aProject('', afterAll);
const HAS_NODES = inject('hasNodes');
/** Groups that fail: where no pod runs all of them, by a deadline of a minute. */
const FAILING = HAS_NODES ? ['night-0001'] : ['night-0001', 'night-0002', 'night-0003'];
/** What the first group's container does: it fails at night, and not when it is run again. */
const SCRIPT = `case "$GROUP_NAME $FLEET_RUN" in
"night-0001 "*-r*) echo made up for ;;
"night-0001 "*) echo no luck; exit 1 ;;
esac`;
let opens = new Date(0);

function config(image = 'busybox:1.36'): string {
  const time = (instant: number) => new Date(instant).toISOString().slice(11, 16);
  const window = {
    opens: time(opens.getTime()),
    closes: time(opens.getTime() + 60 * MINUTE),
    timeZone: 'Etc/UTC',
    // A Job may take what is left of the window behind its latest start.
    ...(HAS_NODES ? {} : { startingDeadlineMinutes: 59 }),
  };
  return `
    import { byKeyRange, defineFleets } from './lib';
    export default defineFleets({
      store: '${database.url()}?sslmode=disable',
      fleets: {
        night: {
          namespace: '${namespace.name}',
          groups: byKeyRange({ table: 'public.items', key: 'id', capacity: 10 }),
          window: ${JSON.stringify(window)},
          job: {
            image: '${image}', runAsUser: 1000, retries: 0, command: ['sh', '-c', ${JSON.stringify(SCRIPT)}],
          },
        },
      },
    });`;
}

const run = (...args: string[]) => namespace.cronfleet(project, args);
/** By group, as `status` tells them. */
async function states(): Promise<Record<string, string>> {
  const ran = await run('status', '--json');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const { groups } = JSON.parse(ran.stdout).fleets[0] as { groups: { name: string; state: string }[] };
  return Object.fromEntries(groups.map(({ name, state }) => [name, state]));
}

beforeAll(async () => {
  await database.run('CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 25)');
  const began = Date.now();
  opens = new Date(began + 10 * 60 * MINUTE);
  await synth();
  // So that the three commands that follow are done by then, on a slow machine too.
  const lead = Math.max(MINUTE, 6 * (Date.now() - began));
  opens = new Date(Math.ceil((Date.now() + lead) / MINUTE) * MINUTE);
  await synth('--frozen');
});

async function synth(...args: string[]): Promise<void> {
  project.write('fleet.config.ts', config());
  const ran = await project.cronfleet(['synth', ...args]);
  expect(ran.code, ran.stderr).toBe(0);
}

test('a fleet whose window is about to open is applied only when that is said', async () => {
  const refused = await run('apply');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('the window of night opens at');
  expect(await namespace.versions()).toEqual({});
  const ran = await run('apply', '--in-window');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
});

test('every group starts once when the window opens', async () => {
  const jobs = await eventually('a Job of each group', async () => {
    const all = await namespace.jobs('night');
    return all.length >= 3 ? all : undefined;
  });
  const minute = opens.getTime() / MINUTE;
  expect(jobs.map(({ metadata }) => metadata?.name).sort()).toEqual(
    ['night-0001', 'night-0002', 'night-0003'].map((name) => `${name}-${minute}`),
  );
});

test('a group that runs or is done is not run again', async () => {
  const ran = await run('rerun', 'night', '2');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/night-0002: (it is done|night-0002-\d+ is running)/);
});

test('status tells each group of the night that is open', async () => {
  for (const [name, state] of Object.entries(await states()))
    expect(['running', FAILING.includes(name) ? 'failed' : 'done']).toContain(state);
});

test('wait ends with 4 as soon as a group has failed, and says which and why', async () => {
  const ran = await run('wait', 'night');
  expect(ran, ran.stderr).toMatchObject({ code: 4 });
  const reason = HAS_NODES ? 'BackoffLimitExceeded' : 'DeadlineExceeded';
  expect(ran.stderr).toMatch(new RegExp(`(night-000\\d) failed \\(job \\1-\\d+\\): ${reason}`));
  await eventually('status says so of all that fail', async () => {
    const all = await states();
    return FAILING.every((name) => all[name] === 'failed') ? true : undefined;
  });
});

test('logs names the Job that has failed, though its pods may be gone', async () => {
  const ran = await run('logs', 'night');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain(`night-0001  job night-0001-${opens.getTime() / MINUTE}`);
});

testWithNodes('logs shows the last lines of what has failed', async () => {
  const ran = await run('logs', 'night');
  expect(ran.stdout).toContain('no luck');
});

test('two reruns at once make one Job of each group, which counts for the night', async () => {
  const both = await Promise.all([run('rerun', 'night', '--failed'), run('rerun', 'night', '--failed')]);
  const codes = both.map(({ code }) => code);
  const told = both.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  // Without nodes they fail again, by the same deadline.
  expect(codes, told).toContain(HAS_NODES ? 0 : 4);
  const reruns = (await namespace.jobs('night')).filter(({ metadata }) => metadata?.labels?.['cronfleet/rerun']);
  const date = opens.toISOString().slice(2, 10).replaceAll('-', '');
  expect(reruns.map(({ metadata }) => metadata?.name).sort()).toEqual(FAILING.map((name) => `${name}-${date}-r1`));
  expect(await states()).toMatchObject({ 'night-0001': HAS_NODES ? 'done' : 'failed' });
});

testWithNodes('wait ends well once every group is done, one of them by its rerun', async () => {
  const ran = await run('wait', 'night', '--json');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(ran.stdout)).toMatchObject({
    verdict: 'done',
    groups: [{ note: expect.stringContaining('rerun') }, {}, {}],
  });
});

test('while the window is open, a change is refused and nothing is changed', async () => {
  const before = await namespace.versions();
  project.write('fleet.config.ts', config('busybox:1.37'));
  expect(await project.cronfleet(['synth', '--frozen'])).toMatchObject({ code: 0 });
  const ran = await run('apply');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('the window of night is open');
  expect(await namespace.versions()).toEqual(before);
});
