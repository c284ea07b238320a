import { expect, test } from 'vitest';
import { printable, printableJson } from '../../lib/cli/printable';

test.each([
  ['colours and cursor moves are left out', '\u001b[1;31mred\u001b[0m\u001b[2J\u001b[10;10H!', 'red!'],
  ['a window’s name and links are left out', '\u001b]0;owned\u0007a\u001b]8;;http://evil\u001b\\b', 'ab'],
  ['newlines and tabs stay', 'a\tb\nc', 'a\tb\nc'],
  ['a carriage return hides nothing', 'all fine\rFATAL\r\nend', 'all fine\nFATAL\nend'],
  ['what turns text around is shown by its number', 'a\u202eb\u2066c\u200fd', 'a\\u202eb\\u2066c\\u200fd'],
  ['what has no width is shown', 'a\u200bb\ufeff\u{e0001}', 'a\\u200bb\\ufeff\\udb40\\udc01'],
  [
    'half a sequence and other controls are shown',
    'a\u001b\u0000\u0007\u009b31m\u007f\u2028',
    'a\\u001b\\u0000\\u0007\\u009b31m\\u007f\\u2028',
  ],
  ['other alphabets are as they are', '카탈로그 ü 🦀', '카탈로그 ü 🦀'],
])('%s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('nothing unsafe is left, whatever it is made of', () => {
  const pieces = ['\u001b', '[', ']', '0;', 'm', '\u0007', '\\', '\u202e', '\r', '\n', 'x', '\u009b', 'P'];
  for (let seed = 0; seed < 5_000; seed += 1) {
    const text = Array.from(
      { length: 12 },
      (_, at) => pieces[(seed * (at + 7) * 2_654_435_761 + at) % pieces.length],
    ).join('');
    expect(printable(text)).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}/u);
  }
});

test('JSON keeps texts as they were', () => {
  const value = { log: 'a\u001b[31m\u202e\u009b\u{e0001}\tb\n' };
  expect(JSON.parse(printableJson(value))).toEqual(value);
  expect(printableJson(value)).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}/u);
});
