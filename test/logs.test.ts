import { describe, expect, test } from 'vitest';
import { logLines } from '../lib/cli/logs';
import { printLock } from '../lib/groups/lock';
import { type LogsOptions, logsOf } from '../lib/logs';
import { aLock } from './support/builders';
import { aKubeconfig, aPace, connected } from './support/cluster/connected';
import { aNight, type Night } from './support/cluster/night';
import { rulesIn } from './support/cluster/rules-in';
import { aConfig, aProject } from './support/project';

async function logged(night: Night, { user, ...keys }: Partial<LogsOptions> & { user?: string } = {}) {
  const cluster = await connected(night.double, aPace(night.double), user === undefined ? {} : { user });
  return logsOf(cluster, { plan: night.plan, groups: [], all: false, lines: 20, ...keys });
}
const shown = async (...asked: Parameters<typeof logged>) => logLines(await logged(...asked));

/** Group 1 is done, 2 has failed twice, 3 was missed. */
async function aBadNight(options: Parameters<typeof aNight>[0] = {}): Promise<Night> {
  const night = await aNight(options);
  night.ran('catalog-0001', 'completed', { pod: { log: 'fine\n' } });
  night.ran('catalog-0002', 'failed', {
    pod: [
      { exitCode: 1, log: 'first try\n' },
      { exitCode: 3, log: 'one\ntwo\n\u001b[31mthree: \u202eboom\u001b[0m\n' },
    ],
  });
  return night;
}

describe('logs', () => {
  test('shows the last lines of every group that failed, under whose they are', async () => {
    const night = await aBadNight();
    expect(await shown(night, { lines: 2 })).toEqual([
      'catalog-0002  job catalog-0002-29538180  container job  exit 3 (Error)',
      '  BackoffLimitExceeded: Job has reached the specified backoff limit',
      '  two',
      '  three: \\u202eboom',
      '',
      'catalog-0003  missed',
      '  it did not start',
    ]);
  });

  test('shows groups that are named, or all, whatever became of them', async () => {
    const night = await aBadNight();
    expect(await shown(night, { groups: ['1'] })).toEqual([
      'catalog-0001  job catalog-0001-29538180  container job  exit 0 (Completed)',
      '  fine',
    ]);
    expect((await logged(night, { all: true })).groups.map(({ group }) => group)).toHaveLength(3);
    await expect(logged(night, { groups: ['catalog-002'] })).rejects.toMatchObject({
      hint: 'did you mean catalog-0002?',
    });
  });

  test('says when pods are gone, with what the Job says', async () => {
    const night = await aBadNight();
    for (const { metadata } of night.double.objects('Pod', 'batch')) night.double.remove('Pod', 'batch', metadata.name);
    expect(await shown(night, { groups: ['2'] })).toEqual([
      'catalog-0002  job catalog-0002-29538180  failed',
      '  its pods are gone; BackoffLimitExceeded: Job has reached the specified backoff limit',
    ]);
  });

  test('says when a log is not to be had, and when nothing was printed', async () => {
    const night = await aNight();
    night.ran('catalog-0001', 'failed', { pod: { exitCode: 1 } });
    expect((await shown(night, { groups: ['1'] })).at(-1)).toBe('  (it printed nothing)');
    night.double.fail({ verb: 'get', resource: 'pods/log' }, { status: 404 });
    expect((await shown(night, { groups: ['1'] })).at(-1)).toContain('  its log is not to be had any more');
  });

  test('looks at the last rerun, and at the night that is asked for', async () => {
    const night = await aBadNight();
    night.ran('catalog-0001', 'failed', { nightsAgo: 1, pod: { exitCode: 9, log: 'the night before' } });
    expect((await shown(night, { date: '2026-02-28', groups: ['1'] })).slice(-1)).toEqual(['  the night before']);
    expect(await shown(night, { date: '2026-02-28', groups: ['1'] })).toContain(
      'catalog-0001  job catalog-0001-29536740  container job  exit 9 (Error)',
    );
  });

  test('finds the pod of a folded group by its index', async () => {
    const night = await aNight({ fleet: { fold: true, job: { command: ['work'] } } });
    night.ran('catalog', 'failed', {
      ...{ succeededIndexes: '0', failedIndexes: '1-2', reason: 'FailedIndexes' },
      pod: [0, 1, 2].map((index) => ({ index, exitCode: index, log: `of ${index}` })),
    });
    const lines = await shown(night);
    expect(lines.filter((line) => line.includes('of '))).toEqual(['  of 1', '  of 2']);
    expect(lines[0]).toBe('catalog-0002  job catalog-29538180  container job  exit 1 (Error)');
  });

  test('asks for all pods at once, and for few logs at a time', async () => {
    const night = await aNight({ lock: { groups: 30 } });
    for (const { facts } of night.plan.groups)
      night.ran(facts.name, 'failed', { pod: { exitCode: 1, log: facts.name } });
    night.double.forgetRequests();
    const cluster = await connected(night.double);
    let [now, most] = [0, 0];
    const counted: typeof cluster.log = async (...asked) => {
      now += 1;
      most = Math.max(most, now);
      return cluster.log(...asked).finally(() => {
        now -= 1;
      });
    };
    const asked = { plan: night.plan, groups: [], all: false, lines: 20 };
    const { groups } = await logsOf({ ...cluster, log: counted }, asked);
    expect(groups.map(({ log }) => log)).toEqual(night.plan.groups.map(({ facts }) => facts.name));
    expect(night.double.requests.filter(({ resource }) => resource !== 'pods/log')).toHaveLength(4);
    expect(most).toBe(10);
  });

  test('a good night has nothing to show', async () => {
    const night = await aNight({ lock: { groups: 1 } });
    night.ran('catalog-0001');
    expect(await shown(night)).toEqual(['no group is known to have failed in the night of 2026-03-01']);
  });

  test('needs no more rights than docs/rerun.md gives it', async () => {
    const night = await aBadNight({ users: { reader: rulesIn('rerun.md', 'catalog-logs') } });
    expect((await logged(night, { user: 'reader' })).groups).toHaveLength(2);
    expect(night.double.writeRequests).toEqual([]);
  });
});

test('the command prints JSON that no terminal is moved by', async () => {
  const night = await aBadNight();
  const project = aProject(aConfig({ store: `'postgres://reader@db/shop'` }));
  project.write('fleet.lock.json', printLock(aLock({ groups: 3, source: { table: 'public.items' } })));
  const { code, stdout, stderr } = await project.cronfleet(
    ['logs', 'catalog', '2', '--window', '2026-03-01', '--json'],
    {
      env: { KUBECONFIG: aKubeconfig(night.double) },
    },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain('\u202e');
  expect(JSON.parse(stdout)).toEqual({
    date: '2026-03-01',
    unknown: [],
    groups: [
      expect.objectContaining({
        group: 'catalog-0002',
        how: 'exit 3 (Error)',
        log: 'one\ntwo\n\u001b[31mthree: \u202eboom\u001b[0m\n',
      }),
    ],
  });
});

test.each([
  ['logs', 'catalog-0002  job'],
  ['rerun', 'would run'],
  ['wait', ''],
])('%s goes by the lock of a controller where it is told to, without a file', async (command, said) => {
  const night = await aBadNight();
  const lock = printLock(aLock({ groups: 3, source: { table: 'public.items' } }));
  const metadata = { name: 'catalog-lock', namespace: 'batch' };
  night.double.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { lock } } as never);
  const project = aProject(aConfig({ store: `'postgres://reader@db/shop'` }));
  const more = { logs: [], rerun: ['--failed', '--even-if-done', '--dry-run'], wait: [] }[command] ?? [];
  const args = [command, 'catalog', '--window', '2026-03-01', '--lock', 'configmap/catalog-lock', ...more];
  const ran = await project.cronfleet(args, { env: { KUBECONFIG: aKubeconfig(night.double) } });
  expect(ran.code).toBe(command === 'wait' ? 4 : 0);
  expect(ran.stdout).toContain(said);
  if (command === 'wait')
    expect(ran.stderr).toContain('`cronfleet logs catalog --lock=configmap/catalog-lock --window 2026-03-01`');
});
