import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Job } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aProject, REPOSITORY } from '../support/project';

test.each([
  {
    config: 'fleet.config.ts',
    dist: 'dist',
    fleet: 'process',
    shell: 'Processing item',
    told: [{ GROUP_ITEM: 'apple' }, { GROUP_ITEM: 'banana' }, { GROUP_ITEM: 'cherry' }],
  },
  {
    config: 'fleet.params.config.ts',
    dist: 'dist-params',
    fleet: 'fruit',
    shell: 'Processing URL',
    told: ['Apple', 'Banana', 'Cherry'].map((name) => ({ GROUP_URL: `http://dbpedia.org/resource/${name}` })),
  },
])('the example of $config is committed as synth writes it: a Job for each item', async (example) => {
  const project = aProject('');
  const folder = 'examples/expansions';
  cpSync(join(REPOSITORY, folder), join(project.folder, folder), { recursive: true });
  const committed = project.files(folder);

  const ran = await project.cronfleet(['synth', '--config', `${folder}/${example.config}`]);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('wrote     nothing');
  expect(project.files(folder)).toEqual(committed);

  const jobs = Object.values(project.files(`${folder}/${example.dist}`))
    .map((text) => parse(text))
    .filter(({ kind }) => kind === 'Job') as V1Job[];
  expect(jobs).toHaveLength(3);
  for (const { metadata, spec } of jobs) {
    expect(metadata?.labels?.['cronfleet/fleet']).toBe(example.fleet);
    expect(spec?.template.metadata?.labels?.['cronfleet/fleet']).toBe(example.fleet);
    expect(spec?.template.spec?.containers[0]?.command?.[2]).toContain(example.shell);
  }
  const env = jobs.map((job) => job.spec?.template.spec?.containers[0]?.env ?? []);
  const told = env.map((variables) =>
    Object.fromEntries(
      variables.filter(({ name }) => /^GROUP_(ITEM|URL)$/.test(name)).map(({ name, value }) => [name, value]),
    ),
  );
  expect(told).toEqual(example.told);
});
