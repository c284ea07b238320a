import fc from 'fast-check';
import { expect, test } from 'vitest';
import { number } from '../lib/text';

test('numbers of up to three decimals are written as Intl writes them', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer(),
        fc.maxSafeInteger(),
        fc.integer().map((value) => value / 1000),
      ),
      (value) => {
        expect(number(value)).toBe(value.toLocaleString('en'));
      },
    ),
  );
});
