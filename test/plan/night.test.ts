import { describe, expect, test } from 'vitest';
import type { Window } from '../../lib/config/schema';
import type { WindowConfig } from '../../lib/config/types';
import { nightOf } from '../../lib/plan/night';
import { aFleet } from '../support/builders';
import { changingClocks, shownEveryNight, weekdaysOf } from '../support/clock';

const night = (keys: Partial<WindowConfig>) => nightOf(aFleet({ window: keys }).window as Window);

describe('nightOf', () => {
  test.each<[sentence: string, keys: Partial<WindowConfig>, shortest: number, longest: number]>([
    ['Seoul, whose clocks are left alone', {}, 300, 300],
    ['Berlin over the change', { timeZone: 'Europe/Berlin' }, 240, 360],
    ['Berlin before the change', { timeZone: 'Europe/Berlin', closes: '01:30' }, 90, 90],
    ['Berlin until the hour that is skipped or doubled', { timeZone: 'Europe/Berlin', closes: '02:00' }, 120, 180],
    ['Berlin after the change', { timeZone: 'Europe/Berlin', opens: '03:00' }, 120, 120],
    ['Berlin, closing in the hour', { timeZone: 'Europe/Berlin', closes: '02:30' }, 120, 210],
    ['Berlin, opening in the hour', { timeZone: 'Europe/Berlin', opens: '02:30' }, 120, 210],
    ['Berlin, all within the hour', { timeZone: 'Europe/Berlin', opens: '02:10', closes: '02:50' }, 0, 100],
    ['Berlin over midnight', { timeZone: 'Europe/Berlin', opens: '22:00' }, 360, 480],
    ['Berlin for a whole day', { timeZone: 'Europe/Berlin', opens: '06:00', closes: '06:00 next day' }, 1380, 1500],
    ['New York', { timeZone: 'America/New_York' }, 240, 360],
    [
      'New York, before the skipped hour and over the doubled',
      { timeZone: 'America/New_York', closes: '02:00' },
      120,
      180,
    ],
    ['Lord Howe, which moves its clocks by half an hour', { timeZone: 'Australia/Lord_Howe' }, 270, 330],
    ['Troll, which moves them by two', { timeZone: 'Antarctica/Troll' }, 180, 420],
    ['Havana, where midnight is skipped', { timeZone: 'America/Havana', opens: '23:00', closes: '02:00' }, 120, 240],
    ['Beirut, where it is too', { timeZone: 'Asia/Beirut', opens: '23:00', closes: '02:00' }, 120, 240],
    ['Casablanca in Ramadan', { timeZone: 'Africa/Casablanca' }, 240, 360],
  ])('%s', (_, keys, shortest, longest) => {
    const { usable, longestMinutes } = night(keys);
    expect([usable.length, longestMinutes]).toEqual([shortest, longest]);
  });

  test.each<[days: string, keys: Partial<WindowConfig>, shortest: number]>([
    // Clocks change on a Sunday, which a night that opened on Saturday lasts into.
    ['*', {}, 240],
    ['1-5', {}, 300],
    ['SUN', {}, 240],
    ['SAT', {}, 300],
    ['SAT', { opens: '22:00' }, 360],
    ['FRI', { opens: '22:00' }, 420],
    ['0', { opens: '22:00' }, 420],
    ['1-5', { opens: '22:00' }, 420],
  ])('on days %s, a night in Berlin with %j has no less than %i minutes', (days, keys, shortest) => {
    expect(night({ timeZone: 'Europe/Berlin', days, ...keys }).usable).toHaveLength(shortest);
  });

  test('leaves out the minutes that clocks skip, and no others', () => {
    const { usable, shortenedBy } = night({ timeZone: 'Europe/Berlin', opens: '01:58', closes: '03:02' });
    expect(usable).toEqual([0, 1, 62, 63]);
    expect(new Date(shortenedBy?.from ?? 0).toISOString()).toBe('2026-03-29T02:00:00.000Z');
  });

  test('is not shortened by a change that the window does not meet', () => {
    expect(night({ timeZone: 'Europe/Berlin', closes: '02:00' }).shortenedBy).toBeUndefined();
    expect(night({ timeZone: 'Europe/Berlin', opens: '03:00' }).shortenedBy).toBeUndefined();
  });

  test('is what a person with a stopwatch finds all nights to have in common, in every zone that changes its clocks', () => {
    for (const clock of changingClocks()) {
      const { timeZone } = clock;
      for (const [opensAt, minutes, days] of [
        [0, 300, '*'],
        [22 * 60, 420, 'SAT'],
        [23 * 60 + 30, 60, '*'],
        [150, 17, 'SUN'],
        [6 * 60, 1440, '1-5'],
      ] as const) {
        const window = { opensAt, minutes, days, timeZone, startsPerMinute: 30 };
        expect([timeZone, ...nightOf(window).usable]).toEqual([
          timeZone,
          ...shownEveryNight(clock, { ...window, days: weekdaysOf(days) }),
        ]);
      }
    }
  });
});
