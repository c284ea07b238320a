// When nobody should push manifests: shortly before a window opens, and while it is open. The clock is always an argument.

import { parseDays } from './cron';
import type { Window } from './schema';
import { instantOf, localDate } from './zone';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A push takes a while to reach the cluster: the tool looks, applies, and tries again after a failure. */
const LEAD_MINUTES = 30;
/** `days` repeat after a week; the day before may still be open, and the day after be near. */
const OFFSETS = Array.from({ length: 11 }, (_, index) => index - 2);

/** Why nobody pushes now. */
export interface PushBrake {
  /** The fleet whose window it is: of several, the one that closes last. */
  fleet: string;
  opens: Date;
  closes: Date;
  /** From when on anybody may push; undefined when windows leave no time for it within a week. */
  from: Date | undefined;
}

interface Night {
  fleet: string;
  opens: Date;
  closes: Date;
}

/** What keeps anybody from pushing at `now`, from 30 minutes before a window opens until it closes; undefined for nothing. */
export function pushBrake(windows: readonly { fleet: string; window: Window }[], now: Date): PushBrake | undefined {
  const nights = windows.flatMap(({ fleet, window }) => nightsAround(fleet, window, now));
  const held = lastToClose(nights, now);
  if (held === undefined) return undefined;
  return { ...held, from: freeFrom(nights, held.closes, now) };
}

/** The first moment from `since` on that no night holds. */
function freeFrom(nights: readonly Night[], since: Date, now: Date): Date | undefined {
  let from = since;
  for (let held = lastToClose(nights, from); held !== undefined; held = lastToClose(nights, from)) {
    from = held.closes;
    if (from.getTime() > now.getTime() + 7 * DAY) return undefined;
  }
  return from;
}

/** Of the nights that hold at `instant`, the one that closes last. */
function lastToClose(nights: readonly Night[], instant: Date): Night | undefined {
  return nights
    .filter(({ opens, closes }) => opens.getTime() - LEAD_MINUTES * MINUTE <= instant.getTime() && instant < closes)
    .sort((a, b) => b.closes.getTime() - a.closes.getTime())[0];
}

function nightsAround(fleet: string, window: Window, now: Date): Night[] {
  const { opensAt, minutes, timeZone } = window;
  const days = new Set(parseDays(window.days));
  const start = localDate(now, timeZone);
  return OFFSETS.map((offset) => new Date(start.getTime() + offset * DAY))
    .filter((date) => days.has(date.getUTCDay()))
    .map((date) => ({
      fleet,
      opens: instantOf(date, opensAt, timeZone, 'first'),
      closes: instantOf(date, opensAt + minutes, timeZone, 'last'),
    }));
}
