// The limit a Kubernetes client sets itself: so many calls at once, then so many a second.

/**
 * As client-go's, a reservation in the order of asking: who finds no token is told when his comes, and whoever asks later waits
 * behind him. https://pkg.go.dev/golang.org/x/time/rate#Limiter
 */
export class TokenBucket {
  private tokens: number;
  private last = 0;

  /**
   * @param rate tokens a second
   * @param burst how many it holds; full at the beginning
   */
  constructor(
    private readonly rate: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** When the last of `count` tokens that are asked for now is there. */
  take(now: number, count = 1): number {
    this.tokens = Math.min(this.burst, this.tokens + (now - this.last) * this.rate) - count;
    this.last = now;
    return this.tokens >= 0 ? now : now - this.tokens / this.rate;
  }
}
