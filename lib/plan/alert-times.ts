// How long alerts wait. PromQL knows no time zones, so all of it counts from what a CronJob says of itself: when it was due,
// when it was made.

import { parseDays } from '../config/cron';
import { nightOf } from './night';
import { type FleetPlan, startsOf } from './plan';
import { minutesAfterOpening, type Timing } from './timing';

/** What alert rules count with. */
export interface AlertTimes {
  /** From the first start of a night until every run of it is over: the longest night of the window, or both deadlines of a schedule. */
  nightSeconds: number;
  /** From the first start of a night to the last, and a little more. */
  spreadSeconds: number;
  /** However a CronJob's age lies to the nights: once this old, it has had a whole one. */
  firstNightHours: number;
  /** How far to look back for a pause or a moved schedule. */
  lookbackHours: number;
}

const HOUR = 3_600;
/** Clocks may be set back in between. */
const SLACK_HOURS = 1;
/** A longer look reads more samples at each evaluation than it is worth. */
const LONGEST_LOOKBACK_HOURS = 8 * 24;

export function alertTimes(plan: FleetPlan, timing: Timing): AlertTimes {
  const { window } = plan;
  const nightSeconds = window
    ? nightOf(window).longestMinutes * 60
    : timing.startingDeadlineSeconds + timing.activeDeadlineSeconds;
  const starts = window ? startsOf(plan).map(({ schedule = '' }) => minutesAfterOpening(schedule, window)) : [0];
  // In whole hours, so that not every new wave is another rule.
  const spreadHours = Math.ceil((Math.max(...starts) - Math.min(...starts)) / 60);
  const spreadSeconds = (spreadHours + SLACK_HOURS) * HOUR;
  const gapDays = window ? longestGap(parseDays(window.days) as number[]) : longestGapOf(timing.schedule);
  const firstNightHours = gapDays * 24 + Math.ceil(nightSeconds / HOUR) + SLACK_HOURS;
  return {
    nightSeconds,
    spreadSeconds,
    firstNightHours,
    lookbackHours: Math.min(firstNightHours, LONGEST_LOOKBACK_HOURS),
  };
}

/** Days between two starts of a cron line, at most: by its weekdays where they alone narrow the date. */
function longestGapOf(cron: string): number {
  const [, , day, month, weekday] = cron.split(' ') as [string, string, string, string, string];
  const isAny = (field: string) => field === '*' || field === '?';
  if (!isAny(month)) return 366;
  // No day of the month is passed over by two months running.
  return isAny(day) ? longestGap(parseDays(weekday) as number[]) : 62;
}

/** `days` are sorted weekdays. */
function longestGap(days: readonly number[]): number {
  const first = days[0] as number;
  return Math.max(...days.map((day, index) => (days[index + 1] ?? first + 7) - day));
}
