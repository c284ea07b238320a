// What the groups of a fleet are: ranges of a key, values of a column, or rows of a query.

import * as z from 'zod';
import { filterProblem, queryProblem } from './filter';
import { type Broken, choice, isPlainObject, only, textWithout, whole } from './shapes';
import { columnProblem, tableProblem } from './table-name';

const MAX_CAPACITY = 1_000_000_000_000;

const bound = z.union([z.string(), z.number().refine(Number.isSafeInteger).transform(String)], {
  error: 'a key as text, or a whole number\nquote what is no whole number, and what is above 9,007,199,254,740,991',
});
const keyRange = only({
  by: z.literal('keyRange'),
  table: textWithout('a table name as in SQL', tableProblem),
  key: textWithout("a column's bare name", columnProblem),
  capacity: whole(1, MAX_CAPACITY),
  where: textWithout('one SQL condition such as "deleted_at IS NULL"', filterProblem).optional(),
  headroom: z
    .number('a share from 0 to 0.9')
    .refine((share) => share >= 0 && share <= 0.9, 'a share from 0 to 0.9')
    .default(0),
  recount: z.literal('all', '"all", or no such key').optional(),
  retireEmpty: z.boolean('true or false').default(false),
  allowKeysInGit: z.boolean('true or false').default(false),
  bounds: z.array(bound, 'a list of keys such as [1_000_001, 2_000_001]').default([]),
});

const column = only(
  {
    by: z.literal('column'),
    table: textWithout('a table name as in SQL', tableProblem),
    column: textWithout("a column's bare name", columnProblem),
    capacity: whole(1, MAX_CAPACITY).optional(),
    key: textWithout("a column's bare name", columnProblem).optional(),
    retireEmpty: z.boolean('true or false').default(false),
    allowKeysInGit: z.boolean('true or false').default(false),
  },
  { rule: capacityWithKey },
);

const query = only({
  by: z.literal('query'),
  // A semicolon behind it is habit.
  sql: textWithout('one SELECT statement', queryProblem).transform((sql) => sql.trim().replace(/\s*;$/, '')),
  name: textWithout("a column's bare name", columnProblem),
  retireEmpty: z.boolean('true or false').default(false),
});

/** They are there for `cronfleet assign`, which fills groups up to the one and walks the rows by the other. */
function capacityWithKey({ capacity, key, column }: Record<string, unknown>): Broken[] {
  const todo = '`cronfleet assign` needs both `capacity` and `key`; without it, leave both out';
  if (capacity !== undefined && key === undefined)
    return [{ path: ['key'], message: `a column with a unique index beside \`capacity\`\n${todo}` }];
  if (key !== undefined && capacity === undefined)
    return [{ path: ['capacity'], message: `a number of rows beside \`key\`\n${todo}` }];
  if (key === undefined || key !== column) return [];
  return [{ path: ['key'], message: 'another column than `column`\nthe key tells rows apart, such as "id"' }];
}

export const groups = choice<typeof keyRange | typeof column | typeof query>(
  'byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name })',
  (value) => {
    switch (isPlainObject(value) && value.by) {
      case 'keyRange':
        return keyRange;
      case 'column':
        return column;
      case 'query':
        return query;
      default:
        return undefined;
    }
  },
);
