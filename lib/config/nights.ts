// When a fleet's window opens and closes, as instants. The clock is always an argument.

import { parseDays } from './cron';
import type { Schedule, Window } from './schema';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * True once a whole window has opened and closed after `since`: whatever ran at that time is over, and every sync that applies
 * manifests outside the window has had its turn. For a fleet with a schedule, a day and the time a run may take.
 */
export function wholeRunPassed(
  { window, schedule }: { window?: Window | undefined; schedule?: Schedule | undefined },
  since: Date,
  now: Date,
): boolean {
  if (window) return now.getTime() >= nextClosing(window, since).getTime();
  return now.getTime() >= since.getTime() + DAY + (schedule?.deadlineMinutes ?? 0) * MINUTE;
}

/** When the first window that opens at or after `since` closes. */
export function nextClosing(window: Window, since: Date): Date {
  const days = new Set(parseDays(window.days));
  const start = localDate(since, window.timeZone);
  // The day before, since the zone's date may be behind; `days` repeat after a week.
  for (let offset = -1; offset <= 8; offset += 1) {
    const date = new Date(start.getTime() + offset * DAY);
    const opens = instantOf(date, window.opensAt, window.timeZone);
    if (days.has(date.getUTCDay()) && opens.getTime() >= since.getTime()) {
      return instantOf(date, window.opensAt + window.minutes, window.timeZone);
    }
  }
  throw new Error(`no window opens within a week on the days ${window.days}`);
}

/** Midnight UTC of the date it is in `timeZone` at `instant`. */
function localDate(instant: Date, timeZone: string): Date {
  const local = wallClock(instant, timeZone);
  return new Date(local - (local % DAY));
}

/** The instant at which clocks in `timeZone` show `minutes` after midnight of `date`; where they skip that time, the moment after. */
function instantOf(date: Date, minutes: number, timeZone: string): Date {
  const wanted = date.getTime() + minutes * MINUTE;
  // The zone's offset at the first guess may be that of the other side of a change; the second guess has the right one.
  let instant = wanted;
  for (let guess = 0; guess < 2; guess += 1) instant += wanted - wallClock(new Date(instant), timeZone);
  return new Date(instant);
}

/** What clocks in `timeZone` show at `instant`, as if it were UTC, in milliseconds. */
function wallClock(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'), value('second'));
}
