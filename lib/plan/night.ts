// The night that starts are laid out on. A window is the same on the wall clock every night, and not always the same by a stopwatch:
// when clocks are put forward, some of its minutes are never shown, and when they are put back, some are shown twice.

import { parseDays } from '../config/cron';
import type { Window } from '../config/schema';
import { type ClockChange, changesOf } from '../config/zone';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface Night {
  /**
   * The window's minutes that clocks show on every night it opens, counted from its opening, in order. So many minutes has the
   * shortest night; from the start at `usable[i]` until the window closes there are, on any night, at least `usable.length - i`.
   */
  usable: number[];
  /** A change of clocks that takes minutes away; undefined when every night has all. */
  shortenedBy: ClockChange | undefined;
  /** How long the longest night is. A closing that clocks show twice is meant the last time. */
  longestMinutes: number;
}

/** The night of a window: what all its nights have in common, on the days it opens and with the clock changes of its zone. */
export function nightOf(window: Window): Night {
  const met = changesOf(window.timeZone).flatMap((change) => nightsWith(change, window));
  const skips = met.filter(({ change }) => change.kind === 'skipped');
  const usable = Array.from({ length: window.minutes }, (_, minute) => minute).filter(
    (minute) => !skips.some(({ from, to }) => from <= minute && minute < to),
  );
  const doubled = met.filter(({ change }) => change.kind === 'doubled').map(({ from, to }) => to - from);
  return {
    usable,
    shortenedBy: skips.find(({ from, to }) => from < window.minutes && to > 0)?.change,
    longestMinutes: window.minutes + Math.max(0, ...doubled),
  };
}

/** The stretch of a change in minutes after opening, for each night that meets it, its very end included. */
function nightsWith(change: ClockChange, { opensAt, minutes, days }: Window) {
  const weekdays = new Set(parseDays(days));
  // A night that opened the day before may still be open.
  const first = change.from - (change.from % DAY) - DAY;
  const nights: { change: ClockChange; from: number; to: number }[] = [];
  for (let date = first; date < change.to; date += DAY) {
    const [from, to] = [change.from, change.to].map((wall) => (wall - date) / MINUTE - opensAt) as [number, number];
    if (weekdays.has(new Date(date).getUTCDay()) && from <= minutes && to > 0) nights.push({ change, from, to });
  }
  return nights;
}
