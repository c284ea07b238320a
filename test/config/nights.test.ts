import { describe, expect, test } from 'vitest';
import { nextClosing, wholeRunPassed } from '../../lib/config/nights';
import { aFleet } from '../support/builders';

const windowOf = (keys: object) => aFleet({ window: keys }).window as NonNullable<ReturnType<typeof aFleet>['window']>;

describe('nextClosing', () => {
  test.each([
    ['before tonight’s window opens', {}, '2026-11-20T14:59:00Z', '2026-11-20T20:00:00Z'],
    ['as it opens', {}, '2026-11-20T15:00:00Z', '2026-11-20T20:00:00Z'],
    ['once it is open, tomorrow’s', {}, '2026-11-20T15:00:01Z', '2026-11-21T20:00:00Z'],
    ['over midnight', { opens: '22:00', closes: '05:00' }, '2026-11-20T12:00:00Z', '2026-11-20T20:00:00Z'],
    ['on the next day that opens', { days: 'MON' }, '2026-11-20T15:00:00Z', '2026-11-22T20:00:00Z'],
    ['in a zone behind UTC', { timeZone: 'America/New_York' }, '2026-11-20T02:00:00Z', '2026-11-20T10:00:00Z'],
    ['on the night clocks go forward', { timeZone: 'Europe/Berlin' }, '2026-03-28T22:00:00Z', '2026-03-29T03:00:00Z'],
    [
      'for the last time, where clocks show that time twice',
      { timeZone: 'America/New_York', closes: '01:30' },
      '2026-11-01T03:00:00Z',
      '2026-11-01T06:30:00Z',
    ],
    [
      'when clocks skip that time',
      { timeZone: 'America/New_York', closes: '02:30' },
      '2026-03-08T04:00:00Z',
      '2026-03-08T07:00:00Z',
    ],
    ['on the night clocks go back', { timeZone: 'Europe/Berlin' }, '2026-10-24T21:00:00Z', '2026-10-25T04:00:00Z'],
  ])('%s', (_, keys, since, closes) => {
    expect(nextClosing(windowOf(keys), new Date(since)).toISOString()).toBe(closes.replace('Z', '.000Z'));
  });
});

describe('wholeRunPassed', () => {
  const fleet = aFleet();
  const since = new Date('2026-11-20T16:00:00Z');

  test('is false while the window that was open then, and the next one, have not closed', () => {
    expect(wholeRunPassed(fleet, since, new Date('2026-11-20T21:00:00Z'))).toBe(false);
    expect(wholeRunPassed(fleet, since, new Date('2026-11-21T19:59:59Z'))).toBe(false);
    expect(wholeRunPassed(fleet, since, new Date('2026-11-21T20:00:00Z'))).toBe(true);
  });

  test('waits a day and the time of a run where there is no window', () => {
    const hourly = aFleet({ schedule: { cron: '0 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 30 } });
    expect(wholeRunPassed(hourly, since, new Date('2026-11-21T16:29:59Z'))).toBe(false);
    expect(wholeRunPassed(hourly, since, new Date('2026-11-21T16:30:00Z'))).toBe(true);
  });
});
