// The shapes that a fleet's night can have. Their times are the plan's own: lib/plan is asked, as synth does.

import type { Fleet, Window } from '../lib/config/schema';
import { UserError } from '../lib/errors';
import { fits } from '../lib/plan/fit';
import { foldedTiming, minutesAfterOpening, scheduleTiming, type Timing, timesOf } from '../lib/plan/timing';
import type { Start } from './cron-jobs';
import type { Settings } from './settings';

export const SHAPES = ['minute', 'spread', 'waves', 'fold', 'queue', 'pool'] as const;
export type ShapeName = (typeof SHAPES)[number];

export const SHAPE_WORDS: Record<ShapeName, string> = {
  minute: 'a CronJob for each group, all at one minute (`schedule`)',
  spread: 'a CronJob for each group, `startsPerMinute` of them in each minute (`window`)',
  waves: 'a CronJob for each group, as many at once as fit (`concurrency`, `jobMinutes`)',
  fold: 'one CronJob with an Indexed Job (`fold`, `concurrency`)',
  queue: 'as spread, each Job admitted by Kueue when there is room (`queue`)',
  pool: 'one Job whose workers take the next group from a queue; not in cronfleet',
};

/** A CronJob's times, in seconds after the window opens. */
export interface Times extends Start {
  activeDeadline: number;
}

/** What is laid out: a time for each CronJob, and how many run at once where something keeps to that. */
export interface Layout {
  times: Times[];
  parallelism: number;
}

/** As in lib/config/window.ts; a fleet's config cannot ask for more. */
const MOST_STARTS_PER_MINUTE = 1_000;
const MOST_CONCURRENCY = 10_000;
const STARTS_PER_MINUTE = 30;
/** Of a `schedule`'s runs, so that they end with the window: it has no other way to. */
const STARTING_DEADLINE_MINUTES = 10;

/** @returns undefined when synth refuses the fleet, since it cannot be done in its window */
export function layoutOf(shape: ShapeName, groups: number, settings: Settings): Layout | undefined {
  const parallelism = Math.min(groups, settings.slots, MOST_CONCURRENCY);
  try {
    const times = timingsOf(shape, groups, parallelism, settings).map(timesIn);
    return { times, parallelism };
  } catch (error) {
    if (error instanceof UserError && error.code === 'window-too-short') return undefined;
    throw error;
  }
}

function timingsOf(shape: ShapeName, groups: number, parallelism: number, settings: Settings): Timing[] {
  const jobMinutes = Math.max(1, Math.ceil(settings.minutes));
  const waves = { concurrency: parallelism, jobMinutes };
  switch (shape) {
    case 'minute': {
      const deadlineMinutes = Math.max(1, settings.window - STARTING_DEADLINE_MINUTES);
      return new Array(groups).fill(scheduleTiming({ cron: '0 0 * * *', timeZone: 'Etc/UTC', deadlineMinutes }));
    }
    case 'spread':
    case 'queue':
      return ofWindow({ startsPerMinute: startsPerMinute(groups, settings) });
    case 'waves':
      return ofWindow(waves);
    case 'fold':
      return [foldedTiming('night', fleetOf(windowOf(settings, waves), settings), slotsOf(groups))];
    case 'pool':
      return [foldedTiming('night', fleetOf(windowOf(settings), settings), slotsOf(groups))];
  }

  function ofWindow(more: Partial<Window>): Timing[] {
    return timesOf('night', fleetOf(windowOf(settings, more), settings), slotsOf(groups)) as Timing[];
  }
}

/** The default, or where the window is too short for it, the least that fits. */
export function startsPerMinute(groups: number, settings: Settings): number {
  for (let starts = STARTS_PER_MINUTE; starts < MOST_STARTS_PER_MINUTE; starts += 1) {
    const window = windowOf(settings, { startsPerMinute: starts });
    if (fits({ window, retries: settings.retries, slots: groups, isFolded: false })) return starts;
  }
  return MOST_STARTS_PER_MINUTE;
}

function windowOf({ window }: Settings, more: Partial<Window> = {}): Window {
  return { opensAt: 0, minutes: window, timeZone: 'Etc/UTC', days: '*', startsPerMinute: STARTS_PER_MINUTE, ...more };
}

/** As much of a fleet as its times depend on. */
function fleetOf(window: Window, { retries }: Settings): Fleet {
  return { window, job: { retries }, groups: { by: 'column' } } as unknown as Fleet;
}

function slotsOf(groups: number) {
  return Array.from({ length: groups }, (_, slot) => ({ slot }));
}

function timesIn({ schedule, startingDeadlineSeconds, activeDeadlineSeconds }: Timing): Times {
  return {
    at: minutesAfterOpening(schedule, { opensAt: 0 }) * 60,
    startingDeadline: startingDeadlineSeconds,
    activeDeadline: activeDeadlineSeconds,
  };
}
