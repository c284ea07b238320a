import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnProblem, parseTableName, printTableName, tableProblem } from '../../lib/config/table-name';

describe('parseTableName', () => {
  test.each([
    ['items', { name: 'items' }],
    ['catalog.items', { schema: 'catalog', name: 'items' }],
    ['Catalog.ITEMS', { schema: 'catalog', name: 'items' }],
    ['"Odd Schema"."It""ems"', { schema: 'Odd Schema', name: 'It"ems' }],
    ['catalog."a.b"', { schema: 'catalog', name: 'a.b' }],
    [' items\n', { name: 'items' }],
    ['_a$1', { name: '_a$1' }],
    // PostgreSQL lowers ASCII letters alone.
    ['ÄPFEL', { name: 'Äpfel' }],
    ['x'.repeat(63), { name: 'x'.repeat(63) }],
  ])('reads %j', (text, name) => expect(parseTableName(text)).toEqual(name));

  test.each([
    '',
    ' ',
    'a.b.c',
    '.a',
    'a.',
    'a b',
    'a-b',
    '1a',
    '"a',
    '""',
    'a"; drop table t; --',
    '"a"b"',
    '"a\0"',
    'x'.repeat(64),
    `catalog.${'é'.repeat(32)}`,
  ])('does not read %j', (text) => {
    expect(parseTableName(text)).toBeUndefined();
    expect(tableProblem(text)).toBeDefined();
  });

  test('reads back what printTableName wrote', () => {
    const identifier = fc
      .oneof(
        fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
        fc.string({ minLength: 1, unit: fc.constantFrom('a', 'B', '"', '.', ' ', '$', '1', '_') }),
      )
      .filter((name) => !name.includes('\0') && Buffer.byteLength(name) <= 63);
    fc.assert(
      fc.property(fc.option(identifier, { nil: undefined }), identifier, (schema, name) => {
        const table = schema === undefined ? { name } : { schema, name };
        expect(parseTableName(printTableName(table))).toEqual(table);
      }),
    );
  });
});

test.each(['id', 'The Key', 'a"b', 'x'.repeat(63)])('%j can be a column', (name) => {
  expect(columnProblem(name)).toBeUndefined();
});

test.each([
  ['', 'such as id; one column, not a list'],
  [' ', 'such as id; one column, not a list'],
  ['a\0', 'such as id; one column, not a list'],
  ['é'.repeat(32), "a column's name may have 63 bytes"],
])('%j cannot be a column: %s', (name, problem) => expect(columnProblem(name)).toBe(problem));
