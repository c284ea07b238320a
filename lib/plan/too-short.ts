// The refusal of a window in which a fleet cannot finish: the arithmetic, and the least that would have to change.

import type { Window } from '../config/schema';
import { printDate, printTimeOfDay } from '../config/time';
import { MAX_CONCURRENCY, MAX_STARTS_PER_MINUTE } from '../config/window';
import { UserError } from '../errors';
import { number } from '../text';
import { fits, secondsOf, sumOf, type Work, wavesOf } from './fit';
import { nightOf } from './night';
import { describeWindow } from './window-in-words';

const MINUTE = 60_000;
/** In minutes. */
const DAY = 24 * 60;

/** One change of the config that would make the work fit. */
interface WayOut {
  /** As it is written in the fleet: `window.concurrency: 3`. */
  text: string;
  /** How much of the present value changes: 1 is all of it, or as much again. */
  share: number;
}

/** Groups that could be made smaller. */
interface Divisible {
  /** Rows of a full group. */
  capacity: number;
  /** Rows of each. */
  rows: readonly number[];
}

/** @returns `window-too-short`, for work that does not fit */
export function windowTooShort(name: string, work: Work, divisible?: Divisible): UserError {
  const ways = waysOut(work, divisible);
  const least =
    ways.length === 1 ? 'this makes it fit:' : 'each of these alone makes it fit, the smallest change first:';
  const hint =
    ways.length === 0
      ? 'no other value of one key alone makes it fit: change several, or give the work to several fleets, each with a window of its own'
      : [least, ...ways.map((text) => `  ${text}`)].join('\n');
  return new UserError('window-too-short', `fleets.${name}.window: ${arithmetic(work)}`, { hint });
}

function arithmetic(work: Work): string {
  const { window, slots, retries, isFolded } = work;
  const sum = sumOf(work);
  const waves = wavesOf(work);
  const starts =
    waves === undefined ? `the last starts, ${window.startsPerMinute} a minute` : `the last of ${waves} waves starts`;
  const job = window.jobMinutes === undefined ? 'to run at least' : 'for a job';
  const parts = [
    ...(sum.untilLastStart > 0 ? [`${sum.untilLastStart} min until ${starts}`] : []),
    `${sum.startingDeadline} min starting deadline`,
    `${sum.run} min ${isFolded && waves !== undefined ? `for ${count(waves, 'wave')}` : job}`,
    ...(retries > 0 ? [`${minutes(sum.backoffSeconds)} min back-off of ${count(retries, 'retry', 'retries')}`] : []),
  ];
  const who = slots === 1 ? 'not even one group can' : `${count(slots, 'group')} cannot`;
  return `${who} finish in ${describeWindow(window)}: ${parts.join(' + ')} = ${minutes(secondsOf(sum))} min, ${given(window)}`;
}

/** How much time there is, and what clocks take away of it. */
function given(window: Window): string {
  const { usable, shortenedBy } = nightOf(window);
  if (shortenedBy === undefined) return `and it has ${window.minutes} min`;
  const [from, to] = [shortenedBy.from, shortenedBy.to].map((wall) => printTimeOfDay(wall / MINUTE));
  return `and it has ${usable.length} of its ${window.minutes} min when clocks skip ${from} to ${to}, as on ${printDate(shortenedBy.from)}`;
}

/** What would make the work fit if it alone were changed, the smallest change first; of each key the least. */
function waysOut(work: Work, divisible: Divisible | undefined): string[] {
  const { window, retries } = work;
  const { concurrency, startsPerMinute, startingDeadlineMinutes } = window;
  const within = (keys: Partial<Window>) => fits({ ...work, window: { ...window, ...keys } });
  const ways = [
    concurrency === undefined
      ? nearest('window.startsPerMinute', startsPerMinute, MAX_STARTS_PER_MINUTE, (value) =>
          within({ startsPerMinute: value }),
        )
      : nearest('window.concurrency', concurrency, MAX_CONCURRENCY, (value) => within({ concurrency: value })),
    nearest(
      'window.closes',
      window.minutes,
      DAY,
      (length) => within({ minutes: length }),
      (length) => closesText(window.opensAt + length),
    ),
    smallerCapacity(work, divisible),
    nearest('job.retries', retries, 0, (value) => fits({ ...work, retries: value })),
    startingDeadlineMinutes === undefined
      ? undefined
      : nearest('window.startingDeadlineMinutes', startingDeadlineMinutes, 1, (value) =>
          within({ startingDeadlineMinutes: value }),
        ),
  ];
  return ways
    .filter((way) => way !== undefined)
    .sort((a, b) => a.share - b.share)
    .map(({ text }) => text);
}

/** The value nearest to `now`, on the way to `limit`, that fits; on that way, what fits goes on fitting. */
function nearest(
  key: string,
  now: number,
  limit: number,
  isEnough: (value: number) => boolean,
  print: (value: number) => string = String,
): WayOut | undefined {
  if (!isEnough(limit)) return undefined;
  let [tooNear, enough] = [now, limit];
  while (Math.abs(enough - tooNear) > 1) {
    const middle = Math.trunc((tooNear + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooNear = middle;
  }
  return { text: `${key}: ${print(enough)}`, share: Math.abs(enough - now) / now };
}

/**
 * The largest smaller capacity that fits, if a group takes minutes in proportion to its rows, rounded up. Every group above it is cut in
 * place, so that its pieces are counted one by one; free slots stay. Of all capacities that take the same minutes, the largest has the fewest groups.
 */
function smallerCapacity(work: Work, divisible: Divisible | undefined): WayOut | undefined {
  const { window, slots } = work;
  if (divisible === undefined || window.jobMinutes === undefined) return undefined;
  const { capacity } = divisible;
  const free = slots - divisible.rows.length;
  for (let jobMinutes = window.jobMinutes - 1; jobMinutes > 0; jobMinutes -= 1) {
    const rows = Math.floor((capacity * jobMinutes) / window.jobMinutes);
    if (rows === 0) return undefined;
    const groups = divisible.rows.reduce((sum, had) => sum + Math.max(1, Math.ceil(had / rows)), 0);
    if (!fits({ ...work, slots: groups + Math.max(0, free), window: { ...window, jobMinutes } })) continue;
    const model = `${count(groups, 'group')}, if a job takes time in proportion to its rows`;
    const text = `groups.capacity: ${rows} with window.jobMinutes: ${jobMinutes} (${model})`;
    return { text, share: (capacity - rows) / capacity };
  }
  return undefined;
}

/** As `closes` is written, so that it cannot be mistaken for a time before `opens`. */
function closesText(minutesOfDay: number): string {
  return `'${printTimeOfDay(minutesOfDay)}${minutesOfDay >= DAY ? ' next day' : ''}'`;
}

/** Minutes of seconds, to a tenth. */
function minutes(seconds: number): string {
  return String(+(seconds / 60).toFixed(1));
}

function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
