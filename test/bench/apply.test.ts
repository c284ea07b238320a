// That the bench works at all; what it measures is told in docs/performance.md, and never by a test.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, REPOSITORY } from '../support/project';

test('bench:apply measures against the double, and tells seconds, requests and writes', async () => {
  const args = ['--groups', '2', '--rounds', '1', '--latency', '0', '--alone'];
  const ran = await execute(
    REPOSITORY,
    process.execPath,
    [...['--import', 'tsx', join(REPOSITORY, 'bench/apply.ts')], ...args],
    { env: { KUBECONFIG: '' } },
  );
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const rows = ran.stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const writes = (step: string) => rows.find(([, first]) => first === step)?.[6];
  // Two CronJobs and the group map; the turn is taken and given back.
  expect(['create', 'unchanged', 'one changed'].map(writes)).toEqual(['5', '0', '3']);
});
