// `cronfleet plan` by the real command line: what it says is what synth then does, and it writes nothing.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { optionsFromEnvironment } from '../lib/cli/environment';
import { planMarkdown } from '../lib/cli/plan-markdown';
import { planLines } from '../lib/cli/plan-text';
import { compare } from '../lib/compare';
import { printLock } from '../lib/groups/lock';
import { onlyAdds } from '../lib/review/only-adds';
import { synth as synthesized } from '../lib/synth';
import { aFolder, aLock, aManifest } from './support/builders';
import { aDatabase } from './support/database';
import { aProject, type Project } from './support/project';

const database = aDatabase();

const CONFIG = (image = 'worker:1', keys = '') => `
import { byKeyRange, defineFleets } from './lib';
export default defineFleets({
  store: process.env.DATABASE_URL!,
  fleets: {
    catalog: {
      namespace: 'batch',
      groups: byKeyRange({ table: 'items', key: 'id', capacity: 10 }),
      window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
      job: { image: '${image}' },
      ${keys}
    },
  },
});
`;

/** The table's rows are 1 to `count` from now on. */
async function holds(count: number): Promise<void> {
  await database.run('CREATE TABLE IF NOT EXISTS items (id bigint PRIMARY KEY); TRUNCATE items');
  await database.run(`INSERT INTO items SELECT generate_series(1, ${count})`);
}
beforeEach(() => holds(30));

/** Outside of the window, whenever the test runs. */
const options = () => ({ env: { DATABASE_URL: database.url() }, preload: 'at-noon.mjs' });
const synth = (project: Project) => project.cronfleet(['synth'], options());
const planned = async (project: Project, args: string[] = []) => {
  const before = { ...project.state(), files: readdirSync(project.folder).join() };
  const ran = await project.cronfleet(['plan', ...args], options());
  expect({ ...project.state(), files: readdirSync(project.folder).join() }).toEqual(before);
  return ran;
};

test('a plan tells growth and config alike before synth writes them, and nothing afterwards', async () => {
  const project = aProject(CONFIG());
  expect((await planned(project)).stdout).toContain('new fleet catalog in namespace batch: 0 -> 3 groups');
  await synth(project);
  expect(await planned(project, ['--exit-code'])).toMatchObject({
    code: 0,
    stdout:
      'fleet catalog in namespace batch: 3 groups, no changes\nno changes: dist and fleet.lock.json are up to date\n',
  });

  project.write('fleet.config.ts', CONFIG('worker:2'));
  await holds(45);
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
  await synth(project);
  expect((await planned(project, ['--exit-code'])).code).toBe(0);
});

test('a frozen plan asks no store, and sees the config alone', async () => {
  const project = aProject(CONFIG());
  await synth(project);
  project.write(
    'fleet.config.ts',
    CONFIG('worker:2').replace('process.env.DATABASE_URL!', "'postgres://nobody@127.0.0.1:1/x'"),
  );
  await holds(90);
  const { code, stdout } = await planned(project, ['--frozen']);
  expect(stdout).toContain('image of job');
  expect(stdout).not.toContain('catalog-0004');
  expect(code).toBe(0);
});

test('programs get the same as JSON, and pull requests as Markdown with the night', async () => {
  const project = aProject(CONFIG());
  await synth(project);
  project.write('fleet.config.ts', CONFIG('worker:2'));
  await holds(45);
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
  expect(markdown).toContain('| 🟡 changed | `image of job` | `"worker:1" -> "worker:2" in 3 CronJobs` |');
  expect(markdown).toContain('```mermaid\ngantt\n');
});

test('a plan is held against a revision of git', async () => {
  const project = aProject(CONFIG());
  const git = (...args: string[]) => execFileSync('git', ['-C', project.folder, ...args], { encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  await synth(project);
  git('add', 'dist', 'fleet.lock.json');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'one');
  project.write('fleet.config.ts', CONFIG('worker:2'));
  await synth(project);

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
  await synth(project);
  await holds(0);
  const [plan, written] = [await planned(project), await synth(project)];
  expect(plan.code).toBe(1);
  expect(plan.stderr).toContain('--allow-empty=');
  expect(plan.stderr).toBe(written.stderr);
});

test('moved starts and an open window are told with what they mean', async () => {
  const project = aProject(CONFIG());
  await synth(project);
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

test('what a synth would warn of is told before it: CronJobs that go with their Jobs', async () => {
  const project = aProject(CONFIG());
  await synth(project);
  project.write('fleet.config.ts', CONFIG().replace(/window: .*/, 'once: true,'));
  expect((await planned(project)).stdout.replaceAll(/\s+/g, ' ')).toContain(
    'warning: fleets.catalog.once: its CronJobs go, and their running Jobs with them; apply while none runs',
  );
});

test('a dist of another name is new files, and a word on the folder that stays', async () => {
  const project = aProject(CONFIG());
  await synth(project);
  project.write('fleet.config.ts', CONFIG().replace('fleets: {', "dist: 'out-prod', fleets: {"));
  const stdout = (await planned(project)).stdout.replaceAll(/\s+/g, ' ');
  expect(stdout).toContain('+ 4 files');
  expect(stdout).toContain('warning: out-prod is empty so far, though there is a lock: if dist had another name');
});

test('a fold and its way back are a line each, and what they leave behind is another when it goes', async () => {
  const folded = CONFIG('worker:1', 'fold: true,').replace("image: 'worker:1'", "image: 'worker:1', command: ['work']");
  const project = aProject(folded.replace('fold: true,', ''));
  await synth(project);
  project.write('fleet.config.ts', folded);
  expect((await planned(project)).stdout).toMatchInlineSnapshot(`
    "fleet catalog in namespace batch: 3 groups
      ! shape                  one CronJob for all groups in place of a CronJob for
                               each, which stay suspended until a synth after a
                               whole window: apply outside the window
    nothing was written. To make it so: cronfleet synth
    "
  `);

  await synth(project);
  project.write(
    'fleet.lock.json',
    project.read('fleet.lock.json').replace(/("reshaped": ")[^"]+/, '$12026-01-01T00:00:00Z'),
  );
  expect((await planned(project)).stdout).toMatchInlineSnapshot(`
    "fleet catalog in namespace batch: 3 groups
      - 3 files                removed, suspended since the shape changed: CronJob
                               catalog-0001, CronJob catalog-0002, CronJob
                               catalog-0003
    nothing was written. To make it so: cronfleet synth
    "
  `);

  project.write('fleet.config.ts', folded.replace('fold: true,', ''));
  const back = JSON.parse((await planned(project, ['--json'])).stdout);
  expect(back).toMatchObject({ onlyAdds: false, fleets: [{ what: 'changed', shape: { what: 'unfolded' } }] });
  const { stdout } = await planned(project);
  expect(stdout).not.toContain('suspend  ');
  expect(stdout).toMatchInlineSnapshot(`
    "fleet catalog in namespace batch: 3 groups
      ! shape                  a CronJob for each group in place of the one for all,
                               which stays suspended until a synth after a whole
                               window: apply outside the window
    nothing was written. To make it so: cronfleet synth
    "
  `);
});

test('objects in dist of no fleet, which a synth removes, are changes that are told, and no growth', async () => {
  const folder = aFolder();
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('fleet.lock.json', printLock(aLock({ groups: 2 })));
  put(
    'fleet.config.mjs',
    `export default { store: 'postgres://db/shop', fleets: { catalog: {
      namespace: 'batch',
      groups: { by: 'keyRange', table: 'catalog.items', key: 'id', capacity: 1_000 },
      window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
      job: { image: 'worker:1' },
    } } }`,
  );
  const config = join(folder, 'fleet.config.mjs');
  const frozen = { ...optionsFromEnvironment({}), config, frozen: true, now: new Date('2026-11-20T12:00:00Z') };
  await synthesized(frozen);
  const strays = ['CronJob.top.k8s.yaml', 'ghost/ConfigMap.ghost-groups.k8s.yaml'];
  for (const path of strays) put(`dist/${path}`, aManifest(path).text);

  const comparison = await compare({ ...frozen, against: undefined });
  expect(comparison).toMatchObject({ hasChanges: true, strays: { added: [], removed: strays, fields: [] } });
  expect(comparison.fleets).toMatchObject([{ name: 'catalog', what: 'unchanged' }]);
  expect(onlyAdds(comparison)).toBe(false);
  const words = `removed: ${strays.join(', ')}`;
  expect(planLines(comparison, { width: 200, colour: false })).toEqual([
    'fleet catalog in namespace batch: 2 groups, no changes',
    'objects of no fleet in config or lock',
    `  - 2 files                ${words}`,
    'nothing was written. To make it so: cronfleet synth --frozen',
  ]);
  expect(planMarkdown(comparison)).toContain(`| 🔴 gone | \`2 files\` | \`${words}\` |`);

  expect(await synthesized(frozen)).toMatchObject({ filesChanged: 2 });
  expect(await compare({ ...frozen, against: undefined })).toMatchObject({
    hasChanges: false,
    strays: { removed: [] },
  });
});
