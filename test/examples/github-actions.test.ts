// The workflows that teams copy: every action pinned, no more permitted than is needed, no secret where strangers' code runs.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { aFolder } from '../support/builders';
import { REPOSITORY } from '../support/project';

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: object;
  concurrency: { group: string };
  jobs: Record<string, { permissions: object; 'timeout-minutes': number; if?: string; steps: Step[] }>;
}

const FOLDER = join(REPOSITORY, 'examples/github-actions');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const workflowOf = (name: string) => parse(textOf(name)) as Workflow;

test('there are three', () => {
  expect(files.sort()).toEqual(['branch.yml', 'nightly.yml', 'pull-request.yml']);
});

describe.each(files)('%s', (name) => {
  const jobs = Object.values(workflowOf(name).jobs);
  const steps = jobs.flatMap((job) => job.steps);

  test('pins every action by a whole commit, and says which version that is', () => {
    const lines = textOf(name).match(/^.*\buses:.*$/gm) ?? [];
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('permits nothing but what a job says, runs one at a time, and ends', () => {
    const { permissions, concurrency } = workflowOf(name);
    expect(permissions).toEqual({});
    expect(concurrency.group).toMatch(/^cronfleet-/);
    for (const job of jobs) {
      expect(Object.keys(job.permissions).length).toBeGreaterThan(0);
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    }
  });

  test('leaves no token on disk, and puts no expression into a script', () => {
    for (const { uses, with: inputs, run } of steps) {
      if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
      expect(run ?? '').not.toContain('${{');
    }
  });
});

test('a pull request sees no secret, and may only comment, where none of its own code runs', () => {
  const { on, jobs } = workflowOf('pull-request.yml');
  expect(textOf('pull-request.yml')).not.toContain('secrets.');
  expect(Object.keys(on).sort()).toEqual(['pull_request', 'push']);
  expect(jobs.check?.permissions).toEqual({ contents: 'read' });
  expect(jobs.schemas?.permissions).toEqual({ contents: 'read' });
  expect(jobs.comment?.permissions).toEqual({ 'pull-requests': 'write' });
  expect(jobs.comment?.if).toContain('head.repo.full_name == github.repository');
  expect(jobs.comment?.steps.some(({ uses, run }) => uses || /\b(npm|npx|node|git)\b/.test(run ?? ''))).toBe(false);
});

test('the night’s run gives the store’s URL to one step at a time, and the token to another', () => {
  const { on, jobs } = workflowOf('nightly.yml');
  expect(Object.keys(on).sort()).toEqual(['schedule', 'workflow_dispatch']);
  expect(jobs.synth?.permissions).toEqual({ contents: 'write', 'pull-requests': 'write' });
  const known = jobs.synth?.steps.map(({ env = {} }) =>
    Object.keys(env).filter((key) => key !== 'BASE' && key !== 'BRANCH'),
  );
  expect(known?.filter((keys) => keys.length > 0)).toEqual([
    ['DATABASE_URL'],
    ['DATABASE_URL'],
    ['GH_TOKEN'],
    ['GH_TOKEN'],
  ]);
  const push = jobs.synth?.steps.find(({ run }) => run?.includes('HEAD:$BRANCH'))?.run as string;
  expect(push.indexOf('delivery --may-push')).toBeLessThan(push.indexOf('git push'));
  expect(push.indexOf('delivery --may-push')).toBeGreaterThan(0);
});

/** The script of the step whose name begins so. */
const scriptOf = (file: string, name: string) => {
  const steps = Object.values(workflowOf(file).jobs).flatMap((job) => job.steps);
  return steps.find((step) => step.name?.startsWith(name))?.run as string;
};

/** Runs it as GitHub does, with these programs in place of the real ones, each a script. */
function runs(script: string, cwd: string, env: Record<string, string>, programs: Record<string, string>) {
  const bin = join(aFolder(), 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries(programs))
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const path = { PATH: `${bin}:${process.env.PATH}`, HOME: cwd };
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    env: { ...path, ...env },
    encoding: 'utf8',
  });
}

test('a plan goes to the comment whole, also one of wide characters', () => {
  const folder = aFolder();
  const plan = `${'漢'.repeat(21_600)}\n`;
  writeFileSync(join(folder, 'source'), plan);
  const output = join(folder, 'output');
  const env = { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  const { status, stderr } = runs(scriptOf('pull-request.yml', 'what merging'), folder, env, { npx: 'cat source' });
  expect(status, stderr).toBe(0);
  const [, end, told] = /^plan<<(end-[0-9a-f]{32})\n(.*)\n\1\n$/s.exec(
    readFileSync(output, 'utf8'),
  ) as unknown as string[];
  expect(end).toBeDefined();
  expect(`${told}\n`).toBe(plan);
});

test('objects are held against schemas by a program whose version and bytes are pinned, with nothing passed over', () => {
  const steps = workflowOf('pull-request.yml').jobs.schemas?.steps ?? [];
  const { VERSION = '', SHA256 = '', CATALOG } = Object.assign({}, ...steps.map(({ env }) => env));
  expect(VERSION).toMatch(/^v\d+\.\d+\.\d+$/);
  expect(SHA256).toMatch(/^[0-9a-f]{64}$/);
  const folder = aFolder();
  const fetched = runs(
    scriptOf('pull-request.yml', 'kubeconform'),
    folder,
    { RUNNER_TEMP: folder, VERSION, SHA256 },
    {
      curl: 'echo other > kubeconform.tar.gz',
      tar: 'echo unpacked',
    },
  );
  expect(fetched.status).not.toBe(0);
  expect(fetched.stdout).not.toContain('unpacked');

  const check = scriptOf('pull-request.yml', 'every object');
  expect(check).toContain('-strict');
  expect(check).not.toContain('ignore');
  expect(CATALOG).toMatch(/^[0-9a-f]{40}$/);
});

test('the night’s pull request is looked for among branches of this repository alone', () => {
  const script = scriptOf('nightly.yml', 'open a pull request');
  expect(script).toContain('--json number,isCrossRepository');
  expect(script).toContain('select(.isCrossRepository == false)');
});

describe('the run by hand on a branch', () => {
  test('is started by hand alone, in no fork, on a branch that is not the default one, and may write nothing but contents', () => {
    const { on, jobs } = workflowOf('branch.yml');
    expect(Object.keys(on)).toEqual(['workflow_dispatch']);
    expect(Object.values(jobs).map(({ permissions }) => permissions)).toEqual([{ contents: 'write' }]);
    expect(jobs.synth?.if).toContain('github.event.repository.fork == false');
    expect(jobs.synth?.if).toContain("github.ref_type == 'branch'");
    expect(jobs.synth?.if).toContain('github.ref_name != github.event.repository.default_branch');
    const known = jobs.synth?.steps.flatMap(({ env = {} }) => Object.keys(env));
    expect(known).toEqual(['DATABASE_URL', 'GH_TOKEN', 'REF', 'DEFAULT']);
  });

  test('pushes dist and lock to its branch, never to the default one, to a tag, or over somebody’s commit', () => {
    const origin = aFolder();
    const folder = aFolder();
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        encoding: 'utf8',
      });
    execFileSync('git', ['init', '-q', '--bare', origin]);
    git('init', '-q', '-b', 'main');
    git('remote', 'add', 'origin', origin);
    git('commit', '-q', '--allow-empty', '-m', 'one');
    git('push', '-q', 'origin', 'HEAD:main', 'HEAD:new/fleet;x');
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/a.yaml'), 'a');
    writeFileSync(join(folder, 'fleet.lock.json'), '{}');
    writeFileSync(join(folder, 'other'), 'not mine');
    const push = (REF: string) =>
      runs(scriptOf('branch.yml', 'push it'), folder, { REF, DEFAULT: 'main' }, { gh: 'exit 0' });

    for (const ref of ['refs/heads/main', 'refs/tags/v1', 'refs/heads/', '']) expect(push(ref).status, ref).toBe(1);
    expect(git('ls-remote', 'origin', 'main')).toContain(git('rev-parse', 'HEAD').trim());
    expect(push('refs/heads/new/fleet;x')).toMatchObject({ status: 0 });
    expect(git('ls-remote', 'origin', 'new/fleet;x')).toContain(git('rev-parse', 'HEAD').trim());
    expect(git('ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual(['dist/a.yaml', 'fleet.lock.json', '']);
    expect(push('refs/heads/new/fleet;x').stdout).toContain('nothing has changed');

    git('reset', '-q', '--hard', 'HEAD~1');
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/a.yaml'), 'b');
    writeFileSync(join(folder, 'fleet.lock.json'), '{}');
    expect(push('refs/heads/new/fleet;x').stderr).toContain('[rejected]');
  });
});
