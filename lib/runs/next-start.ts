// When a cron line starts something next, as the CronJob controller reckons it.

import { readCron } from '../config/cron';
import { instantOf, localDate } from '../config/zone';

const DAY_MINUTES = 24 * 60;
const DAY = DAY_MINUTES * 60_000;
/** A line that names the 29th of February comes every fourth year; who looks is told nothing then. */
const LONGEST_LOOK_DAYS = 366;

/** The first start after `now`; undefined when none comes within a year. Where clocks skip a start, it is when they do. */
export function nextStart(schedule: string, timeZone: string, now: Date): Date | undefined {
  const line = readCron(schedule);
  const today = localDate(now, timeZone).getTime();
  for (let day = 0; day <= LONGEST_LOOK_DAYS; day += 1) {
    const date = new Date(today + day * DAY);
    for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
      if (!line.startsAt(date.getTime() + minute * 60_000)) continue;
      const start = instantOf(date, minute, timeZone, 'first');
      if (start > now) return start;
    }
  }
  return undefined;
}
