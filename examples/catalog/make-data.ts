// Appends made-up rows to catalog.items: DATABASE_URL=postgres://… node --import tsx examples/catalog/make-data.ts 11000

import { Client } from 'pg';

/** Rows of one statement: a second or so, so that the progress moves. */
const BATCH_ROWS = 100_000;

main(process.argv.slice(2)).catch((error: Error & { code?: string }) => {
  // A refused connection has a code and no message.
  console.error(`make-data: ${error.message || error.code}`);
  process.exitCode = 1;
});

async function main([rows = '', ...more]: string[]): Promise<void> {
  if (!/^[1-9]\d{0,9}$/.test(rows) || more.length > 0)
    throw new Error('expected one argument, how many rows to append');
  // Without a URL, pg would silently go to localhost.
  if (!process.env.DATABASE_URL)
    throw new Error('DATABASE_URL is not set; expected postgres://user@host:5432/database');
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    await append(client, Number(rows));
  } finally {
    await client.end();
  }
}

async function append(client: Client, rows: number): Promise<void> {
  const before = await client.query<{ last: string }>('SELECT coalesce(max(id), 0) AS last FROM catalog.items');
  const last = BigInt(before.rows[0]?.last ?? 0);
  for (let done = 0; done < rows; ) {
    const batch = Math.min(BATCH_ROWS, rows - done);
    await client.query(
      `INSERT INTO catalog.items
         SELECT $1 + n, 'item ' || ($1 + n), 1 + ($1 + n) % 500, timestamptz '2026-01-01 00:00:00+00' + ($1 + n) * interval '1 second'
           FROM generate_series(1, $2::bigint) AS n`,
      [last + BigInt(done), batch],
    );
    done += batch;
    if (process.stderr.isTTY)
      process.stderr.write(`\r${done.toLocaleString('en')} of ${rows.toLocaleString('en')} rows`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  await client.query('ANALYZE catalog.items');
  console.log(`catalog.items: ${rows.toLocaleString('en')} rows appended behind id ${last}`);
}
