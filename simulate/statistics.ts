// Figures of many numbers.

/** The least number that so large a share of them does not exceed. @param sorted upwards, at least one */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number;
}
