import { expect, test } from 'vitest';
import { Giver, lockColumn } from '../../lib/store/assign';
import { withConnection } from '../../lib/store/postgres';
import type { Connection, Row } from '../../lib/store/session';
import { aDatabase } from '../support/database';

const database = aDatabase();
const settings = () => ({
  kind: 'postgres' as const,
  url: database.url(),
  connectTimeoutSeconds: 5,
  statementTimeoutSeconds: 60,
});
const TARGET = {
  place: 'fleets.catalog.groups',
  table: 'public.items',
  relation: '"public"."items"',
  column: 'grp',
  type: 'integer',
  key: 'id',
  keyType: 'integer',
  store: 'test',
};

async function aTable(): Promise<void> {
  await database.run(
    `DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY, grp int) WITH (autovacuum_enabled = off);
     CREATE INDEX ON items (grp); CREATE INDEX ON items (grp, id);
     INSERT INTO items SELECT n, n % 10 FROM generate_series(1, 20000) n; ANALYZE items;
     INSERT INTO items SELECT generate_series(20001, 40000)`,
  );
}

/** The node of a plan that reads the rows to write. */
function itemNode(plan: Record<string, unknown>): Record<string, unknown> | undefined {
  const children = (plan.Plans ?? []) as Record<string, unknown>[];
  if (plan.Alias === 'item' && String(plan['Node Type']).includes('Scan')) return plan;
  return children.map(itemNode).find((node) => node !== undefined);
}

test('looks at the rows of a batch by their key, also when statistics call waiting rows rare', async () => {
  await aTable();
  const plans: Record<string, unknown>[] = [];
  await withConnection(settings(), async (connection) => {
    const watched: Connection = {
      async query(sql, values): Promise<Row[]> {
        if (sql.includes('WITH waiting')) {
          const [row] = await connection.query(`EXPLAIN (FORMAT JSON) ${sql}`, values);
          const explained = row?.['QUERY PLAN'] as unknown as { Plan: Record<string, unknown> }[];
          plans.push(...explained.map(({ Plan }) => Plan));
        }
        return connection.query(sql, values);
      },
    };
    const giver = new Giver(watched, settings(), TARGET, await lockColumn(watched, TARGET));
    expect(await giver.give(11n, 100)).toEqual({ rows: 100, isEnd: false });
    expect(await giver.give(11n, 100)).toEqual({ rows: 100, isEnd: false });
  });
  expect(plans).toHaveLength(2);
  for (const plan of plans) expect(itemNode(plan)).toMatchObject({ 'Index Name': 'items_pkey' });
  expect(await database.run('SELECT min(id), max(id), count(*)::int FROM items WHERE grp = 11')).toEqual([
    { min: 20_001, max: 20_200, count: 200 },
  ]);
});

test('refuses to go on when the connection is another server process than the one that holds the lock', async () => {
  await aTable();
  await withConnection(settings(), async (connection) => {
    const giver = new Giver(connection, settings(), TARGET, '1');
    await expect(giver.give(11n, 100)).rejects.toMatchObject({
      code: 'store-answer',
      message: expect.stringContaining('the connection moved to another server process'),
    });
  });
  expect(await database.run('SELECT FROM items WHERE grp = 11')).toEqual([]);
});
