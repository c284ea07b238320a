// The Dockerfile's steps, run outside of a container: what it copies answers, with production packages only.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { aFolder } from './support/builders';
import { REPOSITORY } from './support/project';

const steps = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => line.split(/\s+/) as [string, ...string[]]);
const final = steps.slice(steps.findLastIndex(([instruction]) => instruction === 'FROM'));

/** Files of the repository that a pattern of COPY names and .dockerignore lets through. */
function named(pattern: string): string[] {
  const ignored = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8').split('\n');
  if (!pattern.includes('*')) return [pattern];
  const ending = pattern.replace('*', '');
  return readdirSync(REPOSITORY).filter((name) => name.endsWith(ending) && !ignored.includes(name));
}

/** What the image holds. */
function anImage(): string {
  const app = aFolder();
  for (const [instruction, ...words] of final) {
    if (instruction !== 'COPY' || words[0]?.startsWith('--from')) continue;
    const target = words.at(-1) as string;
    for (const name of words.slice(0, -1).flatMap(named)) {
      const isFolder = target !== './';
      cpSync(join(REPOSITORY, name), isFolder ? join(app, target) : join(app, name), { recursive: true });
    }
  }
  // `npm ci --omit=dev` leaves these.
  const listed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  const packages = listed.split('\n').map((path) => relative(join(REPOSITORY, 'node_modules'), path));
  for (const name of packages.filter(
    (path) => path !== '' && !path.startsWith('..') && !path.includes('node_modules'),
  )) {
    const link = join(app, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(REPOSITORY, 'node_modules', name), link);
  }
  return app;
}

test('the image answers with production packages only, and knows the team’s config and lock', () => {
  const app = anImage();
  expect(existsSync(join(app, 'node_modules', 'vitest'))).toBe(false);
  expect(readdirSync(app)).not.toContain('vitest.config.ts');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(app, 'bin/cronfleet.js'), ...args], {
      cwd: app,
      encoding: 'utf8',
      // A read-only root file system has no room for caches, not even for root.
      env: { PATH: process.env.PATH, TMPDIR: join(app, 'package.json', 'nowhere') },
    });
  expect(run('--help')).toMatchObject({ status: 0, stderr: '' });
  expect(run('rules').stdout).toContain('cronfleet-catalog');
});

test('the image is of a pinned base, runs as a number that is not root, and copies nothing that it does not name', () => {
  const bases = steps.filter(([instruction]) => instruction === 'FROM').map(([, base]) => base);
  for (const base of bases) expect(base).toMatch(/^node:20\.\d+\.\d+-[a-z-]+$/);
  expect(final.find(([instruction]) => instruction === 'USER')?.[1]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  for (const [instruction, ...words] of steps) if (instruction === 'COPY') expect(words).not.toContain('.');
  expect(readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8')).toMatch(/^\*$/m);
});
