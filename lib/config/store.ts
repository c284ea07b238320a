// Where the rows are: a PostgreSQL, or the demo.

import * as z from 'zod';
import { choice, isPlainObject, only, text, textWithout, whole } from './shapes';
import { urlProblem } from './store-url';

const URL_EXPECTED = 'a PostgreSQL URL such as postgres://host:5432/database';
// A line break behind it is common where it comes from a file.
const url = z.string(URL_EXPECTED).trim().pipe(textWithout(URL_EXPECTED, urlProblem));
const postgres = only({
  url,
  connectTimeoutSeconds: whole(1, 600).default(10),
  statementTimeoutSeconds: whole(1, 86_400).default(300),
  storeId: text('an id of at most 63 letters, digits, "-", "_" and "."', /^[-._A-Za-z0-9]{1,63}$/).optional(),
}).transform((settings) => ({ kind: 'postgres' as const, ...settings }));

const demo = only({ kind: z.literal('demo'), rows: whole(0, 1_000_000) });

export const store = choice(
  (value) =>
    `a PostgreSQL URL, { url } or demoStore({ rows })${value === undefined ? '\nis DATABASE_URL not set?' : ''}`,
  (value) => {
    if (typeof value === 'string') return url.transform((bare) => postgres.parse({ url: bare }));
    if (!isPlainObject(value)) return undefined;
    return value.kind === 'demo' ? demo : postgres;
  },
);
