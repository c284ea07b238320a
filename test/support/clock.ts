// Nights as a person with a stopwatch sees them, to hold the plan against: real minutes, and what clocks show at each. Nothing of
// lib is in it, only Intl.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** A few days of a zone. */
export interface Nights {
  /** What clocks show, as if it were UTC, and at which instants they do: none, one or two. */
  instants: Map<number, number[]>;
  /** Whole dates of it, as midnights UTC: none at the edges, where a night would be cut. */
  dates: number[];
  kind: 'ordinary' | 'skipped' | 'doubled';
}

export interface Clock {
  timeZone: string;
  ordinary: Nights;
  /** Around every change of clocks in the years asked for. */
  changed: Nights[];
}

export interface NightWindow {
  opensAt: number;
  minutes: number;
  /** Weekdays, 0 is Sunday. */
  days: readonly number[];
}

/** All there is to see of a zone's clocks in these years. */
export function clockOf(timeZone: string, firstYear: number, lastYear: number): Clock {
  const offset = offsetsOf(timeZone);
  const changed: Nights[] = [];
  for (let day = Date.UTC(firstYear, 0); day < Date.UTC(lastYear + 1, 0); day += DAY) {
    const turn = offset(day + DAY) - offset(day);
    if (turn !== 0) changed.push(nightsAround(day, offset, turn > 0 ? 'skipped' : 'doubled'));
  }
  return { timeZone, ordinary: nightsAround(Date.UTC(2026, 6, 15), offset, 'ordinary'), changed };
}

function offsetsOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (instant) => {
    const [day, month, year, ...time] = format.format(instant).match(/\d+/g)?.map(Number) as [number, number, number];
    return Date.UTC(year, month - 1, day, ...(time as [number])) - instant;
  };
}

function nightsAround(day: number, offset: (instant: number) => number, kind: Nights['kind']): Nights {
  const instants = new Map<number, number[]>();
  // Clocks change at quarters of an hour only.
  for (let quarter = day - 4 * DAY; quarter < day + 5 * DAY; quarter += 15 * MINUTE) {
    const shift = offset(quarter);
    for (let instant = quarter; instant < quarter + 15 * MINUTE; instant += MINUTE)
      instants.set(instant + shift, [...(instants.get(instant + shift) ?? []), instant]);
  }
  return { instants, dates: [-2, -1, 0, 1, 2].map((days) => day + days * DAY), kind };
}

/** Instants at which a night of `window` that opens on `date` shows its minutes, in the window's order; none where they are skipped. */
export function minutesOf({ instants }: Nights, { opensAt, minutes }: NightWindow, date: number): number[][] {
  return Array.from({ length: minutes }, (_, minute) => instants.get(date + (opensAt + minute) * MINUTE) ?? []);
}

/** Nights on which the window opens. */
export function openDates({ dates }: Nights, { days }: NightWindow): number[] {
  return dates.filter((date) => days.includes(new Date(date).getUTCDay()));
}

/** The instant at which that night is over: a minute after clocks show its last minute for the last time. */
export function closeOf(nights: Nights, window: NightWindow, date: number): number {
  return Math.max(...minutesOf(nights, window, date).flat()) + MINUTE;
}

/** Minutes of the window that every night shows, counted from its opening. */
export function shownEveryNight({ ordinary, changed }: Clock, window: NightWindow): number[] {
  const skipped = new Set<number>();
  for (const nights of [ordinary, ...changed]) {
    for (const date of openDates(nights, window)) {
      for (const [minute, instants] of minutesOf(nights, window, date).entries())
        if (instants.length === 0) skipped.add(minute);
    }
  }
  return Array.from({ length: window.minutes }, (_, minute) => minute).filter((minute) => !skipped.has(minute));
}

/** Instants at which a line `minute hour * * weekdays` starts a job on a date of the wall clock. */
export function startsOf({ instants }: Nights, line: string, date: number): number[] {
  const [minute, hour, , , weekdays] = line.split(' ') as [string, string, string, string, string];
  if (!weekdaysOf(weekdays).includes(new Date(date).getUTCDay())) return [];
  return instants.get(date + (Number(hour) * 60 + Number(minute)) * MINUTE) ?? [];
}

/** Of `*`, lists and ranges of numbers or names. */
export function weekdaysOf(field: string): number[] {
  const day = (text: string) => (/\d/.test(text) ? Number(text) : NAMES.indexOf(text));
  return field.split(',').flatMap((item) => {
    const [first, last] = item === '*' ? [0, 6] : item.split('-').map(day);
    return [0, 1, 2, 3, 4, 5, 6].filter(
      (number) => number >= (first as number) && number <= (last ?? (first as number)),
    );
  });
}
