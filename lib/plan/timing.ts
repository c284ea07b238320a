// When a group starts and how long it may take. A group's slot alone decides: were the number of groups part of it, growth
// would move schedules, and Kubernetes starts a job at once whose schedule moved behind now.

import { parseDays } from '../config/cron';
import type { Schedule, Window } from '../config/schema';
import { printTimeOfDay } from '../config/time';
import { UserError } from '../errors';

/** The times of one CronJob. */
export interface Timing {
  /** Five fields of cron. */
  schedule: string;
  timeZone: string;
  /** How late a start may be; later, the night is skipped. */
  startingDeadlineSeconds: number;
  /** How long a run may take, retries included, counted from its start. */
  activeDeadlineSeconds: number;
}

/** Pods that fail are tried again after 10 s, then twice as long each time, at most this long. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy */
const LONGEST_BACKOFF_SECONDS = 600;
/** A job that has less than this is not worth starting. */
const SHORTEST_RUN_SECONDS = 60;
/** How late a start may be outside a window: the controller may be down for a while, and below 10 s Kubernetes may never start. */
const SCHEDULE_STARTING_DEADLINE_SECONDS = 600;

/** Seconds Kubernetes waits between the tries of one night. */
export function backoffSeconds(retries: number): number {
  let sum = 0;
  for (let retry = 0; retry < retries; retry += 1) sum += Math.min(10 * 2 ** retry, LONGEST_BACKOFF_SECONDS);
  return sum;
}

/**
 * Times of the group in `slot`: start + starting deadline + active deadline is the minute the window closes.
 * @throws UserError `window-too-short` with the arithmetic, when the slot's start leaves no time for a run and its retries
 */
export function windowTiming(fleet: string, window: Window, slot: number, retries: number): Timing {
  const offset = Math.floor(slot / window.startsPerMinute);
  const startingDeadlineSeconds = window.startingDeadlineMinutes * 60;
  const activeDeadlineSeconds = (window.minutes - offset) * 60 - startingDeadlineSeconds;
  const needed = backoffSeconds(retries) + SHORTEST_RUN_SECONDS;
  if (activeDeadlineSeconds < needed) {
    const minutes = (seconds: number) => `${+(seconds / 60).toFixed(1)} min`;
    throw new UserError(
      'window-too-short',
      `fleets.${fleet}.window: ${window.minutes} min - ${offset} min until slot ${slot} starts (${window.startsPerMinute} starts a minute) - ${minutes(startingDeadlineSeconds)} starting deadline leave ${minutes(activeDeadlineSeconds)}; a run with ${retries} retries needs ${minutes(needed)}`,
      {
        hint: 'raise startsPerMinute or capacity, lower retries or startingDeadlineMinutes, or let the window close later',
      },
    );
  }
  const start = window.opensAt + offset;
  return {
    schedule: `${start % 60} ${Math.floor(start / 60) % 24} * * ${daysOf(window.days, start >= 1440)}`,
    timeZone: window.timeZone,
    startingDeadlineSeconds,
    activeDeadlineSeconds,
  };
}

/** Times of every Job of a fleet that runs once: it starts when it is applied, and without a deadline takes as long as it takes. */
export function onceTiming(deadlineMinutes: number | undefined): Pick<Partial<Timing>, 'activeDeadlineSeconds'> {
  return deadlineMinutes === undefined ? {} : { activeDeadlineSeconds: deadlineMinutes * 60 };
}

/** Times of every group of a fleet with a schedule of its own. */
export function scheduleTiming(schedule: Schedule): Timing {
  return {
    schedule: schedule.cron.trim().replace(/\s+/g, ' '),
    timeZone: schedule.timeZone,
    startingDeadlineSeconds: SCHEDULE_STARTING_DEADLINE_SECONDS,
    activeDeadlineSeconds: schedule.deadlineMinutes * 60,
  };
}

/** Times of what opens with the window and waits until it has closed, `extraMinutes` beyond that. */
export function waitTiming(window: Window, extraMinutes: number): Timing {
  return {
    ...windowTiming('', window, 0, 0),
    startingDeadlineSeconds: 600,
    activeDeadlineSeconds: (window.minutes + extraMinutes) * 60,
  };
}

/** `days` name the day on which the window opens; what starts after midnight starts on the day after. */
function daysOf(days: string, nextDay: boolean): string {
  if (!nextDay || days === '*') return days;
  const numbers = parseDays(days) as number[];
  return numbers.length === 7
    ? '*'
    : numbers
        .map((day) => (day + 1) % 7)
        .sort()
        .join(',');
}

/** The window as a person says it: `22:00 to 05:00 next day Asia/Seoul (7 h over midnight)`. */
export function describeWindow(window: Window): string {
  const closes = window.opensAt + window.minutes;
  const hours = `${+(window.minutes / 60).toFixed(2)} h`;
  const length = closes >= 1440 && closes !== 1440 ? `${hours} over midnight` : hours;
  const days = window.days === '*' ? '' : `, days ${window.days}`;
  return `${printTimeOfDay(window.opensAt)} to ${printTimeOfDay(closes)}${closes > 1440 ? ' next day' : ''} ${window.timeZone} (${length}${days})`;
}
