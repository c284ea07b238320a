import { describe, expect, test } from 'vitest';
import { nextStart } from '../../lib/runs/next-start';

const next = (schedule: string, timeZone: string, now: string) =>
  nextStart(schedule, timeZone, new Date(now))?.toISOString();

describe('nextStart', () => {
  test('is the first start that is still to come', () => {
    expect(next('30 2 * * *', 'Asia/Seoul', '2026-03-01T00:00:00Z')).toBe('2026-03-01T17:30:00.000Z');
    expect(next('30 2 * * *', 'Asia/Seoul', '2026-03-01T17:30:00Z')).toBe('2026-03-02T17:30:00.000Z');
  });

  test('is none for a line that says no minutes, or no line at all', () => {
    expect(next('@every 1h', 'UTC', '2026-03-01T00:00:00Z')).toBeUndefined();
    expect(next('whenever', 'UTC', '2026-03-01T00:00:00Z')).toBeUndefined();
    expect(next('@daily', 'UTC', '2026-03-01T00:00:00Z')).toBe('2026-03-02T00:00:00.000Z');
  });

  // As robfig/cron does, which Kubernetes asks: it goes on hour by hour, and never sees the one that is skipped.
  test('is not in an hour that clocks skip', () => {
    expect(next('30 2 * * *', 'America/New_York', '2026-03-08T05:00:00Z')).toBe('2026-03-09T06:30:00.000Z');
    expect(next('30 * * * *', 'America/New_York', '2026-03-08T06:30:00Z')).toBe('2026-03-08T07:30:00.000Z');
    expect(next('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00:00Z')).toBe('2026-03-29T21:00:00.000Z');
  });

  test('comes twice in an hour that clocks show twice', () => {
    expect(next('0,30 1 * * *', 'America/New_York', '2026-11-01T05:15:00Z')).toBe('2026-11-01T05:30:00.000Z');
    expect(next('0,30 1 * * *', 'America/New_York', '2026-11-01T05:30:00Z')).toBe('2026-11-01T06:00:00.000Z');
    expect(next('0,30 1 * * *', 'America/New_York', '2026-11-01T06:30:00Z')).toBe('2026-11-02T06:00:00.000Z');
  });
});
