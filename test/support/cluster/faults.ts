// Faults that a test orders: refusals, and connections that break before or after the server has done its work.

import { type Refusal, refusal } from './statuses';

/** Which requests fail. What is left out matches all. */
export interface FaultMatch {
  /** As in rules: get, list, watch, create, update, patch, delete. */
  verb?: string;
  resource?: string;
  namespace?: string;
  name?: string;
  user?: string;
  /** How many requests fail; without it, all. */
  times?: number;
  /** How many pass before the first that fails; 0 by default. */
  after?: number;
}

export type Fault = (
  | { status: number; reason?: string; message?: string; retryAfterSeconds?: number }
  | { reset: true }
) & {
  /** The server has done what was asked, only the answer is lost; false by default. */
  applied?: boolean;
};

export interface Asked {
  verb: string;
  resource: string;
  namespace: string | undefined;
  name: string | undefined;
  user: string | undefined;
}

/** Reason and message that the API server has for a status. */
const USUAL: Record<number, [string, string]> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden'],
  409: ['Conflict', 'the object has been modified'],
  410: ['Expired', 'The resourceVersion for the provided list is too old.'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: ['InternalError', 'Internal error occurred: etcdserver: request timed out'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within the requested timeout'],
};

export class Faults {
  private ordered: { match: FaultMatch; fault: Fault; passed: number; failed: number }[] = [];

  add(match: FaultMatch, fault: Fault): void {
    this.ordered.push({ match, fault, passed: 0, failed: 0 });
  }

  clear(): void {
    this.ordered = [];
  }

  /** The fault that this request meets: of the first order that has any left. It counts the request. */
  meet(asked: Asked): Fault | undefined {
    for (const order of this.ordered) {
      const { times = Number.POSITIVE_INFINITY, after = 0, ...wanted } = order.match;
      if (!Object.entries(wanted).every(([key, value]) => asked[key as keyof Asked] === value)) continue;
      if (order.passed < after) {
        order.passed += 1;
        continue;
      }
      if (order.failed >= times) continue;
      order.failed += 1;
      return order.fault;
    }
    return undefined;
  }
}

export function refusalOf({ status, reason, message, retryAfterSeconds }: Exclude<Fault, { reset: true }>): Refusal {
  const [usualReason, usualMessage] = USUAL[status] ?? [
    undefined,
    `the server responded with the status code ${status}`,
  ];
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return refusal(status, reason ?? usualReason, message ?? usualMessage, details);
}
