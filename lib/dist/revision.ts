// Lock and dist as they are in a revision of git.

import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { UserError } from '../errors';
import { MANIFEST_ENDING } from './manifests';
import type { Places } from './output';
import type { Files } from './project';

/** What a repository is asked. */
interface Asked {
  root: string;
  revision: string;
}

/**
 * @param revision whatever git takes for one: `HEAD`, `origin/main`, `v1.2.0`
 * @throws UserError `revision-unknown` where git does not know it, or there is no git; `output-refused` where dist is no folder in it
 */
export function readRevision({ root, lockPath, distPath }: Places, revision: string): Files {
  const [lock, dist] = [relative(root, lockPath), relative(root, distPath)] as [string, string];
  const asked = { root, revision };
  const commit = git(asked, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  // `<mode> blob <hash>`, a tab, the path.
  const entries = git(asked, ['ls-tree', '-r', '-z', commit.toString().trim(), '--', dist, lock])
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({ hash: entry.split(/[ \t]/, 3)[2] as string, path: entry.slice(entry.indexOf('\t') + 1) }));
  if (entries.some(({ path }) => path === dist)) {
    throw new UserError('output-refused', `${dist}: expected a folder, which dist is; this is a file or a link`);
  }
  const wanted = entries.filter(({ path }) => path === lock || path.endsWith(MANIFEST_ENDING));
  const texts = textsOf(asked, wanted);
  const files = wanted.map(({ path }, index) => ({ path, text: texts[index] as string }));
  return {
    lockText: files.find(({ path }) => path === lock)?.text,
    manifests: files
      .filter(({ path }) => path !== lock)
      .map(({ path, text }) => ({ path: path.slice(dist.length + 1), text })),
  };
}

/** All in one go: a process for each of a thousand files takes seconds. */
function textsOf(asked: Asked, files: readonly { hash: string; path: string }[]): string[] {
  if (files.length === 0) return [];
  let rest = git(asked, ['cat-file', '--batch'], files.map(({ hash }) => `${hash}\n`).join(''));
  return files.map(({ path }) => {
    // `<hash> blob <size>`, a line break, the bytes, a line break.
    const end = rest.indexOf('\n');
    const [, type, size] = rest.subarray(0, end).toString().split(' ');
    if (type !== 'blob') throw unknown(asked, `a revision that git has whole, got one without ${path}`);
    const next = end + 1 + Number(size);
    const text = rest.subarray(end + 1, next).toString('utf8');
    rest = rest.subarray(next + 1);
    return text;
  });
}

function git(asked: Asked, args: string[], input = ''): Buffer {
  try {
    return execFileSync('git', args, {
      cwd: asked.root,
      // Its words stand in a message of ours.
      env: { ...process.env, LC_ALL: 'C' },
      input,
      maxBuffer: 1024 ** 3,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const { code, stderr } = cause as NodeJS.ErrnoException & { stderr?: Buffer };
    if (code === 'ENOENT') throw unknown(asked, 'git on the PATH, got no such program', cause);
    // Silent where it merely does not know the revision.
    const [words] = `${stderr ?? ''}`.trim().split('\n');
    if (words) throw unknown(asked, `an answer of git, got ${JSON.stringify(words)}`, cause);
    throw unknown(asked, `a revision of git, got ${JSON.stringify(asked.revision)}`, cause);
  }
}

function unknown({ root, revision }: Asked, what: string, cause?: unknown): UserError {
  return new UserError('revision-unknown', `--against: expected ${what}`, {
    hint: `git -C ${pasted(root)} rev-parse ${pasted(revision)} must know it; a shallow clone has only the last commits (fetch-depth: 0). Without --against, plan compares with the files on disk`,
    cause,
  });
}

/** For a shell, which would make something of anything but these. */
function pasted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
