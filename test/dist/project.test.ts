import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Places } from '../../lib/dist/output';
import { readProject, refuseLostLock, refuseSharedDist, writeProject } from '../../lib/dist/project';
import { aFolder, aManifest, refusal } from '../support/builders';

const PROJECT = { kind: 'project', copy: undefined } as const;
const OLD = {
  lockText: 'old lock\n',
  manifests: [aManifest('a/Job.1.k8s.yaml', 'old: 1'), aManifest('a/Job.2.k8s.yaml')],
};
const NEW = {
  lockText: 'new lock\n',
  manifests: [aManifest('a/Job.1.k8s.yaml', 'new: 1'), aManifest('b/Job.3.k8s.yaml')],
};

/** The places of a project, with lock and dist of `files` on disk. */
function aProjectOf(files?: typeof OLD): Places {
  const root = aFolder();
  const places = { root, lockPath: join(root, 'fleet.lock.json'), distPath: join(root, 'dist') };
  if (files) writeProject(places, PROJECT, { lockText: undefined, manifests: [] }, files);
  return places;
}

const write = (
  places: Places,
  after: Parameters<typeof writeProject>[3],
  output: Parameters<typeof writeProject>[1] = PROJECT,
) => writeProject(places, output, readProject(places), after);

/** Which file it is and when it was last written. */
const identityOf = (path: string) => {
  const { ino, mtimeMs } = statSync(path);
  return { ino, mtimeMs };
};

describe('writeProject', () => {
  test('writes lock and dist, with nothing beside them', () => {
    const places = aProjectOf();
    expect(write(places, OLD)).toEqual({ what: 'changed', lock: true, files: 2 });
    expect(readProject(places)).toEqual(OLD);
    expect(write(places, NEW)).toEqual({ what: 'changed', lock: true, files: 3 });
    expect(readProject(places)).toEqual(NEW);
    expect(readdirSync(places.root).sort()).toEqual(['dist', 'fleet.lock.json']);
    expect(readdirSync(join(places.distPath, 'a'))).toEqual(['Job.1.k8s.yaml']);
  });

  test('touches nothing when nothing changed', () => {
    const places = aProjectOf(OLD);
    const paths = [places.lockPath, places.distPath, join(places.distPath, 'a/Job.1.k8s.yaml')];
    const before = paths.map(identityOf);
    expect(write(places, OLD)).toMatchObject({ what: 'unchanged' });
    expect(paths.map(identityOf)).toEqual(before);
  });

  test.each([
    { changed: 'lock', after: { ...OLD, lockText: NEW.lockText }, kept: 'distPath' },
    { changed: 'dist', after: { ...OLD, manifests: NEW.manifests }, kept: 'lockPath' },
  ] as const)('touches only the $changed when only that changed', ({ after, kept }) => {
    const places = aProjectOf(OLD);
    const before = identityOf(places[kept]);
    expect(write(places, after)).toMatchObject({ what: 'changed' });
    expect(identityOf(places[kept])).toEqual(before);
    expect(readProject(places)).toEqual(after);
  });

  test('leaves a copy where the cdk8s CLI waits for one, changed or not', () => {
    const places = aProjectOf(OLD);
    const copy = join(places.root, '.cronfleet/cdk8s');
    expect(write(places, OLD, { kind: 'project', copy })).toMatchObject({ what: 'unchanged' });
    expect(readFileSync(join(copy, 'a/Job.1.k8s.yaml'), 'utf8')).toBe(OLD.manifests[0]?.text);
  });

  test('renders elsewhere without touching lock or dist', () => {
    const places = aProjectOf(OLD);
    const folder = join(places.root, 'elsewhere');
    expect(write(places, NEW, { kind: 'elsewhere', folder })).toMatchObject({ what: 'elsewhere' });
    expect(readProject(places)).toEqual(OLD);
    expect(readdirSync(folder)).toEqual(['a', 'b']);
  });

  test.each([
    { what: 'a file cannot be made ready', path: 'a/Job.1.k8s.yaml/Job.1.k8s.yaml', block: () => undefined },
    {
      what: 'dist cannot be moved out of the way',
      path: 'b/Job.3.k8s.yaml',
      // A folder that is not empty is not replaced by a rename.
      block: ({ root }: Places) => mkdirSync(join(root, '.dist.last/full'), { recursive: true }),
    },
  ])('brings the old lock back, and says so, when $what', ({ path, block }) => {
    const places = aProjectOf(OLD);
    const before = readProject(places);
    block(places);
    const after = { lockText: 'new lock\n', manifests: [...NEW.manifests, aManifest(path)] };
    const error = refusal(() => writeProject(places, PROJECT, before, after));
    expect(error.code).toBe('write-failed');
    expect(error.hint).toContain('lock and dist are as they were');
    expect(readProject(places)).toEqual(OLD);
    expect(readdirSync(places.root).sort()).toEqual(['dist', 'fleet.lock.json']);
  });

  test('leaves no lock where there was none when dist cannot be written', () => {
    const places = aProjectOf();
    writeFileSync(places.distPath, 'a file in the way');
    mkdirSync(join(places.root, '.dist.last/full'), { recursive: true });
    expect(refusal(() => writeProject(places, PROJECT, { lockText: undefined, manifests: [] }, NEW)).code).toBe(
      'write-failed',
    );
    expect(readdirSync(places.root)).toEqual(['dist']);
  });
});

describe('readProject', () => {
  test('finds nothing in a new project', () => {
    expect(readProject(aProjectOf())).toEqual({ lockText: undefined, manifests: [] });
  });

  test('ends what a killed run began: dist comes back where half a swap left none', () => {
    const places = aProjectOf(OLD);
    renameSync(places.distPath, join(places.root, '.dist.last'));
    mkdirSync(join(places.root, '.dist.next'));
    writeFileSync(join(places.root, '.fleet.lock.json.next'), 'half a lo');
    expect(readProject(places)).toEqual(OLD);
    expect(readdirSync(places.root).sort()).toEqual(['dist', 'fleet.lock.json']);
  });

  test('after a run killed between lock and dist, has the new lock, from which the next run makes the new dist', () => {
    const places = aProjectOf(OLD);
    writeFileSync(places.lockPath, NEW.lockText);
    expect(readProject(places)).toEqual({ ...OLD, lockText: NEW.lockText });
    expect(write(places, NEW)).toMatchObject({ what: 'changed' });
    expect(readProject(places)).toEqual(NEW);
  });

  test('refuses foreign files in dist, and keeps them', () => {
    const places = aProjectOf(OLD);
    const note = join(places.distPath, 'NOTES.md');
    writeFileSync(note, 'mine');
    expect(refusal(() => readProject(places)).code).toBe('output-refused');
    expect(readFileSync(note, 'utf8')).toBe('mine');
  });
});

describe('refuseLostLock', () => {
  const places = { root: '/p', lockPath: '/p/fleet.lock.json', distPath: '/p/dist' };
  const groups = [
    aManifest('catalog/CronJob.catalog-0001.k8s.yaml'),
    aManifest('catalog/CronJob.catalog-0002.k8s.yaml'),
  ];
  const lost = { lockText: undefined, manifests: groups };

  test('refuses new groups under the names that dist still has, and tells both ways out', () => {
    const error = refusal(() => refuseLostLock(places, lost, ['catalog', 'orders'], new Set(['orders'])));
    expect(error.code).toBe('lock-missing');
    expect(error.message).toBe('dist holds 2 groups, but fleet.lock.json is gone');
    expect(error.hint).toContain('git checkout -- fleet.lock.json');
    expect(error.hint).toContain('FLEET_NEW_LOCK=catalog,orders');
  });

  test.each([
    { what: 'the lock knows the fleets', files: { ...lost, lockText: '{}' }, fleets: [], newLock: [] },
    { what: 'dist holds no group', files: { lockText: undefined, manifests: [aManifest()] }, newLock: [] },
    { what: 'every fleet is begun anew on purpose', files: lost, newLock: ['catalog'] },
  ])('says nothing when $what', ({ files, fleets = ['catalog'], newLock }) => {
    expect(() => refuseLostLock(places, files, fleets, new Set(newLock))).not.toThrow();
  });
});

describe('refuseSharedDist', () => {
  test('looks at other configs’ locks, and not at what merely has such a name', () => {
    const places = aProjectOf(OLD);
    mkdirSync(join(places.root, 'folder.lock.json'));
    symlinkSync('nowhere', join(places.root, 'link.lock.json'));
    const files = readProject(places);
    expect(() => refuseSharedDist(places, files)).not.toThrow();
    writeFileSync(join(places.root, 'fleet.prod.lock.json'), '"lineage": "0123456789abcdef"');
    const theirs = { ...files, manifests: [aManifest('a/Job.1.k8s.yaml', 'x: 0123456789abcdef')] };
    expect(refusal(() => refuseSharedDist(places, theirs)).message).toBe(
      'dist holds a/Job.1.k8s.yaml of the fleets in fleet.prod.lock.json',
    );
  });
});
