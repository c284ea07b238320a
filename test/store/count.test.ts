import { describe, expect, test } from 'vitest';
import { whereOf } from '../../lib/plan/environment';
import { type CountQuestion, countGroups } from '../../lib/store/count';
import type { Session } from '../../lib/store/session';
import { aDatabase } from '../support/database';
import { aPostgresStore, bothStores } from '../support/stores';

const database = aDatabase();

function aCountQuestion(type: string, bounds: string[], where?: string): CountQuestion {
  const ranges = [null, ...bounds].map((from, index) => ({ from, to: bounds[index] ?? null }));
  return {
    place: 'fleets.catalog.groups',
    table: 'items',
    column: 'id',
    where,
    ranges,
    conditions: ranges.map((range) => whereOf(range, { key: 'id', type, ...(where === undefined ? {} : { where }) })),
    accept: () => undefined,
  };
}

describe.each(bothStores())('countGroups on $name', (store) => {
  test.each([
    ['bigint', `(1), (9007199254740992), (9007199254740993), (9223372036854775807)`, ['9007199254740993']],
    ['numeric', `('NaN'), (-1), (0.5), (0.50000000000000000001)`, ['0.50000000000000000001']],
    [
      'timestamp with time zone',
      `('-infinity'), ('2026-10-25 00:59:59.999999+00'), ('infinity'), ('2026-10-25 01:00+00')`,
      ['2026-10-25 01:00:00+00'],
    ],
    ['text', `('it''s'), ('back\\slash'), (''), ('ßü')`, ['it', 'j']],
  ])('counts each row of a %s key once, and those without a key', async (type, values, bounds) => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id ${type}); INSERT INTO items VALUES ${values}, (NULL), (NULL)`,
    );
    const { rows, nulls, groups } = await store.snapshot((session) =>
      countGroups(session, aCountQuestion(type, bounds)),
    );
    expect([rows, nulls]).toEqual([6, 2]);
    expect(groups).toHaveLength(bounds.length + 1);
    expect(groups.reduce((sum, count) => sum + count)).toBe(4);
    expect(groups.every((count) => count > 0 && count < 4) || type === 'text').toBe(true);
  });

  test('counts only rows that match `where`, also among those without a key', async () => {
    await store.run(
      `DROP TABLE IF EXISTS items; CREATE TABLE items (id int, gone boolean NOT NULL); INSERT INTO items VALUES (1, false), (2, true), (11, false), (12, false), (NULL, false), (NULL, true)`,
    );
    const question = aCountQuestion('integer', ['11'], 'NOT gone');
    expect(await store.snapshot((session) => countGroups(session, question))).toEqual({
      rows: 4,
      nulls: 1,
      groups: [1, 2],
    });
  });

  test('refuses bounds that do not rise in the store’s order, before it counts', async () => {
    await store.run('DROP TABLE IF EXISTS items; CREATE TABLE items (id text PRIMARY KEY)');
    await expect(
      store.snapshot((session) => countGroups(session, aCountQuestion('text', ['b', 'a']))),
    ).rejects.toMatchObject({
      code: 'lock-invalid',
    });
  });
});

test('all counts are of one snapshot, whatever is committed between them', async () => {
  await database.run('CREATE TABLE items (id int); INSERT INTO items SELECT generate_series(1, 30)');
  const questions: string[] = [];
  const counts = await aPostgresStore(database.url()).snapshot((session) => {
    const disturbed: Session = {
      ...session,
      async query(sql, values) {
        questions.push(sql);
        await database.run('UPDATE items SET id = id + 10; INSERT INTO items SELECT generate_series(1, 10)');
        return session.query(sql, values);
      },
    };
    // The snapshot stands since its first question, before this one.
    return countGroups(disturbed, aCountQuestion('integer', ['11', '21']));
  });
  expect(counts).toEqual({ rows: 30, nulls: 0, groups: [10, 10, 10] });
  expect(questions.length).toBeGreaterThan(4);
});
