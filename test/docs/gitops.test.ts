// The config that the page shows is one that works, and what it says of the objects is so.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aProject, REPOSITORY } from '../support/project';

const page = readFileSync(join(REPOSITORY, 'docs/gitops.md'), 'utf8');
const [, config] = /```ts\n(.*?)```/s.exec(page) as unknown as [string, string];

test('the config of the page makes what the page says, by either tool', async () => {
  const project = aProject(config);
  expect(await project.cronfleet(['delivery'])).toMatchObject({ code: 0 });
  const argoCd = Object.values(project.files('delivery')).join('\n');
  for (const option of [
    'allowEmpty: false',
    'PruneLast=true',
    'selfHeal: true',
    'ApplyOutOfSyncOnly=true',
    'manualSync: false',
  ]) {
    expect(page).toContain(option);
    expect(argoCd).toContain(option);
  }
  expect(argoCd).toContain('schedule: "0 22 * * *"');
  expect(argoCd).toContain('duration: "7h"');

  project.write('fleet.config.ts', config.replace('argoCd: true', 'flux: true'));
  expect(await project.cronfleet(['delivery'])).toMatchObject({ code: 0 });
  const flux = Object.values(project.files('delivery')).join('\n');
  for (const option of ['deletionPolicy: Orphan', 'wait: false', 'timeout: "5m"']) {
    expect(page).toContain(option.replaceAll('"', ''));
    expect(flux).toContain(option);
  }
});
