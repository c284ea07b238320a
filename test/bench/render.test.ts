import { expect, test } from 'vitest';
import { execute, REPOSITORY } from '../support/project';

test('bench:render lets every peer write the same objects, and says how it went', async () => {
  const { code, stdout, stderr } = await execute(REPOSITORY, process.execPath, [
    ...['--import', 'tsx', 'bench/render.ts'],
    ...['--groups', '3', '--rounds', '1'],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '3 groups …\n' });
  for (const line of ['cronfleet synth --frozen', 'one sed a group', 'plain cdk8s app (tsx)', 'cdk8s --version'])
    expect(stdout).toMatch(new RegExp(`\\| ${line.replace(/[()]/g, '\\$&')} +\\| +[\\d.]+ m?s`));
});
