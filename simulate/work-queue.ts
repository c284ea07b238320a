// A controller's queue and its workers, as client-go's workqueue: first in, first out; a key waits only once, and is never in two
// hands. https://pkg.go.dev/k8s.io/client-go/util/workqueue

import type { Client } from './client';
import type { Clock } from './clock';

/** A look at one object: it says how many writes it sends side by side, and goes on when they are answered. */
export type Sync = Generator<number, void, void>;

const IDLE = 0;
const QUEUED = 1;
const IN_HAND = 2;
/** In hand, and to be looked at again. */
const DIRTY = 3;

export class WorkQueue {
  private waiting: number[] = [];
  private first = 0;
  private free: number;
  private isHandingOut = false;
  private readonly states: Uint8Array;

  /**
   * @param keys how many objects there may be: 0 to below it
   * @param workers how many are looked at at once
   */
  constructor(
    private readonly clock: Clock,
    private readonly client: Client,
    keys: number,
    workers: number,
    private readonly sync: (key: number) => Sync,
  ) {
    this.free = workers;
    this.states = new Uint8Array(keys);
  }

  add(key: number): void {
    const state = this.states[key];
    if (state === IN_HAND) this.states[key] = DIRTY;
    if (state !== IDLE) return;
    this.states[key] = QUEUED;
    this.waiting.push(key);
    this.next();
  }

  addAfter(key: number, seconds: number): void {
    this.clock.after(seconds, () => this.add(key));
  }

  private next(): void {
    // A look that writes nothing is over at once, and comes back here.
    if (this.isHandingOut) return;
    this.isHandingOut = true;
    while (this.free > 0 && this.first < this.waiting.length) {
      const key = this.waiting[this.first] as number;
      this.first += 1;
      this.forgetTaken();
      this.free -= 1;
      this.states[key] = IN_HAND;
      this.goOn(key, this.sync(key));
    }
    this.isHandingOut = false;
  }

  private goOn(key: number, sync: Sync): void {
    const step = sync.next();
    if (!step.done) {
      this.clock.at(this.client.write(step.value), () => this.goOn(key, sync));
      return;
    }
    const isDirty = this.states[key] === DIRTY;
    this.states[key] = IDLE;
    this.free += 1;
    if (isDirty) this.add(key);
    this.next();
  }

  /** Taking from the front of a long array would move the rest each time. */
  private forgetTaken(): void {
    if (this.first < 1_024 || this.first * 2 < this.waiting.length) return;
    this.waiting = this.waiting.slice(this.first);
    this.first = 0;
  }
}
