// Nights as an aligned table for people.

import { number } from '../lib/text';
import type { Night, Refused } from './night';

const HEAD = [
  ...['groups', 'shape', 'CronJobs', 'Jobs late p50', 'p99', 'last', 'last began', 'last end'],
  ...['done', 'late', 'failed', 'deadline', 'missed', 'writes', 'objects'],
];
/** Words, which begin where their column does; numbers end there. */
const WORDS = 1;

/** A line for each night below a line of headings; what they mean is in docs/scale.md. */
export function tableLines(nights: readonly (Night | Refused)[]): string[] {
  const rows = [HEAD, ...nights.map(cellsOf)];
  const whole = rows.filter(({ length }) => length === HEAD.length);
  const widths = HEAD.map((_, at) => Math.max(...whole.map((row) => (row[at] as string).length)));
  return rows.map((row) => row.map((cell, at) => padded(cell, at, widths[at] as number)).join('  '));
}

function padded(cell: string, at: number, width: number): string {
  return at === WORDS ? cell.padEnd(width) : cell.padStart(width);
}

function cellsOf(night: Night | Refused): string[] {
  const subject = [number(night.groups), night.shape];
  if ('refused' in night) return [...subject, 'refused by synth: it cannot be done in the window'];
  const { skew, outcomes } = night;
  return [
    ...subject,
    number(night.cronJobs),
    ...[skew?.p50, skew?.p99, skew?.last, night.lastBegan, night.lastEnd].map(duration),
    ...[outcomes.done, outcomes.late, outcomes.failed, outcomes.deadline, outcomes.missed].map(number),
    ...[night.writes, night.objects].map(number),
  ];
}

/** `0.1 s`, `9.9 min`, `6.9 h`; `-` for what never was. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return '-';
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  return seconds < 99.95 * 60 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
