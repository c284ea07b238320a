// When a fleet works: in a nightly window, or on a schedule of its own.

import type { z } from 'zod';
import { cronProblem, daysProblem } from './cron';
import { type Broken, only, textWithout, whole } from './shapes';
import { parseTimeOfDay, printTimeOfDay, type TimeOfDay, timeZoneProblem } from './time';

/** Over midnight, more than this is likelier a mistake: it must be said with `next day`. */
const LONGEST_UNSAID_MINUTES = 12 * 60;
const DAY = 24 * 60;
export const MAX_CONCURRENCY = 10_000;
export const MAX_STARTS_PER_MINUTE = 1_000;

const timeZone = textWithout('an IANA time zone such as "Asia/Seoul" or "Etc/UTC"', timeZoneProblem);

const windowKeys = only(
  {
    opens: textWithout('a time HH:MM', opensProblem).transform(timeOfDay),
    closes: textWithout('a time HH:MM or "HH:MM next day"', timeProblem).transform(timeOfDay),
    timeZone,
    days: textWithout('a day-of-week field of cron, such as "1-5" or "MON-FRI"', daysProblem).default('*'),
    concurrency: whole(1, MAX_CONCURRENCY).optional(),
    jobMinutes: whole(1, DAY).optional(),
    startsPerMinute: whole(1, MAX_STARTS_PER_MINUTE).default(30),
    startingDeadlineMinutes: whole(1, DAY).optional(),
  },
  { rule: (written) => [...closesRule(written), ...wavesRule(written)] },
);

export const window = windowKeys.transform(({ opens, closes, ...rest }) => ({
  ...rest,
  /** Minutes after midnight. */
  opensAt: opens.minutes,
  /** How long it is open: 1 to 1,440. */
  minutes: lengthOf(opens, closes),
}));

export const schedule = only({
  cron: textWithout('a cron line of five fields: minute, hour, day of month, month, weekday', cronProblem),
  timeZone,
  deadlineMinutes: whole(1, 10_080),
});

export type Window = z.output<typeof window>;
export type Schedule = z.output<typeof schedule>;

/** Minutes from one to the other: on the same day when that is possible and the text does not say otherwise. */
function lengthOf(opens: TimeOfDay, closes: TimeOfDay): number {
  return closes.minutes - opens.minutes + (isOverMidnight(opens, closes) ? DAY : 0);
}

function isOverMidnight(opens: TimeOfDay, closes: TimeOfDay): boolean {
  return closes.nextDay || closes.minutes < opens.minutes;
}

function closesRule(written: Record<string, unknown>): Broken[] {
  const [opens, closes] = [written.opens, written.closes].map((text) =>
    typeof text === 'string' ? parseTimeOfDay(text) : undefined,
  );
  if (opens === undefined || closes === undefined || opens.nextDay) return [];
  const length = lengthOf(opens, closes);
  const time = printTimeOfDay(closes.minutes);
  const hours = `${+(length / 60).toFixed(2)} hours`;
  const broken = (message: string, got: string) => [{ path: ['closes'], message, got }];
  if (length === 0)
    return broken(`a time other than \`opens\`\nfor a whole day write closes: "${time} next day"`, `"${time}"`);
  if (length > DAY)
    return broken(
      `a window of at most 24 hours\nwrite closes: "${time}" if the same day is meant`,
      `"${written.closes}", ${hours} after \`opens\``,
    );
  if (!closes.nextDay && isOverMidnight(opens, closes) && length > LONGEST_UNSAID_MINUTES)
    return broken(
      `a time after \`opens\`, or at most 12 hours later over midnight\nif that is meant, write closes: "${time} next day"; if not, swap opens and closes`,
      `"${time}", which over midnight would be a window of ${hours}`,
    );
  return [];
}

function wavesRule({ concurrency, jobMinutes, startsPerMinute }: Record<string, unknown>): Broken[] {
  if (concurrency === undefined) return [];
  const minutes = 'the minutes a full group takes, beside `concurrency`\na wave starts when the one before it is done';
  const starts = 'no such key beside `concurrency`\nleave it out: a wave starts at once, and the waves decide when';
  return [
    ...(jobMinutes === undefined ? [{ path: ['jobMinutes'], message: minutes }] : []),
    ...(startsPerMinute === undefined ? [] : [{ path: ['startsPerMinute'], message: starts }]),
  ];
}

function timeOfDay(text: string): TimeOfDay {
  return parseTimeOfDay(text) as TimeOfDay;
}

function opensProblem(text: string): string | undefined {
  return parseTimeOfDay(text)?.nextDay ? 'only `closes` can be on the next day' : timeProblem(text);
}

function timeProblem(text: string): string | undefined {
  if (parseTimeOfDay(text)) return undefined;
  if (parseTimeOfDay(`0${text}`)) return `write "0${text}"`;
  return text === '24:00' ? 'the end of the day is "00:00"' : 'use 24-hour times such as "05:30"';
}
