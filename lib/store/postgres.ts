// A store over the network, through `pg`.

import type { Client } from 'pg';
import type { Store as StoreConfig } from '../config/schema';
import { UserError, withoutPasswords } from '../errors';
import { storeFailure } from './failures';
import type { Connection, Row, Session, Store } from './session';
import { inSnapshot } from './snapshot';

export type PostgresSettings = Extract<StoreConfig, { kind: 'postgres' }>;

/** How long after the server's own statement timeout the client stops waiting for a server that has fallen silent. */
const SILENCE_SECONDS = 5;

/**
 * A PostgreSQL server. A connection is opened for each snapshot and closed after it; when it is lost on the way, the whole
 * snapshot is taken once more, never a single question of it.
 */
export function postgresStore(settings: PostgresSettings): Store {
  const label = labelOf(settings.url);
  return {
    label,
    isDemo: false,
    warnings: tlsWarnings(settings.url, label),
    async snapshot(work) {
      try {
        return await snapshotOnce(settings, work);
      } catch (error) {
        if (!(error instanceof UserError) || error.code !== 'store-lost') throw error;
        return await snapshotOnce(settings, work);
      }
    },
  };
}

function snapshotOnce<T>(settings: PostgresSettings, work: (session: Session) => Promise<T>): Promise<T> {
  return withConnection(settings, (connection) => inSnapshot(connection, settings, work));
}

/** Opens a connection, hands it to `work`, and ends it. @throws UserError what went wrong with the store */
export async function withConnection<T>(
  settings: PostgresSettings,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const label = labelOf(settings.url);
  const client = await connect(settings, label);
  // What else `work` throws is none of the store's failures.
  const failures = new WeakSet<object>();
  const connection: Connection = {
    async query(sql, values) {
      // The extended protocol takes one statement only, whatever a config's SQL says.
      const question = { text: sql, values: [...(values ?? [])], queryMode: 'extended' };
      try {
        return (await client.query<Row>(question)).rows;
      } catch (error) {
        failures.add(error as object);
        throw error;
      }
    },
  };
  try {
    return await work(connection);
  } catch (error) {
    throw failures.has(error as object) ? storeFailure(error, label) : error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function connect(settings: PostgresSettings, label: string): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = makeClient(pg, settings, label);
  // A connection cut while idle is told as an event; the next question fails with it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const failure = storeFailure(error, label);
    if (!(failure instanceof UserError) || failure.code !== 'store-lost') throw failure;
    // Among others `pg`'s own time-out, which has no code.
    throw new UserError('store-unreachable', failure.message, {
      hint: `it had ${settings.connectTimeoutSeconds} seconds (connectTimeoutSeconds); check host, port, TLS and network`,
      cause: error,
    });
  }
}

/** Reads the URL, and the files of certificates that it names. */
function makeClient(pg: Pick<typeof import('pg'), 'Client'>, settings: PostgresSettings, label: string): Client {
  try {
    return new pg.Client({
      connectionString: settings.url,
      application_name: 'cronfleet',
      connectionTimeoutMillis: settings.connectTimeoutSeconds * 1000,
      query_timeout: (settings.statementTimeoutSeconds + SILENCE_SECONDS) * 1000,
    });
  } catch (cause) {
    throw new UserError('store-refused', `${label}: its URL cannot be used: ${(cause as Error).message}`, {
      hint: 'check the options of the URL, such as the paths in sslrootcert, sslcert and sslkey',
      cause,
    });
  }
}

/** The URL without password and options. */
function labelOf(url: string): string {
  return withoutPasswords(url).replace(/\?.*$/s, '').replace('***@', '');
}

function tlsWarnings(url: string, label: string): string[] {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const host = query.get('host') ?? /^\w+:\/\/(?:[^/?]*@)?(\[[^\]]*\]|[^:/?]*)/.exec(url)?.[1] ?? '';
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(host) || host.startsWith('/');
  if (local || query.get('sslmode') === 'verify-full') return [];
  return [`${label} is a remote host without sslmode=verify-full: the server's identity is not sure to be checked`];
}
