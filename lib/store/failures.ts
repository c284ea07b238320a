// What drivers and PostgreSQL say, in words a person can act on. Recognised by code, never by message text.

import { type ErrorCode, UserError } from '../errors';

interface Failure {
  code: ErrorCode;
  what: string;
  hint: string;
}

const UNREACHABLE = 'check host, port and network; nothing was written, run the command again when it answers';
const LOST = 'nothing was written; run the command again';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const BY_CODE: Record<string, Failure> = {
  ECONNREFUSED: { code: 'store-unreachable', what: 'refused the connection', hint: UNREACHABLE },
  ENOTFOUND: { code: 'store-unreachable', what: 'has a host name that does not resolve', hint: UNREACHABLE },
  EAI_AGAIN: { code: 'store-unreachable', what: 'has a host name that cannot be looked up now', hint: UNREACHABLE },
  ETIMEDOUT: { code: 'store-unreachable', what: 'did not answer', hint: UNREACHABLE },
  EHOSTUNREACH: { code: 'store-unreachable', what: 'cannot be reached', hint: UNREACHABLE },
  ENETUNREACH: { code: 'store-unreachable', what: 'cannot be reached', hint: UNREACHABLE },
  ENOENT: { code: 'store-unreachable', what: 'has no such socket', hint: UNREACHABLE },
  EACCES: { code: 'store-unreachable', what: 'has a socket this user may not open', hint: UNREACHABLE },
  ECONNRESET: { code: 'store-lost', what: 'cut the connection', hint: LOST },
  EPIPE: { code: 'store-lost', what: 'cut the connection', hint: LOST },
  '57P01': { code: 'store-lost', what: 'is shutting down or an administrator ended the connection', hint: LOST },
  '57P02': { code: 'store-lost', what: 'crashed', hint: LOST },
  '57P03': { code: 'store-unreachable', what: 'is starting up or shutting down', hint: UNREACHABLE },
  '40P01': { code: 'store-lost', what: 'ended a deadlock with another session', hint: LOST },
  '40001': { code: 'store-lost', what: 'cancelled the question because of a conflict with replication', hint: LOST },
  '53300': {
    code: 'store-unreachable',
    what: 'has no free connection',
    hint: 'run the command again later, or raise the role’s CONNECTION LIMIT',
  },
  '28P01': { code: 'store-refused', what: 'refused the password', hint: 'check user and password of the store’s URL' },
  '28000': {
    code: 'store-refused',
    what: 'refused the user',
    hint: 'check the user of the store’s URL and pg_hba.conf',
  },
  '3D000': { code: 'store-refused', what: 'has no such database', hint: 'check the database of the store’s URL' },
  '57014': {
    code: 'store-slow',
    what: 'took longer for a question than statementTimeoutSeconds',
    hint: 'is the key indexed? If so, raise it in the config: store: { url, statementTimeoutSeconds: 1800 }',
  },
  '55P03': {
    code: 'table-locked',
    what: 'has the table locked by another session',
    hint: 'wait until that work, such as ALTER TABLE, is done',
  },
  '42501': {
    code: 'permission-denied',
    what: 'denies permission',
    hint: 'GRANT USAGE on the schema and SELECT on the key column (and those `where` names) to the role; behind row-level security it needs BYPASSRLS or a view',
  },
};

/** The error a person sees for one that the driver threw while the store `label` was asked. */
export function storeFailure(error: unknown, label: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const known = code === undefined ? undefined : BY_CODE[code];
  // The server's own sentence is the best there is for all other codes, and it names table and column for these.
  const said = error.message ? `: ${error.message}` : '';
  if (known)
    return new UserError(known.code, `${label} ${known.what}${said} (${code})`, { hint: known.hint, cause: error });
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    const hint = 'check table, key and `where` of the fleet';
    return new UserError('store-refused', `${label} refused the question${said} (SQLSTATE ${code})`, {
      hint,
      cause: error,
    });
  }
  return new UserError('store-lost', `${label} failed${said}`, { hint: LOST, cause: error });
}

/** The SQLSTATE or system error code; a host with several addresses fails with one error for each. */
function codeOf(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? codeOf(first) : undefined;
}
