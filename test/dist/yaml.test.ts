import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { byLibrary, toYaml } from '../../lib/dist/yaml';

/** What a reader of either YAML sees in a file of ours. */
const readers = (text: string) => [parse(text, { version: '1.1' }), parse(text, { version: '1.2' })];

/** Any text, and texts of what YAML gives a meaning to. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom(...'\n\r\t #:-?|>%{}[]&*!\'"\\~a0.,\u0085\u2028\uFEFF', '---', 'no', '$('), {
      maxLength: 10,
    })
    .map((parts) => parts.join('')),
);

/** Lines as scripts and lists of groups have them, with what YAML might stumble over at their ends. */
const lines = fc
  .array(fc.constantFrom('a', ' b', 'c ', '', '- d', 'e: f', '# g', 'x:', '---', '...', '\ti', '"', 'h"\''), {
    maxLength: 6,
  })
  .map((parts) => parts.join('\n'));
const ordinaryText = fc
  .array(fc.constantFrom(...'ab:-/(.=@+)_ #1"\'', 'no', 'null'), { maxLength: 8 })
  .map((parts) => parts.join(''));
const text = fc.oneof(anyText, lines, ordinaryText);
const { manifest: anyManifest } = fc.letrec<{ value: unknown; manifest: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(0, -0, -1, 0.5, 1e21, 5e-7, true, false, null, undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('manifest'),
  ),
  manifest: fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b-c', 'd/e', 'f.g') }, text),
    tie('value'),
    {
      maxKeys: 5,
      noNullPrototype: true,
    },
  ),
}));

describe('toYaml', () => {
  test('writes what the library writes, byte for byte', () => {
    fc.assert(
      fc.property(anyManifest, (manifest) => {
        // See below.
        fc.pre(!JSON.stringify(manifest).includes('"<<"'));
        expect(toYaml(manifest)).toBe(byLibrary(manifest));
      }),
      { numRuns: 1_000 },
    );
  });

  test('quotes what is the key of a merge to some readers, and which the library leaves bare', () => {
    expect(toYaml({ a: '<<' })).toBe('a: "<<"\n');
  });

  test.each([
    ...['', 'no', 'No', 'NO', 'y', 'N', 'on', 'off', 'true', 'False', 'null', '~', 'TRUE'],
    ...['012', '0o17', '0x1F', '0b11', '1e3', '1_000', '.5', '+1', '-1', '-', '.inf', '.NaN', '12:30', '190:20:30'],
    ...['2026-01-01', '2026-01-01T00:00:00Z', '=', '<<', '?', '!', '&a', '*a', '@', '`', '%', '#', ' ', 'a ', ' a'],
    ...['$(X)', '$$(X)', 'a: b', 'a:', 'a #b', '{a}', '[a]', '- a', '"', "'", 'it\'s "so"', '\\', '\\n', '---', '...'],
    ...[
      '\n',
      ' \n',
      '\n \n',
      'a\n',
      'a\n\n',
      '\na',
      ' a\nb',
      'a\n b',
      'a\nb ',
      '\ta\nb',
      'a\n---\nb',
      'a\r\nb',
      '\t',
      'a\tb',
    ],
    ...['\0', '\u001b', '\u007f', '\u0085', 'a\u2028b', 'a\nb\u2029', '\uFEFF', 'a\uFFFF', 'é', '한국어', '\u{1F600}'],
    `("id" >= '1'::bigint)`,
    'x'.repeat(5_000),
  ])('keeps %j a text, as value, in a list and as key', (text) => {
    // This reader merges maps at a quoted "<<" too; ours is never a key.
    const keys = text === '<<' ? {} : { [text]: 1 };
    const manifest = { value: text, list: [text], keys };
    for (const read of readers(toYaml(manifest))) expect(read).toEqual(manifest);
  });

  test('keeps any text', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const manifest = { a, list: [b, { b }] };
        for (const read of readers(toYaml(manifest))) expect(read).toEqual(manifest);
      }),
      { numRuns: 2_000 },
    );
  });

  test('writes no character that a strict reader refuses or takes for the end of a line', () => {
    const harmless =
      /^[\n\x20-\x7E\u{A0}-\u{2027}\u{202A}-\u{D7FF}\u{E000}-\u{FEFE}\u{FF00}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
    fc.assert(
      fc.property(anyText, (text) => harmless.test(toYaml({ text }))),
      { numRuns: 2_000 },
    );
  });

  test('keeps numbers and truth values what they are', () => {
    const manifest = { port: 80, share: 0.5, none: 0, minus: -1, yes: true, no: false, list: [], map: {} };
    for (const read of readers(toYaml(manifest))) expect(read).toEqual(manifest);
  });

  test('leaves plain words bare, keeps lines as lines, and breaks no long one', () => {
    const manifest = {
      kind: 'CronJob',
      image: 'ghcr.io/acme/catalog-worker:1.4.2',
      schedule: '0 0 * * *',
      script: 'set -e\n  worker --group "$GROUP_ID"\n',
      where: `("id" >= '1'::bigint AND "id" < '1000'::bigint) AND (deleted_at IS NULL AND updated_at > now() - interval '1 day')`,
      same: [{ a: 1 }, { a: 1 }],
    };
    expect(toYaml(manifest)).toMatchInlineSnapshot(`
      "kind: CronJob
      image: ghcr.io/acme/catalog-worker:1.4.2
      schedule: "0 0 * * *"
      script: |
        set -e
          worker --group "$GROUP_ID"
      where: ("id" >= '1'::bigint AND "id" < '1000'::bigint) AND (deleted_at IS NULL AND updated_at > now() - interval '1 day')
      same:
        - a: 1
        - a: 1
      "
    `);
  });

  test('writes an object that stands in two places twice, not as an alias', () => {
    const labels = { team: 'search' };
    expect(toYaml({ a: labels, b: labels })).toBe('a:\n  team: search\nb:\n  team: search\n');
  });
});
