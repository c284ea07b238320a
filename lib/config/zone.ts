// What clocks show in a time zone, and when they are changed. Of a wall clock we speak as if it showed UTC, in milliseconds.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The changes that schedules are laid out for. Fixed years, since dist is a function of lock and config: were it the years
 * to come, a synth on New Year's Day could move a schedule. Later ones come by the same rules.
 */
const FIRST_YEAR = 2026;
const LAST_YEAR = 2037;
/** No zone changes its clocks twice within this; Morocco comes nearest, around Ramadan, with five weeks. */
const STEP = 7 * DAY;

/** Clocks are put forward, so that a stretch of time is never shown, or back, so that it is shown twice. */
export interface ClockChange {
  kind: 'skipped' | 'doubled';
  /** The instant at which it happens, in milliseconds. */
  at: number;
  /** The stretch on the wall clock; `to` is outside of it. */
  from: number;
  to: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const changes = new Map<string, readonly ClockChange[]>();

/** What clocks in `timeZone` show at `instant`. */
export function wallClock(instant: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'), value('second'));
}

/** Midnight UTC of the date it is in `timeZone` at `instant`. */
export function localDate(instant: Date, timeZone: string): Date {
  const local = wallClock(instant.getTime(), timeZone);
  return new Date(local - (local % DAY));
}

/**
 * The instant at which clocks in `timeZone` show `minutes` after midnight of `date`; where they show it twice, the first or the
 * last time; where they skip it, the moment they do.
 */
export function instantOf(date: Date, minutes: number, timeZone: string, which: 'first' | 'last'): Date {
  const wanted = date.getTime() + minutes * MINUTE;
  // A day away, whatever the zone, is on the one and on the other side of a change that matters.
  const [before, after] = [wanted - DAY, wanted + DAY].map((instant) => wanted - offsetAt(instant, timeZone)) as [
    number,
    number,
  ];
  const shown = [before, after].filter((instant) => wallClock(instant, timeZone) === wanted);
  return new Date((which === 'first' ? shown[0] : shown.at(-1)) ?? changeBetween(after, before, timeZone));
}

/** The clock changes of a zone from 2026 to 2037, in their order; none where clocks are left alone in these years. */
export function changesOf(timeZone: string): readonly ClockChange[] {
  const known = changes.get(timeZone);
  if (known) return known;
  const found: ClockChange[] = [];
  let before = offsetAt(Date.UTC(FIRST_YEAR, 0), timeZone);
  for (let start = Date.UTC(FIRST_YEAR, 0); start < Date.UTC(LAST_YEAR + 1, 0); start += STEP) {
    const after = offsetAt(start + STEP, timeZone);
    if (before === after) continue;
    const at = changeBetween(start, start + STEP, timeZone);
    const [from, to] = [at + Math.min(before, after), at + Math.max(before, after)];
    found.push({ kind: after > before ? 'skipped' : 'doubled', at, from, to });
    before = after;
  }
  changes.set(timeZone, found);
  return found;
}

/** The first whole minute after the change of clocks that there is between two instants. */
function changeBetween(start: number, end: number, timeZone: string): number {
  const before = offsetAt(start, timeZone);
  let [low, high] = [start / MINUTE, end / MINUTE];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * MINUTE, timeZone) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE;
}

function offsetAt(instant: number, timeZone: string): number {
  return wallClock(instant, timeZone) - instant;
}

/** Kept, since making one takes longer than all that is asked of it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  // 31/12/2026, 23:59:59. Asked for by its parts, the first of a process would take 20 ms in place of 11.
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  });
  // In another English, years have two digits.
  if (made.resolvedOptions().locale !== 'en-GB') throw new Error('this Node.js has no en-GB: use one with all of ICU');
  formats.set(timeZone, made);
  return made;
}
