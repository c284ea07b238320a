import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Window } from '../../lib/config/schema';
import type { WindowConfig } from '../../lib/config/types';
import { backoffSeconds, describeWindow, scheduleTiming, type Timing, windowTiming } from '../../lib/plan/timing';
import { aFleet, aPlan, refusal } from '../support/builders';

/** 00:00 to 05:00 in Seoul. */
const aWindow = (keys: Partial<WindowConfig> = {}) => aFleet({ window: keys }).window as Window;
const timing = (window: Window, slot: number, retries = 3) => windowTiming('catalog', window, slot, retries);

describe('windowTiming', () => {
  test.each([
    { slot: 0, startsPerMinute: 30, schedule: '0 0 * * *' },
    { slot: 29, startsPerMinute: 30, schedule: '0 0 * * *' },
    { slot: 30, startsPerMinute: 30, schedule: '1 0 * * *' },
    { slot: 60, startsPerMinute: 30, schedule: '2 0 * * *' },
    { slot: 5, startsPerMinute: 1, schedule: '5 0 * * *' },
    { slot: 75, startsPerMinute: 1, schedule: '15 1 * * *' },
    { slot: 999, startsPerMinute: 1_000, schedule: '0 0 * * *' },
  ])(
    'starts slot $slot at "$schedule" when $startsPerMinute start in a minute',
    ({ slot, startsPerMinute, schedule }) => {
      expect(timing(aWindow({ startsPerMinute }), slot).schedule).toBe(schedule);
    },
  );

  test('moves no start when groups are added', () => {
    const fleet = { window: { startsPerMinute: 1 } };
    const times = (groups: number) => aPlan({ fleet, lock: { groups } }).groups.map(({ schedule }) => schedule);
    expect(times(40).slice(0, 3)).toEqual(times(3));
  });

  test('starts a group by its slot, whatever its id', () => {
    const plan = aPlan({ fleet: { window: { startsPerMinute: 1 } }, lock: { groups: 2 } });
    expect(plan.groups.map(({ schedule }) => schedule)).toEqual(['0 0 * * *', '1 0 * * *']);
  });

  test('ends a start as late as it may be, with a run as long as it may be, exactly when the window closes', () => {
    const window = aWindow({ opens: '00:00', closes: '05:00', startsPerMinute: 1, startingDeadlineMinutes: 20 });
    expect(timing(window, 15)).toEqual({
      schedule: '15 0 * * *',
      timeZone: 'Asia/Seoul',
      startingDeadlineSeconds: 20 * 60,
      activeDeadlineSeconds: (5 * 60 - 15 - 20) * 60,
    });
  });

  describe('of a window over midnight', () => {
    const overMidnight = (days: string) => aWindow({ opens: '23:58', closes: '05:00', startsPerMinute: 1, days });

    test.each([
      // days, slot that starts at 23:59, slot that starts at 00:01 of the next day
      ['*', '59 23 * * *', '1 0 * * *'],
      ['5', '59 23 * * 5', '1 0 * * 6'],
      ['6', '59 23 * * 6', '1 0 * * 0'],
      ['FRI', '59 23 * * FRI', '1 0 * * 6'],
      ['1-5', '59 23 * * 1-5', '1 0 * * 2,3,4,5,6'],
      ['5,6', '59 23 * * 5,6', '1 0 * * 0,6'],
      ['*/2', '59 23 * * */2', '1 0 * * 0,1,3,5'],
      ['0-6', '59 23 * * 0-6', '1 0 * * *'],
    ])('on days %s, moves what starts after midnight to the day after', (days, before, after) => {
      const window = overMidnight(days);
      expect([timing(window, 1).schedule, timing(window, 3).schedule]).toEqual([before, after]);
    });

    test('lets midnight itself belong to the next day', () => {
      expect(timing(overMidnight('5'), 2).schedule).toBe('0 0 * * 6');
    });
  });

  test('refuses a slot whose start leaves no time for a run and its retries, with the arithmetic', () => {
    const window = aWindow({ opens: '00:00', closes: '00:30', startsPerMinute: 1 });
    const error = refusal(() => timing(window, 18));
    expect(error.code).toBe('window-too-short');
    expect(`${error.message}\n${error.hint}`).toMatchInlineSnapshot(`
      "fleets.catalog.window: 30 min - 18 min until slot 18 starts (1 starts a minute) - 10 min starting deadline leave 2 min; a run with 3 retries needs 2.2 min
      raise startsPerMinute or capacity, lower retries or startingDeadlineMinutes, or let the window close later"
    `);
  });

  test('accepts the last slot that fits, to the second', () => {
    // 60 s for a run; 3 retries wait 10 + 20 + 40 s.
    const window = aWindow({ opens: '00:00', closes: '00:15', startsPerMinute: 1 });
    expect(timing(window, 4, 0).activeDeadlineSeconds).toBe(60);
    expect(timing(window, 2, 3).activeDeadlineSeconds).toBe(180);
    expect(refusal(() => timing(window, 5, 0)).code).toBe('window-too-short');
    expect(refusal(() => timing(window, 3, 3)).code).toBe('window-too-short');
  });

  test('keeps every start inside the window, and its deadlines end when the window closes, or refuses', () => {
    const windows = fc.record({
      opensAt: fc.nat(1439),
      minutes: fc.integer({ min: 1, max: 1440 }),
      startsPerMinute: fc.integer({ min: 1, max: 1_000 }),
      startingDeadlineMinutes: fc.integer({ min: 1, max: 1_440 }),
      days: fc.constantFrom('*', '1-5', 'SUN', '0,3'),
    });
    let feasible = 0;
    fc.assert(
      fc.property(windows, fc.nat(2_000), fc.nat(20), (shape, slot, retries) => {
        const window = { ...shape, timeZone: 'Etc/UTC' };
        const offset = Math.floor(slot / window.startsPerMinute);
        const left = (window.minutes - offset - window.startingDeadlineMinutes) * 60;
        if (left < backoffSeconds(retries) + 60) {
          expect(refusal(() => timing(window, slot, retries)).code).toBe('window-too-short');
          return;
        }
        feasible += 1;
        const made = timing(window, slot, retries);
        const afterOpening = (minuteOfDay(made) - window.opensAt + 1440) % 1440;
        expect(afterOpening).toBe(offset);
        expect(afterOpening).toBeLessThan(window.minutes);
        expect(afterOpening * 60 + made.startingDeadlineSeconds + made.activeDeadlineSeconds).toBe(window.minutes * 60);
        expect(made.activeDeadlineSeconds).toBeGreaterThan(backoffSeconds(retries));
      }),
      { numRuns: 2_000 },
    );
    // Else nothing but refusals would have been looked at.
    expect(feasible).toBeGreaterThan(200);
  });
});

function minuteOfDay({ schedule }: Timing): number {
  const [minute, hour] = schedule.split(' ').map(Number) as [number, number];
  return hour * 60 + minute;
}

test.each([
  [0, 0],
  [1, 10],
  [2, 10 + 20],
  [3, 10 + 20 + 40],
  [6, 10 + 20 + 40 + 80 + 160 + 320],
  [7, 630 + 600],
  [20, 630 + 14 * 600],
])('backoffSeconds: %i retries wait %i seconds, doubling from 10 up to 600', (retries, seconds) => {
  expect(backoffSeconds(retries)).toBe(seconds);
});

test('scheduleTiming hands the cron line on, and lets a start be ten minutes late', () => {
  const schedule = { cron: ' */5  * * *\t* ', timeZone: 'Etc/UTC', deadlineMinutes: 4 };
  expect(scheduleTiming(schedule)).toEqual({
    schedule: '*/5 * * * *',
    timeZone: 'Etc/UTC',
    startingDeadlineSeconds: 600,
    activeDeadlineSeconds: 240,
  });
});

test.each<[Partial<WindowConfig>, string]>([
  [{}, '00:00 to 05:00 Asia/Seoul (5 h)'],
  [{ opens: '22:00' }, '22:00 to 05:00 next day Asia/Seoul (7 h over midnight)'],
  [{ opens: '22:00', closes: '00:00' }, '22:00 to 00:00 Asia/Seoul (2 h)'],
  [{ opens: '06:00', closes: '06:00 next day' }, '06:00 to 06:00 next day Asia/Seoul (24 h over midnight)'],
  [{ opens: '01:00', closes: '02:20', days: '1-5' }, '01:00 to 02:20 Asia/Seoul (1.33 h, days 1-5)'],
])('describeWindow says %j as a person would', (keys, said) => {
  expect(describeWindow(aWindow(keys))).toBe(said);
});
