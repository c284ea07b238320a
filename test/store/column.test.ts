import { describe, expect, test } from 'vitest';
import { type ColumnQuestion, observeColumn } from '../../lib/store/column';
import { valueCondition } from '../../lib/store/key';
import { bothStores, type TestStore } from '../support/stores';

const stores = bothStores();

function ask(store: TestStore, question: Partial<ColumnQuestion> = {}) {
  const whole: ColumnQuestion = {
    by: 'column',
    place: 'fleets.catalog.groups',
    table: 'items',
    column: 'grp',
    allowKeysInGit: true,
    recorded: [],
    maxValues: 10_000,
    ...question,
  };
  return store.snapshot((session) => observeColumn(session, whole));
}

/** Column type, and three values of it in the store's order. */
const VALUES: [type: string, values: string[]][] = [
  ['smallint', ['-2', '3', '10']],
  ['integer', ['-2', '3', '10']],
  ['bigint', ['-9223372036854775808', '9007199254740993', '9223372036854775807']],
  ['numeric', ['-0.5', '1.10', 'NaN']],
  ['numeric(12, 4)', ['-0.5000', '1.1000', '2.0000']],
  [
    'uuid',
    [
      '00000000-0000-0000-0000-000000000001',
      '3f333df6-90a4-4fda-8dd3-9485d27cee36',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
  ],
  ['date', ['0044-03-15 BC', '2026-01-02', 'infinity']],
  ['timestamp', ['2026-01-02 03:04:05', '2026-01-02 03:04:05.000001', 'infinity']],
  ['timestamptz', ['2025-12-31 15:00:00.123456+00', '2026-01-02 03:04:05+00', 'infinity']],
  ['text COLLATE "C"', ['', 'B', `it's \\ a`]],
  ['varchar(20)', ['A b', 'a', 'b']],
];

describe.each(stores)('observeColumn on $name', (store) => {
  const aTable = (type: string, values: readonly (string | null)[], index: string) =>
    store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id serial PRIMARY KEY, grp ${type}); ${index};
       INSERT INTO items (grp) SELECT v::${type.replace(/ COLLATE.*/, '')} FROM json_array_elements_text('${JSON.stringify(values).replaceAll("'", "''")}') AS listed (v)`,
    );
  const INDEX = 'CREATE INDEX ON items (grp)';

  test.each(VALUES)('finds and counts the values of a %s column, with an index and without', async (type, values) => {
    for (const index of [INDEX, 'CREATE INDEX ON items (grp DESC)', 'CREATE INDEX ON items USING hash (grp)', '']) {
      await aTable(type, [...values, ...values, values[0] as string, null], index);
      const observed = await ask(store);
      expect(observed).toMatchObject({ isThere: [], waiting: 1, complete: true });
      expect(observed.added).toEqual(values.map((value, at) => ({ value, rows: at === 0 ? 3 : 2 })));
      for (const { value, rows } of observed.added) {
        const where = valueCondition('grp', observed.column.type, value);
        expect(await store.ask(`SELECT count(*)::int AS rows FROM items WHERE ${where}`)).toEqual([{ rows }]);
      }
      const again = await ask(store, { recorded: [...values].reverse() });
      expect(again).toMatchObject({ isThere: [true, true, true], added: [] });
    }
  });

  test('tells which recorded values are there, and counts new ones only', async () => {
    await aTable('int', ['1', '1', '3', '5', '5', '5'], INDEX);
    expect(await ask(store, { recorded: ['9', '1', '2', '5'] })).toMatchObject({
      isThere: [false, true, false, true],
      added: [{ value: '3', rows: 1 }],
      waiting: 0,
    });
  });

  test('knows a recorded number by its value, not by its text', async () => {
    for (const index of [INDEX, '']) {
      await aTable('numeric', ['1.00', '1.000', '2.5'], index);
      expect(await ask(store, { recorded: ['1.0'] })).toMatchObject({
        isThere: [true],
        added: [{ value: '2.5', rows: 1 }],
      });
      await expect(ask(store, { recorded: ['1.0', '1'] })).rejects.toMatchObject({ code: 'lock-invalid' });
    }
  });

  test('finds nothing in a column without values', async () => {
    for (const index of [INDEX, '']) {
      await aTable('int', [null, null], index);
      expect(await ask(store, { recorded: ['7'] })).toMatchObject({
        isThere: [false],
        added: [],
        waiting: 2,
        complete: true,
      });
      await aTable('int', [], index);
      expect(await ask(store)).toMatchObject({ isThere: [], added: [], waiting: 0, complete: true });
    }
  });

  test('stops behind the most values worth finding', async () => {
    const values = Array.from({ length: 30 }, (_, index) => String(index));
    for (const index of [INDEX, '']) {
      await aTable('int', values, index);
      expect(await ask(store, { maxValues: 29 })).toMatchObject({ complete: false, added: [] });
      expect((await ask(store, { maxValues: 30 })).added).toHaveLength(30);
    }
  });

  test('works through a view', async () => {
    await aTable('int', ['1', '2', '2', null], INDEX);
    await store.run('CREATE OR REPLACE VIEW seen AS SELECT id, grp FROM items');
    expect(await ask(store, { table: 'seen' })).toMatchObject({ added: [{ rows: 1 }, { rows: 2 }], waiting: 1 });
    await store.run('DROP VIEW seen');
  });

  test('refuses a lock’s value that is none of the column’s type', async () => {
    await aTable('int', ['1'], INDEX);
    await expect(ask(store, { recorded: ['one'] })).rejects.toMatchObject({
      code: 'lock-invalid',
      message: expect.stringContaining("fleets.catalog.groups: the lock's values are not all of type integer"),
    });
  });

  test('refuses a text column without consent, a strange type and an unknown column by the config’s key', async () => {
    await aTable('text', ['a'], INDEX);
    await expect(ask(store, { allowKeysInGit: false })).rejects.toMatchObject({
      code: 'text-key',
      message: 'fleets.catalog.groups.column: grp is text, and its values would stand in git for ever',
    });
    await expect(ask(store, { column: 'group' })).rejects.toMatchObject({ code: 'column-unknown' });
    await aTable('boolean', ['true'], INDEX);
    await expect(ask(store)).rejects.toMatchObject({
      code: 'key-unsupported',
      message: expect.stringContaining('fleets.catalog.groups.column: expected a column of type smallint'),
    });
  });
});

test('reads one index entry a value, not the table', async () => {
  const [, store] = stores;
  await store?.run(
    `DROP TABLE IF EXISTS big; CREATE TABLE big (id serial PRIMARY KEY, grp int NOT NULL);
     INSERT INTO big (grp) SELECT n % 20 FROM generate_series(1, 100000) n; CREATE INDEX ON big (grp); ANALYZE big`,
  );
  const explained: string[] = [];
  await store?.snapshot((session) =>
    observeColumn(
      {
        ...session,
        async query(sql, values) {
          if (sql.includes('"big"')) {
            const [row] = await session.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, values);
            explained.push(JSON.stringify(row));
          }
          return session.query(sql, values);
        },
      },
      {
        by: 'column',
        place: 'fleets.catalog.groups',
        table: 'big',
        column: 'grp',
        allowKeysInGit: false,
        recorded: Array.from({ length: 20 }, (_, index) => String(index)),
        maxValues: 10_000,
      },
    ),
  );
  expect(explained).toHaveLength(2);
  expect(explained[0]).toContain('Index Only Scan');
  expect(explained[0]).not.toContain('Seq Scan');
  const rows = [...(explained[0] as string).matchAll(/\\?"Actual Rows\\?":\s*([\d.]+)/g)].map(([, count]) =>
    Number(count),
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(Math.max(...rows)).toBeLessThanOrEqual(22);
});
