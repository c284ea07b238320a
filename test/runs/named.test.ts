import { describe, expect, test } from 'vitest';
import { groupsNamed } from '../../lib/runs/named';
import { refusal } from '../support/builders';

/** Groups of a fleet `fruit`, with ids from 1. */
function found(names: readonly string[], ...words: string[]): string[] {
  const map = { serial: 1, indexesMove: false, groups: names.map((name) => ({ name, share: {}, index: undefined })) };
  const numbers = new Map(names.map((name, at) => [at + 1, name]));
  return [...groupsNamed(words, 'fruit', map, numbers)].map(({ name }) => name);
}

describe('a group is found', () => {
  test('by its name, whole or without the fleet', () => {
    expect(found(['fruit-apple', 'fruit-pear'], 'fruit-pear', 'apple')).toEqual(['fruit-pear', 'fruit-apple']);
  });

  test('by its number, also without the zeros before it', () => {
    expect(found(['fruit-0001', 'fruit-0002'], '2', '0001')).toEqual(['fruit-0002', 'fruit-0001']);
  });

  test('by its id where names have no numbers', () => {
    expect(found(['fruit-apple', 'fruit-pear'], '2')).toEqual(['fruit-pear']);
  });

  test('by what is written, before what has the same number', () => {
    const names = ['fruit-7', 'fruit-007', 'fruit-2'];
    expect(found(names, '7')).toEqual(['fruit-7']);
    expect(found(names, '007')).toEqual(['fruit-007']);
    expect(found(names, '2')).toEqual(['fruit-2']);
  });
});

test('a number that is several groups is refused, with their names', () => {
  expect(refusal(() => found(['fruit-07', 'fruit-007'], '7'))).toMatchObject({
    code: 'config-invalid',
    message: 'expected one group of fleet fruit, got 7, which is several',
    hint: 'by its name it is one: fruit-07, fruit-007',
  });
  expect(refusal(() => found(['fruit-002', 'fruit-apple'], '2')).hint).toContain('fruit-002, fruit-apple');
});
