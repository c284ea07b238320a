// Manifests as text that every YAML reader reads alike. kubectl's is a relative of libyaml: YAML 1.1, and strict about characters.
//
// What the library would write is written here, since a thousand manifests cost the library 0.45 s of a synth's 1.3 s and this 0.05 s
// (docs/performance.md). It is left to the library where it has to think; test/dist/yaml.test.ts holds the two against each other.

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
/** Where plain text might end, or become a comment or a key; and lines, which the library folds or keeps. */
const NEEDS_THOUGHT = /:(?: |$)| #| $|[\t\n]/;

type Fields = Record<string, unknown>;

/** One object as a YAML document: keys in the order given, long lines unbroken. */
export function toYaml(manifest: unknown): string {
  const lines: string[] = [];
  if (isFields(manifest) && hasPlainKeys(manifest)) write(manifest, '', lines);
  return lines.length > 0 ? `${lines.join('\n')}\n` : byLibrary(manifest);
}

/** Adds the lines of a map or list, each behind `indent`. */
function write(value: object, indent: string, lines: string[]): void {
  if (Array.isArray(value)) for (const item of value) writeItem(item, indent, lines);
  else
    for (const [key, inner] of Object.entries(value))
      if (inner !== undefined) writeBehind(`${indent}${key}:`, inner, indent, lines);
}

/** A value with lines of its own has them below its key. */
function writeBehind(head: string, value: unknown, indent: string, lines: string[]): void {
  if (typeof value !== 'object' || value === null) return void lines.push(`${head} ${scalar(value, indent)}`);
  const at = lines.push(head) - 1;
  write(value, `${indent}  `, lines);
  if (lines.length === at + 1) lines[at] = `${head} ${Array.isArray(value) ? '[]' : '{}'}`;
}

/** The first of an item's lines stands behind its dash. */
function writeItem(item: unknown, indent: string, lines: string[]): void {
  const at = lines.length;
  writeBehind(`${indent}-`, item, indent, lines);
  if (lines.length === at + 1) return;
  const first = lines[at + 1] ?? '';
  lines.splice(at, 2, `${indent}- ${first.slice(indent.length + 2)}`);
}

function scalar(value: unknown, indent: string): string {
  if (typeof value === 'string') {
    if (!isSafeUnquoted(value)) return escaped(JSON.stringify(value));
    return NEEDS_THOUGHT.test(value) ? asInMaps(value, indent) : value;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

/** What the library makes of a text as deep as it stands: lines of a block are indented. */
function asInMaps(text: string, indent: string): string {
  let nested: unknown = text;
  for (let depth = 0; depth <= indent.length; depth += 2) nested = { k: nested };
  return byLibrary(nested)
    .replace(/^(?: *k:\n)* *k: /, '')
    .replace(/\n$/, '');
}

/** The same by the library alone. */
export function byLibrary(manifest: unknown): string {
  const document = new Document(manifest, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && !isSafeUnquoted(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // They can only stand in double quotes by now.
  return escaped(document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }));
}

function escaped(text: string): string {
  return text.replace(UNESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** True for a plain word or line, and for lines that a block shows as they are: blocks that begin with a space or tab are read differently. */
function isSafeUnquoted(text: string): boolean {
  if (!ORDINARY.test(text)) return false;
  return text.includes('\n') ? /^\S/.test(text) : SURELY_TEXT.test(text) && !WORDS.test(text);
}

/** Whether every key stands as it is, and every value is one that JSON has. */
function hasPlainKeys(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(hasPlainKeys);
  if (typeof value === 'number') return Number.isFinite(value);
  if (!isFields(value)) return value !== undefined && ['string', 'boolean', 'object'].includes(typeof value);
  if (value.constructor !== Object) return false;
  return Object.entries(value).every(([key, inner]) => inner === undefined || (isPlainKey(key) && hasPlainKeys(inner)));
}

/** YAML has another form for keys of more than a thousand characters. */
function isPlainKey(key: string): boolean {
  return key.length <= 1_000 && isSafeUnquoted(key) && !NEEDS_THOUGHT.test(key);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
