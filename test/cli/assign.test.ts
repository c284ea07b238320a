import { expect, test } from 'vitest';
import { talk } from '../../lib/cli/assign';

/** What is written while 25 rows are given in batches of `batch`. */
function written(batch: number, isTTY: boolean): string {
  let text = '';
  const listener = talk({ isTTY, write: (more) => (text += more) });
  for (let given = batch; given < 25; given += batch) listener.progress('catalog', given, 25);
  listener.progress('catalog', 25, 25);
  return text;
}

test('progress on a terminal is one line that counts up', () => {
  expect(written(10, true)).toBe(
    '\rcatalog: 10 of 25 rows given a group\rcatalog: 20 of 25 rows given a group\rcatalog: 25 of 25 rows given a group',
  );
});

test('progress elsewhere is a line for each tenth at most', () => {
  expect(written(10, false)).toBe(
    'catalog: 10 of 25 rows given a group\ncatalog: 20 of 25 rows given a group\ncatalog: 25 of 25 rows given a group\n',
  );
  expect(written(1, false).split('\n')).toHaveLength(11);
});

test('a line that was counting up ends before the summary', () => {
  let text = '';
  const listener = talk({ isTTY: true, write: (more) => (text += more) });
  listener.progress('catalog', 1, 2);
  listener.done({ fleet: 'catalog', store: 's', table: 't', column: 'c', isDryRun: false, waiting: 2, portions: [] });
  expect(text).toContain('given a group\nfleet catalog: c of t in s\n');
});
