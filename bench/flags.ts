// What the benches are told on the command line.

import { InvalidArgumentError } from 'commander';
import { KEYS, type Key } from './items';

/** Reads a whole number of 1 or more. */
export function whole(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of 1 or more');
}

/** Reads some of them, separated by commas, from the least on. */
export function wholes(text: string): number[] {
  return text
    .split(',')
    .map(whole)
    .sort((a, b) => a - b);
}

/** Reads 0 or a whole number. */
export function wholeOrNone(text: string): number {
  return text === '0' ? 0 : whole(text);
}

/** Reads types of keys, separated by commas. */
export function keyTypes(text: string): Key[] {
  return text.split(',').map((name) => {
    if (name in KEYS) return name as Key;
    throw new InvalidArgumentError(`expected some of ${Object.keys(KEYS).join(', ')}`);
  });
}
