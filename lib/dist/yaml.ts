// Manifests as text that every YAML reader reads alike.

import { Document, Scalar, visit } from 'yaml';

/**
 * Plain text that YAML 1.1 and 1.2 readers all take for a string. Others get quotes: `0o17` is the number 15 to some readers,
 * `1e3` is 1000, `12:30` is 750, `=` and `no` are no strings either; a key of the store may be any of these.
 */
const SURELY_TEXT = /^[A-Za-z/(][^\n]*$/;
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i;

/** One object as a YAML document: keys in the order given, long lines unbroken. */
export function toYaml(manifest: unknown): string {
  const document = new Document(manifest, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || node.value.includes('\n')) return;
      if (!SURELY_TEXT.test(node.value) || WORDS.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 });
}
