import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aFolder, aPlan, objectsFor } from '../support/builders';
import { aCluster } from '../support/cluster';
import { aKubeconfig } from '../support/cluster/connected';
import { minute, putFleet, runGroups } from '../support/cluster/fleet';
import { execute, REPOSITORY } from '../support/project';
import { aWebhook } from '../support/webhook';

test('the container of the manifests waits with what it is told there, and without a config', async () => {
  const plan = aPlan({ fleet: { after: { image: 'after:1', minutes: 60 } }, lock: { groups: 3 } });
  const { all, groupMap } = objectsFor(plan);
  const after = all.find(({ metadata }) => metadata?.name === 'catalog-after') as never as {
    spec: {
      jobTemplate: { spec: { template: { spec: { initContainers: { command: string[]; args: string[] }[] } } } };
    };
  };
  const [container] = after.spec.jobTemplate.spec.template.spec.initContainers;
  const folder = aFolder();
  mkdirSync(join(folder, 'map'));
  for (const [name, text] of Object.entries(groupMap.data ?? {})) writeFileSync(join(folder, 'map', name), text);
  const args = [...(container?.command.slice(1) ?? []), ...(container?.args ?? [])].map((arg) =>
    arg.replace('/etc/cronfleet', join(folder, 'map')),
  );
  // As in the Role of the manifests.
  const rules = [{ verbs: ['get', 'list', 'watch'], apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] }];
  const cluster = await aCluster({ users: { waiter: rules } });
  putFleet(cluster, plan);
  runGroups(cluster, [1, 2], { completedAt: minute(50) });
  runGroups(cluster, [3], { failedAt: minute(60), reason: 'DeadlineExceeded', message: 'too long' });
  const { url, posts } = await aWebhook();
  const run = (...more: string[]) =>
    execute(folder, process.execPath, [join(REPOSITORY, 'bin/cronfleet.js'), ...args, '--window=2026-03-01', ...more], {
      env: { KUBECONFIG: aKubeconfig(cluster, { user: 'waiter' }), CRONFLEET_WEBHOOK_URL: url },
    });

  const failed = await run('--webhook');
  expect(failed.code).toBe(4);
  expect(failed.stderr).toContain('fleet catalog, the night of 2026-03-01 00:00 to 05:00 Asia/Seoul');
  expect(failed.stderr).toContain('2 of 3 done, 1 failed');
  expect(failed.stderr).toMatch(/catalog-0003 failed \(job catalog-0003-\d+\): DeadlineExceeded: too long/);
  expect(failed.stderr).toContain('`cronfleet logs catalog --window 2026-03-01`');
  expect(failed.stderr).toContain('`cronfleet rerun catalog --window 2026-03-01 --failed`');
  expect(failed.stderr).not.toContain('secret-path');
  expect(posts).toHaveLength(1);
  expect(JSON.parse(posts[0] as string)).toMatchObject({ fleet: 'catalog', verdict: 'failed', namespace: 'batch' });

  cluster.remove(
    'Job',
    'batch',
    cluster.objects('Job').find(({ metadata }) => metadata.name.startsWith('catalog-0003'))?.metadata.name as string,
  );
  runGroups(cluster, [3], { completedAt: minute(70) });
  const done = await run('--json');
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toMatchObject({
    verdict: 'done',
    groups: [{ state: 'done' }, {}, { name: 'catalog-0003' }],
  });
});

test('what keeps it from knowing has an exit code of its own', async () => {
  const folder = aFolder();
  const args = ['wait', 'catalog', '--namespace=batch', '--opens=00:00', '--closes=25:00', '--time-zone=Asia/Seoul'];
  const ran = await execute(folder, process.execPath, [join(REPOSITORY, 'bin/cronfleet.js'), ...args]);
  expect(ran).toMatchObject({ code: 6, stdout: '' });
  expect(ran.stderr).toContain('closes: expected a time HH:MM');
});
