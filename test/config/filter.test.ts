import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterProblem } from '../../lib/config/filter';

describe('filterProblem', () => {
  test.each([
    'deleted_at IS NULL',
    '(a = 1) OR (b = 2)',
    `name = 'it''s; -- /* data */ $1 ('`,
    `"where;" = 1 AND "a""b(" > 0`,
    'amount - -1 > 0',
    'f(a, g(b)) = $',
    'cost$eur > a$b + 1',
    '\ntrue\n',
  ])('has none with %j', (where) => expect(filterProblem(where)).toBeUndefined());

  test.each([
    ['', 'it is empty: leave `where` out for all rows'],
    [' \n', 'it is empty: leave `where` out for all rows'],
    ['WHERE a = 1', 'leave out the word WHERE'],
    ['a = 1;', 'it has a semicolon or NUL: take it out'],
    ['a = 1; DROP TABLE items', 'it has a semicolon or NUL: take it out'],
    ['a = 1\0', 'it has a semicolon or NUL: take it out'],
    ['a = 1 -- all', 'it has a comment: take it out'],
    ['a = 1 /* all', 'it has a comment: take it out'],
    ["a = 'x", 'it has an unclosed quote; within a text, a quote is written twice'],
    ["a = 'it's'", 'it has an unclosed quote; within a text, a quote is written twice'],
    ['"a = 1', 'it has an unclosed quote; within a text, a quote is written twice'],
    [`a = "'`, 'it has an unclosed quote; within a text, a quote is written twice'],
    ['(a = 1', 'its parentheses do not match'],
    ['a = 1)', 'its parentheses do not match'],
    ['a = 1) OR (true', 'its parentheses do not match'],
    [`a = ')' OR (b`, 'its parentheses do not match'],
    ['a = $1', "it has a dollar quote or parameter: write texts as '…'"],
    ['a = $$x$$', "it has a dollar quote or parameter: write texts as '…'"],
    ['a = $ä$ ) OR ( $ä$', "it has a dollar quote or parameter: write texts as '…'"],
    ["a = E'\\' OR '", 'it has a backslash, which PostgreSQL reads in two ways; compare with chr(92) instead'],
  ])('with %j is: %s', (where, problem) => expect(filterProblem(where)).toBe(problem));

  test('is indifferent to what stands within quotes, a backslash apart', () => {
    const data = fc.string({ unit: fc.constantFrom('a', '(', ')', ';', '-', '/', '*', '$', '1', '"', "'", ' ', 'é') });
    fc.assert(
      fc.property(data, data, (text, name) => {
        const where = `"n${name.replaceAll('"', '""')}" = '${text.replaceAll("'", "''")}'`;
        expect(filterProblem(where)).toBeUndefined();
        expect(filterProblem(`${where} ;`)).toBeDefined();
        expect(filterProblem(`${where})`)).toBeDefined();
      }),
    );
  });
});
