import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../../simulate/token-bucket';

describe('TokenBucket', () => {
  test('a burst goes at once, and what is more comes at its rate', () => {
    const bucket = new TokenBucket(20, 30);
    const times = Array.from({ length: 100 }, () => bucket.take(0));
    expect(times.slice(0, 30)).toEqual(new Array(30).fill(0));
    expect(times[30]).toBeCloseTo(1 / 20);
    expect(times[99]).toBeCloseTo(70 / 20);
  });

  test('several tokens at once are there with the last of them', () => {
    expect(new TokenBucket(20, 30).take(0, 100)).toBeCloseTo(3.5);
  });

  test('it fills while nobody asks, up to the burst', () => {
    const bucket = new TokenBucket(10, 5);
    expect(bucket.take(0, 5)).toBe(0);
    expect(bucket.take(0.2, 3)).toBeCloseTo(0.3);
    expect(bucket.take(1_000, 5)).toBe(1_000);
    expect(bucket.take(1_000)).toBeCloseTo(1_000.1);
  });

  test('who asks later waits behind him who found none', () => {
    const bucket = new TokenBucket(1, 1);
    expect([bucket.take(0), bucket.take(0), bucket.take(0.5)]).toEqual([0, 1, 2]);
  });
});
