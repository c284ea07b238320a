// What a synth would change, for people at a terminal: aligned, wrapped, coloured where colours are wanted.

import { styleText } from 'node:util';
import type { Comparison } from '../compare';
import { visible, wrapped } from '../text';
import type { Line, Sign } from './line';
import { headline, linesOf, strayWords } from './plan-words';

export interface TextOptions {
  /** Columns of the terminal. */
  width: number;
  colour: boolean;
}

const COLOURS = { '+': 'green', '-': 'red', '~': 'yellow', '!': 'magenta' } as const satisfies Record<Sign, string>;
/** Subjects longer than this get a line of their own. */
const SUBJECT_WIDTH = 22;
const INDENT = '  ';

export function planLines(comparison: Comparison, { width, colour }: TextOptions): string[] {
  const paint = (sign: Sign, text: string) =>
    colour ? styleText(COLOURS[sign], text, { validateStream: false }) : text;
  const strays = strayWords(comparison.strays);
  const parts = [
    ...comparison.fleets.map((fleet) => ({ headline: headline(fleet), lines: linesOf(fleet) })),
    ...(strays ? [strays] : []),
  ];
  return [
    ...parts.flatMap(({ headline, lines }) => [headline, ...lines.flatMap((line) => printed(line, width, paint))]),
    ...comparison.warnings.flatMap((warning) => wrapped(`warning: ${visible(warning)}`, width, INDENT)),
    ...wrapped(endOf(comparison), width, ''),
  ];
}

function endOf({ hasChanges, against, isFrozen, isOutgrown, folder, lockFile }: Comparison): string {
  const base = visible(against ?? `${folder} and ${lockFile}`);
  if (!hasChanges) return `no changes: ${base} ${against === undefined ? 'are' : 'is'} up to date`;
  const outgrown =
    isOutgrown && !isFrozen ? '; the data has outgrown the lock, which a frozen synth would not see' : '';
  return `nothing was written${outgrown}. To make it so: cronfleet synth${isFrozen ? ' --frozen' : ''}`;
}

function printed({ sign, subject, text }: Line, width: number, paint: (sign: Sign, text: string) => string): string[] {
  const head = `${INDENT}${sign} ${subject.padEnd(SUBJECT_WIDTH)}`;
  const hanging = ' '.repeat(INDENT.length + 2 + SUBJECT_WIDTH + 1);
  const [first = '', ...rest] = wrapped(text, width - hanging.length, '');
  const start = subject.length > SUBJECT_WIDTH ? [head.trimEnd(), `${hanging}${first}`] : [`${head} ${first}`];
  const [line = '', ...more] = [...start, ...rest.map((part) => `${hanging}${part}`)];
  return [line.replace(sign, () => paint(sign, sign)), ...more];
}
