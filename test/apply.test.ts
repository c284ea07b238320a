import { describe, expect, test } from 'vitest';
import { type ApplyOptions, applyTo } from '../lib/apply';
import { type Desired, desiredOf } from '../lib/apply/desired';
import { differencesFrom } from '../lib/cluster/drift';
import { UserError } from '../lib/errors';
import { printLock, type QueryLock } from '../lib/groups/lock';
import { planFleet } from '../lib/plan/plan';
import {
  aGroup,
  aLock,
  aPlan,
  aQueryFleet,
  aQueryLock,
  type FleetKeys,
  type FleetLockKeys,
  groupsAt,
  manifestsFor,
} from './support/builders';
import { aCluster, type Cluster as Double, type KubeObject } from './support/cluster';
import { aPace, connected } from './support/cluster/connected';

/** What dist has of fleet `catalog`. */
function dist({ lock = {}, fleet = {} }: { lock?: FleetLockKeys; fleet?: FleetKeys } = {}): Desired {
  const plan = aPlan({ lock, fleet });
  return desiredOf(aLock(lock), 'fleet.lock.json', [plan], manifestsFor(plan));
}

const NOTHING_PERMITTED: ApplyOptions = {
  ...{ inWindow: false, startNow: false, demo: false, dryRun: false, concurrency: 16 },
  ...{ first: new Set(), takeOver: new Set(), rollbackTo: new Set(), removals: new Set() },
};

async function apply(double: Double, desired: Desired, options: Partial<ApplyOptions> = {}, pace = aPace(double)) {
  return applyTo(await connected(double, pace), desired, { ...NOTHING_PERMITTED, ...options });
}

/** A cluster to which a dist was applied. */
async function appliedCluster(desired: Desired = dist()): Promise<Double> {
  const double = await aCluster();
  await apply(double, desired);
  double.forgetRequests();
  return double;
}

async function refusal(applying: Promise<unknown>): Promise<UserError> {
  const error = await applying.catch((failure: unknown) => failure);
  if (error instanceof UserError) return error;
  throw new Error(`expected a refusal, got ${JSON.stringify(error)}`, { cause: error });
}

/** Two groups grown to three, and one of four let go. */
const BEFORE = { groups: groupsAt(['1001', '2001', '3001']), nextId: 5 };
const RETIRING = {
  serial: 2,
  nextId: 5,
  groups: [
    aGroup({ id: 1, from: null, to: '2001' }),
    aGroup({ id: 2, from: '1001', to: '2001', state: 'retiring' }),
    aGroup({ id: 3, from: '2001', to: '3001' }),
    aGroup({ id: 4, from: '3001', to: null }),
  ],
};
const AFTER = {
  serial: 3,
  nextId: 6,
  groups: [
    aGroup({ id: 1, from: null, to: '2001' }),
    aGroup({ id: 3, from: '2001', to: '3001' }),
    aGroup({ id: 4, from: '3001', to: '4001' }),
    aGroup({ id: 5, from: '4001', to: null }),
  ],
};

/** All that is left to do; nothing once the cluster has what dist has. */
function missing(double: Double, { objects }: Desired): string[] {
  const wanted = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`));
  const kinds = ['CronJob', 'ConfigMap', 'Role', 'RoleBinding', 'ServiceAccount', 'PrometheusRule', 'Job'];
  const extra = kinds.flatMap((kind) => double.objects(kind)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [
    ...objects.flatMap((object) => {
      const live = double.get(object.kind as string, object.metadata?.namespace, object.metadata?.name as string);
      return live === undefined ? [`${object.metadata?.name}`] : differencesFrom(object, live as never);
    }),
    ...extra.filter((name) => !wanted.has(name)),
  ];
}

const writes = (double: Double) =>
  double.writeRequests.filter(({ resource }) => resource !== 'leases').map(({ verb, name }) => `${verb} ${name}`);

describe('apply', () => {
  test('brings what others need first, and CronJobs last', async () => {
    const double = await aCluster();
    const desired = dist({
      lock: { groups: 2 },
      fleet: {
        after: { image: 'after:1', minutes: 5 },
        alerts: { prometheus: true },
        brakes: { admissionPolicy: true },
      } as FleetKeys,
    });
    const { fleets } = await apply(double, desired, { concurrency: 1 });
    const sent = double.writeRequests.filter(({ verb }) => verb === 'patch').map(({ resource }) => resource);
    expect([...new Set(sent)]).toEqual([
      'serviceaccounts',
      'roles',
      'rolebindings',
      'prometheusrules',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      // The group map.
      'configmaps',
      'cronjobs',
    ]);
    expect(fleets[0]).toMatchObject({ created: expect.arrayContaining(['CronJob catalog-0001']), unchanged: 0 });
    expect(missing(double, desired)).toEqual([]);
    double.forgetRequests();
    expect((await apply(double, desired)).fleets[0]).toMatchObject({ created: [], changed: [], removed: [] });
    expect(double.writeRequests).toEqual([]);
  });

  test('sends only what differs, and writes nothing where nothing does, not even a Lease', async () => {
    const double = await appliedCluster(dist({ lock: { groups: 3 } }));
    await apply(double, dist({ lock: { groups: 3 } }));
    expect(double.writeRequests).toEqual([]);
    await apply(double, dist({ lock: { groups: groupsAt(['1001', '2001', '3001']), serial: 2 } }));
    expect(writes(double).sort()).toEqual(['patch catalog-0003', 'patch catalog-0004', 'patch catalog-groups']);
  });

  test('is content with what the server writes otherwise, and leaves a pause by hand alone', async () => {
    const job = { resources: { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { memory: '2048Mi' } } };
    const desired = dist({ fleet: { job: { ...job, writable: ['/tmp'], env: { EMPTY: '' } } } });
    const double = await appliedCluster(desired);
    const live = double.get('CronJob', 'batch', 'catalog-0001') as KubeObject;
    double.put({ ...live, spec: { ...live.spec, suspend: true } }, { manager: 'kubectl-patch' });
    await apply(double, desired);
    expect(double.writeRequests).toEqual([]);
  });

  test('leaves alone what kubectl made alike, and says that its next change will be a conflict', async () => {
    const desired = dist();
    const double = await aCluster();
    for (const object of desired.objects) double.put(object as never, { manager: 'kubectl-client-side-apply' });
    const { fleets, warnings } = await apply(double, desired);
    expect(fleets[0]).toMatchObject({ changed: [], unchanged: 2 });
    expect(warnings).toEqual([
      expect.stringContaining('2 objects are as dist says, but made by kubectl-client-side-apply'),
    ]);
    expect(double.writeRequests).toEqual([]);
  });

  test('removes groups that were let go, and never one whose Job still runs', async () => {
    const double = await appliedCluster(dist({ lock: BEFORE }));
    await apply(double, dist({ lock: RETIRING }));
    double.clock.advance(60_000);
    double.runCronJob('batch', 'catalog-0002', {
      scheduledAt: new Date('2026-02-28T15:00:00Z'),
      state: 'running',
    } as never);
    const kept = await apply(double, dist({ lock: AFTER }));
    expect(kept.fleets[0]).toMatchObject({ removed: [], kept: [{ object: 'CronJob catalog-0002' }] });
    expect(double.get('CronJob', 'batch', 'catalog-0002')).toBeDefined();
    for (const job of double.objects('Job')) double.remove('Job', 'batch', job.metadata.name);
    const live = double.get('CronJob', 'batch', 'catalog-0002') as KubeObject;
    double.put({ ...live, status: {} }, { subresource: 'status' });
    expect((await apply(double, dist({ lock: AFTER }))).fleets[0]?.removed).toEqual(['CronJob catalog-0002']);
    expect(missing(double, dist({ lock: AFTER }))).toEqual([]);
  });

  test('refuses to remove what is not suspended, but for the token of this very removal', async () => {
    const double = await appliedCluster(dist({ lock: BEFORE }));
    const skipped = dist({ lock: AFTER });
    const error = await refusal(apply(double, skipped));
    expect(error).toMatchObject({ code: 'removal', message: expect.stringContaining('catalog-0002') });
    expect(double.writeRequests).toEqual([]);
    const [, token] = /--allow-removals=(\S+)/.exec(error.hint ?? '') ?? [];
    await apply(double, skipped, { removals: new Set([token as string]) });
    expect(missing(double, skipped)).toEqual([]);
  });

  test('asks before more than one group and more than a tenth go at once, suspended or not', async () => {
    const double = await appliedCluster(dist({ lock: BEFORE }));
    for (const name of ['catalog-0002', 'catalog-0003', 'catalog-0004']) {
      const live = double.get('CronJob', 'batch', name) as KubeObject;
      double.put({ ...live, spec: { ...live.spec, suspend: true } });
    }
    const one = dist({ lock: { serial: 2, nextId: 5 } });
    expect(await refusal(apply(double, one))).toMatchObject({ message: expect.stringContaining('more than a tenth') });
    await apply(double, one, { removals: new Set(['catalog-0002', 'catalog-0003', 'catalog-0004']) });
    expect(missing(double, one)).toEqual([]);
  });

  test('takes the CronJobs of groups away at the end of a switch to one for all, and asks nobody: no group is gone', async () => {
    const double = await appliedCluster(dist({ lock: BEFORE }));
    const fleet: FleetKeys = { fold: true, job: { command: ['work'] } };
    const folded = { ...BEFORE, shape: 'folded' } as const;
    await apply(double, dist({ fleet, lock: { ...folded, serial: 2, reshaped: '2026-03-01T00:00:00Z' } }));
    const after = dist({ fleet, lock: { ...folded, serial: 3 } });
    expect((await apply(double, after)).fleets[0]?.removed).toHaveLength(4);
    expect(missing(double, after)).toEqual([]);
    // One that is not suspended is asked about all the same.
    const running = await appliedCluster(dist({ lock: BEFORE }));
    expect((await refusal(apply(running, after))).message).toContain('4 of them not suspended');
  });

  test('removes the Jobs of items that are gone once they have ended', async () => {
    const once = (groups: number) => {
      const items = Object.fromEntries(Array.from({ length: groups }, (_, at) => [`item-${at}`, {}]));
      const lock: QueryLock = aQueryLock(items, { serial: 3 - groups });
      const plan = planFleet('fruit', aQueryFleet({ once: true }), lock, undefined);
      return desiredOf({ version: 1, fleets: { fruit: lock } }, 'fleet.lock.json', [plan], manifestsFor(plan));
    };
    const double = await appliedCluster(once(2));
    expect((await apply(double, once(1))).fleets[0]).toMatchObject({
      removed: [],
      kept: [{ why: 'a Job of it still runs' }],
    });
    const gone = double.objects('Job').find(({ metadata }) => metadata.name.startsWith('fruit-item-1')) as KubeObject;
    const conditions = [
      { type: 'SuccessCriteriaMet', status: 'True' },
      { type: 'Complete', status: 'True' },
    ];
    const now = '2026-03-01T00:00:00Z';
    const status = { conditions, succeeded: 1, startTime: now, completionTime: now };
    double.put({ ...gone, status }, { subresource: 'status' });
    await apply(double, once(1));
    expect(missing(double, once(1))).toEqual([]);
  });

  test('leaves a fleet alone that the lock does not know, and says so', async () => {
    const double = await appliedCluster();
    const other = double.get('CronJob', 'batch', 'catalog-0001') as KubeObject;
    const { name: _, uid: __, resourceVersion: ___, managedFields: ____, ...metadata } = other.metadata;
    double.put({
      ...other,
      metadata: { ...metadata, name: 'orders-0001', labels: { ...metadata.labels, 'cronfleet/fleet': 'orders' } },
    });
    const { warnings } = await apply(double, dist({ lock: { groups: 2, serial: 2 } }));
    // Never by the name alone: another project may have a fleet of it.
    expect(warnings).toEqual([
      "fleet.lock.json does not know 1 object of fleet orders, lineage 0123456789abcdef, in namespace batch: left alone. If they are another project's, all is well. If the fleet left this config or was renamed, its CronJobs go on beside these: kubectl delete cronjobs,configmaps -n batch -l cronfleet/fleet=orders,cronfleet/lineage=0123456789abcdef",
    ]);
    expect(double.get('CronJob', 'batch', 'orders-0001')).toBeDefined();
  });

  test('warns when the fleet’s controller goes by another lock', async () => {
    const fleet = { controller: {} } as FleetKeys;
    const controlled = dist({ fleet });
    const double = await appliedCluster(controlled);
    const putLock = (lock: FleetLockKeys) => {
      const labels = { 'app.kubernetes.io/managed-by': 'cronfleet' };
      const metadata = { name: 'catalog-lock', namespace: 'batch', labels };
      const data = { lock: printLock(aLock(lock)) };
      double.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as never);
    };
    putLock({});
    expect((await apply(double, controlled)).warnings).toEqual([]);
    putLock({ serial: 2, groups: 2 });
    expect((await apply(double, controlled)).warnings).toEqual([
      'fleet catalog has a controller, which goes by ConfigMap batch/catalog-lock: its lock is another than that of fleet.lock.json, serial 1. The next run of the controller is of its own; take one of the two: docs/controller.md',
    ]);
  });

  test('goes on without a kind that the cluster does not serve, with one warning', async () => {
    const double = await aCluster({ hasMonitoring: false });
    const { warnings } = await apply(double, dist({ fleet: { alerts: { prometheus: true } } as FleetKeys }));
    expect(warnings).toEqual([expect.stringContaining('does not know PrometheusRule')]);
    expect(double.get('CronJob', 'batch', 'catalog-0001')).toBeDefined();
  });

  test('tells what a ResourceQuota will refuse at midnight', async () => {
    const double = await aCluster();
    double.put({
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small', namespace: 'batch' } },
      spec: { hard: { 'count/jobs.batch': '10' } },
    });
    const { warnings } = await apply(double, dist({ lock: { groups: 4 } }));
    expect(warnings).toEqual([
      'namespace batch: ResourceQuota small allows 10 count/jobs.batch, and the fleets take 28: 4 Jobs may run at once, and 24 are kept as history',
    ]);
  });
});

describe('a refusal leaves the cluster untouched, and names the flag', () => {
  const grown = dist({ lock: { groups: 2, serial: 2 } });

  test.each<[string, (double: Double) => void, Desired, string, Partial<ApplyOptions>]>([
    [
      'while a window is open',
      (double) => double.clock.set(new Date('2026-03-01T16:00:00Z')),
      grown,
      '--in-window',
      { inWindow: true },
    ],
    [
      'shortly before one opens',
      (double) => double.clock.set(new Date('2026-03-01T14:57:00Z')),
      grown,
      '--in-window',
      { inWindow: true },
    ],
    [
      'for a lock that is older than what is applied',
      (double) => {
        const map = double.get('ConfigMap', 'batch', 'catalog-groups') as KubeObject;
        double.put(
          { ...map, data: { ...(map.data as object), serial: '9' } },
          { manager: 'cronfleet', operation: 'Apply' },
        );
      },
      grown,
      '--rollback-to=2',
      { rollbackTo: new Set(['2']) },
    ],
    [
      'for another lock of the same serial, as of two branches',
      (double) => {
        const map = double.get('ConfigMap', 'batch', 'catalog-groups') as KubeObject;
        const other = dist({ lock: { serial: 2, groups: groupsAt(['501']) } }).objects[0] as { data?: object };
        double.put({ ...map, data: other.data } as KubeObject, { manager: 'cronfleet', operation: 'Apply' });
      },
      grown,
      '--rollback-to=2',
      { rollbackTo: new Set(['2']) },
    ],
    [
      'for objects of another lineage',
      () => {},
      dist({ lock: { lineage: 'fedcba9876543210', serial: 2 } }),
      '--take-over=0123456789abcdef',
      { takeOver: new Set(['0123456789abcdef']) },
    ],
    [
      'for manifests of the demo store',
      () => {},
      dist({ lock: { groups: 2, serial: 2, source: { store: 'demo' } } }),
      '--demo',
      { demo: true },
    ],
    [
      'for a cluster without the fleet, though the lock has changed since its first synth',
      (double) => {
        double.remove('ConfigMap', 'batch', 'catalog-groups');
        double.remove('CronJob', 'batch', 'catalog-0001');
      },
      grown,
      '--first=catalog',
      { first: new Set(['catalog']) },
    ],
    [
      'for a lock that may be older than what is applied, since the group map is gone',
      (double) => double.remove('ConfigMap', 'batch', 'catalog-groups'),
      grown,
      '--first=catalog',
      { first: new Set(['catalog']) },
    ],
  ])('%s', async (_, arrange, desired, flag, permitted) => {
    const double = await appliedCluster();
    arrange(double);
    double.forgetRequests();
    const error = await refusal(apply(double, desired));
    expect(error).toMatchObject({ code: 'apply-refused', hint: expect.stringContaining(flag) });
    expect(error.hint).toContain('Nothing was changed');
    expect(double.writeRequests).toEqual([]);
    await apply(double, desired, permitted);
    expect(missing(double, desired)).toEqual([]);
  });

  test('but not for a group map that somebody spoilt, or whose order is another', async () => {
    const double = await appliedCluster(dist({ lock: { groups: 2 } }));
    const map = double.get('ConfigMap', 'batch', 'catalog-groups') as KubeObject & { data: { groups: string } };
    const turned = map.data.groups.split('\n').reverse().join('\n');
    for (const groups of ['{', turned]) {
      double.put({ ...map, data: { ...map.data, groups } } as KubeObject, { manager: 'cronfleet', operation: 'Apply' });
      await apply(double, dist({ lock: { groups: 2 } }));
      expect(double.get('ConfigMap', 'batch', 'catalog-groups')).toMatchObject({ data: map.data });
    }
  });

  test.each([
    ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:batch/CronJob:batch/catalog-0001' } }, 'shop'],
    ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'fleet' } }, 'fleet'],
  ])('for what is managed by %s, without a way around', async (tool, added, name) => {
    const double = await appliedCluster();
    const live = double.get('CronJob', 'batch', 'catalog-0001') as KubeObject;
    const { labels, annotations } = live.metadata;
    const { labels: more, annotations: notes } = added as { labels?: object; annotations?: object };
    const metadata = { ...live.metadata, labels: { ...labels, ...more }, annotations: { ...annotations, ...notes } };
    double.put({ ...live, metadata });
    expect((await refusal(apply(double, grown))).message).toBe(
      `CronJob batch/catalog-0001 is managed by ${tool} (${name})`,
    );
    expect(double.writeRequests).toEqual([]);
  });

  test.each<[string, KubeObject, string, string]>([
    [
      'Argo CD',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/ConfigMap:batch/catalog-groups' } },
      } as never,
      'catalog-groups',
      "ConfigMap batch/catalog-groups is there and not cronfleet's: it is managed by Argo CD (shop)",
    ],
    [
      'Terraform',
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { labels: { team: 'shop' } } } as never,
      'catalog-wait',
      "ServiceAccount batch/catalog-wait is there and not cronfleet's: it was made by Terraform",
    ],
  ])(
    'for what %s has made under a name of the fleet, also where it is one of many, without a way around',
    async (_, theirs, name, message) => {
      const fleet = { after: { image: 'after:1', minutes: 5 } } as FleetKeys;
      for (const alone of [true, false]) {
        const double = await aCluster();
        if (alone) await apply(double, dist({ fleet }));
        double.remove(theirs.kind as string, 'batch', name);
        const metadata = { ...theirs.metadata, name, namespace: 'batch' };
        double.put({ ...theirs, metadata } as never, { manager: 'Terraform' });
        double.forgetRequests();
        const everything = { ...{ inWindow: true, startNow: true, demo: true }, first: new Set(['catalog']) };
        expect((await refusal(apply(double, dist({ fleet }), everything))).message).toBe(message);
        expect(double.writeRequests).toEqual([]);
      }
    },
  );

  test('for a fleet that is in another namespace, where its CronJobs would go on', async () => {
    const double = await aCluster({ namespaces: ['batch', 'night'] });
    await apply(double, dist());
    const moved = dist({ fleet: { namespace: 'night' } });
    expect((await refusal(apply(double, moved))).message).toContain(
      'fleet catalog is in namespace batch, not in night',
    );
    await apply(double, moved, { first: new Set(['catalog']) });
    expect(double.get('CronJob', 'night', 'catalog-0001')).toBeDefined();
  });

  test('for a fleet that is in the namespace of another fleet of the config', async () => {
    const double = await aCluster({ namespaces: ['batch', 'night'] });
    const both = (namespace: string): Desired => {
      const plans = [aPlan({ fleet: { namespace } }), aPlan({ name: 'orders' })];
      const { catalog } = aLock().fleets;
      const lock = { version: 1, fleets: { catalog, orders: catalog } } as Desired['lock'];
      return desiredOf(lock, 'fleet.lock.json', plans, plans.flatMap(manifestsFor));
    };
    await apply(double, both('batch'));
    double.forgetRequests();
    const { message, hint } = await refusal(apply(double, both('night')));
    expect(message).toContain('fleet catalog is in namespace batch, not in night');
    // What is left over there is not suspended.
    expect(hint).toContain('--allow-removals=catalog:1:');
    expect(double.writeRequests).toEqual([]);
  });

  test('for a start that moves to a time that has just passed, since Kubernetes would make up for it at once', async () => {
    const at = (cron: string) =>
      dist({ fleet: { schedule: { cron, timeZone: 'Etc/UTC', deadlineMinutes: 60 } } as FleetKeys });
    const double = await appliedCluster(at('0 3 * * *'));
    double.clock.set(new Date('2026-03-01T02:05:00Z'));
    const error = await refusal(apply(double, at('0 2 * * *')));
    expect(error.message).toContain('catalog-0001 would start at once');
    expect(error.hint).toContain('apply after 2026-03-01T02:11Z');
    expect(error.hint).toContain('--start-now');
    expect(double.writeRequests).toEqual([]);
    double.clock.set(new Date('2026-03-01T02:11:00Z'));
    await apply(double, at('0 2 * * *'));
    double.clock.set(new Date('2026-03-01T03:01:00Z'));
    await apply(double, at('0 3 * * *'), { startNow: true });
    expect(missing(double, at('0 3 * * *'))).toEqual([]);
  });

  test('but not for a start that moves to when it has run already', async () => {
    const at = (cron: string) =>
      dist({ fleet: { schedule: { cron, timeZone: 'Etc/UTC', deadlineMinutes: 60 } } as FleetKeys });
    const double = await appliedCluster(at('0 2 * * *'));
    double.clock.set(new Date('2026-03-01T02:05:00Z'));
    const live = double.get('CronJob', 'batch', 'catalog-0001') as KubeObject;
    double.put({ ...live, status: { lastScheduleTime: '2026-03-01T02:00:00Z' } }, { subresource: 'status' });
    await apply(double, at('0 2,4 * * *'));
    expect(missing(double, at('0 2,4 * * *'))).toEqual([]);
  });

  test('unless there is nothing to change', async () => {
    const double = await appliedCluster();
    double.clock.set(new Date('2026-03-01T16:00:00Z'));
    await apply(double, dist());
  });
});

describe('an apply that does not come to its end', () => {
  const [before, after] = [dist({ lock: RETIRING }), dist({ lock: AFTER })];

  // What is read before the first write changes nothing wherever it is cut.
  const READS = 9;

  test.each([
    ['before it was done', false, 1],
    ['once it was done', true, 4],
  ])(
    'is finished by the next one, wherever it was killed: what was asked last was cut %s',
    async (_, applied, step) => {
      let isCut = true;
      for (let requests = READS; isCut; requests += step) {
        const double = await aCluster();
        await apply(double, before, { first: new Set(['catalog']) });
        double.fail({ after: requests }, { reset: true, applied });
        isCut = await apply(double, after, { concurrency: 1 }).then(
          () => false,
          () => true,
        );
        double.heal();
        // Its turn has run out.
        double.clock.advance(31_000);
        await apply(double, after);
        expect(missing(double, after), `cut after ${requests} requests`).toEqual([]);
        expect(requests).toBeLessThan(80);
        await double.close();
      }
    },
  );

  test('says what was done when the account may not write CronJobs, and goes on from there', async () => {
    const double = await aCluster();
    double.fail({ verb: 'patch', resource: 'cronjobs' }, { status: 403, message: 'exceeded quota: small' });
    const error = await refusal(apply(double, dist({ lock: { groups: 3 } })));
    expect(error).toMatchObject({ code: 'cluster-forbidden', message: 'not permitted: exceeded quota: small' });
    expect(error.hint).toContain('1 of 4 changes were made; the next run goes on from there');
    double.heal();
    double.forgetRequests();
    await apply(double, dist({ lock: { groups: 3 } }));
    expect(writes(double).sort()).toEqual(['patch catalog-0001', 'patch catalog-0002', 'patch catalog-0003']);
  });

  test('tells conflicts that are alike once, forces none, sends the others, and removes nothing', async () => {
    const double = await appliedCluster(dist({ lock: BEFORE }));
    await apply(double, before);
    for (const name of ['catalog-0001', 'catalog-0003']) {
      const live = double.get('CronJob', 'batch', name) as KubeObject;
      double.put({ ...live, spec: { ...live.spec, startingDeadlineSeconds: 7 } }, { manager: 'kubectl-edit' });
    }
    const error = await refusal(apply(double, after));
    expect(error).toMatchObject({
      code: 'apply-incomplete',
      message:
        '2 objects were refused: spec.startingDeadlineSeconds: conflict with "kubectl-edit" using batch/v1 (in CronJob batch/catalog-0001, CronJob batch/catalog-0003)',
    });
    expect(double.get('CronJob', 'batch', 'catalog-0001')?.spec?.startingDeadlineSeconds).toBe(7);
    expect(double.get('CronJob', 'batch', 'catalog-0005')).toBeDefined();
    expect(double.get('CronJob', 'batch', 'catalog-0002')).toBeDefined();
  });

  test('changes no CronJob whose Job runs, though the window it runs in has been moved away', async () => {
    const double = await appliedCluster(dist({ lock: { groups: 2 } }));
    const at = double.clock.now();
    double.runCronJob('batch', 'catalog-0002', { scheduledAt: at, running: 1 });
    const moved = dist({ fleet: { window: { opens: '14:00', closes: '18:00' } }, lock: { groups: 3, serial: 2 } });
    double.forgetRequests();
    expect((await refusal(apply(double, moved))).message).toMatch(/^catalog-0002 is at work/);
    expect(double.writeRequests).toEqual([]);
  });

  test('ends when its window opens meanwhile, unless it may change what runs', async () => {
    for (const inWindow of [false, true]) {
      const double = await aCluster({ now: new Date('2026-03-01T14:54:00Z') });
      const hold = double.hold({ verb: 'patch', resource: 'cronjobs' });
      const applying = apply(double, dist({ lock: { groups: 5 } }), { concurrency: 2, inWindow }).catch(
        (error: unknown) => error,
      );
      await hold.waiting(2);
      double.clock.advance(7 * 60_000);
      hold.release();
      const end = await applying;
      expect(double.objects('CronJob')).toHaveLength(inWindow ? 5 : 2);
      if (!inWindow)
        expect(end).toMatchObject({
          ...{ code: 'apply-incomplete', message: 'the window of catalog has opened meanwhile' },
          hint: expect.stringContaining('3 of 6 changes were made; the next run goes on from there'),
        });
      double.clock.advance(5 * 60 * 60_000);
      await apply(double, dist({ lock: { groups: 5 } }));
      expect(missing(double, dist({ lock: { groups: 5 } }))).toEqual([]);
    }
  });

  test('ends by itself once it is told to, and gives its turn back', async () => {
    const double = await aCluster();
    const stop = new AbortController();
    const hold = double.hold({ verb: 'patch', resource: 'cronjobs' });
    const applying = refusal(apply(double, dist({ lock: { groups: 5 } }), { concurrency: 2, signal: stop.signal }));
    await hold.waiting(2);
    stop.abort();
    hold.release();
    expect(await applying).toMatchObject({ code: 'apply-incomplete', hint: expect.stringContaining('3 of 6 changes') });
    await apply(double, dist({ lock: { groups: 5 } }));
    expect(double.objects('CronJob')).toHaveLength(5);
  });
});

describe('two applies at once', () => {
  test('the second ends cleanly, and has changed nothing', async () => {
    const double = await aCluster();
    const hold = double.hold({ verb: 'patch', resource: 'cronjobs' });
    const first = apply(double, dist({ lock: { groups: 2 } }));
    await hold.waiting(1);
    const error = await refusal(apply(double, dist({ lock: { groups: 3, serial: 2 } })));
    expect(error).toMatchObject({ code: 'already-running', message: expect.stringContaining('namespace batch') });
    hold.release();
    expect((await first).fleets[0]?.created).toHaveLength(3);
    expect(double.objects('CronJob')).toHaveLength(2);
  });

  test('begun in the same moment, one wins', async () => {
    const double = await aCluster();
    const hold = double.hold({ verb: 'create', resource: 'leases' });
    const both = [dist({ lock: { groups: 2 } }), dist({ lock: { groups: 2 } })].map((each) => apply(double, each));
    await hold.waiting(2);
    hold.release();
    const ends = await Promise.allSettled(both);
    const lost = ends.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost.map(({ reason }) => reason.code)).toEqual(['already-running']);
    expect(double.objects('CronJob')).toHaveLength(2);
  });

  test('a holder whose clock is behind but who gives signs of life is not taken for dead', async () => {
    const double = await aCluster();
    const lease = (renewTime: string) => ({
      ...{
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'cronfleet-apply', namespace: 'batch' },
      },
      spec: { holderIdentity: 'other', leaseDurationSeconds: 30, renewTime },
    });
    double.put(lease('2026-02-28T23:00:00.000000Z'));
    const pace = aPace(double);
    const { sleep } = pace;
    pace.sleep = async (milliseconds, signal) => {
      await sleep(milliseconds, signal);
      double.put(lease('2026-02-28T23:00:10.000000Z'));
    };
    expect(await refusal(apply(double, dist(), {}, pace))).toMatchObject({ code: 'already-running' });
    await apply(double, dist());
  });

  test('what was decided before another apply had its turn is decided anew', async () => {
    const double = await aCluster({ users: { slow: [{ verbs: ['*'] }] } });
    await apply(double, dist());
    const hold = double.hold({ verb: 'get', resource: 'leases', user: 'slow' });
    const slow = await connected(double, aPace(double), { user: 'slow' });
    const older = refusal(applyTo(slow, dist({ lock: { groups: 2, serial: 2 } }), NOTHING_PERMITTED));
    await hold.waiting(1);
    await apply(double, dist({ lock: { groups: 3, serial: 3 } }));
    hold.release();
    expect(await older).toMatchObject({ code: 'apply-refused', hint: expect.stringContaining('--rollback-to=2') });
    expect(double.objects('CronJob')).toHaveLength(3);
  });

  test('who has lost its turn sends nothing more', async () => {
    const double = await aCluster();
    const hold = double.hold({ verb: 'patch', resource: 'configmaps' });
    const first = refusal(apply(double, dist({ lock: { groups: 3 } })));
    await hold.waiting(1);
    double.clock.advance(31_000);
    const second = apply(double, dist({ lock: { groups: 2 } }));
    await hold.waiting(2);
    hold.release();
    await second;
    expect(await first).toMatchObject({ code: 'already-running' });
    expect(double.objects('CronJob')).toHaveLength(2);
  });
});

describe('many objects', () => {
  test('a thousand CronJobs go with 16 requests in flight through a busy server, and unchanged cost no write and few reads', async () => {
    const double = await aCluster();
    const desired = dist({ lock: { groups: 1_000 } });
    double.fail({ verb: 'patch', after: 100, times: 50 }, { status: 429, retryAfterSeconds: 1 });
    const told: number[] = [];
    await apply(double, desired, { progress: (done) => told.push(done) });
    expect(double.objects('CronJob')).toHaveLength(1_000);
    expect(double.mostRequestsAtOnce).toBeLessThanOrEqual(16);
    expect(told.at(-1)).toBe(1_001);
    double.forgetRequests();
    expect((await apply(double, desired)).fleets[0]?.unchanged).toBe(1_001);
    expect(double.writeRequests).toEqual([]);
    expect(double.requests.length).toBeLessThan(15);
  });
});

describe('a dry run', () => {
  test('tells every field the server would change, writes nothing, and tells what would be refused', async () => {
    const double = await appliedCluster(dist({ lock: BEFORE }));
    await apply(double, before());
    double.forgetRequests();
    double.clock.set(new Date('2026-03-01T16:00:00Z'));
    const { fleets, warnings } = await apply(double, dist({ lock: AFTER, fleet: { job: { image: 'worker:2' } } }), {
      dryRun: true,
    });
    expect(fleets[0]).toMatchObject({ created: ['CronJob catalog-0005'], removed: ['CronJob catalog-0002'] });
    expect(fleets[0]?.wouldChange?.fields[0]).toMatchObject({
      field: 'spec.jobTemplate.spec.template.spec.containers[job].image',
      ...{ before: '"worker:1"', after: '"worker:2"' },
      objects: ['catalog-0001', 'catalog-0003', 'catalog-0004'],
    });
    expect(warnings).toEqual([expect.stringContaining('apply would be refused: the window of catalog is open')]);
    expect(double.writeRequests).toEqual([]);
  });

  const before = () => dist({ lock: RETIRING });
});
