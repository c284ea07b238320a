// docs/security.md, followed on a real PostgreSQL: the role can do all that synth and verify need, and no more.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';
import { aDatabase } from '../support/database';
import { aConfig, aProject, REPOSITORY } from '../support/project';

const database = aDatabase();
const page = readFileSync(join(REPOSITORY, 'docs/security.md'), 'utf8');
const grants = /```sql\n(.*?)```/s.exec(page)?.[1] as string;

afterAll(async () => {
  await database.run('DROP OWNED BY fleet_reader; DROP ROLE fleet_reader');
});

test('the page’s role can synth and verify, and can read no other column and write nothing', async () => {
  await database.run(`CREATE SCHEMA catalog;
    CREATE TABLE catalog.items (id bigint PRIMARY KEY, name text);
    INSERT INTO catalog.items SELECT n, 'secret' FROM generate_series(1, 25) n`);
  await database.run(grants);
  const env = { DATABASE_URL: database.url('fleet_reader') };
  const groups = `byKeyRange({ table: 'catalog.items', key: 'id', capacity: 10 })`;
  const project = aProject(aConfig({ store: 'process.env.DATABASE_URL!', fleet: { groups } }));

  expect(await project.cronfleet(['synth'], { env })).toMatchObject({ code: 0 });
  expect(await project.cronfleet(['verify'], { env })).toMatchObject({ code: 0 });

  const client = new Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  try {
    await expect(client.query('SELECT name FROM catalog.items')).rejects.toThrow('permission denied');
    await client.query('SET default_transaction_read_only = off');
    await expect(client.query('DELETE FROM catalog.items')).rejects.toThrow('permission denied');
  } finally {
    await client.end();
  }
});
