import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { aProject, type Project } from '../support/project';

const ARGO_CD = `{ name: 'shop', repository: 'https://git.example.com/shop/fleet.git', argoCd: true }`;
const FILES = ['delivery/argo-cd/AppProject.shop.k8s.yaml', 'delivery/argo-cd/Application.shop.k8s.yaml'];

interface Keys {
  delivery?: string;
  opens?: string;
  closes?: string;
  dist?: string;
}

/** A fleet whose store nobody can reach. */
function aConfig({ delivery = ARGO_CD, opens = '00:00', closes = '05:00', dist = 'dist' }: Keys = {}): string {
  return `
    import { byKeyRange, defineFleets } from './lib';
    export default defineFleets({ store: process.env.DATABASE_URL, dist: '${dist}', delivery: ${delivery}, fleets: { catalog: {
      namespace: 'batch', groups: byKeyRange({ table: 'items', key: 'id', capacity: 1_000 }),
      window: { opens: '${opens}', closes: '${closes}', timeZone: 'Etc/UTC' }, job: { image: 'worker:1' } } } });
  `;
}

async function aDelivered(keys?: Keys): Promise<Project> {
  const project = aProject(aConfig(keys));
  expect(await project.cronfleet(['delivery'])).toMatchObject({ code: 0, stdout: '' });
  return project;
}

const specOf = (project: Project, path: string) => parse(project.read(path)).spec;

describe('cronfleet delivery', () => {
  test('writes the folder from the config alone, and nothing when it is up to date', async () => {
    const project = aProject(aConfig());
    const first = await project.cronfleet(['delivery']);
    expect(first).toMatchObject({ code: 0, stdout: '', stderr: 'delivery: 2 files, 2 changed\n' });
    expect(Object.keys(project.files('delivery'))).toEqual(FILES);
    expect(project.exists('dist')).toBe(false);
    expect(project.exists('fleet.lock.json')).toBe(false);

    const before = project.files('delivery');
    expect((await project.cronfleet(['delivery'])).stderr).toBe('delivery: 2 files, up to date\n');
    expect(project.files('delivery')).toEqual(before);
    expect(project.leftovers()).toEqual([]);
  });

  test('takes the objects of the other tool away when the config changes over', async () => {
    const project = await aDelivered();
    project.write('fleet.config.ts', aConfig({ delivery: ARGO_CD.replace('argoCd', 'flux') }));
    expect((await project.cronfleet(['delivery'])).stderr).toBe('delivery: 2 files, 4 changed\n');
    expect(Object.keys(project.files('delivery'))).toEqual([
      'delivery/flux/GitRepository.shop.k8s.yaml',
      'delivery/flux/Kustomization.shop.k8s.yaml',
    ]);
  });

  test('finds dist below the folder that holds .git, unless the config says where it is', async () => {
    const project = aProject(aConfig({ dist: './deploy/prod/' }));
    expect(await project.cronfleet(['delivery'])).toMatchObject({ code: 0 });
    expect(specOf(project, FILES[1] as string).source.path).toBe('deploy/prod');

    project.write('fleet.config.ts', aConfig({ delivery: ARGO_CD.replace('argoCd', `path: 'team/dist', argoCd`) }));
    expect(await project.cronfleet(['delivery'])).toMatchObject({ code: 0 });
    expect(specOf(project, FILES[1] as string).source.path).toBe('team/dist');
  });

  test('refuses a path that is not where dist lies in the repository, and its own folder wherever that is', async () => {
    const withPath = (path: string) => aConfig({ delivery: ARGO_CD.replace('argoCd', `path: '${path}', argoCd`) });
    const project = aProject(withPath('sub/delivery/'));
    const own = await project.cronfleet(['delivery']);
    expect(own.code).toBe(1);
    expect(own.stderr).toContain('got "sub/delivery/"\n    that is the delivery folder');

    project.write('.git/HEAD', 'ref: refs/heads/main\n');
    project.write('sub/fleet.config.ts', withPath('sub').replace('./lib', '../lib'));
    const outer = await project.cronfleet(['delivery', '--config', 'sub/fleet.config.ts']);
    expect(outer.code).toBe(1);
    expect(outer.stderr).toContain(
      'delivery.path: expected "sub/dist", where dist lies below the folder that holds .git, got "sub"\n',
    );
    expect(project.exists('sub/delivery')).toBe(false);

    project.write('sub/fleet.config.ts', withPath('./sub/dist/').replace('./lib', '../lib'));
    expect(await project.cronfleet(['delivery', '--config', 'sub/fleet.config.ts'])).toMatchObject({ code: 0 });
  });

  test('shows how a repository is written, user and all', async () => {
    const scp = ARGO_CD.replace('https://git.example.com/', 'git@git.example.com:');
    const { stderr } = await aProject(aConfig({ delivery: scp })).cronfleet(['delivery']);
    expect(stderr).toContain('or "ssh://git@…", got "git@git.example.com:shop/fleet.git"\n');
    expect(stderr).toContain('write "ssh://git@git.example.com/shop/fleet.git"');
  });

  test('says what to write where the config has no `delivery`', async () => {
    const project = aProject(aConfig({ delivery: 'undefined' }));
    expect(await project.cronfleet(['delivery'])).toMatchObject({
      code: 1,
      stderr:
        'cronfleet: delivery: expected { name, repository, argoCd: true } in fleet.config.ts, got nothing\n' +
        '  or flux: true. It says by what, and from which repository, dist is synced: see docs/gitops.md\n',
    });
  });

  test('refuses a folder with files of somebody, or of another delivery, and leaves it as it was', async () => {
    const project = await aDelivered();
    project.write('delivery/notes.md', '# mine');
    const before = project.files('delivery');
    const foreign = await project.cronfleet(['delivery']);
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toContain('delivery: files that cronfleet did not write: notes.md\n');
    expect(foreign.stderr).toContain('set `delivery.folder` to a folder of its own');
    expect(project.files('delivery')).toEqual(before);

    project.remove('delivery/notes.md');
    project.write('fleet.config.ts', aConfig({ delivery: ARGO_CD.replace('shop', 'shop-prod') }));
    const other = await project.cronfleet(['delivery']);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /AppProject\.shop\.k8s\.yaml is not of delivery shop-prod\n {2}two configs cannot share/,
    );
  });

  test.each([6, 11, 13, 15])('leaves the folder as it was when the disk refuses step %i', async (step) => {
    const project = await aDelivered();
    const before = project.files('delivery');
    project.write('fleet.config.ts', aConfig({ closes: '06:00' }));
    const env = { FAULT: 'ENOSPC', FAULT_AT: String(step) };
    const { code } = await project.cronfleet(['delivery'], { env, preload: 'disk-fault.mjs' });
    const after = project.files('delivery');
    // Or the new one, where only the way behind it was refused.
    if (code === 1) expect(after).toEqual(before);
    else expect(await project.cronfleet(['delivery', '--check'])).toMatchObject({ code: 0 });
  });

  test('puts back what a killed run left half done', async () => {
    const project = await aDelivered();
    const before = project.files('delivery');
    for (const [path, text] of Object.entries(before)) project.write(path.replace('delivery', '.delivery.last'), text);
    project.remove('delivery');
    expect((await project.cronfleet(['delivery'])).stderr).toBe('delivery: 2 files, up to date\n');
    expect(project.files('delivery')).toEqual(before);
    expect(project.leftovers()).toEqual([]);
  });
});

describe('cronfleet delivery --check', () => {
  test('is content with what is up to date, and writes nothing where it is not', async () => {
    const project = await aDelivered();
    expect(await project.cronfleet(['delivery', '--check'])).toMatchObject({
      code: 0,
      stderr: 'delivery: 2 files, up to date\n',
    });

    project.write('fleet.config.ts', aConfig({ closes: '06:00' }));
    const before = project.files('delivery');
    const stale = await project.cronfleet(['delivery', '--check']);
    expect(stale.code).toBe(1);
    expect(stale.stderr).toMatch(/^cronfleet: delivery is not up to date: 1 file is new, changed or gone\n {2}run/);
    expect(project.files('delivery')).toEqual(before);

    project.remove('delivery');
    expect((await project.cronfleet(['delivery', '--check'])).code).toBe(1);
    expect(project.exists('delivery')).toBe(false);
  });
});

describe('cronfleet delivery --may-push', () => {
  /** HH:MM in UTC, so many minutes from now. */
  const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);

  test('ends with 0 while no window is near, also without `delivery`', async () => {
    const project = aProject(aConfig({ delivery: 'undefined', opens: inMinutes(120), closes: inMinutes(180) }));
    expect(await project.cronfleet(['delivery', '--may-push'])).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: 'no window is open or about to open: push\n',
    });
  });

  test('ends with 1 from half an hour before, and says until when', async () => {
    const project = aProject(aConfig({ opens: inMinutes(20), closes: inMinutes(80) }));
    const { code, stderr } = await project.cronfleet(['delivery', '--may-push']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^cronfleet: no time to push: the window of catalog is open from [-\d]+ [\d:]+ UTC to [-\d]+ [\d:]+ UTC\n/,
    );
    expect(stderr).toContain(`${inMinutes(80)} UTC\n`);
    expect(project.exists('delivery')).toBe(false);
  });
});
