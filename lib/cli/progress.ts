// Tells of long work: on a terminal one line that counts up, elsewhere a line now and then.

import type { Progress } from '../store/ranges';
import { number } from '../text';

/** How often a line is written, in milliseconds. */
const ON_TERMINAL_EVERY = 100;
const ELSEWHERE_EVERY = 10_000;

interface Out {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Progress of a synth. Nothing is told of what takes less than the time between two lines. */
export function tellProgress(out: Out, clock: () => number = Date.now): { progress: Progress; end(): void } {
  const { tell, end } = tellLines(out, clock);
  return {
    progress: (place, rows, pieces) => tell(() => `${place}: ${number(rows)} rows in ${number(pieces)} groups so far`),
    end,
  };
}

/** Progress of any work. */
export function tellLines(out: Out, clock: () => number = Date.now): { tell(line: () => string): void; end(): void } {
  const every = out.isTTY ? ON_TERMINAL_EVERY : ELSEWHERE_EVERY;
  let last = clock();
  let isOpen = false;
  return {
    tell(line) {
      if (clock() - last < every) return;
      last = clock();
      out.write(out.isTTY ? `\r${line()}` : `${line()}\n`);
      isOpen = out.isTTY === true;
    },
    end() {
      if (isOpen) out.write('\n');
      isOpen = false;
    },
  };
}
