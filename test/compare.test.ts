// `cronfleet plan` by the real command line: what it says is what synth then does, and it writes nothing.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { aProject, type Project } from './support/project';

const CONFIG = (image = 'worker:1', rows = 3_000, keys = '') => `
import { byKeyRange, defineFleets, demoStore } from './lib';
export default defineFleets({
  store: demoStore({ rows: ${rows} }),
  fleets: {
    catalog: {
      namespace: 'batch',
      groups: byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 }),
      window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
      job: { image: '${image}' },
      ${keys}
    },
  },
});
`;

const planned = async (project: Project, args: string[] = []) => {
  const before = { ...project.state(), files: readdirSync(project.folder).join() };
  const ran = await project.cronfleet(['plan', ...args]);
  expect({ ...project.state(), files: readdirSync(project.folder).join() }).toEqual(before);
  return ran;
};

test('a plan tells growth and config alike before synth writes them, and nothing afterwards', async () => {
  const project = aProject(CONFIG());
  expect((await planned(project)).stdout).toContain('new fleet catalog in namespace batch: 0 -> 3 groups');
  await project.cronfleet(['synth']);
  expect(await planned(project, ['--exit-code'])).toMatchObject({
    code: 0,
    stdout:
      'fleet catalog in namespace batch: 3 groups, no changes\nno changes: dist and fleet.lock.json are up to date\n',
  });

  project.write('fleet.config.ts', CONFIG('worker:2', 4_500));
  const { code, stdout } = await planned(project, ['--exit-code']);
  expect(code).toBe(2);
  expect(stdout).toMatchInlineSnapshot(`
    "fleet catalog in namespace batch: 3 -> 5 groups
      ~ catalog-0003           has filled up; catalog-0004, catalog-0005 behind it
      ~ image of job           "worker:1" -> "worker:2" in 3 CronJobs
    nothing was written; the data has outgrown the lock, which a frozen synth would
    not see. To make it so: cronfleet synth
    "
  `);
  await project.cronfleet(['synth']);
  expect((await planned(project, ['--exit-code'])).code).toBe(0);
});

test('a frozen plan asks no store, and sees the config alone', async () => {
  const project = aProject(CONFIG());
  await project.cronfleet(['synth']);
  project.write(
    'fleet.config.ts',
    CONFIG('worker:2', 9_000).replace('demoStore({ rows: 9000 })', "'postgres://nobody@127.0.0.1:1/x'"),
  );
  const { code, stdout } = await planned(project, ['--frozen']);
  expect(stdout).toContain('image of job');
  expect(stdout).not.toContain('catalog-0004');
  expect(code).toBe(0);
});

test('programs get the same as JSON, and pull requests as Markdown with the night', async () => {
  const project = aProject(CONFIG());
  await project.cronfleet(['synth']);
  project.write('fleet.config.ts', CONFIG('worker:2', 4_500));
  const json = JSON.parse((await planned(project, ['--json'])).stdout);
  expect(json).toMatchObject({
    changes: true,
    against: null,
    frozen: false,
    outgrown: true,
    fleets: [
      {
        name: 'catalog',
        what: 'changed',
        groups: { before: 3, after: 5, cut: [{ name: 'catalog-0003', into: ['catalog-0004', 'catalog-0005'] }] },
        night: [{ start: 0, minutes: 290, count: 5 }],
      },
    ],
  });
  const image = json.fleets[0].objects.fields.find(({ field }: { field: string }) => field.endsWith('.image'));
  expect(image).toMatchObject({ before: 'worker:1', after: 'worker:2', of: 3 });

  const markdown = (await planned(project, ['--markdown'])).stdout;
  expect(markdown).toContain('| 🟡 changed | `image of job` | "worker:1" -\\> "worker:2" in 3 CronJobs |');
  expect(markdown).toContain('```mermaid\ngantt\n');
});

test('a plan is held against a revision of git', async () => {
  const project = aProject(CONFIG());
  const git = (...args: string[]) => execFileSync('git', ['-C', project.folder, ...args], { encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  await project.cronfleet(['synth']);
  git('add', 'dist', 'fleet.lock.json');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'one');
  project.write('fleet.config.ts', CONFIG('worker:2'));
  await project.cronfleet(['synth']);

  expect((await planned(project)).stdout).toContain('no changes: dist and fleet.lock.json are up to date');
  const against = await planned(project, ['--frozen', '--against', 'main', '--exit-code']);
  expect(against.stdout).toContain('"worker:1" -> "worker:2" in 3 CronJobs');
  expect(against.code).toBe(2);

  const unknown = await planned(project, ['--against', '--output=x']);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('--against: expected a revision of git, got "--output=x"');
});

test('a synth that would be refused is a plan that is refused, with the same way out', async () => {
  const project = aProject(CONFIG());
  await project.cronfleet(['synth']);
  project.write('fleet.config.ts', CONFIG('worker:1', 0));
  const [plan, synth] = [await planned(project), await project.cronfleet(['synth'])];
  expect(plan.code).toBe(1);
  expect(plan.stderr).toContain('--allow-empty=');
  expect(plan.stderr).toBe(synth.stderr);
});

test('moved starts and an open window are told with what they mean', async () => {
  const project = aProject(CONFIG());
  await project.cronfleet(['synth']);
  project.write(
    'fleet.config.ts',
    CONFIG().replace("opens: '00:00', closes: '05:00'", "opens: '05:00', closes: '05:00 next day'"),
  );
  const { stdout } = await planned(project, ['--frozen']);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    '0 0 * * * Asia/Seoul -> 0 5 * * * Asia/Seoul in 3 CronJobs. Kubernetes starts a job at once whose start moves',
  );
  expect(stdout).toMatch(/! window +open now, until \d{4}-\d\d-\d\dT20:00Z: apply after that/);
});

test('what a synth would warn of is told before it: a command that is not there yet, CronJobs that go with their Jobs', async () => {
  const project = aProject(
    CONFIG('worker:1', 3_000, "after: { image: 'report:1', minutes: 30 },").replace(
      'fleets: {',
      "tools: { image: 'cronfleet:1' }, fleets: {",
    ),
  );
  const first = await planned(project);
  expect(first.stdout.replaceAll(/\s+/g, ' ')).toContain(
    'warning: fleets.catalog.after: runs `cronfleet wait`, which is not part of this version',
  );
  await project.cronfleet(['synth']);
  project.write('fleet.config.ts', CONFIG().replace(/window: .*/, 'once: true,'));
  expect((await planned(project)).stdout.replaceAll(/\s+/g, ' ')).toContain(
    'warning: fleets.catalog.once: its CronJobs go, and their running Jobs with them; apply while none runs',
  );
});
