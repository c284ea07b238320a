// Reads answers of a store, and refuses what cannot be true.

import { UserError } from '../errors';
import type { Row } from './session';

/** The number in a column of an answer, 0 to `max`. */
export function wholeNumber(row: Row | undefined, name: string, max = Number.MAX_SAFE_INTEGER): number {
  const text = row?.[name];
  const value = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw impossible(`a number of ${name} that is ${JSON.stringify(text)}`);
  return value;
}

/** The text in a column of an answer. */
export function keyText(row: Row | undefined, name: string): string {
  const value = row?.[name];
  if (typeof value !== 'string') throw impossible(`a key that is ${JSON.stringify(value)}`);
  return value;
}

/** For an answer no honest store gives. It is refused, never mended. */
export function impossible(what: string): UserError {
  return new UserError('store-answer', `the store gave an answer that cannot be true: ${what}`, {
    hint: 'nothing was written; is the table a view over something that changes while it is read?',
  });
}
