// Real repositories, asked through the real git.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readRevision } from '../../lib/dist/revision';
import { aFolder, aManifest, refusal } from '../support/builders';

const MANIFEST = aManifest('catalog/CronJob.a.k8s.yaml');

function git(root: string, ...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  return execFileSync('git', [...who, ...args], { cwd: root, encoding: 'utf8' }).trim();
}

const placesIn = (root: string, below = root) => ({
  root: below,
  lockPath: join(below, 'fleet.lock.json'),
  distPath: join(below, 'dist'),
});

/** A repository with lock and dist in one commit, and what `spoil` makes of them. */
function aRepository(folder = '.', spoil = (_: string) => {}): string {
  const root = aFolder();
  const below = join(root, folder);
  mkdirSync(join(below, 'dist/catalog'), { recursive: true });
  writeFileSync(join(below, 'dist', MANIFEST.path), MANIFEST.text);
  writeFileSync(join(below, 'fleet.lock.json'), 'the lock\n');
  writeFileSync(join(below, 'unrelated.k8s.yaml'), '');
  spoil(below);
  git(root, 'init', '-q', '-b', 'main');
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'one');
  return root;
}

const BOTH = { lockText: 'the lock\n', manifests: [{ path: MANIFEST.path, text: MANIFEST.text }] };

describe('readRevision', () => {
  test('reads lock and dist as they were committed, whatever has become of them', () => {
    const root = aRepository();
    writeFileSync(join(root, 'fleet.lock.json'), 'another');
    rmSync(join(root, 'dist'), { recursive: true });
    expect(readRevision(placesIn(root), 'main')).toEqual(BOTH);
  });

  test('reads them in a folder below the repository’s root', () => {
    const root = aRepository('teams/shop');
    expect(readRevision(placesIn(root, join(root, 'teams/shop')), 'HEAD')).toEqual(BOTH);
  });

  test('finds none in a revision from before them', () => {
    const root = aRepository('.', (below) => {
      rmSync(join(below, 'dist'), { recursive: true });
      rmSync(join(below, 'fleet.lock.json'));
    });
    expect(readRevision(placesIn(root), 'main')).toEqual({ lockText: undefined, manifests: [] });
  });

  test.each([
    ['a file', (dist: string) => writeFileSync(dist, '')],
    ['a link', (dist: string) => symlinkSync('/tmp', dist)],
  ])('refuses %s where dist should be', (_, put) => {
    const root = aRepository('.', (below) => {
      rmSync(join(below, 'dist'), { recursive: true });
      put(join(below, 'dist'));
    });
    expect(refusal(() => readRevision(placesIn(root), 'main'))).toMatchObject({
      code: 'output-refused',
      message: 'dist: expected a folder, which dist is; this is a file or a link',
    });
  });

  test.each(['gone', '', 'HEAD:dist', '--output=x'])(
    'refuses the revision "%s", which git does not know',
    (revision) => {
      const root = aRepository();
      expect(refusal(() => readRevision(placesIn(root), revision))).toMatchObject({
        code: 'revision-unknown',
        message: `--against: expected a revision of git, got "${revision}"`,
        hint: expect.stringContaining('fetch-depth: 0'),
      });
      expect(readdirSync(root).sort()).toEqual(['.git', 'dist', 'fleet.lock.json', 'unrelated.k8s.yaml']);
    },
  );

  test('gives a command that may be pasted, whatever the revision is called', () => {
    const root = aRepository();
    const hint = (revision: string) => refusal(() => readRevision(placesIn(root), revision)).hint ?? '';
    expect(hint('v1.2/x')).toContain(`git -C ${root} rev-parse v1.2/x must know it`);
    const nasty = "x; echo 'a' $(date) `date` && b";
    const [, command] = /rev-parse (.*) must know it/.exec(hint(nasty)) ?? [];
    expect(execFileSync('sh', ['-c', `printf %s ${command}`], { encoding: 'utf8' })).toBe(nasty);
    expect(hint('')).toContain("rev-parse '' must");
  });

  test('refuses a folder that is no repository, in the words of git', () => {
    expect(refusal(() => readRevision(placesIn(aFolder()), 'HEAD'))).toMatchObject({
      code: 'revision-unknown',
      message: expect.stringContaining('--against: expected an answer of git, got "fatal: not a git repository'),
    });
  });

  test('refuses a revision of which a file is missing in the repository', () => {
    const root = aRepository();
    const hash = git(root, 'rev-parse', `HEAD:dist/${MANIFEST.path}`);
    rmSync(join(root, '.git/objects', hash.slice(0, 2), hash.slice(2)));
    expect(refusal(() => readRevision(placesIn(root), 'HEAD'))).toMatchObject({
      code: 'revision-unknown',
      message: `--against: expected a revision that git has whole, got one without dist/${MANIFEST.path}`,
    });
  });

  test('says so where git is not installed', () => {
    const root = aRepository();
    vi.stubEnv('PATH', root);
    try {
      expect(refusal(() => readRevision(placesIn(root), 'HEAD'))).toMatchObject({
        code: 'revision-unknown',
        message: '--against: expected git on the PATH, got no such program',
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
