import { describe, expect, test } from 'vitest';
import { whereOf } from '../../lib/plan/environment';
import { observeRanges, type Piece, type RangeQuestion } from '../../lib/store/ranges';
import { bothStores, type TestStore } from '../support/stores';

/** `bounds` are those of recorded groups, or, unless `isRecorded`, of a config. */
interface Asked extends Partial<RangeQuestion> {
  bounds?: string[];
}

function aQuestion({ bounds = [], ...question }: Asked): RangeQuestion {
  return {
    by: 'keyRange',
    place: 'fleets.catalog.groups',
    table: 'items',
    key: 'id',
    where: undefined,
    allowKeysInGit: true,
    ranges: [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null })),
    isRecorded: false,
    countAll: false,
    capacity: question.step ?? 10,
    step: 10,
    maxPieces: 1_000,
    ...question,
  };
}

/** The observation, and all pieces it counted. */
const ask = async (store: TestStore, question: Asked) => {
  const observed = await store.snapshot((session) => observeRanges(session, aQuestion(question)));
  return { ...observed, pieces: observed.ranges.flatMap(({ pieces = [] }) => pieces) };
};

/** Rows of each piece, as a job with the piece's GROUP_WHERE would find them. */
async function rowsByCondition(store: TestStore, table: string, key: string, type: string, pieces: readonly Piece[]) {
  const counts: number[] = [];
  for (const piece of pieces) {
    const where = whereOf(piece, { key, type });
    const [row] = await store.ask(`SELECT count(*)::int AS rows FROM ${table} WHERE ${where}`);
    counts.push(row?.rows as number);
  }
  return counts;
}

/** Column type, and 100 different values in no order. */
const KEYS: [type: string, values: string][] = [
  ['smallint', `SELECT (n - 50)::smallint FROM generate_series(1, 100) n`],
  ['integer', `SELECT (n - 50) * 40000000 FROM generate_series(1, 100) n`],
  [
    'bigint',
    `SELECT 9007199254740993 + n FROM generate_series(-49, 48) n UNION SELECT 9223372036854775807 UNION SELECT -9223372036854775808`,
  ],
  [
    'numeric',
    `SELECT n / 7.0 FROM generate_series(-50, 47) n UNION SELECT 'NaN' UNION SELECT 123456789012345678901234567890.123456789`,
  ],
  ['numeric(12, 4)', `SELECT n / 8.0 FROM generate_series(1, 100) n`],
  ['uuid', `SELECT md5(n::text)::uuid FROM generate_series(1, 100) n`],
  [
    'date',
    `SELECT date '1999-12-01' + n FROM generate_series(1, 98) n UNION SELECT 'infinity' UNION SELECT '0044-03-15 BC'`,
  ],
  [
    'timestamp',
    `SELECT timestamp '2026-03-29 01:59:59.9999' + n * interval '1 microsecond' FROM generate_series(1, 100) n`,
  ],
  [
    'timestamptz',
    `SELECT timestamptz '2026-10-25 00:59:59.9999+00' + n * interval '1 microsecond' FROM generate_series(1, 100) n`,
  ],
  [
    'text',
    `SELECT substr(md5(n::text), 1, 5) FROM generate_series(1, 93) n UNION VALUES ('it''s'), ('back\\slash'), ('a B'), ('A b'), (''), ('ßü'), ('😀')`,
  ],
  [
    'text COLLATE "C"',
    `SELECT chr(64 + n) FROM generate_series(1, 97) n UNION VALUES ('$(X)'), ('%s'), (E'tab\\tnewline\\n')`,
  ],
  ['text COLLATE "und-x-icu"', `SELECT chr(64 + n) || n FROM generate_series(1, 100) n`],
  ['varchar(40)', `SELECT 'key ' || n FROM generate_series(1, 100) n`],
];

describe.each(bothStores())('observeRanges on $name', (store) => {
  test.each(KEYS)('cuts a %s key into pieces that hold every row once', async (type, values) => {
    // PGlite brings no ICU collations.
    const known = await store.ask(`SELECT FROM pg_collation WHERE collname = 'und-x-icu'`);
    if (type.includes('icu') && known.length === 0) return;
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id ${type} PRIMARY KEY); INSERT INTO items (id) SELECT v FROM (${values}) AS made (v) ORDER BY md5(v::text)`,
    );

    const observed = await ask(store, { step: 10 });

    expect(observed.complete).toBe(true);
    expect(observed.pieces.map((piece) => piece.rows)).toEqual(Array(10).fill(10));
    expect(observed.pieces[0]?.from).toBeNull();
    expect(observed.pieces.at(-1)?.to).toBeNull();
    expect(observed.pieces.slice(1).map((piece) => piece.from)).toEqual(
      observed.pieces.slice(0, -1).map((piece) => piece.to),
    );
    // A job's session has another zone and date style than a snapshot.
    await store.run(`SET TimeZone = 'America/New_York'; SET DateStyle = 'SQL, DMY'`);
    expect(await rowsByCondition(store, 'items', 'id', observed.column.type, observed.pieces)).toEqual(
      Array(10).fill(10),
    );
    await store.run('RESET TimeZone; RESET DateStyle');
  });

  test('keeps keys to the last digit', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items VALUES (9007199254740992), (9007199254740993), (9223372036854775807), (-9223372036854775808)`,
    );
    const { pieces } = await ask(store, { step: 1 });
    expect(pieces.map((piece) => piece.to)).toEqual([
      '9007199254740992',
      '9007199254740993',
      '9223372036854775807',
      null,
    ]);

    await store.run(
      `DROP TABLE items; CREATE TABLE items (id timestamptz PRIMARY KEY); INSERT INTO items VALUES ('2026-01-01 00:00:00.123456+09'), ('2026-01-01 00:00:00.123457+09')`,
    );
    expect((await ask(store, { step: 1 })).pieces[0]?.to).toBe('2025-12-31 15:00:00.123457+00');

    await store.run(
      `DROP TABLE items; CREATE TABLE items (id date PRIMARY KEY); INSERT INTO items VALUES ('2026-01-01'), ('2026-01-02')`,
    );
    expect((await ask(store, { step: 1 })).pieces[0]?.to).toBe('2026-01-02');
  });

  test('never cuts through the rows of one key value', async () => {
    await store.run(`DROP TABLE IF EXISTS items; CREATE TABLE items (id int); CREATE INDEX ON items (id);
      INSERT INTO items SELECT n / 3 FROM generate_series(0, 29) n`);
    const { pieces } = await ask(store, { step: 10 });
    expect(pieces).toEqual([
      { from: null, to: '3', rows: 9 },
      { from: '3', to: '6', rows: 9 },
      { from: '6', to: '9', rows: 9 },
      { from: '9', to: null, rows: 3 },
    ]);
  });

  test.each([
    [
      'first',
      [1, 1, 1, 1, 1, 2, 3],
      [
        { from: null, to: '2', rows: 5, value: '1' },
        { from: '2', to: null, rows: 2 },
      ],
    ],
    [
      'in the middle',
      [1, 2, 2, 2, 2, 2, 3],
      [
        { from: null, to: '2', rows: 1 },
        { from: '2', to: '3', rows: 5, value: '2' },
        { from: '3', to: null, rows: 1 },
      ],
    ],
    [
      'last',
      [1, 2, 3, 3, 3, 3, 3],
      [
        { from: null, to: '3', rows: 2 },
        { from: '3', to: null, rows: 5, value: '3' },
      ],
    ],
    ['alone', [1, 1, 1, 1, 1], [{ from: null, to: null, rows: 5, value: '1' }]],
  ])('leaves a key value with more rows than a step whole where it comes %s', async (_, keys, pieces) => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int); CREATE INDEX ON items (id); INSERT INTO items VALUES ${keys.map((key) => `(${key})`)}`,
    );
    expect((await ask(store, { step: 3 })).pieces).toEqual(pieces);
  });

  test('counts only the last of recorded ranges, when none looks too full', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 35); ANALYZE items`,
    );
    const grown = await ask(store, { bounds: ['11', '21'], isRecorded: true });
    expect(grown.pieces).toEqual([
      { from: '21', to: '31', rows: 10 },
      { from: '31', to: null, rows: 5 },
    ]);
    const still = await ask(store, { bounds: ['11', '26'], isRecorded: true, capacity: 20 });
    expect(still.pieces).toEqual([{ from: '26', to: null, rows: 10 }]);
  });

  test('answers with one piece of no rows for an empty table', async () => {
    await store.run(`DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY)`);
    expect((await ask(store, {})).pieces).toEqual([{ from: null, to: null, rows: 0 }]);
  });

  test('stops where more pieces are not worth finding, and says so', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 100)`,
    );
    const observed = await ask(store, { step: 1, maxPieces: 5 });
    expect(observed.complete).toBe(false);
    expect(observed.pieces).toHaveLength(6);
  });

  test('counts only rows that match `where`', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY, gone boolean NOT NULL); INSERT INTO items SELECT n, n % 2 = 0 FROM generate_series(1, 40) n`,
    );
    const { pieces } = await ask(store, { where: 'NOT gone OR id = 2' });
    expect(pieces.map(({ to, rows }) => [to, rows])).toEqual([
      ['19', 10],
      ['39', 10],
      [null, 1],
    ]);
  });

  test('finds tables and columns with capitals, spaces and quotes', async () => {
    await store.run(
      `DROP SCHEMA IF EXISTS "Odd Schema" CASCADE; CREATE SCHEMA "Odd Schema"; CREATE TABLE "Odd Schema"."It""ems" ("The ""Key""" int PRIMARY KEY); INSERT INTO "Odd Schema"."It""ems" SELECT generate_series(1, 12)`,
    );
    const { pieces, column } = await ask(store, { table: '"Odd Schema"."It""ems"', key: 'The "Key"' });
    expect(column.table).toBe('"Odd Schema"."It""ems"');
    expect(await rowsByCondition(store, column.table, 'The "Key"', 'integer', pieces)).toEqual([10, 2]);
  });

  test('reads partitioned tables and views like tables, and warns of no index only where one could be', async () => {
    await store.run(`DROP VIEW IF EXISTS seen; DROP TABLE IF EXISTS items, parts, bare; CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (1) TO (20); CREATE TABLE parts_b PARTITION OF parts DEFAULT;
      INSERT INTO parts SELECT generate_series(1, 35);
      CREATE VIEW seen AS SELECT id * 2 AS id FROM parts WHERE id > 5;
      CREATE TABLE bare (id int NOT NULL); INSERT INTO bare SELECT generate_series(1, 35);`);
    expect((await ask(store, { table: 'parts' })).pieces.map((piece) => piece.rows)).toEqual([10, 10, 10, 5]);
    expect((await ask(store, { table: 'seen' })).pieces.map((piece) => piece.rows)).toEqual([10, 10, 10]);
    expect((await ask(store, { table: 'parts' })).column.indexed).toBe(true);
    expect((await ask(store, { table: 'seen' })).column.indexed).toBe(true);
    const unindexed = await ask(store, { table: 'bare' });
    expect(unindexed.column.indexed).toBe(false);
    expect(unindexed.pieces.map((piece) => piece.rows)).toEqual([10, 10, 10, 5]);
  });

  test('names the number of rows whose key is NULL, since no range can hold them', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int); CREATE INDEX ON items (id); INSERT INTO items VALUES (1), (NULL), (NULL)`,
    );
    await expect(ask(store, {})).rejects.toMatchObject({
      code: 'key-null',
      message: 'fleets.catalog.groups.key: 2 rows of public.items have no id (NULL) and would belong to no group',
    });
    expect((await ask(store, { where: 'id IS NOT NULL' })).pieces).toEqual([{ from: null, to: null, rows: 1 }]);
  });

  test.each([
    [
      'an unknown table',
      { table: 'catalog.itmes' },
      'table-unknown',
      'fleets.catalog.groups.table: expected a table or view of the store, got catalog.itmes, which is not there',
    ],
    [
      'a table in another schema',
      { table: 'hidden' },
      'table-unknown',
      /got hidden, which is not there in the schemas public/,
    ],
    ['an index in place of a table', { table: 'items_pkey' }, 'table-unknown', /got items_pkey/],
    [
      'an unknown column',
      { key: 'ID' },
      'column-unknown',
      'fleets.catalog.groups.key: expected a column of public.items, got "ID"',
    ],
    ['a dropped column', { key: 'dropped' }, 'column-unknown', /got "dropped"/],
    ...['json', 'flag', 'tags', 'ratio', 'fixed'].map(
      (key) =>
        [`a key of type ${key}`, { key }, 'key-unsupported', /expected a key of type smallint, .*, got /] as const,
    ),
    [
      'a text key without permission',
      { key: 'name', allowKeysInGit: false },
      'text-key',
      /would stand in git for ever/,
    ],
  ] as const)('refuses %s by name', async (_, question, code, message) => {
    await store.run(`DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other; CREATE TABLE other.hidden (id int); DROP TABLE IF EXISTS items;
      CREATE TABLE items (id int PRIMARY KEY, json jsonb, flag boolean, tags text[], ratio float8, fixed char(4), name text, dropped int); ALTER TABLE items DROP COLUMN dropped`);
    await expect(ask(store, question)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('tells where a table of that name is', async () => {
    await store.run(`DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other; CREATE TABLE other."Hidden" (id int)`);
    await expect(ask(store, { table: 'hidden' })).rejects.toMatchObject({
      hint: expect.stringContaining('did you mean other."Hidden"?'),
    });
  });

  test('refuses recorded bounds that do not rise, or are no values of the key', async () => {
    await store.run(`DROP TABLE IF EXISTS items; CREATE TABLE items (id uuid PRIMARY KEY)`);
    const low = '00000000-0000-0000-0000-000000000001';
    const high = 'f0000000-0000-0000-0000-000000000000';
    await expect(ask(store, { bounds: [high, low], isRecorded: true })).rejects.toMatchObject({ code: 'lock-invalid' });
    await expect(ask(store, { bounds: [low, low], isRecorded: true })).rejects.toMatchObject({ code: 'lock-invalid' });
    await expect(ask(store, { bounds: ['abc'], isRecorded: true })).rejects.toMatchObject({
      code: 'lock-invalid',
      message: expect.stringContaining('are not all of type uuid'),
    });
    expect((await ask(store, { bounds: [low, high], isRecorded: true })).pieces).toHaveLength(1);
  });

  test('compares texts as their column does', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id text COLLATE "C" PRIMARY KEY); INSERT INTO items VALUES ('a'), ('B'), ('b'), ('A')`,
    );
    expect((await ask(store, { step: 1 })).pieces.map((piece) => piece.to)).toEqual(['B', 'a', 'b', null]);
    await expect(ask(store, { bounds: ['a', 'B'], isRecorded: true })).rejects.toMatchObject({ code: 'lock-invalid' });
    expect((await ask(store, {})).column.collation).toBe('C');
  });

  test('rejects answers that cannot be true', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 35)`,
    );
    const lies: [RegExp, Record<string, string | null>][] = [
      [/AS found, count\(DISTINCT/, { found: '-1' }],
      [/AS found, count\(DISTINCT/, { found: '3' }],
      [/AS found, count\(DISTINCT/, { different: 'NaN' }],
      [/AS found, count\(DISTINCT/, { cut: null }],
      [/AS rises/, { rises: 'false' }],
      [/AS rows FROM \(SELECT FROM/, { rows: null }],
      [/AS rows FROM \(SELECT FROM/, { rows: '1.5' }],
    ];
    for (const [question, lie] of lies) {
      const answer = store.snapshot((session) =>
        observeRanges(
          {
            ...session,
            query: async (sql, values) => {
              const rows = await session.query(sql, values);
              return question.test(sql) ? rows.map((row) => ({ ...row, ...lie })) : rows;
            },
          },
          aQuestion({}),
        ),
      );
      await expect(answer, JSON.stringify(lie)).rejects.toMatchObject({ code: 'store-answer' });
    }
  });
});
