// When the controller of a fleet starts: so long before the window opens that it is over when it does.

import { parseDays } from '../config/cron';
import type { Controller, Fleet, Window } from '../config/schema';
import { printTimeOfDay } from '../config/time';
import { UserError } from '../errors';
import { STARTING_DEADLINE_MINUTES } from './fit';
import { nightOf } from './night';
import { shiftedDays, type Timing } from './timing';

const DAY = 24 * 60;
/** Fewer are no time to ask a store and to apply. */
const FEWEST_MINUTES = 10;

/** The controller of a fleet with the times of its CronJobs. */
export interface ControllerPlan extends Controller {
  /** Of `<fleet>-controller`. */
  timing: Timing;
  /** Of `<fleet>-assign`; undefined where assigning is no CronJob of its own. */
  assignTiming: Timing | undefined;
}

/** @throws UserError `window-too-short` when the window before is still open, or clocks are put forward in between */
export function planController(name: string, { controller, window }: Fleet): ControllerPlan | undefined {
  if (controller === undefined || window === undefined) return undefined;
  const { minutesBefore, assign } = controller;
  refuseOpenWindow(name, window, minutesBefore);
  const half = assign?.apart ? Math.floor(minutesBefore / 2) : minutesBefore;
  return {
    ...controller,
    timing: timingBefore(name, window, half, 0),
    assignTiming: assign?.apart ? timingBefore(name, window, minutesBefore, half) : undefined,
  };
}

/**
 * Starts `from` minutes before the window opens and has ended, however late it started, `until` minutes before: also on the night on
 * which clocks are put forward in between. Where they skip the very start, it does not start that night.
 */
function timingBefore(name: string, window: Window, from: number, until: number): Timing {
  const startsAt = (window.opensAt - from + DAY) % DAY;
  const days = shiftedDays(window.days, window.opensAt < from ? -1 : 0);
  const { usable } = nightOf({ ...window, opensAt: startsAt, minutes: from - until, days });
  const minutes = usable[0] === 0 ? usable.length : from - until;
  if (minutes < FEWEST_MINUTES) {
    throw tooShort(
      name,
      `${from} minutes before the window opens, at ${printTimeOfDay(startsAt)}, it would have ${minutes} minutes on the night on which clocks are put forward, and needs ${FEWEST_MINUTES}`,
      `minutesBefore: ${from + 60} starts it an hour earlier`,
    );
  }
  const late = Math.min(STARTING_DEADLINE_MINUTES, Math.floor(minutes / 2));
  return {
    schedule: `${startsAt % 60} ${Math.floor(startsAt / 60)} * * ${days}`,
    timeZone: window.timeZone,
    startingDeadlineSeconds: late * 60,
    activeDeadlineSeconds: (minutes - late) * 60,
  };
}

/** It applies nothing while a window is open, and that of the day before may be. */
function refuseOpenWindow(name: string, window: Window, minutesBefore: number): void {
  const days = new Set(parseDays(window.days));
  const hasNeighbours = [...days].some((day) => days.has((day + 1) % 7));
  const closed = DAY - nightOf(window).longestMinutes;
  if (!hasNeighbours || minutesBefore <= closed) return;
  throw tooShort(
    name,
    `${minutesBefore} minutes before the window opens, the window of the day before may still be open: between the two are ${Math.max(0, closed)} minutes`,
    closed >= 20 ? `minutesBefore: ${closed} or fewer` : 'a window that leaves at least 20 minutes of the day',
  );
}

function tooShort(name: string, message: string, hint: string): UserError {
  return new UserError('window-too-short', `fleets.${name}.controller: ${message}`, { hint });
}
