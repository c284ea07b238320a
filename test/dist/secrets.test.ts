import { describe, expect, test } from 'vitest';
import { secretIn } from '../../lib/dist/secrets';

/** In pieces, so that those who look for secrets in this repository find none. */
const glued = (...pieces: string[]) => pieces.join('');
const letters = (count: number) => 'aB3dE5gH7jK9'.repeat(8).slice(0, count);

describe('secretIn', () => {
  test.each([
    ['a URL with a password', glued('postgres://app:', 'hunter2@db:5432/shop')],
    ['a URL with a password', glued('see redis://:', 'hunter2@cache for more')],
    ['a URL with a password', glued('amqp+ssl://app:', '$ecret(x)@mq')],
    ['a private key', glued('-----BEGIN ', 'PRIVATE KEY-----\nMIIE')],
    ['a private key', glued('-----BEGIN RSA ', 'PRIVATE KEY-----')],
    ['a private key', glued('-----BEGIN OPENSSH ', 'PRIVATE KEY-----')],
    ['a private key', glued('-----BEGIN PGP ', 'PRIVATE KEY BLOCK-----')],
    ['an AWS access key', glued('AKIA', 'IOSFODNN7EXAMPLE')],
    ['an AWS access key', glued('ASIA', 'IOSFODNN7EXAMPLE')],
    ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => ['a GitHub token', glued(`${kind}_`, letters(36))]),
    ['a GitHub token', glued('github_', 'pat_', letters(22), '_', letters(59))],
    ['a GitLab token', glued('glpat-', letters(20))],
    ['a Slack token', glued('xoxb-', '123456789012-', letters(12))],
    ['a Slack webhook', glued('https://hooks.slack.com/', 'services/T000/B000/', letters(24))],
    ['a Google API key', glued('AIza', letters(35))],
    ['a Stripe key', glued('sk_', 'live_', letters(24))],
    ['a Stripe key', glued('rk_', 'live_', letters(24))],
    ['a JSON web token', glued('eyJ', letters(20), '.eyJ', letters(30), '.', letters(43))],
  ])('sees %s in %s', (what, text) => {
    expect(secretIn(text as string)).toBe(what);
    expect(secretIn(`export TOKEN="${text}"\n`)).toBe(what);
  });

  test.each([
    '',
    'hunter2',
    'postgres://app@db:5432/shop',
    'postgres://db:5432/shop?user=app',
    'https://example.com:8080/@scope/package',
    'mailto:a@example.com',
    'http://[::1]:8080/a@b',
    'postgres://app:$(DB_PASSWORD)@db:5432/shop',
    `psql "postgres://app:\${DB_PASSWORD}@db/shop"`,
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'ghp_short',
    'AKIA',
    'BAKIAIOSFODNN7EXAMPLE',
    'sk_test_aB3dE5gH7jK9aB3dE5gH7jK9',
    'ghcr.io/acme/catalog-worker:1.4.2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    `("id" >= '1'::bigint AND "id" < '1000'::bigint)`,
    '550e8400-e29b-41d4-a716-446655440000',
  ])('sees none in %j', (text) => {
    expect(secretIn(text)).toBeUndefined();
  });
});
