// What belongs to somebody else stays as it is, against a real control plane; no pod has to run. In this suite alone time is real.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CRON_JOBS } from '../../lib/cluster/kinds';
import { aDatabase } from '../support/database';
import { aProject, type Project } from '../support/project';
import { aNamespace, aWindowFarOff } from '../support/real-cluster';

const namespace = aNamespace();
const database = aDatabase();

function projectOf(fleet: string): Project {
  return aProject(
    `
    import { byKeyRange, defineFleets } from './lib';
    export default defineFleets({
      store: '${database.url()}?sslmode=disable',
      fleets: {
        ${fleet}: {
          namespace: '${namespace.name}',
          groups: byKeyRange({ table: 'public.items', key: 'id', capacity: 10 }),
          window: ${aWindowFarOff()},
          job: { image: 'busybox:1.36', command: ['true'], runAsUser: 1000 },
        },
      },
    });`,
    afterAll,
  );
}

async function synthesized(project: Project): Promise<void> {
  const ran = await project.cronfleet(['synth']);
  expect(ran.code, ran.stderr).toBe(0);
}
const apply = (project: Project, ...args: string[]) => namespace.cronfleet(project, ['apply', ...args]);
const namesOf = async (fleet: string) => (await namespace.cronJobs(fleet)).map(({ metadata }) => metadata?.name);

beforeAll(() =>
  database.run('CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 25)'),
);

const tracked = projectOf('tracked');
test('an object that Argo CD tracks is left to Argo CD, and the whole fleet with it', async () => {
  await synthesized(tracked);
  const manifest = parse(tracked.read('dist/tracked/CronJob.tracked-0002.k8s.yaml'), { version: '1.1' });
  const id = `shop:batch/CronJob:${namespace.name}/tracked-0002`;
  manifest.metadata.annotations = { 'argocd.argoproj.io/tracking-id': id };
  await namespace.applyAs('argocd-controller', CRON_JOBS, manifest);
  const before = await namespace.versions();
  const ran = await apply(tracked);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('is managed by Argo CD (shop)');
  expect(await namespace.versions()).toEqual(before);
  expect(await namesOf('tracked')).toEqual(['tracked-0002']);
});

const [ours, theirs] = [projectOf('shared'), projectOf('shared')];
test('a fleet of the same name and another lineage is refused, and taken over only when its lineage is said', async () => {
  await Promise.all([synthesized(ours), synthesized(theirs)]);
  const first = await apply(theirs);
  expect(first, first.stderr).toMatchObject({ code: 0 });
  const before = await namespace.versions();
  const refused = await apply(ours);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('another project has a fleet of this name here');
  const lineage = JSON.parse(theirs.read('fleet.lock.json')).fleets.shared.lineage;
  expect(refused.stderr).toContain(`--take-over=${lineage}`);
  expect(await namespace.versions()).toEqual(before);

  const taken = await apply(ours, `--take-over=${lineage}`);
  expect(taken, taken.stderr).toMatchObject({ code: 0 });
  expect(await namesOf('shared')).toEqual(['shared-0001', 'shared-0002', 'shared-0003']);
  expect((await apply(theirs)).code).toBe(1);
});

const handmade = projectOf('handmade');
test('a CronJob of our name that somebody made by hand is a conflict, and stays as it was', async () => {
  await synthesized(handmade);
  const { metadata, spec } = parse(handmade.read('dist/handmade/CronJob.handmade-0002.k8s.yaml'), { version: '1.1' });
  spec.schedule = '1 2 3 4 *';
  const { name } = metadata;
  await namespace.applyAs('somebody', CRON_JOBS, { metadata: { name }, spec } as object);
  const ran = await apply(handmade);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('somebody');
  const live = (await namespace.cronJobs()).find((cronJob) => cronJob.metadata?.name === name);
  expect(live?.spec?.schedule).toBe('1 2 3 4 *');
  expect(live?.metadata?.labels).toBeUndefined();
});
