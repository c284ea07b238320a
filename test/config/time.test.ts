import { describe, expect, test } from 'vitest';
import { parseTimeOfDay, printTimeOfDay, timeZoneProblem } from '../../lib/config/time';

describe('parseTimeOfDay', () => {
  test('reads back every minute that printTimeOfDay writes', () => {
    for (let minutes = 0; minutes < 1440; minutes += 1)
      expect(parseTimeOfDay(printTimeOfDay(minutes))).toEqual({ minutes, nextDay: false });
  });

  test('knows the next day', () => expect(parseTimeOfDay('08:00 next day')).toEqual({ minutes: 480, nextDay: true }));

  test.each(['', '5:00', '24:00', '25:00', '05:60', '05:00:00', ' 05:00', '05:00 Next day', '5am', '0500'])(
    'does not read %j',
    (text) => expect(parseTimeOfDay(text)).toBeUndefined(),
  );
});

test('printTimeOfDay writes the time of whichever day', () => {
  expect([0, 1439, 1440, 1800, -30].map(printTimeOfDay)).toEqual(['00:00', '23:59', '00:00', '06:00', '23:30']);
});

describe('timeZoneProblem', () => {
  test.each([
    'Asia/Seoul',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'Antarctica/DumontDUrville',
    'UTC',
    'GMT',
    'Etc/UTC',
    'Etc/GMT+9',
    'EST5EDT',
    'NZ-CHAT',
    'US/Pacific',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'Japan',
  ])('has none with %s', (zone) => expect(timeZoneProblem(zone)).toBeUndefined());

  test('has none with any zone that Intl lists', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((zone) => timeZoneProblem(zone) !== undefined)).toEqual([]);
  });

  test.each([
    ['asia/seoul', 'did you mean "Asia/Seoul"? Kubernetes wants the exact letters'],
    ['ASIA/SEOUL', 'did you mean "Asia/Seoul"? Kubernetes wants the exact letters'],
    ['Asia/Soul', 'did you mean "Asia/Seoul"? Kubernetes wants the exact letters'],
    ['America/NewYork', 'did you mean "America/New_York"? Kubernetes wants the exact letters'],
    ['utc', 'did you mean "UTC"? Kubernetes wants the exact letters'],
    ['Utc', 'did you mean "UTC"? Kubernetes wants the exact letters'],
    ['Local', 'Local would be the zone of the cluster’s controller: name the one you mean'],
    ['local', 'Local would be the zone of the cluster’s controller: name the one you mean'],
    ['+09:00', 'an offset names no place: use a place’s zone, whose clocks may change'],
    ['GMT+9', 'an offset names no place: use a place’s zone, whose clocks may change'],
    [
      'KST',
      'the names are in the column "TZ identifier" of https://en.wikipedia.org/wiki/List_of_tz_database_time_zones',
    ],
    ['', 'the names are in the column "TZ identifier" of https://en.wikipedia.org/wiki/List_of_tz_database_time_zones'],
  ])('with %j is: %s', (zone, problem) => expect(timeZoneProblem(zone)).toBe(problem));

  test.each(['Us/Pacific', 'US/pacific', 'Gmt', 'Etc/Utc', 'Etc/gmt+9', 'ASIA/CALCUTTA', 'Nz', '../etc/passwd', 'a b'])(
    'is there with %s, which Intl or a file system would take for another',
    (zone) => expect(timeZoneProblem(zone)).toBeDefined(),
  );
});
