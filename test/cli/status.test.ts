import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { printLock } from '../../lib/groups/lock';
import { DEMO_IDENTITY } from '../../lib/store/demo';
import { aLock } from '../support/builders';
import { aCluster } from '../support/cluster';
import { aKubeconfig } from '../support/cluster/connected';
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

  test.each([
    ['a kubeconfig that is not there', ['--kubeconfig', 'none'], 'none is not there'],
    ['a context that is not there', ['--context', 'prod'], 'has no context "prod"'],
    ['a terminal to watch on', ['--watch'], '--watch needs a terminal'],
  ])('says in one message that it lacks %s', async (_, args, message) => {
    const project = aProject(CONFIG);
    project.write('fleet.lock.json', printLock(aLock({ source: { store: DEMO_IDENTITY } })));
    const ran = await project.cronfleet(['status', ...args], { env: { KUBECONFIG: aKubeconfig(await aCluster()) } });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });
});
