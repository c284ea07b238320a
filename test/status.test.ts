import { describe, expect, test } from 'vitest';
import { statusLines } from '../lib/cli/status-text';
import { connect } from '../lib/cluster/cluster';
import type { FleetPlan } from '../lib/plan/plan';
import { type StatusOutcome, statusOf } from '../lib/status';
import { aPlan } from './support/builders';
import { aCluster, type Cluster } from './support/cluster';
import { aKubeconfig, aPace } from './support/cluster/connected';
import { CLOSES, minute, OPENS, putFleet, runGroups } from './support/cluster/fleet';

async function seen(cluster: Cluster, plan: FleetPlan, user?: string): Promise<StatusOutcome> {
  const client = await connect({ kubeconfig: aKubeconfig(cluster, user ? { user } : {}) }, aPace(cluster));
  return statusOf(client, [plan]);
}

async function text(cluster: Cluster, plan: FleetPlan, rows = 20): Promise<string[]> {
  const { fleets } = await seen(cluster, plan);
  const options = { width: 80, colour: false, rows, now: cluster.clock.now() };
  return fleets.flatMap((fleet) => statusLines(fleet, plan.window, options));
}

describe('the status of a fleet', () => {
  test('at a glance is how many are done, what is not, and how long the window stays open', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster, aPlan({ lock: { groups: 4 } }));
    runGroups(cluster, [1, 2], { completedAt: minute(30) });
    runGroups(cluster, [3], { running: 1, startedAt: minute(1) });
    const pod = { exitCode: 137, reason: 'OOMKilled' };
    runGroups(cluster, [4], {
      failedAt: minute(40),
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
      pod,
    });
    expect((await text(cluster, plan)).join('\n')).toMatchInlineSnapshot(`
      "fleet catalog in namespace batch, tonight 2026-03-01 00:00 to 05:00 Asia/Seoul
        2 of 4 done, 1 failed, 1 running, 4 h 12 min left
        GROUP         STATE    RUNNING     LAST START  LAST DONE  NEXT
        catalog-0004  failed               00:00                  03-02 00:00
          BackoffLimitExceeded: Job has reached the specified backoff limit
          job: exit 137 OOMKilled
        catalog-0003  running  for 47 min  00:00                  03-02 00:00
        catalog-0001  done                 00:00       00:30      03-02 00:00
        catalog-0002  done                 00:00       00:30      03-02 00:00"
    `);
    expect((await seen(cluster, plan)).fleets[0]?.agrees).toBe(true);
  });

  test('costs a handful of requests, however many groups', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster, aPlan({ lock: { groups: 60 } }));
    cluster.forgetRequests();
    await seen(cluster, plan);
    expect(cluster.requests.map(({ verb, resource }) => `${verb} ${resource}`).sort()).toEqual([
      'get configmaps',
      'list cronjobs',
      'list jobs',
      'list pods',
      'list resourcequotas',
    ]);
  });

  test('shows the worst first and counts the rest', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster, aPlan({ lock: { groups: 60 } }));
    runGroups(
      cluster,
      Array.from({ length: 59 }, (_, at) => at + 1),
      { completedAt: minute(30) },
    );
    runGroups(cluster, [60], { failedAt: minute(40), reason: 'DeadlineExceeded' });
    const lines = await text(cluster, plan, 5);
    expect(lines.find((line) => line.includes('catalog-'))).toMatch(/catalog-0060 +failed/);
    expect(lines.at(-1)).toBe('  … and 55 more, 55 done; --all shows them');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  test.each<[string, (cluster: Cluster) => void, object]>([
    ['a CronJob that is missing', (c) => c.remove('CronJob', 'batch', 'catalog-0002'), { missing: ['catalog-0002'] }],
    ['a CronJob that nobody knows', (c) => putFleet(c, aPlan({ lock: { groups: 4 } })), { unknown: ['catalog-0004'] }],
    [
      'an image changed by hand',
      (c) => {
        const live = c.get('CronJob', 'batch', 'catalog-0002') as never as {
          spec: { jobTemplate: { spec: { template: { spec: { containers: { image: string }[] } } } } };
        };
        const container = live.spec.jobTemplate.spec.template.spec.containers[0] as { image: string };
        container.image = 'worker:other';
        c.put(live as never, { manager: 'kubectl-edit' });
      },
      { drifted: [{ name: 'catalog-0002', fields: ['spec.jobTemplate.spec.template.spec.containers[job].image'] }] },
    ],
    [
      'another lock',
      (c) => putFleet(c, aPlan({ lock: { groups: 3, serial: 7 } })),
      { serial: { lock: 1, cluster: 7 } },
    ],
  ])('disagrees with the lock about %s', async (_, happens, disagreement) => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster, aPlan({ lock: { groups: 3 } }));
    happens(cluster);
    const { fleets } = await seen(cluster, plan);
    expect(fleets[0]).toMatchObject({ agrees: false, disagreement });
  });

  test('has no next start where somebody wrote a schedule without minutes, and calls it changed', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster, aPlan({ lock: { groups: 2 } }));
    runGroups(cluster, [1], { completedAt: minute(30) });
    const edited = cluster.get('CronJob', 'batch', 'catalog-0002') as unknown as { spec: { schedule: string } };
    edited.spec.schedule = '@every 1h';
    cluster.put(edited as never, { manager: 'kubectl-edit' });
    const [fleet] = (await seen(cluster, plan)).fleets;
    expect(fleet?.groups).toMatchObject([{ state: 'done' }, { state: 'missed', nextStart: undefined }]);
    expect(fleet?.disagreement.drifted).toEqual([{ name: 'catalog-0002', fields: ['spec.schedule'] }]);
  });

  test('tells the fleet of another lineage', async () => {
    const cluster = await aCluster({ now: minute(48) });
    putFleet(cluster, aPlan({ lock: { groups: 3, lineage: 'fedcba9876543210' } }));
    const { fleets } = await seen(cluster, aPlan({ lock: { groups: 3 } }));
    expect(fleets[0]).toMatchObject({ agrees: false, disagreement: { lineage: 'fedcba9876543210' } });
  });

  test('needs no more than get, list and watch, and says what it may not see', async () => {
    const rules = [{ verbs: ['get', 'list', 'watch'], apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] }];
    const cluster = await aCluster({ now: CLOSES, users: { looker: rules } });
    const plan = putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { completedAt: minute(30) });
    const { fleets, notes } = await seen(cluster, plan, 'looker');
    expect(fleets[0]).toMatchObject({ agrees: true, isOpen: false });
    expect(fleets[0]?.groups.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(notes).toHaveLength(3);
    expect(notes[0]).toContain('cannot list resource "pods"');
  });

  test('warns of a quota that the night will not fit into', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster);
    const metadata = { name: 'small', namespace: 'batch' };
    const hard = { 'count/jobs.batch': '2' };
    cluster.put({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard }, status: { hard, used: {} } });
    const { warnings } = await seen(cluster, plan);
    expect(warnings.join()).toContain('count/jobs.batch');
  });

  test('says why a pod waits', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster);
    runGroups(cluster, [1], { running: 1 });
    const job = cluster.objects('Job')[0];
    cluster.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'p',
        namespace: 'batch',
        labels: { ...job?.metadata.labels, 'batch.kubernetes.io/job-name': job?.metadata.name },
      },
      spec: { containers: [{ name: 'job', image: 'worker:1' }] },
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient cpu.',
          },
        ],
      },
    } as never);
    expect((await text(cluster, plan)).join('\n')).toContain('Unschedulable, 0/3 nodes are available');
  });

  test('of a folded fleet is told by index', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const plan = putFleet(cluster, aPlan({ fleet: { fold: true, job: { command: ['work'] } }, lock: { groups: 3 } }));
    cluster.runCronJob('batch', 'catalog', {
      scheduledAt: OPENS,
      running: 1,
      succeededIndexes: '0',
      failedIndexes: '2',
    });
    const { fleets } = await seen(cluster, plan);
    expect(fleets[0]?.groups.map(({ state }) => state)).toEqual(['done', 'running', 'failed']);
    expect(fleets[0]?.agrees).toBe(true);
  });

  test('of a fleet with a schedule is that of its last runs', async () => {
    const cluster = await aCluster({ now: minute(48) });
    const schedule = { cron: '*/5 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 4 };
    const plan = putFleet(cluster, aPlan({ fleet: { schedule }, lock: { groups: 2 } }));
    runGroups(cluster, [1], { scheduledAt: minute(45), completedAt: minute(46) });
    const { fleets } = await seen(cluster, plan);
    expect(fleets[0]?.groups.map(({ state, nextStart }) => [state, nextStart])).toEqual([
      ['done', minute(50)],
      ['waiting', minute(50)],
    ]);
  });
});
