import { describe, expect, test } from 'vitest';
import type { WindowConfig } from '../../lib/config/types';
import { doubledStarts } from '../../lib/plan/doubled';
import { timesOf } from '../../lib/plan/timing';
import { aFleet, type FleetKeys } from '../support/builders';
import { changingClocks, seenNights, startsOf, weekdaysOf } from '../support/clock';

const NOW = new Date('2026-06-01T00:00:00Z');

function warnings(keys: FleetKeys, groups = 1, now = NOW): string[] {
  const fleet = aFleet(keys);
  const slots = Array.from({ length: groups }, (_, slot) => ({ slot }));
  return doubledStarts('catalog', fleet, timesOf('catalog', fleet, slots), now);
}

const hour = (timeZone: string, keys: Partial<WindowConfig> = {}) => ({ window: { timeZone, ...keys } });
const schedule = (cron: string, timeZone = 'Europe/Berlin') => ({ schedule: { cron, timeZone, deadlineMinutes: 30 } });

describe('a window', () => {
  test('is warned about once, with the next date, when starts come in an hour that is shown twice', () => {
    const waves = { opens: '00:30', concurrency: 2, jobMinutes: 30 };
    // 00:30, 01:00, 01:30 and 03:00: 02:00 to 03:00 is skipped in spring.
    expect(warnings(hour('America/New_York', waves), 7)).toEqual([
      'fleets.catalog.window: 4 CronJobs start between 01:00 and 02:00, which clocks in America/New_York show twice on 2026-11-01: they may run twice that night; open the window earlier or later, or keep jobs idempotent',
    ]);
  });

  test('is warned about in the singular', () => {
    expect(warnings(hour('America/New_York', { opens: '01:30' }))[0]).toContain(
      '1 CronJob starts between 01:00 and 02:00, which clocks in America/New_York show twice on 2026-11-01: it may',
    );
  });

  test.each<[sentence: string, zone: string, keys: Partial<WindowConfig>, date: string | undefined]>([
    ['that starts before the hour', 'America/New_York', {}, undefined],
    ['that starts after the hour', 'America/New_York', { opens: '03:00' }, undefined],
    [
      'in Berlin, where the hour is skipped as well and no start can be in it',
      'Europe/Berlin',
      { opens: '02:30' },
      undefined,
    ],
    ['in Seoul', 'Asia/Seoul', { opens: '01:00' }, undefined],
    ['on days that do not see the change', 'America/New_York', { opens: '01:00', days: '1-6' }, undefined],
    ['on the day that does', 'America/New_York', { opens: '01:00', days: 'SUN' }, '2026-11-01'],
    ['in Beirut, an hour before midnight', 'Asia/Beirut', { opens: '23:30', closes: '05:00' }, '2026-10-24'],
    ['on Lord Howe, in the half hour', 'Australia/Lord_Howe', { opens: '01:30' }, '2027-04-04'],
    ['on Lord Howe, before the half hour', 'Australia/Lord_Howe', { opens: '01:29' }, undefined],
    ['in Troll, in the skipped and doubled hours', 'Antarctica/Troll', { opens: '01:30' }, undefined],
  ])('%s', (_, zone, keys, date) => {
    const dates = warnings(hour(zone, keys)).map((line) => /twice on (\S+):/.exec(line)?.[1]);
    expect(dates).toEqual(date === undefined ? [] : [date]);
  });

  test('is told the next date, however late it is', () => {
    const dateAt = (now: string) => warnings(hour('America/New_York', { opens: '01:00' }), 1, new Date(now))[0];
    expect(dateAt('2026-11-01T06:00:00Z')).toContain('2026-11-01');
    expect(dateAt('2026-11-01T06:00:01Z')).toContain('2027-11-07');
    expect(dateAt('2020-01-01T00:00:00Z')).toContain('2026-11-01');
    expect(dateAt('2040-01-01T00:00:00Z')).toBeUndefined();
  });

  test('is warned about in every zone in which a person with a stopwatch sees a start come twice, and in no other', () => {
    let twice = 0;
    for (const { timeZone, changed } of changingClocks()) {
      for (const opens of ['00:10', '01:10', '01:40', '22:10', '23:10']) {
        const fleet = aFleet(hour(timeZone, { opens, closes: '06:00', concurrency: 1, jobMinutes: 50 }));
        const timings = timesOf('catalog', fleet, [{ slot: 0 }, { slot: 1 }]);
        const comesTwice = changed.some((nights) =>
          timings.some((timing) => {
            const starts = startsOf(nights, timing.schedule as string);
            const [at, minute] = opens.split(':').map(Number) as [number, number];
            const opensAt = at * 60 + minute;
            const window = { opensAt, minutes: (1_800 - opensAt) % 1_440, days: weekdaysOf('*') };
            return seenNights(nights, window).some(({ open }) => starts.filter((start) => open.has(start)).length > 1);
          }),
        );
        if (comesTwice) twice += 1;
        const told = doubledStarts('catalog', fleet, timings, new Date('2026-01-01T00:00:00Z'));
        expect([timeZone, opens, told.length]).toEqual([timeZone, opens, comesTwice ? 1 : 0]);
      }
    }
    expect(twice).toBeGreaterThan(10);
  });
});

describe('a schedule', () => {
  test('is warned about both of the night on which it may not run and of that on which it may run twice', () => {
    expect(warnings(schedule('30 2 * * *'), 3)).toEqual([
      'fleets.catalog.schedule.cron: "30 2 * * *" starts between 02:00 and 03:00, which clocks in Europe/Berlin skip on 2027-03-28: it may not run that night; choose another hour',
      'fleets.catalog.schedule.cron: "30 2 * * *" starts between 02:00 and 03:00, which clocks in Europe/Berlin show twice on 2026-10-25: it may run twice that night; keep jobs idempotent, or choose another hour',
    ]);
  });

  test.each([
    ['every five minutes', '*/5 * * * *', 0],
    ['every hour, though the field is written out', '0 0-23 * * *', 0],
    ['at another hour', '30 3 * * *', 0],
    ['every second hour', '0 */2 * * *', 2],
    ['on workdays', '30 2 * * 1-5', 0],
    ['on Sundays', '30 2 * * SUN', 2],
    ['in summer', '30 2 * 5-9 *', 0],
    ['on a date that is never the last Sunday of a month', '30 2 1 * *', 0],
    ['on that date or any Sunday', '30 2 1 * 0', 2],
    ['on a date that is the last Sunday of October in some year, and of March in another', '30 2 26 * *', 2],
  ])('%s', (_, cron, lines) => expect(warnings(schedule(cron))).toHaveLength(lines));

  test('in a zone that leaves its clocks alone is not warned about', () => {
    expect(warnings(schedule('30 2 * * *', 'Asia/Seoul'))).toEqual([]);
  });
});

test('what runs once is not warned about', () => expect(warnings({ once: true })).toEqual([]));

test('a fleet without groups is not warned about', () => {
  expect(warnings(schedule('30 2 * * *'), 0)).toEqual([]);
  expect(warnings(hour('America/New_York', { opens: '01:00' }), 0)).toEqual([]);
});
