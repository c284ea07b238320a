import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { printLock } from '../../lib/groups/lock';
import { aLock } from '../support/builders';
import { aCluster, type Cluster as Double } from '../support/cluster';
import { start } from '../support/program';
import { aConfig, aProject, type Project, REPOSITORY } from '../support/project';

/** A project with lock and dist, and a kubeconfig that has the cluster under two names. */
async function aSynthesized(double: Double): Promise<{ project: Project; KUBECONFIG: string }> {
  const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;
  const project = aProject(aConfig({ store: `'postgres://postgres@db/shop'`, fleet: { groups } }));
  project.write('fleet.lock.json', printLock(aLock({ groups: 3 })));
  expect(await project.cronfleet(['synth', '--frozen'])).toMatchObject({ code: 0 });
  const config = parse(double.kubeconfig());
  const [context] = config.contexts;
  config.contexts.push({ ...context, name: 'prod' });
  const KUBECONFIG = join(project.folder, 'kubeconfig');
  writeFileSync(KUBECONFIG, stringify(config));
  return { project, KUBECONFIG };
}

/** 12:00 UTC, when the window in Seoul is closed. */
const AT_NOON = { preload: 'at-noon.mjs' };

test('apply wants to be told which cluster, a dist that is up to date, and then says what it has done', async () => {
  const double = await aCluster({ now: new Date('2026-11-20T12:00:00Z') });
  const { project, KUBECONFIG } = await aSynthesized(double);
  const apply = (...args: string[]) => project.cronfleet(['apply', ...args], { ...AT_NOON, env: { KUBECONFIG } });

  const unsaid = await apply();
  expect(unsaid).toMatchObject({ code: 1, stdout: '' });
  expect(unsaid.stderr).toContain('the kubeconfig has 2 contexts: test, prod');

  const done = await apply('--context=prod', '--json');
  expect(done.stderr).toBe(
    `fleet catalog in namespace batch, serial 1: 4 created, 0 unchanged\ndone: the cluster has what dist has, ${double.url} (context prod)\n`,
  );
  expect(JSON.parse(done.stdout)).toMatchObject({
    ...{ context: 'prod', dryRun: false, warnings: [] },
    fleets: [{ name: 'catalog', namespace: 'batch', serial: 1, unchanged: 0, removed: [] }],
  });

  const path = 'dist/catalog/CronJob.catalog-0002.k8s.yaml';
  const old = project.read(path);
  project.write(path, old.replace('worker:1', 'worker:2'));
  const stale = await apply('--context=prod');
  expect(stale.stderr).toContain('expected what fleet.config.ts and fleet.lock.json make, got 1 file');

  project.write(path, old);
  project.write('fleet.config.ts', project.read('fleet.config.ts').replace('worker:1', 'worker:2'));
  await project.cronfleet(['synth', '--frozen']);
  const dry = await apply('--context=prod', '--dry-run=server');
  expect(dry).toMatchObject({ code: 0, stdout: '' });
  expect(dry.stderr).toContain(
    '3 would be changed, 1 unchanged\n  ~ image of job: "worker:1" -> "worker:2" in 3 CronJobs\n',
  );
});

test('an apply that is told to end by a signal sends nothing more and gives its turn back', async () => {
  const double = await aCluster({ now: new Date('2026-11-20T12:00:00Z') });
  const { project, KUBECONFIG } = await aSynthesized(double);
  const hold = double.hold({ verb: 'patch', resource: 'cronjobs' });
  const config = join(project.folder, 'fleet.config.ts');
  const args = ['apply', '--config', config, '--context=prod', '--concurrency=1'];
  const { PATH = '', HOME = '' } = process.env;
  const program = start('bin/cronfleet.js', args, {
    ...{ PATH, HOME, KUBECONFIG },
    NODE_OPTIONS: `--import ${join(REPOSITORY, 'test/support/at-noon.mjs')}`,
  });
  await hold.waiting(1);
  const lease = () => double.get('Lease', 'batch', 'cronfleet-apply')?.spec?.holderIdentity;
  expect(lease()).toEqual(expect.stringContaining(String(program.process.pid)));
  const heard = new Promise((resolve) => program.process.stderr?.once('data', resolve));
  program.process.kill('SIGTERM');
  await heard;
  hold.release();
  const { code, stderr } = await program.ended;
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('2 of 4 changes were made') });
  expect(lease()).toBe('');
});
