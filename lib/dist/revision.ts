// Lock and dist as they are in a revision of git.

import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { UserError } from '../errors';
import { MANIFEST_ENDING, type Manifest } from './manifests';
import type { Places } from './output';
import type { Files } from './project';

/**
 * @param revision whatever git takes for one: `HEAD`, `origin/main`, `v1.2.0`
 * @throws UserError `revision-unknown` where git does not know it, or there is no git
 */
export function readRevision({ root, lockPath, distPath }: Places, revision: string): Files {
  const [lock, dist] = [relative(root, lockPath), relative(root, distPath)] as [string, string];
  const commit = git(root, revision, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  const names = git(root, revision, ['ls-tree', '-r', '-z', '--name-only', commit.trim(), '--', `${dist}/`, lock]);
  const paths = names.split('\0').filter((path) => path === lock || path.endsWith(MANIFEST_ENDING));
  const texts = textsOf(root, revision, commit.trim(), paths);
  const manifests = paths
    .map((path, index): Manifest => ({ path: path.slice(dist.length + 1), text: texts[index] as string }))
    .filter((_, index) => paths[index] !== lock);
  const at = paths.indexOf(lock);
  return { lockText: at < 0 ? undefined : texts[at], manifests };
}

/** All in one go: a process for each of a thousand files takes seconds. */
function textsOf(root: string, revision: string, commit: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const input = paths.map((path) => `${commit}:./${path}\n`).join('');
  let rest = gitBytes(root, revision, ['cat-file', '--batch'], input);
  return paths.map(() => {
    // `<hash> blob <size>`, a line break, the bytes, a line break.
    const end = rest.indexOf('\n');
    const size = Number(rest.subarray(0, end).toString().split(' ')[2]);
    const text = rest.subarray(end + 1, end + 1 + size).toString('utf8');
    rest = rest.subarray(end + 2 + size);
    return text;
  });
}

function git(root: string, revision: string, args: string[]): string {
  return gitBytes(root, revision, args).toString('utf8');
}

function gitBytes(root: string, revision: string, args: string[], input = ''): Buffer {
  try {
    return execFileSync('git', args, { cwd: root, input, maxBuffer: 1024 ** 3, stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (cause) {
    throw new UserError('revision-unknown', `--against: expected a revision of git, got ${JSON.stringify(revision)}`, {
      hint: `git -C ${root} rev-parse ${revision} must know it; a shallow clone has only the last commits (fetch-depth: 0)`,
      cause,
    });
  }
}
