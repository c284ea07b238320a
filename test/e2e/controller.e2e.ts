// The controller's way round, as the account and with the rights that its manifests make, by the cluster's own RBAC; no pod has to run. In
// this suite alone time is real. Each test goes on where the one before left the cluster.

import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect } from '../../lib/cluster/cluster';
import { connectionsOf } from '../../lib/cluster/http';
import { CONFIG_MAPS, CRON_JOBS, pathOf, SERVICE_ACCOUNTS } from '../../lib/cluster/kinds';
import { kindOf } from '../../lib/cluster/order';
import { aDatabase } from '../support/database';
import { aProject } from '../support/project';
import { aNamespace, aWindowFarOff, differing, eventually } from '../support/real-cluster';

const namespace = aNamespace();
const database = aDatabase();
const rows = (count: number) =>
  database.run(`TRUNCATE items; INSERT INTO items SELECT generate_series(1, ${count}); ANALYZE items`);
const project = aProject(
  `
  import { byKeyRange, defineFleets } from './lib';
  export default defineFleets({
    store: '${database.url()}?sslmode=disable',
    tools: { image: 'busybox:1.36' },
    fleets: {
      catalog: {
        namespace: '${namespace.name}',
        groups: byKeyRange({ table: 'public.items', key: 'id', capacity: 10 }),
        window: ${aWindowFarOff()},
        job: { image: 'busybox:1.36', command: ['true'], runAsUser: 1000 },
        controller: {},
      },
    },
  });`,
  afterAll,
);
const ACCOUNT = join(project.folder, 'controller.kubeconfig');
/** As its ServiceAccount: what it may not do, it cannot. */
const asItself = (...args: string[]) =>
  project.cronfleet(['controller', 'catalog', `--kubeconfig=${ACCOUNT}`, ...args]);
const lockInCluster = async (): Promise<string | undefined> => {
  const map = await (await namespace.cluster()).get(CONFIG_MAPS, namespace.name, 'catalog-lock');
  return (map as { data?: { lock?: string } } | undefined)?.data?.lock;
};

/** A kubeconfig of the controller's account, with a token of the TokenRequest API, as its pod has. */
async function writeAccount(): Promise<void> {
  const { access } = await namespace.cluster();
  const { status, body } = await connectionsOf(access).send({
    method: 'POST',
    path: `${pathOf(SERVICE_ACCOUNTS, namespace.name, 'catalog-controller')}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  const { token } = (body as { status: { token: string } }).status;
  const config = new KubeConfig();
  const cluster = access.config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster');
  config.loadFromOptions({
    clusters: [cluster],
    users: [{ name: 'controller', token }],
    contexts: [{ name: 'controller', cluster: cluster.name, user: 'controller' }],
    currentContext: 'controller',
  });
  project.write('controller.kubeconfig', config.exportConfig());
}

beforeAll(async () => {
  await database.run('CREATE TABLE items (id bigint PRIMARY KEY)');
  await rows(100);
  const ran = await project.cronfleet(['synth']);
  expect(ran.code, ran.stderr).toBe(0);
});

test('its own objects are accepted, and its account may list the CronJobs of its namespace and no other', async () => {
  const cluster = await namespace.cluster();
  const files = Object.entries(project.files('dist')).filter(([, text]) => text.includes('cronfleet/role: controller'));
  const order = ['ServiceAccount', 'Role', 'RoleBinding', 'CronJob'];
  const objects = files
    .map(([, text]) => parse(text, { version: '1.1' }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(order));
  for (const object of objects) await cluster.apply(kindOf(object), object);
  await writeAccount();
  const account = await connect({ kubeconfig: ACCOUNT });
  // Rights take a moment to be known.
  await eventually('its account may list CronJobs', () =>
    account.list(CRON_JOBS, namespace.name).catch(() => undefined),
  );
  await expect(account.list(CRON_JOBS, 'default')).rejects.toThrow('not permitted');
});

test('its first run makes the lock in the cluster of the one beside the config, and every CronJob', async () => {
  const ran = await asItself();
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('made, in ConfigMap catalog-lock');
  expect(ran.stderr).not.toContain('by hand');
  expect(await lockInCluster()).toBe(project.read('fleet.lock.json'));
  expect(await namespace.cronJobs('catalog')).toHaveLength(11);
});

test('a run that finds nothing new writes nothing', async () => {
  const before = await namespace.versions();
  const ran = await asItself();
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('nothing to do');
  expect(await namespace.versions()).toEqual(before);
});

test('an eleventh group is planned, then made, and nine CronJobs stay as they are', async () => {
  await rows(101);
  const planned = await namespace.cronfleet(project, ['plan', '--lock=configmap/catalog-lock']);
  expect(planned, planned.stderr).toMatchObject({ code: 0 });
  expect(planned.stdout + planned.stderr).toContain('catalog-0011');
  const before = await namespace.versions();
  const ran = await asItself();
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('new are catalog-0011');
  expect(differing(before, await namespace.versions())).toEqual([
    'ConfigMap/catalog-groups',
    'ConfigMap/catalog-lock',
    'CronJob/catalog-0010',
    'CronJob/catalog-0011',
  ]);
});

test('two runs at once leave one lock and one state, and the next finds nothing to do', async () => {
  await rows(111);
  const both = await Promise.all([asItself(), asItself()]);
  const told = both.map(({ stderr }) => stderr).join('\n');
  expect(
    both.map(({ code }) => code),
    told,
  ).toContain(0);
  const again = await asItself();
  expect(again, again.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse((await lockInCluster()) ?? '').fleets.catalog.groups).toHaveLength(12);
  expect((await asItself()).stderr).toContain('nothing to do');
});

test('the lock of the cluster is the one of files again, and synth has nothing to change', async () => {
  project.write('fleet.lock.json', (await lockInCluster()) ?? '');
  expect(await project.cronfleet(['synth', '--frozen'])).toMatchObject({ code: 0 });
  const status = await namespace.cronfleet(project, ['status', '--json']);
  expect(status, status.stdout + status.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(status.stdout)).toMatchObject({ agrees: true });
});
