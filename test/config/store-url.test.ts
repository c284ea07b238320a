import { describe, expect, test } from 'vitest';
import { demoStore } from '../../lib/config/define';
import { fleetsSchema } from '../../lib/config/schema';
import { accepts, config, tells } from './written';

describe('store', () => {
  const url = (got: string, todo: string) => [
    `store: expected a PostgreSQL URL such as postgres://host:5432/database, got ${got}`,
    `  ${todo}`,
  ];
  const postgres = 'a text that starts with "postgres://" (the rest is not shown, it may hold a password)';
  const encode =
    'percent-encode special characters in user and password: "@" is %40, "/" is %2F, "#" is %23, "%" is %25, a space is %20';
  const unsetHint = 'is DATABASE_URL set but empty? Unset it to use the demo store, where the config names one';
  const noHost = 'it names no host, and the driver would silently connect to localhost; write that if it is meant';
  tells([
    ['is an empty URL', config({ store: '' }), url('an empty text', unsetHint)],
    ['is white space', config({ store: ' \n' }), url('an empty text', unsetHint)],
    ['names no host', config({ store: 'postgres:///db' }), url(postgres, noHost)],
    ['names a user and no host', config({ store: 'postgres://user:canary@/db' }), url(postgres, noHost)],
    ['names no host by option', config({ store: 'postgres:///db?host=' }), url(postgres, noHost)],
    [
      'is a URL of another scheme',
      config({ store: 'mysql://user:canary@host/db' }),
      url(
        'a text that starts with "mysql://" (the rest is not shown, it may hold a password)',
        'it must start with postgres:// or postgresql://',
      ),
    ],
    [
      'is a connection string of another form',
      config({ store: 'host=localhost password=canary' }),
      url('a text (not shown, it may hold a password)', 'it must start with postgres:// or postgresql://'),
    ],
    [
      'has a bad percent-escape',
      config({ store: 'postgres://user:ca%nary@host/db' }),
      url(postgres, `${encode}; check the port, 1 to 65535`),
    ],
    [
      'cannot be parsed, with a password in it',
      config({ store: 'postgres://user:can/ary@host/db' }),
      url(postgres, `${encode}; check the port, 1 to 65535`),
    ],
    [
      'has a space in the password',
      config({ store: 'postgres://user:can ary@host/db' }),
      url(postgres, `${encode}; check the port, 1 to 65535`),
    ],
    [
      'has a bad port',
      config({ store: 'postgres://host:99999/db' }),
      url(postgres, `${encode}; check the port, 1 to 65535`),
    ],
    [
      'would read the user as host, since the password begins like a port',
      config({ store: 'postgres://user:5432/canary@host/db' }),
      url(postgres, encode),
    ],
    ['names two hosts', config({ store: 'postgres://a,b/db' }), url(postgres, 'the driver takes one host only')],
    ['is no store', config({ store: 5 }), 'store: expected a PostgreSQL URL, { url } or demoStore({ rows }), got 5'],
    [
      'has an empty url',
      config({ store: { url: '' } }),
      [
        'store.url: expected a PostgreSQL URL such as postgres://host:5432/database, got an empty text',
        `  ${unsetHint}`,
      ],
    ],
    [
      'has bad limits and a bad id',
      config({
        store: { url: 'postgres://host/db', connectTimeoutSeconds: 0, statementTimeoutSeconds: '300', storeId: 'a b' },
      }),
      [
        'store.connectTimeoutSeconds: expected a whole number from 1 to 600, got 0',
        'store.statementTimeoutSeconds: expected a whole number from 1 to 86,400, got "300"',
        'store.storeId: expected an id of at most 63 letters, digits, "-", "_" and ".", got "a b"',
      ],
    ],
    [
      'is a demo of too many rows',
      config({ store: demoStore({ rows: 2_000_000 }) }),
      'store.rows: expected a whole number from 0 to 1,000,000, got 2000000',
    ],
  ]);
  accepts([
    ['a socket', config({ store: 'postgres://user@/db?host=/run/postgresql' })],
    ['an address of IPv6', config({ store: 'postgresql://user@[::1]:5432/db' })],
    ['a host alone', config({ store: 'postgres://host' })],
    ['an encoded password', config({ store: 'postgres://user:a%40b%2Fc@host/db?sslmode=verify-full' })],
    ['limits', config({ store: { url: 'postgres://host/db', statementTimeoutSeconds: 86_400, storeId: 'crdb-1' } })],
  ]);

  test('drops the line break behind a URL that was read from a file', () => {
    const written = config({ store: 'postgres://host/db\n' });
    expect(fleetsSchema.parse(written).store).toMatchObject({ kind: 'postgres', url: 'postgres://host/db' });
  });
});
