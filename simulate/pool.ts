// A pool of workers: one Job whose pods each take the next group from a queue until it is empty. cronfleet has no such shape; it is here
// to be compared with.

import type { Client } from './client';
import type { Clock } from './clock';
import type { Groups } from './groups';
import type { Nodes, Removal } from './nodes';
import type { Settings } from './settings';
import { type Sync, WorkQueue } from './work-queue';

export class Pool {
  private readonly queue: WorkQueue;
  private readonly next: { group: number; attempt: number }[];
  private taken = 0;
  private running = 0;
  private readonly removals: Removal[] = [];
  private isOver = false;

  constructor(
    private readonly clock: Clock,
    client: Client,
    private readonly nodes: Nodes,
    private readonly groups: Groups,
    private readonly settings: Settings,
    private readonly workers: number,
    private readonly activeDeadline: number,
    private readonly onEnded: () => void,
  ) {
    this.next = Array.from({ length: groups.count }, (_, group) => ({ group, attempt: 1 }));
    this.queue = new WorkQueue(clock, client, 1, settings.jobWorkers, () => this.sync());
  }

  /** The Job is there. */
  make(): void {
    this.queue.add(0);
    this.clock.after(this.activeDeadline, () => this.cutOff());
  }

  private *sync(): Sync {
    if (this.isOver) {
      yield this.workers; // the pods' finalizers
      yield 1; // status: SuccessCriteriaMet or FailureTarget
      yield 1; // status: Complete or Failed
      this.onEnded();
      return;
    }
    for (let made = 0, size = 1; made < this.workers; made += size, size *= 2) {
      const batch = Math.min(size, this.workers - made);
      yield batch;
      for (let pod = 0; pod < batch; pod += 1) this.addWorker();
    }
    yield 1; // status: active, startTime
  }

  private addWorker(): void {
    this.removals.push(
      this.nodes.add({
        onRunning: (end) => {
          this.running += 1;
          this.work(end);
        },
      }),
    );
  }

  private work(end: () => void): void {
    if (this.isOver) return;
    const item = this.next[this.taken];
    if (item === undefined) {
      end();
      this.running -= 1;
      if (this.running === 0) this.close();
      return;
    }
    this.taken += 1;
    const { group, attempt } = item;
    const { seconds, fails } = this.groups.attempt(group, attempt);
    this.groups.begin(group, this.clock.now);
    this.clock.after(seconds, () => {
      if (this.isOver) return;
      // Tried again when its turn comes, behind all others.
      if (fails && attempt <= this.settings.retries) this.next.push({ group, attempt: attempt + 1 });
      else this.groups.settle(group, fails ? 'failed' : 'done', this.clock.now);
      this.work(end);
    });
  }

  private cutOff(): void {
    if (this.isOver) return;
    for (const remove of this.removals) remove();
    this.groups.settleRest('deadline', this.clock.now);
    this.close();
  }

  private close(): void {
    this.isOver = true;
    this.queue.add(0);
  }
}
