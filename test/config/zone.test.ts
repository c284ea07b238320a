import { describe, expect, test } from 'vitest';
import { changesOf, instantOf, localDate, wallClock } from '../../lib/config/zone';
import { clockOf } from '../support/clock';

const text = (wall: number) => new Date(wall).toISOString().slice(0, 16);

describe('changesOf', () => {
  const first = (timeZone: string, kind: string) => {
    const change = changesOf(timeZone).find((found) => found.kind === kind);
    return change && [text(change.at), text(change.from), text(change.to)].join(' ');
  };

  test.each([
    ['Europe/Berlin', '2026-03-29T01:00 2026-03-29T02:00 2026-03-29T03:00'],
    ['America/New_York', '2026-03-08T07:00 2026-03-08T02:00 2026-03-08T03:00'],
    ['Australia/Lord_Howe', '2026-10-03T15:30 2026-10-04T02:00 2026-10-04T02:30'],
    ['Antarctica/Troll', '2026-03-29T01:00 2026-03-29T01:00 2026-03-29T03:00'],
    ['America/Havana', '2026-03-08T05:00 2026-03-08T00:00 2026-03-08T01:00'],
    ['America/Scoresbysund', '2026-03-29T01:00 2026-03-28T23:00 2026-03-29T00:00'],
    ['Africa/Casablanca', '2026-03-22T02:00 2026-03-22T02:00 2026-03-22T03:00'],
  ])('knows when, and which time, clocks in %s skip: %s', (timeZone, change) => {
    expect(first(timeZone, 'skipped')).toBe(change);
  });

  test.each([
    ['Europe/Berlin', '2026-10-25T01:00 2026-10-25T02:00 2026-10-25T03:00'],
    ['America/New_York', '2026-11-01T06:00 2026-11-01T01:00 2026-11-01T02:00'],
    ['Australia/Lord_Howe', '2026-04-04T15:00 2026-04-05T01:30 2026-04-05T02:00'],
    ['Asia/Beirut', '2026-10-24T21:00 2026-10-24T23:00 2026-10-25T00:00'],
    ['Africa/Casablanca', '2026-02-15T02:00 2026-02-15T02:00 2026-02-15T03:00'],
  ])('knows when, and which time, clocks in %s show twice: %s', (timeZone, change) => {
    expect(first(timeZone, 'doubled')).toBe(change);
  });

  test.each(['Asia/Seoul', 'Etc/UTC', 'Asia/Tokyo', 'America/Sao_Paulo', 'Etc/GMT+9'])(
    'finds none in %s, whatever was before these years',
    (timeZone) => expect(changesOf(timeZone)).toEqual([]),
  );

  test('covers the same years whenever it is asked, so that the clock of a synth moves no schedule', () => {
    const berlin = changesOf('Europe/Berlin');
    expect([berlin.length, text(berlin[0]?.at ?? 0), text(berlin.at(-1)?.at ?? 0)]).toEqual([
      24,
      '2026-03-29T01:00',
      '2037-10-25T01:00',
    ]);
  });

  test('finds as many in every zone there is as who looks every day, in the years in which they are nearest each other', () => {
    for (const timeZone of [...Intl.supportedValuesOf('timeZone'), 'US/Pacific', 'EST5EDT']) {
      const { changed } = clockOf(timeZone, 2026, 2027);
      const found = changesOf(timeZone).filter(({ at }) => at < Date.UTC(2028, 0));
      expect([timeZone, ...found.map(({ kind }) => kind)]).toEqual([timeZone, ...changed.map(({ kind }) => kind)]);
    }
  });

  test('finds all of Morocco, whose clocks follow the moon', () => {
    const found = changesOf('Africa/Casablanca').map(({ kind }) => kind);
    expect(found).toEqual(clockOf('Africa/Casablanca', 2026, 2037).changed.map(({ kind }) => kind));
  });
});

describe('instantOf', () => {
  const at = (time: string, timeZone: string) => {
    const [date, clock] = time.split(' ') as [string, string];
    const [hour, minute] = clock.split(':').map(Number) as [number, number];
    return (['first', 'last'] as const).map((which) =>
      text(instantOf(new Date(date), hour * 60 + minute, timeZone, which).getTime()),
    );
  };

  test.each([
    ['2026-07-01 05:00', 'Europe/Berlin', '2026-07-01T03:00', '2026-07-01T03:00'],
    ['2026-07-01 29:00', 'Europe/Berlin', '2026-07-02T03:00', '2026-07-02T03:00'],
    // An hour that is shown twice.
    ['2026-10-25 01:59', 'Europe/Berlin', '2026-10-24T23:59', '2026-10-24T23:59'],
    ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30', '2026-10-25T01:30'],
    ['2026-10-25 03:00', 'Europe/Berlin', '2026-10-25T02:00', '2026-10-25T02:00'],
    ['2026-11-01 01:30', 'America/New_York', '2026-11-01T05:30', '2026-11-01T06:30'],
    ['2026-04-05 01:45', 'Australia/Lord_Howe', '2026-04-04T14:45', '2026-04-04T15:15'],
    // An hour that is skipped: when it is.
    ['2026-03-29 02:00', 'Europe/Berlin', '2026-03-29T01:00', '2026-03-29T01:00'],
    ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:00', '2026-03-29T01:00'],
    ['2026-03-08 02:30', 'America/New_York', '2026-03-08T07:00', '2026-03-08T07:00'],
    ['2026-03-29 02:59', 'Antarctica/Troll', '2026-03-29T01:00', '2026-03-29T01:00'],
    // Also before the years that schedules are laid out for.
    ['2021-03-28 02:30', 'Europe/Berlin', '2021-03-28T01:00', '2021-03-28T01:00'],
  ])('of %s in %s is %s, the last time %s', (time, timeZone, first, last) => {
    expect(at(time, timeZone)).toEqual([first, last]);
  });
});

test('wallClock and localDate say what it is in a zone far ahead or behind', () => {
  const instant = new Date('2026-11-20T11:00:00Z');
  expect(['Pacific/Kiritimati', 'Pacific/Niue'].map((zone) => text(wallClock(instant.getTime(), zone)))).toEqual([
    '2026-11-21T01:00',
    '2026-11-20T00:00',
  ]);
  expect(localDate(instant, 'Pacific/Kiritimati').toISOString()).toBe('2026-11-21T00:00:00.000Z');
});
