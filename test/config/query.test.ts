import { expect, test } from 'vitest';
import { byQuery } from '../../lib/config/define';
import { queryProblem } from '../../lib/config/filter';
import { fleetsSchema } from '../../lib/config/schema';
import { accepts, fleet, tells } from './written';

const query = (keys: object = {}) => fleet({ groups: { ...byQuery({ sql: 'SELECT a', name: 'a' }), ...keys } });
const when = (keys: object) => fleet({ window: undefined, ...keys });

accepts([
  ['a query', query()],
  ['one in parentheses, behind a comment', query({ sql: '-- the branches\n/* all */ (SELECT a)' })],
  ['WITH', query({ sql: 'with b AS (SELECT 1 AS a) SELECT a FROM b' })],
  ['VALUES', query({ sql: "VALUES ('a')", name: 'column1' })],
  ['a semicolon behind it', query({ sql: 'SELECT a;\n' })],
  ['a column of odd name', query({ name: 'The "Name"' })],
  ['once', when({ once: true })],
  ['once with a deadline', when({ once: true, deadlineMinutes: 10_080 })],
]);

tells([
  [
    'no SQL',
    query({ sql: ' ' }),
    [
      'fleets.catalog.groups.sql: expected one SELECT statement, got " "',
      '  such as "SELECT code AS name, url FROM shop.branches"',
    ],
  ],
  [
    'a statement that is no query',
    query({ sql: 'DELETE FROM shop.branches' }),
    [
      'fleets.catalog.groups.sql: expected one SELECT statement, got "DELETE FROM shop.branches"',
      '  it begins with SELECT, WITH or VALUES',
    ],
  ],
  ['no name', query({ name: undefined }), "fleets.catalog.groups.name: expected a column's bare name, got nothing"],
  [
    'a key of another grouping',
    query({ capacity: 10 }),
    ['fleets.catalog.groups.capacity: expected one of sql, name, retireEmpty, got an unknown key', '  leave it out'],
  ],
  [
    'once beside a window',
    fleet({ once: true }),
    [
      'fleets.catalog.once: expected one of `window`, `schedule` and `once`, got both',
      '  nightly work has a window, other repeated work a schedule',
    ],
  ],
  ['once that is false', when({ once: false }), 'fleets.catalog.once: expected true, or no such key, got false'],
  [
    'a deadline beside a window',
    fleet({ deadlineMinutes: 5 }),
    [
      'fleets.catalog.deadlineMinutes: expected no such key without `once`, got 5',
      '  a schedule has its own, and a window ends all runs when it closes',
    ],
  ],
  [
    'a deadline of a week and more',
    when({ once: true, deadlineMinutes: 10_081 }),
    'fleets.catalog.deadlineMinutes: expected a whole number from 1 to 10,080, got 10081',
  ],
  [
    'groups that are retired before a next night that never comes',
    when({ once: true, groups: byQuery({ sql: 'SELECT a', name: 'a', retireEmpty: true }) }),
    [
      'fleets.catalog.groups.retireEmpty: expected no such key with `once`, got true',
      '  leave it out: what runs once has no next night to retire before',
    ],
  ],
]);

test('the semicolon is taken off, since the query becomes part of another', () => {
  const groups = fleetsSchema.parse(query({ sql: '\n  SELECT a ; \n' })).fleets.catalog?.groups;
  expect(groups).toMatchObject({ sql: 'SELECT a' });
});

test('a NUL is a problem, a word in a comment is none', () => {
  expect(queryProblem('SELECT a\0')).toContain('NUL');
  expect(queryProblem('-- DELETE\nSELECT 1')).toBeUndefined();
  expect(queryProblem('-- SELECT\nDELETE')).toBeDefined();
});
