import { describe, expect, test } from 'vitest';
import { explain, messageOf, UserError, withoutPasswords } from '../lib/errors';

describe('explain', () => {
  test('shows what would drive a terminal, and keeps the lines', () => {
    const error = new UserError('cluster-refused', 'a\u001b]0;owned\u0007b\u202ec', { hint: 'one\n\u001b[2Jtwo' });
    expect(explain(error)).toBe('cronfleet: a\\u001b]0;owned\\u0007b\\u202ec\n  one\n  \\u001b[2Jtwo');
  });

  test('tells a UserError by its message alone', () => {
    expect(explain(new UserError('lock-conflict', 'fleet.lock.json:3: conflict markers'))).toBe(
      'cronfleet: fleet.lock.json:3: conflict markers',
    );
  });

  test('puts every line of the hint below it', () => {
    const error = new UserError('lock-missing', 'the lock is gone', { hint: 'bring it back\nor begin anew' });
    expect(explain(error)).toBe('cronfleet: the lock is gone\n  bring it back\n  or begin anew');
  });

  test('keeps the cause of a UserError to itself', () => {
    const cause = new Error('password authentication failed');
    const error = new UserError('store-refused', 'the store refused', { cause });
    expect(explain(error)).toBe('cronfleet: the store refused');
    expect(error.cause).toBe(cause);
  });

  test('shows the stack of a bug', () => {
    const lines = explain(new TypeError('x is not a function')).split('\n');
    expect(lines[0]).toBe('cronfleet: this is a bug in cronfleet or in code the config calls; please report it.');
    expect(lines[1]).toBe('TypeError: x is not a function');
    expect(lines[2]).toMatch(/^ {4}at .*errors\.test\.ts/);
  });

  test.each([
    ['a text', 'boom', 'boom'],
    ['an object', { code: 5 }, '{ code: 5 }'],
    ['nothing', undefined, 'undefined'],
    ['what cannot be a text', Object.create(null), '[Object: null prototype] {}'],
  ])('tells %s that was thrown', (_, thrown, text) => {
    expect(explain(thrown)).toBe(
      `cronfleet: this is a bug in cronfleet or in code the config calls; please report it.\n${text}`,
    );
  });

  test.each([
    ['message', new UserError('store-lost', 'postgres://user:canary@host/db was lost')],
    ['hint', new UserError('store-lost', 'lost', { hint: 'is postgres://user:canary@host/db right?' })],
    ['stack', new Error('connect postgres://user:canary@host/db')],
    ['thrown object', { url: 'postgres://user:canary@host/db' }],
  ])('cuts the password out of a %s', (_, error) => {
    expect(explain(error)).toContain('postgres://***@host/db');
    expect(explain(error)).not.toContain('canary');
  });
});

describe('withoutPasswords', () => {
  test.each([
    ['postgres://user:canary@host:5432/db', 'postgres://***@host:5432/db'],
    ['postgres://canary@host/db', 'postgres://***@host/db'],
    ['"postgresql://user:canary@host/db"', '"postgresql://***@host/db"'],
    ['a https://u:canary@a/x and b https://u:canary@b/y', 'a https://***@a/x and b https://***@b/y'],
    ['postgres://user:can/ary@host/db', 'postgres://***@host/db'],
    ['postgres://user:can@ary@host/db', 'postgres://***@host/db'],
    ['postgres://user:can#a?ry@host/db', 'postgres://***@host/db'],
    [
      'postgres://host/db?user=me&password=canary&sslmode=require',
      'postgres://host/db?user=me&password=***&sslmode=require',
    ],
    ['ssh://git:canary@host/x', 'ssh://***@host/x'],
    ['ssh://git@can@host/x', 'ssh://***@host/x'],
    ['https://git@host/x', 'https://***@host/x'],
    [`host=a password='can ary' dbname=b`, 'host=a password=*** dbname=b'],
    ['PGPASSWORD=canary psql', 'PGPASSWORD=*** psql'],
    ['at data:text/javascript;base64,Y2FuYXJ5+/==:3:1', 'at data:text/javascript;base64,***:3:1'],
  ])('makes %s %s', (text, shown) => expect(withoutPasswords(text)).toBe(shown));

  test.each([
    'postgres://host:5432/db',
    'at file:///home/me/node_modules/@scope/name/index.js:3:1',
    'postgres://host:5432/db refused the user "me@tenant"',
    'mail me@example.com',
    'write "ssh://git@host/x", not me@example.com',
    'ghcr.io/acme/worker@sha256:0123',
  ])('leaves %s as it is', (text) => expect(withoutPasswords(text)).toBe(text));
});

test('messageOf gives the message of an error, and anything else in words', () => {
  expect([new Error('a'), 'b', null, { c: 1 }, Symbol('d')].map(messageOf)).toEqual([
    'a',
    'b',
    'null',
    '{ c: 1 }',
    'Symbol(d)',
  ]);
});
