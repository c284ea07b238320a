// Starts on the nights when clocks change: at a time that is shown twice, Kubernetes starts a job twice, and at one that is
// skipped, not at all. Windows are laid out around what is skipped; a schedule is the team's own.

import { type CronLine, readCron } from '../config/cron';
import type { Fleet } from '../config/schema';
import { printDate, printTimeOfDay } from '../config/time';
import { type ClockChange, changesOf } from '../config/zone';
import type { Timing } from './timing';

const MINUTE = 60_000;

/**
 * Warnings of the next night, at or after `now`, on which starts of a fleet come twice or, of a schedule that picks its hours,
 * not at all: one line of each kind, however many groups. None for a zone that leaves its clocks alone.
 */
export function doubledStarts(
  name: string,
  { window, schedule }: Fleet,
  timings: readonly Partial<Timing>[],
  now: Date,
): string[] {
  if (window) {
    const next = nextMet('doubled', linesOf(timings), window.timeZone, now);
    if (next === undefined) return [];
    const [who, they] = next.starts === 1 ? ['1 CronJob starts', 'it'] : [`${next.starts} CronJobs start`, 'they'];
    return [
      `fleets.${name}.window: ${who} ${stretch(next.change, window.timeZone)}: ${they} may run twice that night; open the window earlier or later, or keep jobs idempotent`,
    ];
  }
  if (schedule === undefined || timings.length === 0) return [];
  const lines = linesOf([{ schedule: schedule.cron }]);
  // The next hour makes up for a skipped one, and the hour before for one that comes twice.
  if (lines.every(({ line }) => line.isHourly)) return [];
  const ends = {
    skipped: 'not run that night; choose',
    doubled: 'run twice that night; keep jobs idempotent, or choose',
  };
  return (['skipped', 'doubled'] as const).flatMap((kind) => {
    const next = nextMet(kind, lines, schedule.timeZone, now);
    if (next === undefined) return [];
    const place = stretch(next.change, schedule.timeZone);
    return [`fleets.${name}.schedule.cron: "${schedule.cron}" starts ${place}: it may ${ends[kind]} another hour`];
  });
}

/** `between 01:00 and 02:00, which clocks in America/New_York show twice on 2026-11-01`. */
function stretch({ kind, from, to }: ClockChange, timeZone: string): string {
  const [first, end] = [from, to].map((wall) => printTimeOfDay(wall / MINUTE));
  return `between ${first} and ${end}, which clocks in ${timeZone} ${kind === 'skipped' ? 'skip' : 'show twice'} on ${printDate(from)}`;
}

/** The first change from `now` on that meets a start, and how many it meets. */
function nextMet(kind: ClockChange['kind'], lines: readonly Counted[], timeZone: string, now: Date) {
  for (const change of changesOf(timeZone)) {
    if (change.kind !== kind || change.at < now.getTime()) continue;
    const starts = lines.reduce((sum, { line, count }) => sum + (startsWithin(line, change) ? count : 0), 0);
    if (starts > 0) return { change, starts };
  }
  return undefined;
}

function startsWithin(line: CronLine, { from, to }: ClockChange): boolean {
  for (let wall = from; wall < to; wall += MINUTE) if (line.startsAt(wall)) return true;
  return false;
}

/** A cron line, and how many have it. */
interface Counted {
  line: CronLine;
  count: number;
}

function linesOf(timings: readonly Partial<Timing>[]): Counted[] {
  const counts = new Map<string, number>();
  for (const { schedule } of timings) if (schedule !== undefined) counts.set(schedule, (counts.get(schedule) ?? 0) + 1);
  return [...counts].map(([schedule, count]) => ({ line: readCron(schedule), count }));
}
