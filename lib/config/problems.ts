// Turns issues into sentences: where, what was expected, what came, what to do.

import type { z } from 'zod';
import { UserError, withoutPasswords } from '../errors';
import { isPlainObject } from './shapes';

/** One error that names every problem, in the order of the file. */
export function invalidConfig(file: string, error: z.ZodError, written: unknown): UserError {
  const problems = inOrder(error.issues, written).flatMap((issue) => sentences(issue, written, 'the default export'));
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new UserError('config-invalid', `${count} in ${file}; nothing was written`, { hint: problems.join('\n') });
}

/** The issue as sentences, without the file's name; `root` is what the whole value is called. */
export function sentences(issue: z.core.$ZodIssue, written: unknown, root = 'the value'): string[] {
  const [expected, todo] = issue.message.split('\n');
  const got = (issue.code === 'custom' && issue.params?.got) || describe(valueAt(written, issue.path), issue.path);
  return [`${printPath(issue.path) || root}: expected ${expected}, got ${got}${todo ? `\n  ${todo}` : ''}`];
}

/** As the values stand in the file; what is missing comes after what is there. */
function inOrder(issues: readonly z.core.$ZodIssue[], written: unknown): z.core.$ZodIssue[] {
  const placed = issues.map((issue) => ({ issue, place: placeOf(issue.path, written) }));
  return placed.sort((a, b) => comparePlaces(a.place, b.place)).map(({ issue }) => issue);
}

function placeOf(path: readonly PropertyKey[], written: unknown): number[] {
  return path.map((step, depth) => {
    const parent = valueAt(written, path.slice(0, depth));
    const index = isPlainObject(parent) ? Object.keys(parent).indexOf(String(step)) : Number(step);
    return index < 0 ? Number.MAX_SAFE_INTEGER : index;
  });
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const depth = a.findIndex((index, at) => index !== b[at]);
  return depth < 0 ? a.length - b.length : (a[depth] as number) - (b[depth] ?? -1);
}

/** `fleets.catalog.job.args[0]`, `labels["a b"]`. */
function printPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      const name = String(step);
      if (depth === 0) return name;
      return /^[\w$][\w$-]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join('');
}

function valueAt(written: unknown, path: readonly PropertyKey[]): unknown {
  let value = written;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}

/** A short description of a value. */
function describe(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return isSecret(path) ? withheld(value) : JSON.stringify(shortened(withoutPasswords(value)));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value !== 'object' || value === null) return String(value);
  if (!isPlainObject(value)) return `a ${value.constructor?.name || 'strange object'}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? '{}' : `{ ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''} }`;
}

/** The text at these places is a store's URL, or was meant to be. */
function isSecret(path: readonly PropertyKey[]): boolean {
  return path.at(-1) === 'store' || path.at(-1) === 'url';
}

function withheld(value: string): string {
  if (value.trim() === '') return 'an empty text';
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value.trim())?.[0];
  return scheme
    ? `a text that starts with "${scheme}" (the rest is not shown, it may hold a password)`
    : 'a text (not shown, it may hold a password)';
}

function shortened(value: string): string {
  return value.length > 80 ? `${value.slice(0, 77)}...` : value;
}
