// A line of what changes, before it is dressed for a terminal or a pull request.

import { number, visible } from '../text';

/** What a line is about: something new, gone, other, or to be looked at. */
export type Sign = '+' | '-' | '~' | '!';

export interface Line {
  sign: Sign;
  /** What changes: a group, a field, the window. */
  subject: string;
  text: string;
}

/** Lines of one kind; the rest is counted. */
const MOST_LINES = 20;

/** The line as it may be shown: names and values are anybody’s. */
export function shown({ sign, subject, text }: Line): Line {
  return { sign, subject: visible(subject), text: visible(text) };
}

/** @param more what the rest is called, one and many */
export function capped(lines: readonly Line[], sign: Sign, [one, many]: [string, string]): Line[] {
  const rest = lines.length - MOST_LINES;
  if (rest <= 0) return [...lines];
  return [...lines.slice(0, MOST_LINES), { sign, subject: '…', text: `${number(rest)} ${rest === 1 ? one : many}` }];
}
