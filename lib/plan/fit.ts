// What a night must hold, in numbers. Whether it does is told here once: who lays starts out, who refuses and who looks for a
// way out ask the same question.

import { backoffSeconds, SHORTEST_RUN_SECONDS } from '../config/backoff';
import type { Window } from '../config/schema';
import { type Night, nightOf } from './night';

/** How late a start may be, unless the config says otherwise: the controller may be down for a while, and below 10 s Kubernetes may never start. */
export const STARTING_DEADLINE_MINUTES = 10;

/** The work of one night. */
export interface Work {
  window: Window;
  retries: number;
  /** Every slot from 0 up to the highest in use: a free one in between is taken by the next group. */
  slots: number;
  /** True when one Indexed Job does it all, from the beginning of the night. */
  isFolded: boolean;
}

/** Minutes of the night, but for the back-off. */
export interface Sum {
  untilLastStart: number;
  run: number;
  startingDeadline: number;
  backoffSeconds: number;
}

/** Waves that follow each other; undefined when starts are spread. */
export function wavesOf({ window: { concurrency }, slots }: Pick<Work, 'window' | 'slots'>): number | undefined {
  return concurrency === undefined ? undefined : Math.ceil(slots / concurrency);
}

/** Minutes of the night until `slot` starts. The slot alone decides, so that growth moves no start. */
export function startOf({ concurrency, jobMinutes = 0, startsPerMinute }: Window, slot: number): number {
  return concurrency === undefined ? Math.floor(slot / startsPerMinute) : Math.floor(slot / concurrency) * jobMinutes;
}

/** What the work adds up to until the last run is over, each as late and as long as it may have to be. */
export function sumOf(work: Work): Sum {
  const { window, retries, slots, isFolded } = work;
  const waves = wavesOf(work) ?? 1;
  return {
    untilLastStart: isFolded ? 0 : startOf(window, slots - 1),
    run: runMinutes(window) * (isFolded ? waves : 1),
    startingDeadline: window.startingDeadlineMinutes ?? STARTING_DEADLINE_MINUTES,
    backoffSeconds: backoffSeconds(retries),
  };
}

/** The sum's total in seconds. */
export function secondsOf({ untilLastStart, run, startingDeadline, backoffSeconds: backoff }: Sum): number {
  return (untilLastStart + startingDeadline + run) * 60 + backoff;
}

/** True when all of it is over at the minute the window closes, on its shortest night too. */
export function fits(work: Work, night: Night = nightOf(work.window)): boolean {
  return secondsOf(sumOf(work)) <= night.usable.length * 60;
}

function runMinutes({ jobMinutes }: Window): number {
  return jobMinutes ?? SHORTEST_RUN_SECONDS / 60;
}
