// The workflows that teams copy: every action pinned, no more permitted than is needed, no secret where strangers' code runs.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../support/project';

interface Step {
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

test('there are two', () => {
  expect(files.sort()).toEqual(['nightly.yml', 'pull-request.yml']);
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
