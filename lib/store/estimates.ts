// What the planner guesses of how many rows a range has. Nothing rests on it: it chooses where to count.

import { KEY_TYPES, rangeCondition } from './key';
import type { Range } from './ranges';
import type { Row, Session } from './session';
import type { KeyColumn } from './table';

const ESTIMATES_AT_ONCE = 200;

/** One number for each range: good enough to choose where to count. */
export async function estimatesOf(
  session: Session,
  { relation, key, type }: KeyColumn,
  filter: string,
  ranges: readonly Range[],
): Promise<number[]> {
  const estimates: number[] = [];
  for (let start = 0; start < ranges.length; start += ESTIMATES_AT_ONCE) {
    const part = ranges.slice(start, start + ESTIMATES_AT_ONCE);
    // Bounds as literals: with parameters the planner would guess once for all.
    const branches = part.map(({ from, to }) => {
      const range = rangeCondition(key, type, from, to);
      return `SELECT 1 FROM ${relation} WHERE ${range ?? 'TRUE'} ${filter}`;
    });
    const rows = await session.query(`EXPLAIN (FORMAT JSON) ${branches.join(' UNION ALL ')}`);
    estimates.push(...planRows(rows[0], part.length));
  }
  return ESTIMATED_COARSELY.includes(KEY_TYPES[type] as string) ? smoothed(estimates) : estimates;
}

/**
 * Types whose values the planner cannot place within a bucket of its histogram, of which there are a hundred: a range that lies
 * inside one is guessed to have no rows, its neighbour to have all.
 */
const ESTIMATED_COARSELY = ['uuid', 'text'];

/** Of all rows, what a guess may err by where each end of a range may lie anywhere in its bucket. */
const BUCKET = 0.01;

/** Of more ranges, the error is half of one or more, and would hide one that has twice what it may. */
const MOST_SMOOTHED = 50;

/** Of all ranges, how many are averaged: as many as hold ten buckets, so that their sum errs by a tenth. */
const NEIGHBOURS = 0.1;

/**
 * What can be said of each range all the same: the mean of its neighbourhood, or what it has to have even if the guess errs by a
 * bucket. Without that, of 50 full groups every fifth looked too full and was counted, night after night.
 */
function smoothed(estimates: readonly number[]): number[] {
  const sum = (some: readonly number[]) => some.reduce((total, estimate) => total + estimate, 0);
  if (estimates.length > MOST_SMOOTHED) {
    // Their sum is right, so none is taken for less than the mean; some are counted that need no counting.
    const mean = sum(estimates) / estimates.length;
    return estimates.map((estimate) => Math.max(estimate, mean));
  }
  const width = Math.ceil(estimates.length * NEIGHBOURS);
  const error = sum(estimates) * BUCKET;
  return estimates.map((estimate, index) => {
    const start = Math.min(Math.max(0, index - Math.floor(width / 2)), estimates.length - width);
    return Math.max(estimate - error, sum(estimates.slice(start, start + width)) / width);
  });
}

/** The estimates of a plan's branches; a plan of one branch has no node above it. */
function planRows(row: Row | undefined, branches: number): number[] {
  interface Plan {
    'Plan Rows': number;
    Plans?: Plan[];
  }
  const text: unknown = row?.['QUERY PLAN'];
  const [explained] = (typeof text === 'string' ? JSON.parse(text) : text) as [{ Plan: Plan }];
  const plans = branches === 1 ? [explained.Plan] : (explained.Plan.Plans ?? []);
  // A plan of another shape tells nothing: then every range is counted.
  return plans.length === branches
    ? plans.map((plan) => plan['Plan Rows'])
    : Array(branches).fill(Number.POSITIVE_INFINITY);
}
