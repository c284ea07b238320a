// The worker of the example fleet: works out the gross price of every item in its group, once a night.
//
// Each batch is one short transaction: it reads the next rows, writes their results, and moves the run's progress behind
// them. All of that happens or none of it, so wherever a pod is killed, the retry goes on with the first row not done.

import { Client } from 'pg';

/** Rows of one transaction: some milliseconds of work, so that a kill loses little and nobody waits for its locks. */
const BATCH_ROWS = 500;
const TAX_PERCENT = 10;
/** A batch is over in far less; beyond it the server has fallen silent, and a fresh pod fares better. */
const MAX_QUERY_MS = 300_000;
/** When a node dies, the server still holds its pod's open transaction. The retry waits for it this long, not for hours. */
const MAX_IDLE_MS = 60_000;

/** What this pod is to do. */
interface Task {
  /** The Job's name: the same for all tries of one night, another each night. */
  run: string;
  group: string;
  /** The group's rows as a SQL condition. It stands in the committed manifest, so it is as trusted as this code. */
  where: string;
}

interface Item {
  /** A text, since a bigint does not fit a JavaScript number. */
  id: string;
  price: string;
}

main().catch((error: Error & { code?: string }) => {
  // A refused connection has a code and no message.
  console.error(`failed: ${error.message || error.code}`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const task = { run: given('FLEET_RUN'), group: given('GROUP_NAME'), where: given('GROUP_WHERE') };
  let stopping = false;
  process.once('SIGTERM', () => {
    stopping = true;
  });

  const client = new Client({
    connectionString: given('DATABASE_URL'),
    connectionTimeoutMillis: 10_000,
    query_timeout: MAX_QUERY_MS,
    idle_in_transaction_session_timeout: MAX_IDLE_MS,
  });
  // A connection cut between two queries is told as an event; the next query fails with it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const finished = await processGroup(client, task, () => stopping);
    // Not 0: Kubernetes would take the group for done.
    if (!finished) process.exitCode = 143;
  } finally {
    // Rolls back the batch that was open, if there was one.
    await client.end();
  }
}

/** Works batch by batch to the end of the group; false when it was asked to stop before. */
async function processGroup(client: Client, task: Task, isStopping: () => boolean): Promise<boolean> {
  const linesEvery = process.env.LOG_LEVEL === 'debug' ? 1 : 20;
  for (let batches = 1; ; batches += 1) {
    if (isStopping()) {
      console.log(`${task.group}: stopped by SIGTERM between two batches; a retry goes on from here`);
      return false;
    }
    const { found, done } = await processBatch(client, task);
    if (found === 0) {
      console.log(`${task.group}: finished, ${done} rows in run ${task.run}`);
      return true;
    }
    if (batches % linesEvery === 0) console.log(`${task.group}: ${done} rows so far`);
  }
}

/** One transaction. `found` is how many rows it processed, `done` how many all tries of the run have. */
async function processBatch(client: Client, { run, group, where }: Task): Promise<{ found: number; done: number }> {
  await client.query('BEGIN');
  // Reads and locks the progress: two pods of one Job, which Kubernetes may start by accident, take turns.
  const {
    rows: [progress],
  } = await client.query<{ last_id: string | null; rows_done: string }>(
    `INSERT INTO catalog.progress (fleet_run, group_name) VALUES ($1, $2)
     ON CONFLICT (fleet_run, group_name) DO UPDATE SET updated_at = now()
     RETURNING last_id, rows_done`,
    [run, group],
  );
  const { rows: items } = await client.query<Item>(
    `SELECT id, price FROM catalog.items
      WHERE (${where}) AND ($1::bigint IS NULL OR id > $1)
      ORDER BY id LIMIT ${BATCH_ROWS}`,
    [progress?.last_id],
  );
  const done = Number(progress?.rows_done) + items.length;
  if (items.length > 0) {
    await client.query(
      `INSERT INTO catalog.results (item_id, gross_price, fleet_run)
         SELECT item_id, gross_price, $3 FROM unnest($1::bigint[], $2::numeric[]) AS made (item_id, gross_price)
       ON CONFLICT (item_id) DO UPDATE SET gross_price = excluded.gross_price, fleet_run = excluded.fleet_run`,
      [items.map(({ id }) => id), items.map(({ price }) => grossPrice(price)), run],
    );
    await client.query(
      'UPDATE catalog.progress SET last_id = $3, rows_done = $4 WHERE fleet_run = $1 AND group_name = $2',
      [run, group, items.at(-1)?.id, done],
    );
  }
  await client.query('COMMIT');
  return { found: items.length, done };
}

/** The small work per row: the price with tax, reckoned in whole cents. */
function grossPrice(price: string): string {
  const cents = Math.round(Number(price) * 100);
  return (Math.round((cents * (100 + TAX_PERCENT)) / 100) / 100).toFixed(2);
}

/** A variable that must be there. An empty FLEET_RUN would make all nights one, and all but the first would find nothing to do. */
function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; the CronJob's manifest does it`);
  return value;
}
