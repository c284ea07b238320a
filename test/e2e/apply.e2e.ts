// Applying, against a real control plane; no pod has to run. In this suite alone time is real. Each test goes on where the one before
// left the cluster.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CRON_JOBS, EVENTS } from '../../lib/cluster/kinds';
import { aDatabase } from '../support/database';
import { aProject } from '../support/project';
import { aNamespace, aWindowFarOff, differing } from '../support/real-cluster';

const namespace = aNamespace();
const database = aDatabase();
const project = aProject(config(), afterAll);
const apply = (...args: string[]) => namespace.cronfleet(project, ['apply', ...args]);
const rows = (count: number) =>
  database.run(`TRUNCATE items; INSERT INTO items SELECT generate_series(1, ${count}); ANALYZE items`);

/** Lock and dist with ten groups. */
let earlier: Record<string, string> = {};

/** Ten groups of a table, ten rows of a query, and starts as odd as can be written: on a 29th of February, or paused. */
function config(image = 'busybox:1.36'): string {
  return `
    import { byKeyRange, byQuery, defineFleets } from './lib';
    const base = { namespace: '${namespace.name}', job: { image: '${image}', command: ['true'], runAsUser: 1000 } };
    const regions = byQuery({ sql: 'SELECT name, name AS region FROM public.regions ORDER BY name', name: 'name' });
    const one = byQuery({ sql: "SELECT 'one' AS name", name: 'name' });
    const window = ${aWindowFarOff()};
    export default defineFleets({
      store: '${database.url()}?sslmode=disable',
      fleets: {
        catalog: { ...base, window, groups: byKeyRange({ table: 'public.items', key: 'id', capacity: 10 }) },
        regions: { ...base, window, groups: regions },
        yearly: { ...base, groups: one, schedule: { cron: '59 23 29 FEB *', timeZone: 'Asia/Kathmandu', deadlineMinutes: 5 } },
        weekly: { ...base, groups: one, suspend: true, schedule: { cron: '*/20,7 0-3/2 1-7,28 1,3-5 SUN,2-4', timeZone: 'America/St_Johns', deadlineMinutes: 5 } },
        steps: { ...base, groups: one, schedule: { cron: '59 23 29/2 2 ?', timeZone: 'Pacific/Apia', deadlineMinutes: 5 } },
      },
    });`;
}

async function synth(...args: string[]): Promise<void> {
  const ran = await project.cronfleet(['synth', ...args]);
  expect(ran.code, ran.stderr).toBe(0);
}

beforeAll(async () => {
  await database.run(`
    CREATE TABLE items (id bigint PRIMARY KEY);
    CREATE TABLE regions (name text PRIMARY KEY);
    INSERT INTO regions SELECT 'r' || n FROM generate_series(10, 19) AS n`);
  await rows(100);
  await synth();
});

describe('apply', () => {
  test('says in a dry run what it would create, and creates nothing', async () => {
    const ran = await apply('--dry-run=server');
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain('fleet catalog in namespace');
    expect(ran.stderr).toContain('11 would be created');
    expect(await namespace.versions()).toEqual({});
  });

  test('creates what dist has, with every schedule and time zone as it was written', async () => {
    const ran = await apply();
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).not.toContain('refused');
    const live = await namespace.cronJobs();
    expect(live).toHaveLength(23);
    const starts = live
      .filter(({ metadata }) => /-one$/.test(metadata?.name ?? ''))
      .map(({ metadata, spec }) => [metadata?.name, spec?.schedule, spec?.timeZone]);
    expect(starts.sort()).toEqual([
      ['steps-one', '59 23 29/2 2 ?', 'Pacific/Apia'],
      ['weekly-one', '*/20,7 0-3/2 1-7,28 1,3-5 SUN,2-4', 'America/St_Johns'],
      ['yearly-one', '59 23 29 FEB *', 'Asia/Kathmandu'],
    ]);
  });

  test('writes nothing when there is nothing to do, and status finds the cluster as the lock has it', async () => {
    const before = await namespace.versions();
    const ran = await apply();
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain('nothing to do: the cluster has what dist has');
    expect(await namespace.versions()).toEqual(before);
    const status = await namespace.cronfleet(project, ['status', '--json']);
    expect(status, status.stdout + status.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(status.stdout)).toMatchObject({ agrees: true, notes: [] });
  });

  test('leaves the ten CronJobs alone when an eleventh group is there; of a range, the tenth gets its upper bound', async () => {
    const state = project.state();
    const before = await namespace.versions();
    await rows(101);
    await database.run(`INSERT INTO regions VALUES ('r20')`);
    await synth();
    const ran = await apply();
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(differing(before, await namespace.versions())).toEqual([
      'ConfigMap/catalog-groups',
      'ConfigMap/regions-groups',
      'CronJob/catalog-0010',
      'CronJob/catalog-0011',
      'CronJob/regions-r20',
    ]);
    earlier = state;
  });

  test('does not go back to an older lock, nor removes living groups, until each is said', async () => {
    const [grown, before] = [project.state(), await namespace.versions()];
    project.remove('dist');
    for (const [path, text] of Object.entries(earlier)) project.write(path, text);
    const older = await apply();
    expect(older.code).toBe(1);
    expect(older.stderr).toContain('is older than what is applied');
    const back = /--rollback-to=(\S+)/.exec(older.stderr)?.[1];
    const removing = await apply(`--rollback-to=${back}`);
    expect(removing.code).toBe(1);
    expect(removing.stderr).toContain('catalog-0011');
    const tokens = [...removing.stderr.matchAll(/--allow-removals=(\S+)/g)].map(([, token]) => token);
    expect(tokens).toHaveLength(2);
    expect(await namespace.versions()).toEqual(before);

    const removed = await apply(`--rollback-to=${back}`, `--allow-removals=${tokens}`);
    expect(removed, removed.stderr).toMatchObject({ code: 0 });
    const names = Object.keys(await namespace.versions());
    expect(names).not.toContain('CronJob/catalog-0011');
    expect(names).not.toContain('CronJob/regions-r20');
    expect(names).toHaveLength(Object.keys(before).length - 2);
    for (const [path, text] of Object.entries(grown)) project.write(path, text);
    expect(await apply()).toMatchObject({ code: 0 });
  });

  test('changes each object once when two applies are started at the same time', async () => {
    const generations = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await namespace.cronJobs()).map(({ metadata }) => [
          metadata?.name ?? '',
          (metadata as { generation?: number }).generation ?? 0,
        ]),
      );
    const before = await generations();
    project.write('fleet.config.ts', config('busybox:1.37'));
    await synth('--frozen');
    const both = await Promise.all([apply(), apply()]);
    expect(both.map(({ code }) => code)).toContain(0);
    for (const { code, stderr } of both) if (code !== 0) expect(stderr).toContain('another apply is at work');
    const after = await generations();
    expect(after).toEqual(Object.fromEntries(Object.entries(before).map(([name, count]) => [name, count + 1])));
    const again = await apply();
    expect(again.stderr).toContain('nothing to do');
  });

  test('forces nothing on who has set a field by hand, and applies the rest', async () => {
    const spec = { schedule: '1 2 3 4 *' };
    await namespace.applyAs('somebody', CRON_JOBS, { metadata: { name: 'regions-r10' }, spec } as object);
    const status = await namespace.cronfleet(project, ['status', '--fleet=regions']);
    expect(status).toMatchObject({ code: 3 });
    project.write('fleet.config.ts', config('busybox:1.38'));
    await synth('--frozen');
    const ran = await apply();
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('somebody');
    expect(ran.stderr).toContain('spec.schedule');
    const live = new Map((await namespace.cronJobs()).map((cronJob) => [cronJob.metadata?.name, cronJob]));
    expect(live.get('regions-r10')?.spec?.schedule).toBe('1 2 3 4 *');
    const imageOf = (name: string) =>
      live.get(name)?.spec?.jobTemplate.spec?.template.spec?.containers.map(({ image }) => image);
    expect(imageOf('regions-r11')).toEqual(['busybox:1.38']);
    expect(imageOf('regions-r10')).toEqual(['busybox:1.37']);
  });

  test('makes nothing that the CronJob controller has to warn of', async () => {
    const { items } = await (await namespace.cluster()).list(EVENTS, namespace.name, { fieldSelector: 'type=Warning' });
    expect(items).toEqual([]);
  });
});
