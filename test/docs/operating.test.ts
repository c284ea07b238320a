// Commands and numbers that the pages print are those the program has.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aConfig, aProject, REPOSITORY } from '../support/project';

const pages = ['README.md', ...readdirSync(join(REPOSITORY, 'docs')).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(join(REPOSITORY, path), 'utf8') }));
const operating = pages.find(({ path }) => path === 'docs/operating.md')?.text as string;

test('every command and flag of cronfleet that a page names is one that --help knows', async () => {
  const project = aProject('');
  const help = new Map<string, string>();
  const asked = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/npx cronfleet ([a-z]+)([^\n`]*)/g)].map(([, command, rest]) => {
      return { path, command: command as string, flags: rest?.match(/--[a-z-]+/g) ?? [] };
    }),
  );
  const synth = { path: 'docs/operating.md', command: 'synth', flags: operating.match(/--allow-[a-z-]+/g) ?? [] };
  expect(synth.flags).not.toEqual([]);
  for (const { path, command, flags } of [...asked, synth]) {
    if (!help.has(command)) {
      const ran = await project.cronfleet([command, '--help']);
      expect(ran.code, `${path}: cronfleet ${command}`).toBe(0);
      help.set(command, ran.stdout);
    }
    for (const flag of flags.filter((name) => name !== '--help')) expect(help.get(command), path).toContain(flag);
  }
  for (const variable of operating.match(/FLEET_[A-Z_]+/g) ?? []) expect(help.get('synth')).toContain(variable);
});

test('the JSON of verify is the one the page shows', async () => {
  const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 })`;
  const project = aProject(aConfig({ store: 'demoStore({ rows: 1_400 })', fleet: { groups } }));
  expect(await project.cronfleet(['synth'])).toMatchObject({ code: 0 });
  const { code, stdout } = await project.cronfleet(['verify', '--json']);
  expect(code).toBe(0);
  const [, shown] = /```json\n(.*?)```/s.exec(operating) as RegExpExecArray;
  expect(JSON.parse(stdout)).toEqual(JSON.parse(shown as string));
});

test('the table of verify is the one the page shows', async () => {
  const project = aProject(readFileSync(join(REPOSITORY, 'fleet.config.ts'), 'utf8'));
  project.write('fleet.lock.json', readFileSync(join(REPOSITORY, 'fleet.lock.json'), 'utf8'));
  const { code, stdout } = await project.cronfleet(['verify']);
  expect(code).toBe(0);
  const [, shown] = /```\n(fleet catalog: .*?)```/s.exec(operating) as RegExpExecArray;
  const [above, below] = (shown as string).split('  …\n') as [string, string];
  expect(stdout.startsWith(above)).toBe(true);
  expect(stdout.endsWith(below)).toBe(true);
});
