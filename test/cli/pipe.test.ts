import { expect, test } from 'vitest';
import { aConfig, aProject, execute, REPOSITORY } from '../support/project';

test('what goes into a pipe arrives whole, and a reader that has read enough is no failure', async () => {
  const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 10 })`;
  const project = aProject(aConfig({ store: 'demoStore({ rows: 3_000 })', fleet: { groups } }));
  const cronfleet = `${process.execPath} ${REPOSITORY}/bin/cronfleet.js`;
  const script = `${cronfleet} report --output - | tail -c 300000; ${cronfleet} report --output - | head -c 1`;
  const { stdout, stderr } = await execute(project.folder, 'sh', ['-c', script]);
  expect(stderr).toBe('');
  expect(stdout.length).toBeGreaterThan(128 * 1024);
  expect(stdout).toMatch(/<\/html>\n<$/);
});
