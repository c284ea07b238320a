import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { printLock } from '../../lib/groups/lock';
import { DEMO_IDENTITY } from '../../lib/store/demo';
import { aLock } from '../support/builders';
import { aCluster } from '../support/cluster';
import { aKubeconfig } from '../support/cluster/connected';
import { minute, runGroups } from '../support/cluster/fleet';
import { aConfig, aProject } from '../support/project';

const CONFIG = aConfig({
  store: 'demoStore({ rows: 2_300 })',
  fleet: { groups: `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })` },
});

describe('cronfleet status', () => {
  test('ends with 0 while the cluster is as the lock has it, and with 3 when it is not', async () => {
    const project = aProject(CONFIG);
    expect((await project.cronfleet(['synth'])).code).toBe(0);
    const cluster = await aCluster();
    for (const text of Object.values(project.files('dist')))
      cluster.put(parse(text, { version: '1.1' }), { manager: 'cronfleet', operation: 'Apply' });
    const env = { KUBECONFIG: aKubeconfig(cluster) };
    const agrees = await project.cronfleet(['status', '--json'], { env });
    expect(agrees.code).toBe(0);
    expect(JSON.parse(agrees.stdout)).toMatchObject({
      agrees: true,
      fleets: [{ name: 'catalog', groups: [{}, {}, {}] }],
    });

    cluster.remove('CronJob', 'batch', 'catalog-0002');
    const differs = await project.cronfleet(['status'], { env });
    expect(differs.code).toBe(3);
    expect(differs.stdout).toContain('! not in the cluster: catalog-0002');
    expect(differs.stdout).toContain('cronfleet apply --dry-run=server');
    // Nobody who only looks writes anything.
    expect(cluster.writeRequests).toEqual([]);
  });

  test('tells programs null where there is nothing to tell', async () => {
    const project = aProject(CONFIG);
    expect((await project.cronfleet(['synth'])).code).toBe(0);
    const env = { KUBECONFIG: aKubeconfig(await aCluster()) };
    const [fleet] = JSON.parse((await project.cronfleet(['status', '--json'], { env })).stdout).fleets;
    expect(fleet.disagreement).toMatchObject({ lineage: null, serial: { lock: 1, cluster: null } });
    expect(fleet.groups[0]).toMatchObject({ state: 'missing', job: null, pod: null, nextStart: null });
  });

  test('of a fleet without a window says how kubectl shows what failed', async () => {
    const schedule = `{ cron: '*/5 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 4 }`;
    const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;
    const project = aProject(
      aConfig({ store: 'demoStore({ rows: 2_300 })', fleet: { groups, schedule, window: 'undefined' } }),
    );
    expect(await project.cronfleet(['synth'])).toMatchObject({ code: 0 });
    const cluster = await aCluster({ now: minute(48) });
    for (const text of Object.values(project.files('dist')))
      cluster.put(parse(text, { version: '1.1' }), { manager: 'cronfleet', operation: 'Apply' });
    runGroups(cluster, [1], { scheduledAt: minute(45), failedAt: minute(46) });
    const { stdout } = await project.cronfleet(['status'], { env: { KUBECONFIG: aKubeconfig(cluster) } });
    const job = cluster.objects('Job')[0]?.metadata.name;
    expect(stdout).toContain(`kubectl logs -n batch -l batch.kubernetes.io/job-name=${job} --all-containers --prefix`);
    expect(stdout).toContain('kubectl get jobs -n batch -l cronfleet/fleet=catalog');
    expect(stdout).not.toMatch(/cronfleet (logs|rerun)/);
  });

  test.each([
    ['a kubeconfig that is not there', ['--kubeconfig', 'none'], 'none is not there'],
    ['a context that is not there', ['--context', 'prod'], 'has no context "prod"'],
    [
      'the lock of the fleet that is asked for',
      ['--lock', 'configmap/catalog-lock', '--fleet', 'orders'],
      '--lock: configmap/catalog-lock is of fleet catalog, got orders',
    ],
    ['a terminal to watch on', ['--watch'], '--watch needs a terminal'],
  ])('says in one message that it lacks %s', async (_, args, message) => {
    const project = aProject(CONFIG);
    const lock = printLock(aLock({ source: { store: DEMO_IDENTITY } }));
    project.write('fleet.lock.json', lock);
    const cluster = await aCluster();
    const metadata = { name: 'catalog-lock', namespace: 'batch' };
    cluster.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { lock } } as never);
    const ran = await project.cronfleet(['status', ...args], { env: { KUBECONFIG: aKubeconfig(cluster) } });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });
});
