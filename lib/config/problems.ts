// Turns zod's issues into sentences: where, what was expected, what came, what to do.

import type { z } from 'zod';
import { UserError } from '../errors';

/** One error that names every problem, in the order of the file. */
export function invalidConfig(file: string, error: z.ZodError, raw: unknown): UserError {
  const problems = error.issues.flatMap((issue) => sentences(issue, raw));
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new UserError('config-invalid', `${count} in ${file}; nothing was written`, { hint: problems.join('\n') });
}

/** The issue as sentences without the file's name; an issue about several unknown keys gives one each. */
export function sentences(issue: z.core.$ZodIssue, raw: unknown): string[] {
  const at = printPath(issue.path);
  const [expected, todo] = expectation(issue).split('\n');
  const after = todo ? `\n  ${todo}` : '';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${printPath([...issue.path, key])}: unknown key; expected ${expected}`);
  }
  if (issue.code === 'invalid_key') {
    const name = String(issue.path.at(-1));
    return issue.issues.map((inner) => {
      const [rule, hint] = expectation(inner).split('\n');
      return `${printPath(issue.path.slice(0, -1)) || 'fleets'}: expected ${rule}, got the name ${JSON.stringify(name)}${hint ? `\n  ${hint}` : ''}`;
    });
  }
  const value = valueAt(raw, issue.path);
  const got = value === undefined ? 'nothing' : describe(value, issue.path[0] === 'store');
  return [`${at || 'the default export'}: expected ${expected}, got ${got}${after}`];
}

function expectation(issue: z.core.$ZodIssue): string {
  // zod's own words for a wrong type are "Invalid input: expected string, received number".
  const word = /^Invalid input: expected ([\w ]+)/.exec(issue.message)?.[1];
  if (!word) return issue.message;
  return (
    { object: 'an object', array: 'a list', record: 'an object', string: 'a text', boolean: 'true or false' }[word] ??
    word
  );
}

function printPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}

/** A short description of a value; a store's texts may hold a password, so of them only the kind is told. */
function describe(value: unknown, secret: boolean): string {
  if (typeof value === 'string') {
    if (secret)
      return value.trim() === ''
        ? 'an empty text'
        : `a text of ${value.length} characters (not shown, it may hold a password)`;
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  }
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : typeof value === 'function' ? 'a function' : String(value);
}
