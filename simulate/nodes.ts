// The nodes, as far as a night sees them: so many pods fit at once, the others are pending, in the order in which they came.

import type { Clock } from './clock';
import { TokenBucket } from './token-bucket';

/** A pod's way through the nodes. */
export interface Pod {
  /** Its container runs, until it calls `end`: then there is room for another. */
  onRunning: (end: () => void) => void;
}

/** Takes a pod away, wherever it is: one that is not on a node yet never runs. */
export type Removal = () => void;

export interface NodeSettings {
  /** Pods that fit at once. */
  slots: number;
  /** Pods a second that the scheduler binds, and how many at once. */
  schedulerQps: number;
  schedulerBurst: number;
  /** Seconds from a pod's node being chosen until its container runs. */
  podStart: number;
}

type Stage = 'pending' | 'onNode' | 'gone';

export class Nodes {
  private free: number;
  private readonly pending: { pod: Pod; stage: Stage }[] = [];
  private first = 0;
  private readonly scheduler: TokenBucket;

  constructor(
    private readonly clock: Clock,
    private readonly settings: NodeSettings,
  ) {
    this.free = settings.slots;
    this.scheduler = new TokenBucket(settings.schedulerQps, settings.schedulerBurst);
  }

  add(pod: Pod): Removal {
    const place = { pod, stage: 'pending' as Stage };
    this.pending.push(place);
    this.next();
    return () => this.leave(place);
  }

  private next(): void {
    while (this.free > 0 && this.first < this.pending.length) {
      const place = this.pending[this.first] as { pod: Pod; stage: Stage };
      delete this.pending[this.first];
      this.first += 1;
      if (place.stage === 'gone') continue;
      this.free -= 1;
      place.stage = 'onNode';
      this.run(place);
    }
  }

  private run(place: { pod: Pod; stage: Stage }): void {
    const { pod } = place;
    this.clock.at(this.scheduler.take(this.clock.now) + this.settings.podStart, () => {
      if (place.stage !== 'gone') pod.onRunning(() => this.leave(place));
    });
  }

  private leave(place: { stage: Stage }): void {
    const wasOnNode = place.stage === 'onNode';
    place.stage = 'gone';
    if (!wasOnNode) return;
    this.free += 1;
    this.next();
  }
}
