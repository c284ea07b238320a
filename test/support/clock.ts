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

/** One of each: every zone that changes its clocks in 2026, but for those that are always as another is. */
export function changingClocks(): Clock[] {
  const seen = new Set<string>();
  return Intl.supportedValuesOf('timeZone').flatMap((timeZone) => {
    const offset = offsetsOf(timeZone);
    const everyDay = Array.from({ length: 366 }, (_, day) => offset(Date.UTC(2026, 0, 1 + day))).join();
    if (new Set(everyDay.split(',')).size === 1 || seen.has(everyDay)) return [];
    seen.add(everyDay);
    return clockOf(timeZone, 2026, 2026);
  });
}

function offsetsOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (instant) => {
    const shown = (format.format(instant).match(/\d+/g) ?? []).map(Number);
    const [day, month, year, hour, minute] = shown as [number, number, number, number, number];
    return Date.UTC(year, month - 1, day, hour, minute) - instant;
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

/** A night of `window`, as it passes. */
export interface SeenNight {
  /** Every instant at which it is open. */
  open: Set<number>;
  /** A minute after clocks show its last minute for the last time. */
  closes: number;
}

/** The nights on which the window opens. */
export function seenNights(nights: Nights, window: NightWindow): SeenNight[] {
  return openDates(nights, window).map((date) => {
    const instants = Array.from({ length: window.minutes }, (_, minute) => {
      return nights.instants.get(date + (window.opensAt + minute) * MINUTE) ?? [];
    }).flat();
    return { open: new Set(instants), closes: Math.max(...instants) + MINUTE };
  });
}

function openDates({ dates }: Nights, { days }: NightWindow): number[] {
  return dates.filter((date) => days.includes(new Date(date).getUTCDay()));
}

/** Minutes of the window that every night shows, counted from its opening. */
export function shownEveryNight({ changed }: Clock, window: NightWindow): number[] {
  const skipped = new Set<number>();
  for (const nights of changed.filter(({ kind }) => kind === 'skipped')) {
    for (const date of openDates(nights, window)) {
      for (let minute = 0; minute < window.minutes; minute += 1)
        if (!nights.instants.has(date + (window.opensAt + minute) * MINUTE)) skipped.add(minute);
    }
  }
  return Array.from({ length: window.minutes }, (_, minute) => minute).filter((minute) => !skipped.has(minute));
}

/** Instants at which a line `minute hour * * weekdays` starts a job: on the dates, and on the one after, when the last night is still open. */
export function startsOf({ instants, dates }: Nights, line: string): number[] {
  const [minute, hour, , , field] = line.split(' ') as [string, string, string, string, string];
  const weekdays = weekdaysOf(field);
  return [...dates, (dates.at(-1) as number) + DAY]
    .filter((date) => weekdays.includes(new Date(date).getUTCDay()))
    .flatMap((date) => instants.get(date + (Number(hour) * 60 + Number(minute)) * MINUTE) ?? []);
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
