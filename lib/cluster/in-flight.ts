// Many calls under way at once, and never more than so many.

/**
 * Runs `work` for each item, `most` at once, in their order. After the first that fails, or once `signal` aborts, none is begun
 * any more; those under way are awaited, and then that failure is thrown.
 */
export async function inFlight<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of queue) {
      if (failures.length > 0 || signal?.aborted) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
