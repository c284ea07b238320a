import { createServer, type Server, type Socket } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { observeRanges } from '../../lib/store/ranges';
import type { Connection, Session } from '../../lib/store/session';
import { inSnapshot } from '../../lib/store/snapshot';
import { aDatabase } from '../support/database';
import { aPostgresStore } from '../support/stores';

const database = aDatabase();

const observe = async (session: Session) => {
  const observed = await observeRanges(session, {
    by: 'keyRange',
    place: 'fleets.catalog.groups',
    table: 'items',
    key: 'id',
    where: undefined,
    allowKeysInGit: false,
    ranges: [{ from: null, to: null }],
    isRecorded: false,
    countAll: false,
    capacity: 10,
    step: 10,
    maxPieces: 100,
  });
  return { pieces: observed.ranges.flatMap(({ pieces = [] }) => pieces) };
};

/** A TCP server on a free port; its sockets end with the test. */
async function aServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

test('one snapshot answers as if nobody else were writing', async () => {
  await database.run(
    'DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 20)',
  );
  await aPostgresStore(database.url()).snapshot(async (session) => {
    expect((await observe(session)).pieces.map((piece) => piece.rows)).toEqual([10, 10]);
    await database.run('INSERT INTO items SELECT generate_series(21, 100); DELETE FROM items WHERE id < 5');
    expect((await observe(session)).pieces.map((piece) => piece.rows)).toEqual([10, 10]);
  });
});

test('nothing can be written in a snapshot', async () => {
  await database.run('DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY)');
  const write = (sql: string) => aPostgresStore(database.url()).snapshot((session) => session.query(sql));
  await expect(write('INSERT INTO public.items VALUES (1)')).rejects.toMatchObject({
    code: 'store-refused',
    message: expect.stringContaining('25006'),
  });
  await expect(write('SELECT 1; COMMIT; INSERT INTO public.items VALUES (1)')).rejects.toMatchObject({
    message: expect.stringContaining('42601'),
  });
  expect(await database.run('SELECT FROM items')).toEqual([]);
});

test('settings hold inside a snapshot and are gone after it', async () => {
  const names = ['statement_timeout', 'lock_timeout', 'TimeZone', 'DateStyle', 'search_path', 'row_security'];
  const settings = await aPostgresStore(database.url(), { statementTimeoutSeconds: 7 }).snapshot(async (session) => {
    const rows = await session.query(
      `SELECT ${names.map((name) => `current_setting('${name}') AS "${name}"`).join(', ')}`,
    );
    return rows[0];
  });
  expect(settings).toEqual({
    statement_timeout: '7s',
    lock_timeout: '10s',
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    search_path: 'pg_catalog',
    row_security: 'off',
  });
});

test('a pooler that drops a setting is found out', async () => {
  await aPostgresStore(database.url()).snapshot(async (session) => {
    const dropping: Connection = {
      async query(sql, values) {
        if (/^(BEGIN|ROLLBACK)/.test(sql)) return [];
        const rows = await session.query(sql, values);
        return sql.includes("current_setting('statement_timeout')") ? rows.map((row) => ({ ...row, s0: '0' })) : rows;
      },
    };
    await expect(inSnapshot(dropping, { statementTimeoutSeconds: 3 }, async () => 'asked')).rejects.toMatchObject({
      code: 'store-answer',
      message: 'the store did not keep these settings: statement_timeout',
    });
  });
});

test('the identity is the system and database, the same at each connection, or the storeId', async () => {
  const identity = (storeId?: string) =>
    aPostgresStore(database.url(), { storeId }).snapshot(async (session) => session.identity);
  expect(await identity()).toMatch(/^\d{15,20}\/test_/);
  expect(await identity()).toBe(await identity());
  expect(await identity('orders')).toMatch(/^orders\/test_/);
});

test('a plain role with a grant on the key alone is enough', async () => {
  await database.run(`DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY, secret text); INSERT INTO items SELECT generate_series(1, 25);
    DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT (id) ON items TO reader`);
  const { pieces } = await aPostgresStore(database.url('reader')).snapshot(observe);
  expect(pieces.map((piece) => piece.rows)).toEqual([10, 10, 5]);
  await database.run('DROP OWNED BY reader; DROP ROLE reader');
});

test('a role without a grant is told the grants it needs, and they are enough', async () => {
  await database.run(
    `DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); DROP ROLE IF EXISTS "Stranger-1"; CREATE ROLE "Stranger-1" LOGIN`,
  );
  const store = aPostgresStore(database.url('Stranger-1'));
  const error = await store.snapshot(observe).catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    code: 'permission-denied',
    message: "fleets.catalog.groups: the store's role Stranger-1 may not read public.items.id",
  });
  await database.run((error as { hint: string }).hint);
  expect((await store.snapshot(observe)).pieces).toHaveLength(1);
  await database.run('DROP OWNED BY "Stranger-1"; DROP ROLE "Stranger-1"');
});

test('a NOT NULL that was never checked does not hide rows without a key', async () => {
  await database.run(
    `DROP TABLE IF EXISTS items; CREATE TABLE items (id int); CREATE INDEX ON items (id); INSERT INTO items VALUES (1), (NULL);
     ALTER TABLE items ADD CONSTRAINT filled NOT NULL id NOT VALID`,
  );
  await expect(aPostgresStore(database.url()).snapshot(observe)).rejects.toMatchObject({ code: 'key-null' });
});

test('a bug of ours is no failure of the store: it keeps its stack, and nothing is asked twice', async () => {
  let runs = 0;
  const buggy = aPostgresStore(database.url()).snapshot(async () => {
    runs += 1;
    throw new TypeError('ours');
  });
  await expect(buggy).rejects.toThrow(TypeError);
  expect(runs).toBe(1);
});

test('rows hidden by row-level security are an error, not an empty table', async () => {
  await database.run(`DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 25);
    ALTER TABLE items ENABLE ROW LEVEL SECURITY; DROP ROLE IF EXISTS veiled; CREATE ROLE veiled LOGIN; GRANT SELECT ON items TO veiled`);
  await expect(aPostgresStore(database.url('veiled')).snapshot(observe)).rejects.toMatchObject({
    code: 'permission-denied',
    message: expect.stringContaining('row-level security'),
  });
  await database.run('DROP TABLE items; DROP ROLE veiled');
});

test('a table that somebody holds locked is named, not waited for', async () => {
  await database.run('DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY)');
  await database.run('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
  try {
    const impatient = (session: Session) =>
      session.query("SELECT set_config('lock_timeout', '50ms', true)").then(() => observe(session));
    await expect(aPostgresStore(database.url()).snapshot(impatient)).rejects.toMatchObject({ code: 'table-locked' });
  } finally {
    await database.run('ROLLBACK');
  }
});

test('a question that takes too long is ended on the server too', async () => {
  const slow = aPostgresStore(database.url(), { statementTimeoutSeconds: 1 }).snapshot((session) =>
    session.query('SELECT pg_sleep(60)::text'),
  );
  await expect(slow).rejects.toMatchObject({
    code: 'store-slow',
    hint: expect.stringContaining('statementTimeoutSeconds'),
  });
  expect(
    await database.run(
      `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() AND state = 'active'`,
    ),
  ).toEqual([]);
});

test('a connection lost on the way makes the whole snapshot be taken once more, and only once', async () => {
  await database.run(
    'DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 15)',
  );
  let losses = 0;
  const losing = (times: number) => async (session: Session) => {
    if (losses++ < times) {
      const [row] = await session.query('SELECT pg_backend_pid()::text AS pid');
      await database.run(`SELECT pg_terminate_backend(${row?.pid}, 5000)`);
    }
    return observe(session);
  };
  expect((await aPostgresStore(database.url()).snapshot(losing(1))).pieces).toHaveLength(2);
  expect(losses).toBe(2);
  losses = 0;
  await expect(aPostgresStore(database.url()).snapshot(losing(9))).rejects.toMatchObject({ code: 'store-lost' });
  expect(losses).toBe(2);
});

test.each([
  ['a port where nobody listens', 'postgres://user:canary@127.0.0.1:1/db', 'store-unreachable', 'ECONNREFUSED'],
  [
    'a host that does not resolve',
    'postgres://user:canary@no-such-host.invalid/db',
    'store-unreachable',
    'no-such-host.invalid',
  ],
])('%s is unreachable, and the password stays out of the message', async (_, url, code, detail) => {
  const error = await aPostgresStore(url)
    .snapshot(observe)
    .catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code, message: expect.stringContaining(detail) });
  expect(`${(error as Error).message}${(error as { hint?: string }).hint}`).not.toContain('canary');
});

test('a server that accepts and never answers is given up after connectTimeoutSeconds', async () => {
  const port = await aServer(() => undefined);
  const tarpit = aPostgresStore(`postgres://user:canary@127.0.0.1:${port}/db`, { connectTimeoutSeconds: 1 }).snapshot(
    observe,
  );
  await expect(tarpit).rejects.toMatchObject({
    code: 'store-unreachable',
    hint: expect.stringContaining('it had 1 seconds (connectTimeoutSeconds)'),
  });
});

test('a server that hangs up at once is unreachable', async () => {
  const port = await aServer((socket) => socket.destroy());
  await expect(aPostgresStore(`postgres://user:canary@127.0.0.1:${port}/db`).snapshot(observe)).rejects.toMatchObject({
    code: 'store-unreachable',
  });
});

test.each([
  ['an unknown database', (url: string) => url.replace(/[^/]+$/, 'nowhere'), 'has no such database'],
  ['an unknown role', (url: string) => url.replace('postgres@', 'nobody_here@'), 'refused the user'],
])('%s is refused in words', async (_, change, words) => {
  await expect(aPostgresStore(change(inject('postgresUrl'))).snapshot(observe)).rejects.toMatchObject({
    code: 'store-refused',
    message: expect.stringContaining(words),
  });
});

test('a wrong password is refused without showing it', async () => {
  // The run's server trusts everyone, so the refusal is played by a server that speaks the protocol: ErrorResponse 28P01.
  const port = await aServer((socket) => {
    const fields = 'SFATAL\0C28P01\0Mpassword authentication failed for user "user"\0\0';
    const body = Buffer.alloc(5 + Buffer.byteLength(fields));
    body.write('E');
    body.writeInt32BE(4 + Buffer.byteLength(fields), 1);
    body.write(fields, 5);
    socket.once('data', () => socket.end(body));
  });
  const error = await aPostgresStore(`postgres://user:canary@127.0.0.1:${port}/db`)
    .snapshot(observe)
    .catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'store-refused', message: expect.stringContaining('refused the password') });
  expect(JSON.stringify([(error as Error).message, (error as { hint?: string }).hint])).not.toContain('canary');
});

test.each([
  ['postgres://u@db.example.com/x', 1],
  ['postgres://u@db.example.com/x?sslmode=require', 1],
  ['postgres://u@db.example.com/x?sslmode=verify-full', 0],
  ['postgres://u@localhost/x', 0],
  ['postgres://u@127.0.0.1:5433/x', 0],
  ['postgres://u@[::1]/x', 0],
  ['postgres://u@/x?host=/run/postgresql', 0],
])('%s gives %i warnings about TLS', (url, warnings) => {
  expect(aPostgresStore(url).warnings).toHaveLength(warnings);
});

test('the label of a store has neither user, password nor options', () => {
  expect(aPostgresStore('postgres://user:p%40ss@db:5433/orders?sslmode=require&password=other').label).toBe(
    'postgres://db:5433/orders',
  );
});
