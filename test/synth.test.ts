import { expect, test } from 'vitest';
import { aDatabase } from './support/database';
import { aConfig, aProject } from './support/project';

const database = aDatabase();

test('a table that grows changes its last group, adds one, and leaves every other file as it is', async () => {
  await database.run(`CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 100000)`);
  const project = aProject(
    aConfig({
      store: `'${database.url()}'`,
      fleet: { groups: `byKeyRange({ table: 'items', key: 'id', capacity: 10_000 })` },
    }),
  );
  const first = await project.cronfleet(['synth', '--json']);
  expect(first.stderr).toContain('10 groups of up to 10,000 rows: 10 new, 0 changed, 0 unchanged');
  expect(first.code).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({
    written: 'changed',
    files: 11,
    filesChanged: 11,
    lockChanged: true,
    fleets: [
      { name: 'catalog', groups: 10, added: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], changed: [], rowsCounted: 100_000 },
    ],
  });
  const before = project.state();

  const second = await project.cronfleet(['synth']);
  expect(second.stderr).toContain('nothing: dist (11 files) and fleet.lock.json are up to date');
  expect(project.state()).toEqual(before);

  await database.run(`INSERT INTO items SELECT generate_series(100001, 110000)`);
  const third = await project.cronfleet(['synth']);
  expect(third.stderr).toContain('11 groups of up to 10,000 rows: 1 new, 1 changed, 9 unchanged');
  const after = project.state();
  const differing = Object.keys(after).filter((path) => after[path] !== before[path]);
  expect(differing).toEqual([
    'dist/catalog/ConfigMap.catalog-groups.k8s.yaml',
    'dist/catalog/CronJob.catalog-0010.k8s.yaml',
    'dist/catalog/CronJob.catalog-0011.k8s.yaml',
    'fleet.lock.json',
  ]);
});
