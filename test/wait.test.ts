import { describe, expect, test } from 'vitest';
import { connect } from '../lib/cluster/cluster';
import { liveGroupMap } from '../lib/cluster/group-map';
import type { Window } from '../lib/config/schema';
import { type GroupMap, parseGroupMap } from '../lib/runs/group-map';
import { type NightState, type WaitOptions, waitForNight } from '../lib/wait';
import { aPlan, type FleetKeys, objectsFor } from './support/builders';
import { aCluster, type Cluster } from './support/cluster';
import { aKubeconfig, aPace } from './support/cluster/connected';
import { CLOSES, minute, OPENS, putFleet, runGroups } from './support/cluster/fleet';

const window = aPlan().window as Window;
const AFTER = new Date(CLOSES.getTime() + 60_000);

/** Waits for the night of `cluster`'s clock, with the group map it has at first. */
async function waiting(cluster: Cluster, options: Partial<WaitOptions> = {}): Promise<NightState> {
  const client = await connect({ kubeconfig: aKubeconfig(cluster) }, aPace(cluster));
  const groups = () => liveGroupMap(client, 'batch', 'catalog');
  return waitForNight(client, { fleet: 'catalog', namespace: 'batch', window, groups, ...options });
}

function statesOf({ outcomes }: NightState): string {
  return outcomes.map(({ state }) => state).join(' ');
}

describe('a night that has closed', () => {
  test('is done when each group has a completed Job of it', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { completedAt: minute(50) });
    expect(await waiting(cluster)).toMatchObject({ verdict: 'done', night: { opens: OPENS, closes: CLOSES } });
    // One list for each kind, however many groups.
    expect(cluster.requests.map(({ verb, resource }) => `${verb} ${resource}`).sort()).toEqual([
      'get configmaps',
      'list cronjobs',
      'list jobs',
    ]);
  });

  test.each<[string, (cluster: Cluster) => void, string, string]>([
    [
      'a group has failed',
      (c) => runGroups(c, [3], { failedAt: minute(60), reason: 'DeadlineExceeded' }),
      'failed',
      'done done failed',
    ],
    ['a group has no Job', () => {}, 'failed', 'done done missed'],
    ['a group is running still', (c) => runGroups(c, [3], { running: 1 }), 'timed-out', 'done done running'],
    [
      'somebody wrote a schedule that says no minutes',
      (c) => {
        const edited = c.get('CronJob', 'batch', 'catalog-0003') as unknown as { spec: { schedule: string } };
        edited.spec.schedule = '@every 1h';
        c.put(edited as never);
      },
      'failed',
      'done done missed',
    ],
    ['a CronJob is gone', (c) => c.remove('CronJob', 'batch', 'catalog-0003'), 'unknown', 'done done missing'],
    [
      'its Job is of the night before',
      (c) => runGroups(c, [3], { scheduledAt: minute(-24 * 60), completedAt: minute(-23 * 60) }),
      'failed',
      'done done missed',
    ],
    [
      'the run of the night before goes on, so that Forbid skipped this one',
      (c) => runGroups(c, [3], { scheduledAt: minute(-24 * 60), running: 1 }),
      'failed',
      'done done missed',
    ],
    ['its Job was made by hand', (c) => byHand(c, 'catalog-0003', minute(10)), 'failed', 'done done missed'],
  ])('is not done when %s', async (_, happens, verdict, states) => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2], { completedAt: minute(50) });
    happens(cluster);
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual([verdict, states]);
  });

  test('is not done by a Job that does not say which rows it had', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { completedAt: minute(50) });
    const job = cluster.objects('Job').find(({ metadata }) => metadata.name.startsWith('catalog-0002'));
    const scheduled = Object.entries(job?.metadata.annotations ?? {}).filter(([key]) => !key.startsWith('cronfleet/'));
    const metadata = { ...job?.metadata, annotations: Object.fromEntries(scheduled) };
    cluster.put({ ...job, metadata } as never, { manager: 'kubectl-edit' });
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'done other-rows done']);
  });

  test('does not wait for a CronJob that was made after its start, nor takes it for done', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster, aPlan({ lock: { groups: 2 } }));
    putFleet(cluster, aPlan({ lock: { groups: 3 } }), minute(30));
    runGroups(cluster, [1], { completedAt: minute(50) });
    // The second group's bounds were changed by the growth; its Job ran with those of before.
    cluster.runCronJob('batch', 'catalog-0002', { scheduledAt: OPENS, completedAt: minute(50) });
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'done done new']);
  });

  test('is not done when a Job ran over other rows than its group has now', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster, aPlan({ lock: { groups: 2 } }));
    runGroups(cluster, [1, 2], { completedAt: minute(50) });
    putFleet(cluster, aPlan({ lock: { groups: 3 } }), minute(60));
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'done other-rows new']);
  });

  test('is not done by a group map with a gap, whatever has completed', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { completedAt: minute(50) });
    const whole = objectsFor(aPlan({ lock: { groups: 3 } })).groupMap.data ?? {};
    const groups = (whole.groups as string)
      .split('\n')
      .filter((line) => !line.includes('catalog-0002'))
      .join('\n');
    const state = await waiting(cluster, { groups: async () => parseGroupMap({ ...whole, groups }, 'map') });
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'done done']);
  });

  test('cannot be known from the CronJob, which keeps neither Job nor rows of its last success', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { scheduledAt: minute(-24 * 60), completedAt: minute(-23 * 60) });
    runGroups(cluster, [1, 2, 3], { completedAt: minute(50) });
    const tonight = cluster
      .objects('Job')
      .filter(({ metadata }) => metadata.creationTimestamp?.startsWith('2026-02-28'));
    for (const job of tonight) cluster.remove('Job', 'batch', job.metadata.name);
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'forgotten forgotten forgotten']);
  });

  test('is not done by a copy of a CronJob, labels and all', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2], { completedAt: minute(50) });
    runGroups(cluster, [3], { failedAt: minute(50), reason: 'DeadlineExceeded' });
    const copied = cluster.get('CronJob', 'batch', 'catalog-0003') as never as { metadata: { labels: object } };
    cluster.put(
      { ...copied, metadata: { name: 'a-test', namespace: 'batch', labels: copied.metadata.labels } } as never,
      {
        createdAt: minute(-60),
      },
    );
    cluster.runCronJob('batch', 'a-test', { scheduledAt: OPENS, completedAt: minute(50) });
    expect((await waiting(cluster)).verdict).toBe('failed');
  });

  test('is not done by Jobs that were made for another lock', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster, aPlan({ lock: { groups: 3, lineage: 'fedcba9876543210' } }));
    runGroups(cluster, [1, 2, 3], { completedAt: minute(50) });
    putFleet(cluster, aPlan({ lock: { groups: 3 } }), minute(60));
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'other-rows other-rows other-rows']);
  });

  test('is done by whichever of two starts in one night has completed', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { failedAt: minute(50), reason: 'DeadlineExceeded' });
    runGroups(cluster, [1, 2, 3], { scheduledAt: minute(60), completedAt: minute(80) });
    expect((await waiting(cluster)).verdict).toBe('done');
  });

  test('is the one to come for a clock that is a little behind', async () => {
    const cluster = await aCluster({ now: new Date(OPENS.getTime() - 3_000) });
    putFleet(cluster, undefined, minute(-3 * 24 * 60));
    runGroups(cluster, [1, 2, 3], { scheduledAt: minute(-24 * 60), completedAt: minute(-23 * 60) });
    const said: string[] = [];
    const state = await waiting(cluster, {
      onState: (seen) => {
        said.push(statesOf(seen));
        cluster.clock.set(CLOSES);
      },
    });
    expect(said[0]).toBe('waiting waiting waiting');
    expect(state).toMatchObject({ verdict: 'failed', night: { opens: OPENS } });
  });

  test('is done by a rerun of the group that had failed, and says so', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    runGroups(cluster, [1, 2], { completedAt: minute(50) });
    runGroups(cluster, [3], { failedAt: minute(50), reason: 'BackoffLimitExceeded' });
    byHand(cluster, 'catalog-0003', minute(60));
    const state = await waiting(cluster);
    expect(state.verdict).toBe('done');
    expect(state.outcomes[2]?.note).toContain('by by-hand, a rerun');
  });

  test('may be an earlier one, by the date on which it opened', async () => {
    const cluster = await aCluster({ now: new Date(AFTER.getTime() + 3 * 24 * 60 * 60_000) });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { completedAt: minute(50) });
    expect((await waiting(cluster)).verdict).toBe('failed');
    expect((await waiting(cluster, { date: '2026-03-01' })).verdict).toBe('done');
    await expect(waiting(cluster, { date: '2026-03-09' })).rejects.toMatchObject({ code: 'config-invalid' });
    await expect(waiting(cluster, { date: 'yesterday' })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test('cannot be known once history has dropped its Jobs and the CronJob has run since', async () => {
    const cluster = await aCluster({ now: AFTER });
    putFleet(cluster);
    const later = minute(2 * 24 * 60);
    runGroups(cluster, [1, 2, 3], { scheduledAt: later, completedAt: later });
    cluster.clock.set(minute(3 * 24 * 60));
    const state = await waiting(cluster, { date: '2026-03-01' });
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'forgotten forgotten forgotten']);
    // The night before the one that is kept is no secret: there was no Job.
    runGroups(cluster, [1, 2, 3], { scheduledAt: minute(-24 * 60), completedAt: minute(-23 * 60) });
    expect((await waiting(cluster, { date: '2026-03-01' })).verdict).toBe('failed');
  });

  test('of a folded fleet does not blame a group that came after its Job', async () => {
    const cluster = await aCluster({ now: AFTER });
    const fleet = { fold: true, job: { command: ['work'] } } satisfies FleetKeys;
    putFleet(cluster, aPlan({ fleet, lock: { groups: 2 } }));
    cluster.runCronJob('batch', 'catalog', { scheduledAt: OPENS, completedAt: minute(50), succeededIndexes: '0-1' });
    putFleet(cluster, aPlan({ fleet, lock: { groups: 3 } }), minute(60));
    const state = await waiting(cluster);
    expect([state.verdict, statesOf(state)]).toEqual(['unknown', 'other-rows other-rows new']);
  });

  test('of a folded fleet is done when each group’s index has completed', async () => {
    const plan = aPlan({ fleet: { fold: true, job: { command: ['work'] } }, lock: { groups: 3 } });
    const done = { scheduledAt: OPENS, completedAt: minute(50), succeededIndexes: '0-2' };
    for (const [run, verdict] of [
      [done, 'done'],
      [{ scheduledAt: OPENS, failedAt: minute(50), succeededIndexes: '0,2', failedIndexes: '1' }, 'failed'],
      [{ scheduledAt: OPENS, running: 1, succeededIndexes: '0,2' }, 'timed-out'],
    ] as const) {
      const cluster = await aCluster({ now: AFTER });
      putFleet(cluster, plan);
      cluster.runCronJob('batch', 'catalog', run as never);
      expect((await waiting(cluster)).verdict).toBe(verdict);
    }
  });
});

describe('a night that is open', () => {
  test('is waited for until the last group has completed', async () => {
    const cluster = await aCluster({ now: minute(5) });
    putFleet(cluster);
    runGroups(cluster, [1, 2], { running: 1 });
    const said: string[] = [];
    const state = await waiting(cluster, {
      onState: ({ outcomes }) => {
        const states = outcomes.map((outcome) => outcome.state).join(' ');
        if (said.at(-1) !== states) said.push(states);
        if (states === 'running running waiting') runGroups(cluster, [3], { scheduledAt: minute(6), running: 1 });
        if (states === 'running running running') runGroups(cluster, [1, 2], { completedAt: minute(50) });
        if (states === 'done done running')
          runGroups(cluster, [3], { scheduledAt: minute(6), completedAt: minute(55) });
      },
    });
    expect(state.verdict).toBe('done');
    expect(said[0]).toBe('running running waiting');
    expect(said.at(-1)).toBe('done done done');
  });

  test('ends when a group fails, while others still run', async () => {
    const cluster = await aCluster({ now: minute(5) });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { running: 1 });
    const state = await waiting(cluster, {
      onState: ({ outcomes }) => {
        if (outcomes.every((outcome) => outcome.state === 'running'))
          runGroups(cluster, [2], { failedAt: minute(6), reason: 'DeadlineExceeded' });
      },
    });
    expect([state.verdict, statesOf(state)]).toEqual(['failed', 'running failed running']);
  });

  test('times out when the window closes', async () => {
    const cluster = await aCluster({ now: minute(5) });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { running: 1 });
    const state = await waiting(cluster, { onState: () => cluster.clock.set(CLOSES) });
    expect(state.verdict).toBe('timed-out');
  });

  test('is seen through dropped watches, forgotten versions, a busy server and a new token', async () => {
    const cluster = await aCluster({ now: minute(5) });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { running: 1 });
    const faults = [
      () => {},
      () => cluster.compact(),
      () => cluster.fail({ verb: 'watch', times: 3 }, { status: 429 }),
      () => {
        cluster.fail({ verb: 'list', times: 2 }, { status: 500 });
        cluster.compact();
      },
    ];
    let next = 0;
    const state = await waiting(cluster, {
      onState: () => {
        const fault = faults[next];
        next += 1;
        setImmediate(() => {
          fault?.();
          if (next % 2 === 0) cluster.endWatches();
          else cluster.dropWatches();
          if (next === 3) runGroups(cluster, [1, 2], { completedAt: minute(50) });
          if (next === 5) runGroups(cluster, [3], { completedAt: minute(55) });
          // Something to see, so that there is a next state.
          const cronJob = cluster.get('CronJob', 'batch', 'catalog-0001') as never as { metadata: object };
          const metadata = { ...cronJob.metadata, annotations: { at: String(next) } };
          if (next < 12) cluster.put({ ...cronJob, metadata } as never);
        });
      },
    });
    expect(state.verdict).toBe('done');
  });

  test('cannot be known when the server is gone until the window closes, though all was seen to run well', async () => {
    const cluster = await aCluster({ now: minute(5) });
    putFleet(cluster);
    runGroups(cluster, [1, 2, 3], { running: 1 });
    const map = objectsFor(aPlan({ lock: { groups: 3 } })).groupMap.data ?? {};
    const troubles: unknown[] = [];
    const state = await waiting(cluster, {
      groups: async (): Promise<GroupMap> => parseGroupMap(map, 'map'),
      onState: () => {
        cluster.fail({}, { reset: true });
        cluster.dropWatches();
      },
      onTrouble: (error) => {
        troubles.push(error);
        cluster.clock.advance(60 * 60_000);
      },
    });
    expect(state.verdict).toBe('unknown');
    expect(troubles.length).toBeGreaterThan(0);
  });

  test('cannot be known when the server never answers', async () => {
    const cluster = await aCluster({ now: minute(5) });
    cluster.fail({}, { reset: true });
    const state = await waiting(cluster, { onTrouble: () => cluster.clock.advance(60 * 60_000) });
    expect(state).toMatchObject({ verdict: 'unknown', outcomes: [] });
  });

  test('is refused at once to who may not look', async () => {
    const cluster = await aCluster({ now: minute(5), users: { nobody: [] } });
    const client = await connect({ kubeconfig: aKubeconfig(cluster, { user: 'nobody' }) }, aPace(cluster));
    const groups = async () => parseGroupMap({ serial: '1', groups: '{"name":"catalog-0001"}' }, 'map');
    await expect(waitForNight(client, { fleet: 'catalog', namespace: 'batch', window, groups })).rejects.toMatchObject({
      code: 'cluster-forbidden',
    });
  });
});

/** A Job as `kubectl create job --from=cronjob/…` makes it, completed ten minutes later. */
function byHand(cluster: Cluster, cronJob: string, at: Date): void {
  const template = (
    cluster.get('CronJob', 'batch', cronJob) as never as { spec: { jobTemplate: { metadata: object; spec: object } } }
  ).spec.jobTemplate;
  const { metadata: owner } = cluster.get('CronJob', 'batch', cronJob) as never as {
    metadata: { name: string; uid: string };
  };
  const ownerReferences = [
    { apiVersion: 'batch/v1', kind: 'CronJob', name: owner.name, uid: owner.uid, controller: true },
  ];
  const metadata = { ...template.metadata, name: 'by-hand', namespace: 'batch', ownerReferences };
  const ended = new Date(at.getTime() + 600_000).toISOString().replace('.000', '');
  const condition = { type: 'Complete', status: 'True', lastTransitionTime: ended };
  const status = { completionTime: ended, succeeded: 1, conditions: [condition] };
  cluster.put({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: template.spec, status } as never, {
    createdAt: at,
  });
}
