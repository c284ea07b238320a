// What was measured, as a table.

import { number } from '../lib/text';
import type { Counted } from './apply-double';
import { printTable } from './table';

export interface Measured {
  tool: string;
  step: string;
  seconds: number;
  /** Undefined where nobody counts. */
  counted: Counted | undefined;
}

/**
 * A line for each step and tool: the median of its seconds, how many times those of the first tool that is, and what it asked.
 * Ratios are of the same round, and then the median and the least: a machine that is slow for a while is slow for both.
 */
export function tableOf(measured: readonly Measured[]): string {
  const [first] = measured;
  const lines = distinct(measured, 'step').flatMap((step) =>
    distinct(measured, 'tool').map((tool) => {
      const of = (name: string) => measured.filter((each) => each.step === step && each.tool === name);
      const runs = of(tool);
      const ours = of(first?.tool ?? '');
      const ratios = runs.map(({ seconds }, round) => seconds / (ours[round]?.seconds ?? Number.NaN));
      const told = tool === first?.tool ? '' : `${fixed(median(ratios))} (${fixed(Math.min(...ratios))})`;
      const seconds = median(runs.map((run) => run.seconds)).toFixed(2);
      return [step, `\`${tool}\``, seconds, told, ...countsOf(runs[0]?.counted)];
    }),
  );
  return printTable(['', 'tool', 'seconds', 'times ours (least)', 'requests', 'writes', 'CPU of the double, s'], lines);
}

function countsOf(counted: Counted | undefined): string[] {
  if (counted === undefined) return ['not counted', 'not counted', ''];
  const verbs = Object.entries(counted.requests).sort(([, a], [, b]) => b - a);
  const told = verbs.map(([verb, count]) => `${number(count)} ${verb}`).join(', ');
  return [`${number(counted.all)}: ${told}`, number(counted.writes), counted.cpu.toFixed(1)];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

function fixed(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
}

function distinct(measured: readonly Measured[], key: 'step' | 'tool'): string[] {
  return [...new Set(measured.map((each) => each[key]))];
}
