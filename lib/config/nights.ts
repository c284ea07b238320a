// When a fleet's window opens and closes, as instants. The clock is always an argument.

import { parseDays } from './cron';
import type { Schedule, Window } from './schema';
import { instantOf, localDate } from './zone';

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

/** The window that is open at `now`; undefined while it is closed. */
export function openWindow(window: Window, now: Date): { opens: Date; closes: Date } | undefined {
  const days = new Set(parseDays(window.days));
  const start = localDate(now, window.timeZone);
  // It opened today, or yesterday where it is over midnight.
  for (const offset of [-1, 0]) {
    const date = new Date(start.getTime() + offset * DAY);
    const opens = instantOf(date, window.opensAt, window.timeZone, 'first');
    const closes = instantOf(date, window.opensAt + window.minutes, window.timeZone, 'last');
    if (days.has(date.getUTCDay()) && opens <= now && now < closes) return { opens, closes };
  }
  return undefined;
}

/** When the first window that opens at or after `since` closes; the last time, where clocks show the closing twice. */
export function nextClosing(window: Window, since: Date): Date {
  const days = new Set(parseDays(window.days));
  const start = localDate(since, window.timeZone);
  // The day before, since the zone's date may be behind; `days` repeat after a week.
  for (let offset = -1; offset <= 8; offset += 1) {
    const date = new Date(start.getTime() + offset * DAY);
    const opens = instantOf(date, window.opensAt, window.timeZone, 'first');
    if (days.has(date.getUTCDay()) && opens.getTime() >= since.getTime()) {
      return instantOf(date, window.opensAt + window.minutes, window.timeZone, 'last');
    }
  }
  throw new Error(`no window opens within a week on the days ${window.days}`);
}
