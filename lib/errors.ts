// The one kind of error that is told to a person without a stack trace.

import { inspect } from 'node:util';
import { visible } from './text';

/** What went wrong, for programs and tests; the message is for people and may change. */
export type ErrorCode =
  // config
  | 'config-missing'
  | 'config-unreadable'
  | 'config-invalid'
  // store
  | 'store-unreachable'
  | 'store-slow'
  | 'store-lost'
  | 'store-refused'
  | 'store-answer'
  | 'table-locked'
  | 'table-unknown'
  | 'column-unknown'
  | 'permission-denied'
  | 'key-unsupported'
  | 'key-null'
  | 'text-key'
  | 'filter-invalid'
  | 'query-invalid'
  // groups and lock
  | 'lock-missing'
  | 'lock-invalid'
  | 'lock-conflict'
  | 'lock-version'
  | 'lock-mismatch'
  | 'lock-stale'
  | 'another-store'
  | 'too-many-groups'
  | 'emptied'
  | 'removal'
  | 'verify-unsupported'
  | 'assign-refused'
  // plan and charts
  | 'window-too-short'
  | 'group-invalid'
  // dist
  | 'output-refused'
  | 'manifest-invalid'
  | 'secret-found'
  | 'write-failed'
  | 'already-running'
  | 'revision-unknown'
  // delivery
  | 'delivery-stale'
  | 'window-near'
  // cluster
  | 'cluster-config'
  | 'cluster-unreachable'
  | 'cluster-unauthorized'
  | 'cluster-forbidden'
  | 'cluster-refused'
  | 'namespace-unknown'
  | 'clock-off'
  | 'apply-refused'
  | 'apply-incomplete'
  | 'rerun-refused';

/**
 * A failure its reader can mend: where, what was expected, what came (message), and what to do (hint).
 * Anything else that is thrown is a bug of ours and keeps its stack.
 */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * `error` as lines for a terminal: message and hint of a {@link UserError}, the stack of anything else. Passwords are cut out, and
 * what servers and rows say drives no terminal.
 */
export function explain(error: unknown): string {
  return told(error).split('\n').map(visible).join('\n');
}

function told(error: unknown): string {
  if (error instanceof UserError) {
    const hint = error.hint?.replaceAll('\n', '\n  ');
    return withoutPasswords(`cronfleet: ${error.message}${hint ? `\n  ${hint}` : ''}`);
  }
  const stack = (error instanceof Error && error.stack) || messageOf(error);
  return withoutPasswords(
    `cronfleet: this is a bug in cronfleet or in code the config calls; please report it.\n${stack}`,
  );
}

/** What was thrown, in words: code of a team may throw anything. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === 'string' ? error : inspect(error);
}

/**
 * `text` with `***` for the user-info part of every URL, but git's own `ssh://git@…`, for every `password=…`, and for a config in base64,
 * as Node names the module that config/import.ts makes of it.
 */
export function withoutPasswords(text: string): string {
  return (
    text
      // Up to the last "@" of the word: a password that was not encoded may have a "/" or "@" of its own. `file:///` has none.
      .replace(/\b([a-z][a-z0-9+.-]*:\/\/)(?!\/)(?!(?<=\bssh:\/\/)git@[^\s@]*(?:\s|$))(?:[^\s@]*@)+/gi, '$1***@')
      .replace(/\b(data:text\/javascript;base64,)[\w+/=]+/g, '$1***')
      .replace(/(password=)('[^']*'|[^\s&;,"'`]*)/gi, '$1***')
  );
}

/** What `work` makes of each item. @throws UserError every refusal at once, as {@link allOrRefusals} puts them */
export function eachOrRefusals<I, T>(items: readonly I[], work: (item: I, index: number) => T): T[] {
  const results: T[] = [];
  const failures: unknown[] = [];
  for (const [index, item] of items.entries()) {
    try {
      results.push(work(item, index));
    } catch (error) {
      failures.push(error);
    }
  }
  return allOrRefusals(results, failures);
}

/**
 * `results` when nothing failed; else the failures as one error, so that a person sees them all at once. What is no UserError
 * is a bug and comes before all.
 */
export function allOrRefusals<T>(results: T, failures: readonly unknown[]): T {
  if (failures.length === 0) return results;
  const bug = failures.find((failure) => !(failure instanceof UserError));
  if (bug !== undefined || failures.length === 1) throw bug ?? failures[0];
  const refusals = failures as UserError[];
  const [first, ...others] = refusals as [UserError, ...UserError[]];
  const rest = others
    .map(({ message, hint }) => `\n${message}${hint ? `\n  ${hint.replaceAll('\n', '\n  ')}` : ''}`)
    .join('');
  throw new UserError(first.code, first.message, { hint: `${first.hint ?? ''}${rest}`, cause: first });
}
