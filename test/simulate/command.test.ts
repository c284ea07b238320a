// What `npm run simulate` prints, and that docs/scale.md and its picture are of this model.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pointOf, pointsIn, scaleChart } from '../../simulate/chart';
import { main, nightsOf, PLOTTED } from '../../simulate/index';
import { DEFAULTS } from '../../simulate/settings';
import { SHAPES } from '../../simulate/shapes';
import { duration, tableLines } from '../../simulate/text';
import { REPOSITORY } from '../support/project';

/** `npm run simulate -- …` */
async function simulated(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), kubeconfig: undefined };
  const code = await main(args, io);
  return { code, stdout: out.join(''), stderr: err.join('') };
}

const page = readFileSync(join(REPOSITORY, 'docs/scale.md'), 'utf8');
const picture = readFileSync(join(REPOSITORY, 'docs/scale.svg'), 'utf8');
/** What is simulated again here; the larger sizes take seconds, and come from the same model. */
const SMALL = [10, 100, 1_000];

test('a table, or JSON with the settings', async () => {
  const table = await simulated('--groups', '100', '--shapes', 'minute,fold', '--qps', '50', '--burst', '50');
  expect(table.stdout).toMatchInlineSnapshot(`
    "window 300 min, 2 min a group, 1,000 pods at once, 1 % of pods fail, 3 retries, QPS 50 burst 50, seed 1

    groups  shape   CronJobs  Jobs late p50    p99   last  last began  last end  done  late  failed  deadline  missed  writes  objects
       100  minute       100          1.4 s  3.7 s  3.8 s       6.8 s   3.3 min   100     0       0         0       0   1,507      701
       100  fold           1          0.1 s  0.1 s  0.1 s       3.2 s   3.3 min   100     0       0         0       0     289      306
    "
  `);
  const json = await simulated('--groups', '10', '--shapes', 'fold', '--seed', '7', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ settings: { seed: 7 }, nights: [{ shape: 'fold', groups: 10 }] });
});

test('where nodes are too small, synth refuses by day what would be cut off by night', async () => {
  const { stdout } = await simulated('--groups', '1000', '--slots', '100', '--minutes', '32');
  expect(stdout).toMatch(/minute +1,000 .* 851 +0 +0 +149 +0 /);
  expect(stdout).toMatch(/queue +1,000 .* 871 +129 +0 +0 +0 /);
  expect(stdout).toMatch(/fold +refused by synth/);
});

test('what cannot be is refused with what can', async () => {
  const shape = await simulated('--shapes', 'bold');
  expect([shape.code, shape.stderr]).toEqual([1, expect.stringContaining('expected some of minute, spread')]);
  const groups = await simulated('--groups', '10,x');
  expect([groups.code, groups.stderr]).toEqual([1, expect.stringContaining('whole number from 1')]);
});

test('without KUBECONFIG the check of a cluster is skipped, and says how to get one', async () => {
  const { code, stdout } = await simulated('--check-cluster');
  expect(code).toBe(0);
  expect(stdout).toContain('skipped');
  expect(stdout).toContain('kind create cluster');
});

describe('docs/scale.md', () => {
  test('has the table as the command prints it', () => {
    const table = /```\n(window 300 min.*?)\n```/s.exec(page)?.[1]?.split('\n') ?? [];
    expect(table).toHaveLength(3 + 5 * SHAPES.length);
    // Columns are as wide as the widest of all sizes.
    const cells = (line: string) => line.trim().split(/ {2,}/);
    const fresh = tableLines(nightsOf(SMALL, SHAPES, DEFAULTS))
      .slice(1)
      .map(cells);
    expect(table.slice(3, 3 + fresh.length).map(cells)).toEqual(fresh);
  });

  test('has the picture of this model', () => {
    const points = pointsIn(picture);
    expect(points).toHaveLength(PLOTTED.length * SHAPES.length);
    expect(points.filter(({ groups }) => SMALL.includes(groups))).toEqual(
      nightsOf(SMALL, SHAPES, DEFAULTS).map(pointOf),
    );
    expect(scaleChart(points)).toBe(picture);
    expect(scaleChart(points)).toBe(picture);
  });
});

test('duration speaks in the unit that fits', () => {
  expect([undefined, 0.105, 99.9, 100, 5_990, 36_000].map(duration)).toEqual([
    ...['-', '0.1 s', '99.9 s', '1.7 min', '99.8 min', '10.0 h'],
  ]);
});
