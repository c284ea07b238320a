import { describe, expect, test } from 'vitest';
import { demoStore } from '../../lib/store/demo';
import { aCatalogExample, makeData, makeTables, TOMORROW, TONIGHT } from '../support/catalog-example';
import { aDatabase } from '../support/database';
import { expand } from '../support/pod-env';
import { start } from '../support/program';

const database = aDatabase();

/** Ids of the items that were not processed exactly once. */
function notOnce(ids: Iterable<string>, times: Map<string, number>): string[] {
  return [...ids].filter((id) => times.get(id) !== 1);
}

async function itemIds(where = 'TRUE'): Promise<string[]> {
  return (await database.run(`SELECT id FROM catalog.items WHERE ${where}`)).map(({ id }) => String(id));
}

describe('the workers of a night', () => {
  test('process every row exactly once while rows come in below, between and above', async () => {
    const example = await aCatalogExample(database, { rows: 11_000 });
    const { cronJobs } = example;
    expect(cronJobs).toHaveLength(11);
    const due = new Set(await itemIds());
    // Rows that came once their group's worker had started: it may be past them.
    const late = new Set<string>();
    const insertEverywhere = async (isDue: (group: number) => boolean) => {
      for (const [group, cronJob] of cronJobs.entries()) {
        for (const id of await example.insertAtEdges(cronJob)) (isDue(group) ? due : late).add(id);
      }
    };

    for (const [turn, cronJob] of cronJobs.entries()) {
      await insertEverywhere((group) => group >= turn);
      await example.closeGate(cronJob, 100);
      const worker = cronJob.startPod(TONIGHT);
      await example.untilWaiting(worker);
      await insertEverywhere((group) => group > turn);
      await example.openGate();
      expect(await worker.ended).toMatchObject({ code: 0, stderr: '' });
    }

    const times = await example.timesProcessed(TONIGHT);
    expect(due.size).toBeGreaterThan(10_450);
    expect(notOnce(due, times)).toEqual([]);
    expect([...late].filter((id) => (times.get(id) ?? 0) > 1)).toEqual([]);
    expect([...times.keys()].filter((id) => !due.has(id) && !late.has(id))).toEqual([]);
    const wrong = await database.run(
      `SELECT id FROM catalog.items JOIN catalog.results ON item_id = id WHERE gross_price <> round(price * 1.1, 2)`,
    );
    expect(wrong).toEqual([]);
  });

  test('do no row twice when one is killed in mid-batch and tried again, and all of them the next night', async () => {
    const example = await aCatalogExample(database, { rows: 1_500 });
    const [cronJob] = example.cronJobs as [(typeof example.cronJobs)[number]];
    const rows = await itemIds(cronJob.where);
    await example.closeGate(cronJob, 600);
    const killed = cronJob.startPod(TONIGHT);
    await example.untilWaiting(killed);
    killed.process.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
    await example.openGate();

    const retry = cronJob.startPod(TONIGHT);
    expect(await retry.ended).toMatchObject({ code: 0, stderr: '' });
    const tonight = await example.timesProcessed(TONIGHT);
    expect(notOnce(rows, tonight)).toEqual([]);
    expect(tonight.size).toBe(rows.length);

    // A pod that is tried again although it had finished finds nothing to do.
    expect(await cronJob.startPod(TONIGHT).ended).toMatchObject({ code: 0 });
    expect(await example.timesProcessed(TONIGHT)).toEqual(tonight);

    expect(await cronJob.startPod(TOMORROW).ended).toMatchObject({ code: 0 });
    const tomorrow = await example.timesProcessed(TOMORROW);
    expect(notOnce(rows, tomorrow)).toEqual([]);
    expect(await example.timesProcessed(TONIGHT)).toEqual(tonight);
  });

  test('take turns when Kubernetes starts two pods of one Job', async () => {
    const example = await aCatalogExample(database, { rows: 1_500 });
    const [cronJob] = example.cronJobs as [(typeof example.cronJobs)[number]];
    await example.closeGate(cronJob, 100);
    const first = cronJob.startPod(TONIGHT);
    await example.untilWaiting(first);
    const second = cronJob.startPod(TONIGHT);
    await example.untilWaiting(first, second);
    await example.openGate();
    expect(await Promise.all([first.ended, second.ended])).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(notOnce(await itemIds(cronJob.where), await example.timesProcessed(TONIGHT))).toEqual([]);
  });

  test('end the batch at hand on SIGTERM, fail, and leave the rest to the retry', async () => {
    const example = await aCatalogExample(database, { rows: 1_500 });
    const [cronJob] = example.cronJobs as [(typeof example.cronJobs)[number]];
    await example.closeGate(cronJob, 100);
    const stopped = cronJob.startPod(TONIGHT);
    await example.untilWaiting(stopped);
    stopped.process.kill('SIGTERM');
    await example.openGate();
    expect(await stopped.ended).toMatchObject({ code: 143, stderr: '' });
    expect((await example.timesProcessed(TONIGHT)).size).toBe(500);

    expect(await cronJob.startPod(TONIGHT).ended).toMatchObject({ code: 0 });
    expect(notOnce(await itemIds(cronJob.where), await example.timesProcessed(TONIGHT))).toEqual([]);
  });
});

describe('a worker', () => {
  const env = { FLEET_RUN: 'catalog-0001-1', GROUP_NAME: 'catalog-0001', GROUP_WHERE: 'TRUE' };

  test.each([
    ['FLEET_RUN is empty', { ...env, FLEET_RUN: '', DATABASE_URL: 'postgres://localhost/x' }, 'FLEET_RUN is not set'],
    ['no store is named', env, 'DATABASE_URL is not set'],
    ['the store refuses', { ...env, DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/x' }, 'ECONNREFUSED'],
    ['the URL is none', { ...env, DATABASE_URL: 'postgres://me:s3cret@host:port/x' }, 'Invalid URL'],
  ])('fails with one line that tells no password when %s', async (_, given, message) => {
    const ran = await start('examples/catalog/worker.ts', [], given).ended;
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
    expect(ran.stderr).not.toContain('s3cret');
  });

  test('fails when a query does', async () => {
    await database.run('DROP SCHEMA IF EXISTS catalog CASCADE');
    const ran = await start('examples/catalog/worker.ts', [], { ...env, DATABASE_URL: database.url() }).ended;
    expect(ran).toMatchObject({ code: 1, stderr: 'failed: relation "catalog.progress" does not exist\n' });
  });
});

describe('make-data', () => {
  test('appends the rows that the demo store has', async () => {
    await makeTables(database);
    expect(await makeData(database, 7).ended).toMatchObject({ code: 0 });
    expect(await makeData(database, 4).ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('behind id 7'),
    });
    const all = `SELECT array_agg(items::text ORDER BY id)::text AS rows FROM catalog.items`;
    const demo = await demoStore(11).snapshot((session) => session.query(all));
    expect(await database.run(`SET TIME ZONE 'UTC'; ${all}`)).toEqual(demo);
  });

  test('asks for a number of rows', async () => {
    const ran = await start('examples/catalog/make-data.ts', ['many'], { DATABASE_URL: database.url() }).ended;
    expect(ran).toMatchObject({ code: 1, stderr: 'make-data: expected one argument, how many rows to append\n' });
  });
});

test.each([
  ['$(A)-$(B)', 'a-$(B)', 'a name that is not there stays'],
  ['$$(A)', '$(A)', 'a doubled dollar is one, and no name'],
  ['$$$(A) $$ $x $(A', '$a $ $x $(A', 'as often as they stand there'],
])('the tests expand %s as the kubelet does: %s, %s', (text, expected) => {
  expect(expand(text, { A: 'a' })).toBe(expected);
});
