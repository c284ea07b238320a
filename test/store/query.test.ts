import { describe, expect, test } from 'vitest';
import { observeAll } from '../../lib/store/observe';
import { openStore } from '../../lib/store/open';
import { observeQuery, type QueryQuestion } from '../../lib/store/query';
import type { Session } from '../../lib/store/session';
import { aDatabase } from '../support/database';
import { aPostgresStore, bothStores } from '../support/stores';

const aQuestion = (sql: string, keys: Partial<QueryQuestion> = {}): QueryQuestion => {
  return { by: 'query', place: 'fleets.fruit.groups', sql, name: 'name', maxRows: 100, ...keys };
};

describe.each(bothStores())('observeQuery on $name', (store) => {
  const ask = (sql: string, keys?: Partial<QueryQuestion>) =>
    store.snapshot((session) => observeQuery(session, aQuestion(sql, keys)));
  /** The parameters of the only row. */
  const paramsOf = async (columns: string) => (await ask(`SELECT 'a' AS name, ${columns}`)).rows[0]?.params;

  test('makes a row of each row, in the order of the query, with the other columns by name', async () => {
    const values = `VALUES ('banana', 'yellow', 1), ('apple', 'red', 2)`;
    expect(await ask(`SELECT * FROM (${values}) AS fruit (name, colour, at) ORDER BY at DESC`)).toEqual({
      by: 'query',
      store: expect.stringMatching(/./),
      rows: [
        { name: 'apple', params: { at: '2', colour: 'red' } },
        { name: 'banana', params: { at: '1', colour: 'yellow' } },
      ],
      complete: true,
    });
  });

  test.each([
    ['a bigint beyond 2^53', '9223372036854775807', '9223372036854775807'],
    ['a numeric of many digits', '123456789012345678901234567890.1230', '123456789012345678901234567890.1230'],
    ['a float', '0.1::float8', '0.1'],
    ['NaN', `'NaN'::numeric`, 'NaN'],
    ['true', 'true', 'true'],
    ['false', '1 = 2', 'false'],
    ['NULL', 'NULL::int', null],
    ['an empty text', `''`, ''],
    ['a text that looks like null', `'null'`, 'null'],
    [
      'a text of quotes and more',
      `E'it''s "$(HOME)" \\\\ \\n \\u00e9\\U0001F600'`,
      'it\'s "$(HOME)" \\ \n \u00e9\u{1F600}',
    ],
    ['a date', `date '2026-03-29'`, '2026-03-29'],
    [
      'a time with microseconds of another zone',
      `timestamptz '2026-01-01 00:00:00.123456+09'`,
      '2025-12-31T15:00:00.123456+00:00',
    ],
    ['a time without zone', `timestamp '2026-01-01 00:00:00.000001'`, '2026-01-01T00:00:00.000001'],
    ['an interval', `interval '1 day 2 hours'`, '1 day 02:00:00'],
    ['a uuid', `'0A0B0C0D-0000-0000-0000-000000000000'::uuid`, '0a0b0c0d-0000-0000-0000-000000000000'],
    ['bytes', `'\\xdead'::bytea`, '\\xdead'],
    ['a list', 'ARRAY[1, 2]', '[1,2]'],
    ['an object', `'{"a": 9007199254740993}'::jsonb`, '{"a": 9007199254740993}'],
  ])('keeps %s as it is', async (_, sql, value) => {
    expect(await paramsOf(`${sql} AS value`)).toEqual({ value });
  });

  test('reads values the same whatever the role has set', async () => {
    const settings = [`IntervalStyle = 'sql_standard'`, 'extra_float_digits = -5', `bytea_output = 'escape'`];
    await store.run(
      `SET TimeZone = 'Asia/Seoul'; SET DateStyle = 'German'; ${settings.map((one) => `SET ${one};`).join(' ')}`,
    );
    const column = `jsonb_build_array(interval '1 day 2 hours', 0.1::float8 + 0.2, timestamptz '2026-01-01 00:00Z')`;
    const value = '["1 day 02:00:00", 0.30000000000000004, "2026-01-01T00:00:00+00:00"]';
    expect(await paramsOf(`${column} AS value`)).toEqual({ value });
    await store.run('RESET ALL');
  });

  test('takes names of columns and rows of any form, and a statement that ends in a comment', async () => {
    const sql = `SELECT 'a' AS "Odd ""Name""", 1 AS cronfleet_row, 2 AS q, 3 AS pair -- all of them`;
    expect((await ask(sql, { name: 'Odd "Name"' })).rows).toEqual([
      { name: 'a', params: { cronfleet_row: '1', pair: '3', q: '2' } },
    ]);
    expect((await ask(`WITH list AS (SELECT 'b' AS name) SELECT name FROM list`)).rows).toEqual([
      { name: 'b', params: {} },
    ]);
    expect((await ask(`VALUES ('c', 7)`, { name: 'column1' })).rows).toEqual([{ name: 'c', params: { column2: '7' } }]);
  });

  test('hands on a row without a name, and a query without rows', async () => {
    expect((await ask(`SELECT NULL AS name`)).rows).toEqual([{ name: null, params: {} }]);
    expect((await ask(`SELECT 'a' AS name WHERE false`)).rows).toEqual([]);
  });

  test('stops where more rows are not worth reading, and says so', async () => {
    const sql = 'SELECT n::text AS name FROM generate_series(1, 5) AS n';
    expect(await ask(sql, { maxRows: 4 })).toMatchObject({ complete: false, rows: { length: 4 } });
    expect(await ask(sql, { maxRows: 5 })).toMatchObject({ complete: true, rows: { length: 5 } });
  });

  test('names the columns there are when the one that names the rows is not', async () => {
    await expect(ask(`SELECT 'a' AS item, 1 AS "Name"`)).rejects.toMatchObject({
      code: 'column-unknown',
      message: 'fleets.fruit.groups.name: expected a column of the query, got "name"',
      hint: expect.stringContaining('its columns are item, Name'),
    });
  });

  test('refuses two columns of one name', async () => {
    await expect(ask(`SELECT 'a' AS name, 1 AS url, 2 AS url`)).rejects.toMatchObject({
      code: 'query-invalid',
      message: 'fleets.fruit.groups.sql: two columns of the query are called "url"',
    });
  });

  test('tells that a table wants its schema', async () => {
    await store.run('DROP TABLE IF EXISTS branches; CREATE TABLE branches (name text)');
    await expect(ask('SELECT name FROM branches')).rejects.toMatchObject({
      code: 'query-invalid',
      message: expect.stringContaining('relation "branches" does not exist (SQLSTATE 42P01)'),
      hint: expect.stringContaining('with their schema: shop.customers'),
    });
    expect(await ask('SELECT name FROM public.branches')).toMatchObject({ rows: [] });
  });

  test.each([
    ['does not parse', 'SELECT name FROM', '42601'],
    ['divides by zero', `SELECT 'a' AS name, 1 / 0 AS x`, '22012'],
    ['asks for a parameter', 'SELECT $1 AS name', undefined],
  ])('tells of a query that %s, at its place in the config', async (_, sql, state) => {
    const refusal = expect(ask(sql)).rejects;
    if (state === undefined) return refusal.toThrow();
    await refusal.toMatchObject({
      code: 'query-invalid',
      message: expect.stringMatching(new RegExp(`^fleets\\.fruit\\.groups\\.sql: .*${state}`)),
    });
  });

  describe('a query that does more than read fails, and leaves nothing behind', () => {
    const written = async () => (await store.ask('SELECT count(*)::int AS rows FROM public.target'))[0]?.rows;
    const writing = `INSERT INTO public.target VALUES (1)`;

    test.each([
      ['writes', `${writing} RETURNING 'a' AS name`],
      ['writes in a WITH', `WITH made AS (${writing} RETURNING n) SELECT 'a' AS name FROM made`],
      ['writes in a function', `SELECT 'a' AS name, public.write()`],
      ['counts up a sequence', `SELECT nextval('public.counter')::text AS name`],
      ['locks rows', `SELECT n::text AS name FROM public.target FOR UPDATE`],
      ['has a second statement', `SELECT 'a' AS name; ${writing}`],
      [
        'closes the parenthesis and commits',
        `SELECT 'a' AS name) AS cronfleet_row; COMMIT; ${writing}; SELECT '[["name", "a"]]' AS columns FROM (SELECT 1`,
      ],
      ['closes it, and hides the rest', `SELECT 'a' AS name) AS x; COMMIT; ${writing}; --`],
      ['commits', 'COMMIT'],
      ['turns the transaction', 'SET TRANSACTION READ WRITE'],
      ['turns the transaction by a function', `SELECT set_config('transaction_read_only', 'off', true) AS name`],
      [
        'turns it in a part and writes in another',
        `SELECT set_config('transaction_read_only', 'off', true) AS name, public.write()`,
      ],
      ['commits in a procedure', `SELECT 'a' AS name FROM public.commits()`],
      ['copies', `COPY (SELECT 1) TO '/tmp/cronfleet-canary'`],
    ])('%s', async (_, sql) => {
      await store.run(`DROP TABLE IF EXISTS target CASCADE; CREATE TABLE target (n int); DROP SEQUENCE IF EXISTS counter; CREATE SEQUENCE counter;
        CREATE OR REPLACE FUNCTION write() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.target VALUES (1); RETURN 1; END $$;
        CREATE OR REPLACE FUNCTION commits() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COMMIT; INSERT INTO public.target VALUES (1); RETURN 1; END $$`);
      await expect(ask(sql)).rejects.toThrow();
      expect(await written()).toBe(0);
      expect(await store.ask('SELECT is_called FROM public.counter')).toEqual([{ is_called: false }]);
    });
  });

  test('what a query sets is gone before the next question of the snapshot', async () => {
    const settings = async (session: Session) =>
      session.query(`SELECT current_setting('TimeZone') AS zone, current_setting('search_path') AS path,
                            current_setting('statement_timeout') AS timeout`);
    await store.snapshot(async (session) => {
      const before = await settings(session);
      const sets = ['TimeZone', 'Asia/Seoul', 'search_path', 'public', 'statement_timeout', '0'];
      await observeQuery(
        session,
        aQuestion(`SELECT set_config('${sets[0]}', '${sets[1]}', false) AS name, set_config('${sets[2]}', '${sets[3]}', true) AS b,
                          set_config('${sets[4]}', '${sets[5]}', false) AS c`),
      );
      expect(await settings(session)).toEqual(before);
    });
  });

  test('an answer that cannot be true is refused', async () => {
    for (const columns of ['null', '[["name"]]', '[["name", 1]]', '{}']) {
      const answer = store.snapshot((session) => {
        const query: Session['query'] = async (sql, values) => {
          const rows = await session.query(sql, values);
          return sql.includes('cronfleet_row') ? rows.map(() => ({ columns })) : rows;
        };
        return observeQuery({ ...session, query }, aQuestion(`SELECT 'a' AS name`));
      });
      await expect(answer, columns).rejects.toMatchObject({ code: 'store-answer' });
    }
  });
});

test('a query that the demo store cannot answer is told at its place too', async () => {
  const question = aQuestion('SELECT name FROM shop.customers');
  await expect(observeAll([{ store: { kind: 'demo', rows: 0 }, question }], openStore)).rejects.toMatchObject({
    code: 'query-invalid',
  });
});

const database = aDatabase();

test('a role that may not read what the query reads is told what it needs', async () => {
  await database.run('CREATE TABLE branches (name text); CREATE ROLE query_stranger LOGIN');
  const store = aPostgresStore(database.url('query_stranger'));
  const asked = store.snapshot((session) => observeQuery(session, aQuestion('SELECT name FROM public.branches')));
  await expect(asked).rejects.toMatchObject({
    code: 'permission-denied',
    message: expect.stringContaining('permission denied for table branches'),
    hint: expect.stringContaining('SELECT on the columns that the query reads'),
  });
  await database.run('DROP ROLE query_stranger');
});
