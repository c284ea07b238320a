// A fleet's status for people: the night in one line, where lock and cluster disagree, and a table with what needs eyes on top.

import { styleText } from 'node:util';
import type { Window } from '../config/schema';
import { printDate, printTimeOfDay } from '../config/time';
import { wallClock } from '../config/zone';
import { countStates, type FleetStatus, type GroupStatus } from '../runs/fleet-status';
import type { GroupState } from '../runs/outcome';
import { listed, number, visible, wrapped } from '../text';
import { durationText, nightText, STATES } from './night-words';

export interface StatusTextOptions {
  /** Columns of the terminal. */
  width: number;
  colour: boolean;
  /** Rows of the table; the rest is counted. */
  rows: number;
  now: Date;
}

type Colour = 'red' | 'yellow' | 'green' | 'cyan';

const COLOURS: Partial<Record<GroupState, Colour>> = {
  failed: 'red',
  missed: 'red',
  missing: 'red',
  'other-rows': 'yellow',
  forgotten: 'yellow',
  suspended: 'yellow',
  new: 'yellow',
  running: 'cyan',
  done: 'green',
};
const INDENT = '  ';
/** Characters of a message; the rest is in --json. */
const LONGEST_NOTE = 300;

/** @param window undefined for what has none */
export function statusLines(fleet: FleetStatus, window: Window | undefined, options: StatusTextOptions): string[] {
  const { groups, night, isOpen } = fleet;
  const counts = countStates(groups);
  const others = (Object.keys(STATES) as GroupState[]).filter((state) => state !== 'done' && counts[state]);
  const glance = [`${number(counts.done ?? 0)} of ${number(groups.length)} done`];
  for (const state of others) glance.push(`${number(counts[state] ?? 0)} ${STATES[state]}`);
  if (night && isOpen) glance.push(`${durationText(night.closes.getTime() - options.now.getTime())} left`);
  const when =
    night && window ? `, ${isOpen ? 'tonight' : 'the last night'} ${nightText(night, window)}` : ', last runs';
  return [
    `fleet ${fleet.name} in namespace ${fleet.namespace}${when}`,
    `${INDENT}${glance.join(', ')}`,
    ...disagreementLines(fleet).flatMap((line) => wrapped(line, options.width, INDENT)),
    ...table(fleet, window?.timeZone ?? 'UTC', options),
  ];
}

function disagreementLines({ disagreement: { missing, unknown, drifted, serial, lineage } }: FleetStatus): string[] {
  const fields = [...new Set(drifted.flatMap((object) => object.fields))];
  return [
    ...(lineage === undefined ? [] : [`the cluster has this fleet of another lock: lineage ${lineage}`]),
    ...(serial === undefined
      ? []
      : [
          `lock and cluster differ: the lock is of serial ${serial.lock}, what was applied ${serial.cluster === undefined ? 'has no group map' : `of ${serial.cluster}`}`,
        ]),
    ...(missing.length === 0 ? [] : [`not in the cluster: ${listed(missing)}`]),
    ...(unknown.length === 0 ? [] : [`not in the lock: ${listed(unknown)}`]),
    ...(drifted.length === 0
      ? []
      : [`not as dist has it: ${listed(drifted.map(({ name }) => name))} (${listed(fields)})`]),
  ].map((line) => `! ${line}`);
}

/** What needs eyes first: failures, then what runs longest, then what is to come. */
function table({ groups }: FleetStatus, timeZone: string, { width, colour, rows, now }: StatusTextOptions): string[] {
  const order = Object.keys(STATES) as GroupState[];
  const since = ({ runningSince }: GroupStatus) => runningSince?.getTime() ?? Number.MAX_SAFE_INTEGER;
  const sorted = [...groups].sort(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state) || since(a) - since(b) || (a.name < b.name ? -1 : 1),
  );
  const shown = sorted.slice(0, rows);
  const cells = shown.map((group) => [
    group.name,
    STATES[group.state],
    group.runningSince ? `for ${durationText(now.getTime() - group.runningSince.getTime())}` : '',
    shortTime(group.lastScheduled, timeZone, now),
    shortTime(group.lastSucceeded, timeZone, now),
    group.suspended ? 'paused' : shortTime(group.nextStart, timeZone, now),
  ]);
  const head = ['GROUP', 'STATE', 'RUNNING', 'LAST START', 'LAST DONE', 'NEXT'];
  // A column in which nothing stands is left out.
  const columns = head.map((_, at) => at).filter((at) => at < 2 || cells.some((row) => row[at] !== ''));
  const widths = columns.map((at) => Math.max(...[head, ...cells].map((row) => (row[at] as string).length)));
  const line = (row: readonly string[]) =>
    `${INDENT}${columns.map((at, index) => (row[at] as string).padEnd(widths[index] as number)).join('  ')}`.trimEnd();
  const rest = sorted.length - shown.length;
  return [
    line(head),
    ...shown.flatMap((group, at) => {
      const text = line(cells[at] as string[]);
      const paint = COLOURS[group.state];
      const painted =
        colour && paint
          ? text.replace(STATES[group.state], (state) => styleText(paint, state, { validateStream: false }))
          : text;
      return [painted, ...noteLines(group).flatMap((note) => wrapped(note, width, `${INDENT}${INDENT}`))];
    }),
    ...(rest > 0 ? [`${INDENT}… and ${number(rest)} more, ${restText(sorted.slice(rows))}; --all shows them`] : []),
  ];
}

function noteLines({ state, pod, note }: GroupStatus): string[] {
  if (state === 'done' && note === undefined) return [];
  const exit = pod?.exitCode === undefined ? '' : ` exit ${pod.exitCode}`;
  const ofPod = pod && [`${pod.container ?? 'pod'}:${exit} ${pod.reason}`, pod.message].filter(Boolean).join(', ');
  return [note, ofPod].flatMap((text) => (text ? [visible(text).slice(0, LONGEST_NOTE)] : []));
}

function restText(groups: readonly GroupStatus[]): string {
  return Object.entries(countStates(groups))
    .map(([state, count]) => `${number(count)} ${STATES[state as GroupState]}`)
    .join(', ');
}

/** `00:07` of today, else with its date: `11-20 00:07`. */
function shortTime(date: Date | undefined, timeZone: string, now: Date): string {
  if (date === undefined) return '';
  const [wall, today] = [date, now].map((each) => wallClock(each.getTime(), timeZone)) as [number, number];
  const time = printTimeOfDay(Math.floor(wall / 60_000) % 1440);
  return printDate(wall) === printDate(today) ? time : `${printDate(wall).slice(5)} ${time}`;
}
