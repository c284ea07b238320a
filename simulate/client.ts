// A controller as a client of the API server: its writes and its Events share one token bucket.

import type { Clock } from './clock';
import { TokenBucket } from './token-bucket';

/** Events that wait to be sent; more are dropped. `maxQueuedEvents` of client-go's tools/record/event.go */
const MOST_QUEUED_EVENTS = 1_000;

export interface Limits {
  /** Calls a second. */
  qps: number;
  burst: number;
  /** Seconds until the API server has answered. */
  latency: number;
}

export class Client {
  /** Events included. */
  writes = 0;
  private readonly bucket: TokenBucket;
  private queuedEvents = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: Limits,
  ) {
    this.bucket = new TokenBucket(limits.qps, limits.burst);
  }

  /** When the last of so many writes, sent side by side, is answered. */
  write(count: number): number {
    this.writes += count;
    return this.bucket.take(this.clock.now, count) + this.limits.latency;
  }

  /** An Event, sent in its turn: one goroutine sends all of a controller, one after the other. */
  event(): void {
    if (this.queuedEvents >= MOST_QUEUED_EVENTS) return;
    this.queuedEvents += 1;
    if (this.queuedEvents === 1) this.send();
  }

  private send(): void {
    this.clock.at(this.write(1), () => {
      this.queuedEvents -= 1;
      if (this.queuedEvents > 0) this.send();
    });
  }
}
