// When a fleet's window opens and closes, as instants. The clock is always an argument.

import { parseDays } from './cron';
import type { Schedule, Window } from './schema';
import { printDate } from './time';
import { instantOf, localDate, wallClock } from './zone';

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

/** One opening of a window. Where clocks show a time twice, it opens the first time and closes the last. */
export interface Night {
  opens: Date;
  closes: Date;
}

/** The window that is open at `now`; undefined while it is closed. */
export function openWindow(window: Window, now: Date): Night | undefined {
  return nightsAround(window, now).find(({ opens, closes }) => opens <= now && now < closes);
}

/** When the first window that opens at or after `since` closes. */
export function nextClosing(window: Window, since: Date): Date {
  const next = nightsAround(window, since).find(({ opens }) => opens >= since);
  if (next === undefined) throw new Error(`no window opens within a week on the days ${window.days}`);
  return next.closes;
}

/**
 * The nights of a window around an instant, in order: from those that may still be open, a window over midnight and a zone whose date is
 * behind allowed for, to a week ahead, in which `days` have repeated.
 */
export function nightsAround(window: Window, instant: Date): Night[] {
  const { opensAt, minutes, timeZone } = window;
  const days = new Set(parseDays(window.days));
  const start = localDate(instant, timeZone);
  return Array.from({ length: 11 }, (_, index) => new Date(start.getTime() + (index - 2) * DAY))
    .filter((date) => days.has(date.getUTCDay()))
    .map((date) => ({
      opens: instantOf(date, opensAt, timeZone, 'first'),
      closes: instantOf(date, opensAt + minutes, timeZone, 'last'),
    }));
}

/** The night to speak of at `now`: the one that is open, else the last that has closed. */
export function currentNight(window: Window, now: Date): Night {
  const weekAgo = new Date(now.getTime() - 7 * DAY);
  const begun = [...nightsAround(window, weekAgo), ...nightsAround(window, now)].filter(({ opens }) => opens <= now);
  const last = begun.at(-1);
  if (last === undefined) throw new Error(`no window has opened within a week on the days ${window.days}`);
  return last;
}

/** The night that opens on a local date, `YYYY-MM-DD`; undefined when the window does not open then, or it is no date. */
export function nightOn(window: Window, date: string): Night | undefined {
  const midnight = new Date(`${date}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(midnight.getTime())) return undefined;
  return nightsAround(window, midnight).find(
    ({ opens }) => printDate(wallClock(opens.getTime(), window.timeZone)) === date,
  );
}
