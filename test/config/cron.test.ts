import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronProblem, daysProblem, parseDays, readCron } from '../../lib/config/cron';

describe('cronProblem', () => {
  test.each([
    '* * * * *',
    '*/5 * * * *',
    '5/10 0-6/2 1,15 * *',
    '0 0 * JAN-mar Mon,WED-FRI',
    '00 00 1 1 ?',
    '*/90 * * * *',
    '  0\t0 * * *\n',
    '0 0 29 2 *',
    // Without a star in it, a weekday is enough on its own.
    '0 0 31 2 1',
    '0 0 31 2 */2',
  ])('has none with %j', (line) => expect(cronProblem(line)).toBeUndefined());

  test.each([
    ['', 'it has no fields; such as "*/5 * * * *"'],
    ['5', 'it has 1 field; such as "*/5 * * * *"'],
    ['* * * *', 'it has 4 fields; such as "*/5 * * * *"'],
    ['0 * * * * *', 'it has 6 fields: there is none for seconds or years; such as "*/5 * * * *"'],
    ['TZ=Asia/Seoul 0 0 * * *', 'the time zone goes into timeZone'],
    ['CRON_TZ=UTC 0 0 * * *', 'the time zone goes into timeZone'],
    ['@hourly', 'write "0 * * * *"'],
    ['constructor', 'it has 1 field; such as "*/5 * * * *"'],
    ['@every 1h', 'it has 2 fields; such as "*/5 * * * *"'],
    ['60 * * * *', 'the minute "60" is not within 0 to 59'],
    ['* 24 * * *', 'the hour "24" is not within 0 to 23'],
    ['0 0 0 * *', 'the day of month "0" is not within 1 to 31'],
    ['0 0 1 13 *', 'the month "13" is not within 1 to 12 or JAN to DEC'],
    ['0 0 * * 7', 'the weekday "7" is not within 0 to 6 or SUN to SAT'],
    ['0 0 * * 0-7', 'the weekday "0-7" is not within 0 to 6 or SUN to SAT'],
    ['0 0 * * MONDAY', 'the weekday "MONDAY" is not within 0 to 6 or SUN to SAT'],
    ['0 0 L * *', 'the day of month "L" is not within 1 to 31'],
    ['0 0 * * MON#2', 'the weekday "MON#2" is no number, list, range or step of cron'],
    ['-1 * * * *', 'the minute "-1" is no number, list, range or step of cron'],
    ['1,,2 * * * *', 'the minute "1,,2" is no number, list, range or step of cron'],
    ['*/0 * * * *', 'the minute step "*/0" must be 1 or more'],
    ['10-5 * * * *', 'the minute range "10-5" runs backwards; write it as a list'],
    ['0 0 31 2 *', 'that date never comes'],
    ['0 0 30,31 FEB *', 'that date never comes'],
    ['0 0 31 4,6,9,11 ?', 'that date never comes'],
  ])('with %j is: %s', (line, problem) => expect(cronProblem(line)).toBe(problem));

  test('finds the dates that never come, and no others', () => {
    const date = fc.tuple(field(1, 31), field(1, 12), field(0, 6));
    fc.assert(
      fc.property(date, ([day, month, weekday]) => {
        const comes = daysOf28Years().some((at) => fires(at, day, month, weekday));
        expect(cronProblem(`0 0 ${day} ${month} ${weekday}`)).toBe(comes ? undefined : 'that date never comes');
      }),
      // The interesting ones are few.
      {
        numRuns: 300,
        examples: [[['31', '2', '*']], [['30-31', '2', '*/1']], [['29', '2', '1']], [['31', '4', '*/2']]],
      },
    );
  });
});

describe('parseDays', () => {
  test('gives the days that a field matches, one by one', () => {
    fc.assert(
      fc.property(field(0, 6), (text) => {
        expect(parseDays(text)).toEqual([0, 1, 2, 3, 4, 5, 6].filter((day) => matches(text, day, 0, 6)));
      }),
    );
  });

  test.each([
    ['MON-FRI', [1, 2, 3, 4, 5]],
    ['sat,SUN', [0, 6]],
    ['TUE/3', [2, 5]],
    ['?', [0, 1, 2, 3, 4, 5, 6]],
  ])('reads %s', (text, days) => expect(parseDays(text)).toEqual(days));

  test.each(['', '7', 'FRI-MON', '1-5 ', 'MO', '1;2'])('does not read %j', (text) => {
    expect(parseDays(text)).toBeUndefined();
    expect(daysProblem(text)).toMatch(/^the weekday /);
  });
});

describe('readCron', () => {
  test('starts at the times of the line, and at no others', () => {
    const line = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6));
    const time = fc.date({
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2028-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    let started = 0;
    fc.assert(
      fc.property(line, time, ([minute, hour, day, month, weekday], at) => {
        const expected =
          matches(minute, at.getUTCMinutes(), 0, 59) &&
          matches(hour, at.getUTCHours(), 0, 23) &&
          fires(at, day, month, weekday);
        if (expected) started += 1;
        const read = readCron(` ${minute} ${hour}  ${day} ${month}\t${weekday}`);
        expect(read.startsAt(at.getTime())).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(started).toBeGreaterThan(20);
  });

  test.each([
    ['* * * * *', true],
    ['30 */1 * * *', true],
    ['0 0-11,12-23 * * 1', true],
    ['0 */2 * * *', false],
    ['0 0-22 * * *', false],
    ['0 3 * * *', false],
  ])('knows of %j whether it comes every hour: %s', (line, isHourly) => {
    expect(readCron(line).isHourly).toBe(isHourly);
  });

  test.each([
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
    ['@monthly', '0 0 1 * *'],
    ['@weekly', '0 0 * * 0'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@hourly', '0 * * * *'],
  ])('reads %s as %s', (nickname, line) => {
    const [read, meant] = [readCron(nickname), readCron(line)];
    expect(read.isHourly).toBe(meant.isHourly);
    for (let at = Date.UTC(2026, 0); at < Date.UTC(2027, 0, 2); at += 1_800_000)
      expect(read.startsAt(at)).toBe(meant.startsAt(at));
  });

  test.each(['@every 1h', '@reboot', '', '0 0 * *', '0 0 * * 7', '0 0 L * *', 'TZ=UTC 0 0 * * *', 'constructor'])(
    'knows no start of %j, which it cannot read',
    (line) => {
      const read = readCron(line);
      expect(read.isHourly).toBe(false);
      for (let minute = 0; minute < 2 * 24 * 60; minute += 1) expect(read.startsAt(minute * 60_000)).toBe(false);
    },
  );
});

/** Text of one field within bounds. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const number = fc.integer({ min, max });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const base = fc.oneof(fc.constantFrom('*', '?'), number.map(String), range);
  const step = fc.option(fc.integer({ min: 1, max: max + 2 }));
  const item = fc.tuple(base, step).map(([text, by]) => (by === null ? text : `${text}/${by}`));
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
}

// The controller's rules, written down a second time and value by value.

function matches(text: string, value: number, min: number, max: number): boolean {
  return text.split(',').some((item) => {
    const [base = '', step] = item.split('/');
    const [low = '', high] = base.split('-');
    const from = low === '*' || low === '?' ? min : Number(low);
    const to = low === '*' || low === '?' || (step && !high) ? max : Number(high ?? low);
    return value >= from && value <= to && (value - from) % Number(step ?? 1) === 0;
  });
}

function hasStar(text: string): boolean {
  return text.split(',').some((item) => ['*', '?', '*/1', '?/1'].includes(item));
}

function fires(at: Date, day: string, month: string, weekday: string): boolean {
  const onDay = matches(day, at.getUTCDate(), 1, 31);
  const onWeekday = matches(weekday, at.getUTCDay(), 0, 6);
  const onDate = hasStar(day) || hasStar(weekday) ? onDay && onWeekday : onDay || onWeekday;
  return onDate && matches(month, at.getUTCMonth() + 1, 1, 12);
}

/** After so many, dates and weekdays repeat. */
function daysOf28Years(): Date[] {
  return Array.from({ length: 28 * 365 + 7 }, (_, index) => new Date(Date.UTC(2024, 0, 1 + index)));
}
