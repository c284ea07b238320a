// When a group starts and how long it may take. A group's slot alone decides: were the number of groups part of it, growth
// would move schedules, and Kubernetes starts a job at once whose schedule moved behind now.

import { backoffSeconds } from '../config/backoff';
import { parseDays } from '../config/cron';
import type { Fleet, Schedule, Window } from '../config/schema';
import { fits, STARTING_DEADLINE_MINUTES, startOf, type Work } from './fit';
import { type Night, nightOf } from './night';
import { windowTooShort } from './too-short';

const DAY = 24 * 60;

/** A group as far as its time goes. */
export interface Placed {
  slot: number;
  /** As many as it has; without it, a full group. */
  rows?: number;
}

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

/**
 * Times of each group: by its window, its schedule, or none when it runs once.
 * @throws UserError `window-too-short`, once for all groups, with the arithmetic and what would make them fit
 */
export function timesOf(name: string, fleet: Fleet, groups: readonly Placed[]): Partial<Timing>[] {
  const { window, schedule } = fleet;
  if (window === undefined) {
    const timing = schedule ? scheduleTiming(schedule) : onceTiming(fleet.deadlineMinutes);
    return groups.map(() => timing);
  }
  const slots = groups.reduce((highest, { slot }) => Math.max(highest, slot + 1), 0);
  const work = { window, retries: fleet.job.retries, slots, isFolded: false };
  const night = nightThatFits(name, fleet, work, groups);
  return groups.map(({ slot }) => timingAt(startOf(window, slot), window, night, fleet.job.retries));
}

/**
 * Times of one Indexed Job in place of `groups` CronJobs: from the night's first minute on, for as long as it lasts. With
 * `concurrency` it has to hold all waves, one after the other.
 * @throws UserError `window-too-short`
 */
export function foldedTiming(name: string, fleet: Fleet, groups: readonly Placed[]): Timing {
  const { window, schedule } = fleet;
  if (window === undefined) return scheduleTiming(schedule as Schedule);
  const slots = groups.length;
  const night = nightThatFits(name, fleet, { window, retries: fleet.job.retries, slots, isFolded: true }, groups);
  const waves = window.concurrency === undefined ? 1 : Math.max(1, Math.ceil(slots / window.concurrency));
  return timingAt(0, window, night, fleet.job.retries, waves);
}

/**
 * Times of what opens with the window and waits until it closes, and `extraMinutes` more: even on the longest night. It may begin
 * until the night is half over, since whoever waits is in no hurry.
 */
export function waitTiming(window: Window, extraMinutes: number): Timing {
  const night = nightOf(window);
  const late = Math.max(STARTING_DEADLINE_MINUTES, Math.floor(night.usable.length / 2));
  return { ...startAt(0, window, night), ...deadlines(late, night.longestMinutes + extraMinutes) };
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
    ...deadlines(STARTING_DEADLINE_MINUTES, schedule.deadlineMinutes),
  };
}

function nightThatFits(name: string, { groups }: Fleet, work: Work, placed: readonly Placed[]): Night {
  const night = nightOf(work.window);
  if (work.slots === 0 || fits(work, night)) return night;
  if (groups.by !== 'keyRange') throw windowTooShort(name, work);
  throw windowTooShort(name, work, {
    capacity: groups.capacity,
    rows: placed.map(({ rows }) => rows ?? groups.capacity),
  });
}

/** A start so late as it may be, with a run so long as it may be, ends when the shortest night does. */
function timingAt(start: number, window: Window, night: Night, retries: number, waves = 1): Timing {
  const left = night.usable.length - start;
  const late = startingDeadline(left, window, retries, waves);
  return { ...startAt(start, window, night), ...deadlines(late, left - late) };
}

/** Minutes. What a job does not need is shared equally between starting late and running long, once it is known what it needs. */
function startingDeadline(left: number, window: Window, retries: number, waves: number): number {
  const { startingDeadlineMinutes: written, jobMinutes } = window;
  if (written !== undefined) return written;
  if (jobMinutes === undefined) return STARTING_DEADLINE_MINUTES;
  const slackSeconds = (left - waves * jobMinutes) * 60 - backoffSeconds(retries);
  return Math.max(STARTING_DEADLINE_MINUTES, Math.floor(slackSeconds / 2 / 60));
}

function deadlines(lateMinutes: number, runMinutes: number) {
  return { startingDeadlineSeconds: lateMinutes * 60, activeDeadlineSeconds: runMinutes * 60 };
}

/** The cron line of a start so many minutes into the night. */
function startAt(start: number, { opensAt, timeZone, days }: Window, { usable }: Night) {
  const minute = opensAt + (usable[start] ?? 0);
  const schedule = `${minute % 60} ${Math.floor(minute / 60) % 24} * * ${shiftedDays(days, minute >= DAY ? 1 : 0)}`;
  return { schedule, timeZone };
}

/** When a cron line of the window's starts, in minutes after it opens. */
export function minutesAfterOpening(schedule: string, { opensAt }: Pick<Window, 'opensAt'>): number {
  const [minute, hour] = schedule.split(' ').map(Number) as [number, number];
  return (hour * 60 + minute - opensAt + DAY) % DAY;
}

/** `days` name the day on which the window opens; what starts on the other side of midnight starts a day later, or earlier. */
export function shiftedDays(days: string, by: 1 | 0 | -1): string {
  if (by === 0 || days === '*') return days;
  const numbers = parseDays(days) as number[];
  return numbers.length === 7
    ? '*'
    : numbers
        .map((day) => (day + by + 7) % 7)
        .sort()
        .join(',');
}
