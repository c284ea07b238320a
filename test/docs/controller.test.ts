// The config of docs/controller.md is one that works, and its Role is the one that is emitted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aFleetLock, aPlan, manifestsFor } from '../support/builders';
import { aProject, REPOSITORY } from '../support/project';

const page = readFileSync(join(REPOSITORY, 'docs/controller.md'), 'utf8');
const fenced = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page)?.[1] as string;

test('the Role of the page is the one that is emitted', () => {
  const files = manifestsFor(aPlan({ fleet: { controller: {} }, lock: aFleetLock() }));
  const role = files.find(({ path }) => path === 'catalog/Role.catalog-controller.k8s.yaml');
  expect(parse(role?.text ?? '').rules).toEqual(parse(fenced('yaml')));
});

test('the config of the page is one that works', async () => {
  const project = aProject(
    fenced('ts')
      .replace("process.env.DATABASE_URL ?? ''", 'demoStore({ rows: 1_400 })')
      .replace('byKeyRange,', 'byKeyRange, demoStore,'),
  );
  expect(await project.cronfleet(['synth'])).toMatchObject({ code: 0 });
  const names = Object.keys(project.files('dist')).map((path) => path.replace(/^dist\/catalog\/|\.k8s\.yaml$/g, ''));
  expect(names).toEqual(
    expect.arrayContaining(['CronJob.catalog-0002', 'CronJob.catalog-controller', 'Role.catalog-controller-removals']),
  );
});
