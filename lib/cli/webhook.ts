// A word to the outside that a night did not end well. The URL is a secret: no message has it.

import { REAL_PACE } from '../cluster/cluster';
import type { Pace } from '../cluster/retry';

/** Tries, and the pause between them in milliseconds. */
const TRIES = 4;
const PAUSE = 15_000;
const SILENCE = 30_000;

/**
 * Posts `body` as JSON; `text` in it is what chat programs show. What goes wrong is said on stderr and thrown away: the exit code is the
 * night's.
 */
export async function postToWebhook(
  url: string | undefined,
  body: { text: string },
  { sleep }: Pick<Pace, 'sleep'> = REAL_PACE,
): Promise<void> {
  if (!url) {
    process.stderr.write('CRONFLEET_WEBHOOK_URL is not set: nothing was posted\n');
    return;
  }
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const outcome = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(SILENCE),
    }).then(
      ({ ok, status }) => (ok ? undefined : `it answered ${status}`),
      (error: Error) => `no answer (${error.name})`,
    );
    if (outcome === undefined) {
      process.stderr.write('posted to the webhook\n');
      return;
    }
    process.stderr.write(`the webhook was not reached: ${outcome}${tries < TRIES ? '; trying again' : ''}\n`);
    if (tries < TRIES) await sleep(PAUSE);
  }
}
