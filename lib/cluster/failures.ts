// The API server's refusals, and connections that fail, in words.

import { UserError } from '../errors';
import type { Access } from './access';
import type { Reply } from './http';

/** What the server says of a refusal: the `Status` object. */
export interface ApiStatus {
  reason?: string;
  message?: string;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** A refusal of the server that the caller may want to look at. */
export class ApiRefusal extends UserError {
  readonly status: number;
  readonly answer: ApiStatus;
  /** What is refused may be what was asked, and done, before. */
  readonly isRepeated: boolean;

  constructor(
    code: UserError['code'],
    message: string,
    hint: string,
    reply: Pick<Reply, 'status' | 'isRepeated'>,
    answer: ApiStatus,
  ) {
    super(code, message, { hint });
    this.status = reply.status;
    this.isRepeated = reply.isRepeated ?? false;
    this.answer = answer;
  }
}

/** @param doing what was asked, such as `list cronjobs in namespace batch` */
export function refusalOf(reply: Reply, doing: string, { context }: Pick<Access, 'context'>): ApiRefusal {
  const { status, body } = reply;
  const answer: ApiStatus = typeof body === 'object' && body !== null ? body : { message: String(body) };
  const said = answer.message || `HTTP ${status}`;
  const refusal = (code: UserError['code'], message: string, hint: string) =>
    new ApiRefusal(code, message, hint, reply, answer);
  if (status === 401)
    return refusal(
      'cluster-unauthorized',
      `the cluster does not know who asks: ${said}`,
      `the credentials of context ${context} may have expired: log in again, as for kubectl`,
    );
  if (status === 403)
    return refusal(
      'cluster-forbidden',
      `not permitted: ${said}`,
      `docs/security.md says where the least Role of each command stands; \`kubectl auth can-i --list\` shows what context ${context} may do`,
    );
  if (status === 404 && answer.details?.kind === 'namespaces')
    return refusal(
      'namespace-unknown',
      said,
      `is context ${context} the right cluster? Namespaces are yours to create: \`kubectl create namespace ${answer.details.name}\``,
    );
  return refusal('cluster-refused', `the cluster refused to ${doing}: ${said}`, 'see what it says');
}

/** A connection that failed. */
export function unreachable(error: unknown, { server, context }: Pick<Access, 'server' | 'context'>): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new UserError('cluster-unreachable', `${server} does not answer: ${message || code}`, {
    hint: `is context ${context} the right one, and does \`kubectl version\` get an answer?`,
    cause: error,
  });
}

/** Windows open and close by this machine's clock, runs start by the cluster's. */
const MOST_MINUTES_OFF = 5;

/** @throws UserError `clock-off` */
export function refuseClockOff({ clockAhead = 0 }: Reply, { context }: Pick<Access, 'context'>): void {
  const minutes = Math.round(Math.abs(clockAhead) / 60_000);
  if (minutes <= MOST_MINUTES_OFF) return;
  const which = clockAhead > 0 ? 'ahead of' : 'behind';
  throw new UserError('clock-off', `this machine's clock is ${minutes} minutes ${which} that of context ${context}`, {
    hint: 'which night it is cannot be told: set the clock (timedatectl status), then run the command again',
  });
}
