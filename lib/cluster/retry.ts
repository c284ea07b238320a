// Calls that are tried again: what the server is too busy for, and what was lost on the way.

import type { Call, Reply, Send } from './http';

/** Time and chance, so that tests need neither. */
export interface Pace {
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
  now(): Date;
}

/** The content type of server-side apply. */
export const APPLY = 'application/apply-patch+yaml';

const MOST_TRIES = 6;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * `send`, but trying again what may be tried again: 429 and 503 always, as the server did nothing (but a proxy
 * may say so of what was done: a reply tells that it is a repeated one); other faults of the server and
 * lost connections only where doing it twice is the same as once. Pauses double, and never are shorter than the server asks for.
 */
export function patiently(send: Send, pace: Pace): Send {
  return async (call) => {
    for (let tries = 1; ; tries += 1) {
      const outcome = await send(call).then(
        (reply) => ({ reply, error: undefined }),
        (error: unknown) => ({ reply: undefined, error }),
      );
      const { reply, error } = outcome;
      if (tries >= MOST_TRIES || call.signal?.aborted || !isWorthAnother(call, reply)) {
        if (reply === undefined) throw error;
        return tries === 1 ? reply : { ...reply, isRepeated: true };
      }
      await pace.sleep(pause(tries, reply?.retryAfter, pace.random()), call.signal);
    }
  };
}

function isWorthAnother({ method, contentType }: Call, reply: Reply | undefined): boolean {
  if (reply?.status === 429 || reply?.status === 503) return true;
  // Server-side apply says how things shall be, not what to do; and what is deleted is not there the second time.
  const isRepeatable = method === 'GET' || method === 'DELETE' || contentType === APPLY;
  return isRepeatable && (reply === undefined || reply.status >= 500);
}

/** Milliseconds: half of it by chance, so that many clients do not come back at once. */
function pause(tries: number, retryAfter: number | undefined, random: number): number {
  const doubled = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
  return Math.max((retryAfter ?? 0) * 1000, doubled / 2 + (doubled / 2) * random);
}
