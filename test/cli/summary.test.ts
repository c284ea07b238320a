import { expect, test } from 'vitest';
import { aConfig, aProject } from '../support/project';

test('a synth says how many files it wrote or took away, and how many there are', async () => {
  const config = (fleet = {}) => aConfig({ store: 'demoStore({ rows: 2_400 })', fleet });
  const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;
  const project = aProject(config({ groups }));
  expect((await project.cronfleet(['synth'])).stderr).toContain(
    'wrote     dist (4 files: 4 new, changed or gone) and fleet.lock.json\n',
  );
  project.write('fleet.config.ts', config({ groups, window: 'undefined', once: 'true' }));
  expect((await project.cronfleet(['synth'])).stderr).toMatch(/wrote {5}dist \(4 files: 6 new, changed or gone\)\n/);
});
