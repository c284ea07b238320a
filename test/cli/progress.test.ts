import { expect, test } from 'vitest';
import { tellProgress } from '../../lib/cli/progress';

/** What is written when pieces come at these times, in milliseconds. */
function written(isTTY: boolean, times: readonly number[]): string[] {
  const lines: string[] = [];
  let now = 0;
  const { progress, end } = tellProgress({ isTTY, write: (text) => lines.push(text) }, () => now);
  for (const [index, time] of times.entries()) {
    now = time;
    progress('fleets.catalog.groups', (index + 1) * 1_000_000, index + 1);
  }
  end();
  return lines;
}

test('on a terminal one line counts up, ten times a second at most, and ends before what comes next', () => {
  expect(written(true, [50, 120, 150, 230])).toEqual([
    '\rfleets.catalog.groups: 2,000,000 rows in 2 groups so far',
    '\rfleets.catalog.groups: 4,000,000 rows in 4 groups so far',
    '\n',
  ]);
});

test('elsewhere there is a whole line every ten seconds', () => {
  expect(written(false, [5_000, 10_000, 19_999, 20_000])).toEqual([
    'fleets.catalog.groups: 2,000,000 rows in 2 groups so far\n',
    'fleets.catalog.groups: 4,000,000 rows in 4 groups so far\n',
  ]);
});

test('what is quick is not talked of', () => {
  expect(written(true, [10, 20, 30])).toEqual([]);
});
