// Fleets that start every minute, by the real CronJob and Job controllers. In this suite alone time is real: a minute has to begin,
// and a deadline to pass. Each test goes on where the one before left the cluster.

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { RawJob } from '../../lib/runs/raw';
import { aDatabase } from '../support/database';
import { aProject } from '../support/project';
import { aNamespace, eventually, testWithNodes } from '../support/real-cluster';

const namespace = aNamespace();
const database = aDatabase();
const project = aProject(config(), afterAll);
const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Without nodes, what is bad fails all the same, by its deadline of a minute. */
function config(more = ''): string {
  return `
    import { byKeyRange, defineFleets } from './lib';
    const groups = byKeyRange({ table: 'public.items', key: 'id', capacity: 10 });
    const job = { image: 'busybox:1.36', runAsUser: 1000, retries: 0 };
    const schedule = { cron: '* * * * *', timeZone: 'Etc/UTC' };
    const base = { namespace: '${namespace.name}', groups, ${more} };
    export default defineFleets({
      store: '${database.url()}?sslmode=disable',
      fleets: {
        good: { ...base, job: { ...job, command: ['true'] }, schedule: { ...schedule, deadlineMinutes: 5 } },
        bad: { ...base, job: { ...job, command: ['false'] }, schedule: { ...schedule, deadlineMinutes: 1 } },
      },
    });`;
}

async function apply(...args: string[]) {
  const ran = await project.cronfleet(['synth', '--frozen']);
  expect(ran.code, ran.stderr).toBe(0);
  return namespace.cronfleet(project, ['apply', ...args]);
}
/** What `status` says of the groups of a fleet. */
async function statesOf(fleet: string): Promise<string[]> {
  const ran = await namespace.cronfleet(project, ['status', '--json', `--fleet=${fleet}`]);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout).fleets[0].groups.map(({ state }: { state: string }) => state);
}
const scheduledAt = ({ metadata }: RawJob) => new Date(metadata?.annotations?.[SCHEDULED] ?? 0);
const newestOf = async (fleet: string) =>
  new Date(Math.max(0, ...(await namespace.jobs(fleet)).map((job) => scheduledAt(job).getTime())));

beforeAll(async () => {
  await database.run('CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 20)');
  const ran = await project.cronfleet(['synth']);
  expect(ran.code, ran.stderr).toBe(0);
});

test('every CronJob starts a Job within the next minute, with the rows of its group', async () => {
  const ran = await apply();
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const jobs = await eventually('a Job of each of the four groups', async () => {
    const all = [...(await namespace.jobs('good')), ...(await namespace.jobs('bad'))];
    const groups = new Set(all.map(({ metadata }) => metadata?.labels?.['cronfleet/group']));
    return groups.size === 4 ? all : undefined;
  });
  for (const { metadata = {}, spec } of jobs) {
    const group = metadata.labels?.['cronfleet/group'] ?? '';
    const minute = scheduledAt({ metadata }).getTime() / 60_000;
    expect(metadata.name).toBe(`${group}-${minute}`);
    const bounds = group.endsWith('1') ? { 'cronfleet/from': '' } : { 'cronfleet/to': '' };
    expect(metadata.annotations).toMatchObject(bounds);
    expect(spec?.activeDeadlineSeconds).toBe(group.startsWith('good') ? 300 : 60);
  }
});

test('status tells what runs or has ended, and that the cluster is as the lock has it', async () => {
  for (const state of await statesOf('good')) expect(['running', 'done']).toContain(state);
  for (const state of await statesOf('bad')) expect(['running', 'failed']).toContain(state);
});

test('a fleet that is paused starts nothing more, and status sees its last Jobs fail', async () => {
  project.write('fleet.config.ts', config('suspend: true'));
  const ran = await apply();
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  await eventually('both groups of bad have failed', async () =>
    (await statesOf('bad')).every((state) => state === 'failed') ? true : undefined,
  );
  const failed = (await namespace.jobs('bad')).flatMap(({ status }) => status?.conditions ?? []);
  const reason = inject('hasNodes') ? 'BackoffLimitExceeded' : 'DeadlineExceeded';
  expect(failed).toContainEqual(expect.objectContaining({ type: 'Failed', status: 'True', reason }));
});

testWithNodes('status sees Jobs complete', async () => {
  await eventually('both groups of good are done', async () =>
    (await statesOf('good')).every((state) => state === 'done') ? true : undefined,
  );
});

test('the end of a pause that would start Jobs at once is refused, and starts them when that is said', async () => {
  const last = await newestOf('bad');
  await eventually('a start was held back', async () => (Date.now() > last.getTime() + 62_000 ? true : undefined));
  expect(await newestOf('bad')).toEqual(last);
  project.write('fleet.config.ts', config());
  const refused = await apply();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('would start at once');
  const ran = await apply('--start-now');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  await eventually('a later Job', async () => ((await newestOf('bad')) > last ? true : undefined));
});
