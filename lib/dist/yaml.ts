// Manifests as text that every YAML reader reads alike. kubectl's is a relative of libyaml: YAML 1.1, and strict about characters.

import { Document, Scalar, visit } from 'yaml';

/**
 * Plain text that YAML 1.1 and 1.2 readers all take for a string. Others get quotes: `0o17` is the number 15 to some readers,
 * `1e3` is 1000, `12:30` is 750, `=` and `no` are no strings either; a key of the store may be any of these.
 */
const SURELY_TEXT = /^[A-Za-z/(][^\n]*$/;
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i;
/** Characters that mean themselves everywhere. Others are control characters, or a line end to YAML 1.1 (U+0085, U+2028, U+2029). */
const ORDINARY =
  /^[\n\x20-\x7E\u{A0}-\u{2027}\u{202A}-\u{D7FF}\u{E000}-\u{FEFE}\u{FF00}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
/** Those of the others that JSON leaves as they are. */
const UNESCAPED = /[\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/** One object as a YAML document: keys in the order given, long lines unbroken. */
export function toYaml(manifest: unknown): string {
  const document = new Document(manifest, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && !isSafeUnquoted(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
  // They can only stand in double quotes by now.
  return text.replace(UNESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** True for a plain word or line, and for lines that a block shows as they are: blocks that begin with a space or tab are read differently. */
function isSafeUnquoted(text: string): boolean {
  if (!ORDINARY.test(text)) return false;
  return text.includes('\n') ? /^\S/.test(text) : SURELY_TEXT.test(text) && !WORDS.test(text);
}
