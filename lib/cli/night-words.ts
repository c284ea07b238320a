// The words in which a night is told: by `wait`, and by `status`.

import type { Night } from '../config/nights';
import type { Window } from '../config/schema';
import { printDate, printTimeOfDay } from '../config/time';
import { wallClock } from '../config/zone';
import type { GroupOutcome, GroupState } from '../runs/outcome';
import { number, visible } from '../text';

/** In the order of how much they matter to whoever looks. */
export const STATES: Record<GroupState, string> = {
  failed: 'failed',
  missed: 'missed',
  missing: 'without a CronJob',
  'other-rows': 'ran over other rows',
  forgotten: 'no longer known',
  suspended: 'suspended',
  new: 'new, first run next night',
  running: 'running',
  waiting: 'to start',
  done: 'done',
};
/** Groups named in a message; the rest is counted. */
const MOST_NAMED = 20;

/** `8 of 11 done, 2 running, 1 to start` */
export function countsOf(outcomes: readonly GroupOutcome[]): string {
  const count = (state: GroupState) => outcomes.filter((outcome) => outcome.state === state).length;
  const others = (Object.keys(STATES) as GroupState[]).filter((state) => state !== 'done' && count(state) > 0);
  const done = `${number(count('done'))} of ${number(outcomes.length)} done`;
  return [done, ...others.map((state) => `${number(count(state))} ${STATES[state]}`)].join(', ');
}

/** `catalog-0007 failed: DeadlineExceeded: …`, those in trouble, one a line. */
export function troubleLines(outcomes: readonly GroupOutcome[]): string[] {
  const inTrouble = outcomes.filter(({ state }) => !['done', 'running', 'waiting'].includes(state));
  const lines = inTrouble.slice(0, MOST_NAMED).map(({ group, state, run, note }) => {
    const job = run && state === 'failed' ? ` (job ${run.job})` : '';
    return `  ${group.name} ${STATES[state]}${job}${note ? `: ${visible(note)}` : ''}`;
  });
  const rest = inTrouble.length - lines.length;
  return rest > 0 ? [...lines, `  … and ${number(rest)} more`] : lines;
}

/** `2026-11-20 00:00 to 05:00 Asia/Seoul` */
export function nightText({ opens }: Night, { opensAt, minutes, timeZone }: Window): string {
  const date = printDate(wallClock(opens.getTime(), timeZone));
  return `${date} ${printTimeOfDay(opensAt)} to ${printTimeOfDay(opensAt + minutes)} ${timeZone}`;
}

/** `4 h 12 min`, `12 min`; nothing is less than a minute. */
export function durationText(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 60) return minutes < 1 ? 'less than a minute' : `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} days`;
}
