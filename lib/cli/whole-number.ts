// Counts on the command line.

import { InvalidArgumentError } from 'commander';

/** Reads a whole number from 1 to `most`. */
export function wholeNumber(most = 999_999): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`expected a number from 1 to ${most}, got ${JSON.stringify(text)}`);
  };
}
