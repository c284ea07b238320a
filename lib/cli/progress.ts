// Tells of long work: on a terminal one line that counts up, elsewhere a line now and then.

import type { Progress } from '../store/ranges';

/** How often a line is written, in milliseconds. */
const ON_TERMINAL_EVERY = 100;
const ELSEWHERE_EVERY = 10_000;

/** Progress of a synth. Nothing is told of what takes less than the time between two lines. */
export function tellProgress(
  out: { isTTY?: boolean; write(text: string): unknown },
  clock: () => number = Date.now,
): { progress: Progress; end(): void } {
  const every = out.isTTY ? ON_TERMINAL_EVERY : ELSEWHERE_EVERY;
  let last = clock();
  let isOpen = false;
  return {
    progress(place, rows, pieces) {
      if (clock() - last < every) return;
      last = clock();
      const text = `${place}: ${rows.toLocaleString('en')} rows in ${pieces.toLocaleString('en')} groups so far`;
      out.write(out.isTTY ? `\r${text}` : `${text}\n`);
      isOpen = out.isTTY === true;
    },
    end() {
      if (isOpen) out.write('\n');
      isOpen = false;
    },
  };
}
