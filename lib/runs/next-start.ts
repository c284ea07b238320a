// When a cron line starts something next, as the CronJob controller reckons it.

import { type CronLine, readCron } from '../config/cron';
import { instantOf, localDate, wallClock } from '../config/zone';

const DAY_MINUTES = 24 * 60;
const DAY = DAY_MINUTES * 60_000;
/** A line that names the 29th of February comes every fourth year; who looks is told nothing then. */
const LONGEST_LOOK_DAYS = 366;

/** The first start after `now`; undefined when none comes within a year, or none can be known. */
export function nextStart(schedule: string, timeZone: string, now: Date): Date | undefined {
  const line = readCron(schedule);
  const today = localDate(now, timeZone).getTime();
  for (let day = 0; day <= LONGEST_LOOK_DAYS; day += 1) {
    const starts = startsOn(line, new Date(today + day * DAY), timeZone).filter((start) => start > now.getTime());
    if (starts.length > 0) return new Date(Math.min(...starts));
  }
  return undefined;
}

/** What clocks show twice starts twice, and what they skip does not start. */
function startsOn(line: CronLine, date: Date, timeZone: string): number[] {
  return Array.from({ length: DAY_MINUTES }, (_, minute) => minute).flatMap((minute) => {
    const wall = date.getTime() + minute * 60_000;
    if (!line.startsAt(wall)) return [];
    const instants = (['first', 'last'] as const).map((which) => instantOf(date, minute, timeZone, which).getTime());
    return instants.filter((instant) => wallClock(instant, timeZone) === wall);
  });
}
