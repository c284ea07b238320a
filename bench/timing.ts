// Times on a machine that does other things too: every contestant in turn, several rounds, the best of each.

/** Something to be timed, by the name it has in the table. */
export interface Contestant {
  name: string;
  /** Before each run, and not timed. */
  prepare?(): unknown;
  run(): Promise<unknown>;
}

/**
 * The best of `rounds` times of each, in seconds. Each round runs all of them, so that a slow minute of the machine is slow for
 * all, and the best is the one that was disturbed least.
 */
export async function bestOf(rounds: number, contestants: readonly Contestant[]): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, prepare, run } of contestants) {
      await prepare?.();
      const start = performance.now();
      await run();
      const seconds = (performance.now() - start) / 1000;
      best.set(name, Math.min(seconds, best.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  return best;
}

/** `0.87 s`, `12.3 s`, `640 ms`. */
export function inSeconds(seconds: number): string {
  return seconds < 1
    ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`
    : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** `1.32`: how many times `peer` that is. */
export function ratio(seconds: number, peer: number): string {
  const times = seconds / peer;
  return times < 0.01 ? times.toFixed(4) : times.toFixed(2);
}
