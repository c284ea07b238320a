// docs/nights.md: its examples say what a synth says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aConfig, aProject, REPOSITORY } from '../support/project';

const page = readFileSync(join(REPOSITORY, 'docs/nights.md'), 'utf8');
const [, window] = /^window: (\{.*\}),$/m.exec(page) as unknown as [string, string];
const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;

const aProjectOf = (rows: number) =>
  aProject(aConfig({ store: `demoStore({ rows: ${rows} })`, fleet: { groups, window } }));

test('the page’s window starts its groups in the waves of its table', async () => {
  const project = aProjectOf(25_000);
  expect(await project.cronfleet(['synth'])).toMatchObject({ code: 0 });
  const rows = Object.entries(project.files('dist'))
    .filter(([path]) => path.includes('/CronJob.'))
    .map(([, text]) => {
      const { schedule, startingDeadlineSeconds, jobTemplate } = parse(text).spec;
      const [late, run] = [startingDeadlineSeconds, jobTemplate.spec.activeDeadlineSeconds].map((of) => of / 60);
      return `| \`${schedule}\` | ${late} min | ${run} min |`;
    });
  expect(rows).toHaveLength(25);
  for (const [wave, count] of [10, 10, 5].entries()) {
    const ofWave = rows.slice(wave * 10, wave * 10 + count);
    expect(new Set(ofWave).size).toBe(1);
    expect(page).toContain(ofWave[0]);
  }
});

test('the page’s refusal is what a synth says of the 41st group', async () => {
  const { code, stderr } = await aProjectOf(41_000).cronfleet(['synth']);
  expect(code).toBe(1);
  // On a busy machine it tells of its progress first.
  const refusal = stderr.replaceAll(/^.* so far\n/gm, '').trim();
  expect(page).toContain(`\`\`\`\n${refusal}\n\`\`\``);
  expect(await aProjectOf(40_000).cronfleet(['synth'])).toMatchObject({ code: 0 });
});
