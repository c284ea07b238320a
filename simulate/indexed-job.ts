// The Job controller with one Indexed Job, an index for each group: pods are made and counted by the hundreds in one look. Read from the
// same places as single-jobs.ts, with backoffLimitPerIndex.

import { backoffSeconds } from '../lib/config/backoff';
import type { Client } from './client';
import type { Clock } from './clock';
import type { Groups } from './groups';
import type { Nodes, Removal } from './nodes';
import { BATCH, MOST_EVENTS_OF_ONE, MOST_PODS_A_SYNC, type Settings } from './settings';
import { type Sync, WorkQueue } from './work-queue';

interface Ended {
  index: number;
  attempt: number;
  fails: boolean;
}

interface Retry {
  index: number;
  attempt: number;
  at: number;
}

export class IndexedJob {
  private readonly queue: WorkQueue;
  private startedAt: number | undefined;
  /** The lowest index that no pod was made for. */
  private fresh = 0;
  private readonly active = new Map<number, Removal>();
  private uncounted: Ended[] = [];
  private retries: Retry[] = [];
  private counted = 0;
  private hasNews = false;
  private isBatched = false;
  private eventsLeft = MOST_EVENTS_OF_ONE;
  private hasEnded = false;

  constructor(
    private readonly clock: Clock,
    private readonly client: Client,
    private readonly nodes: Nodes,
    private readonly groups: Groups,
    private readonly settings: Settings,
    private readonly parallelism: number,
    private readonly activeDeadline: number,
    private readonly onEnded: () => void,
  ) {
    this.queue = new WorkQueue(clock, client, 1, settings.jobWorkers, () => this.sync());
  }

  /** The Job is there. */
  make(): void {
    this.queue.add(0);
  }

  private *sync(): Sync {
    if (this.hasEnded) return;
    if (this.startedAt === undefined) {
      this.startedAt = this.clock.now;
      this.queue.addAfter(0, this.activeDeadline);
    }
    if (this.clock.now >= this.startedAt + this.activeDeadline) {
      yield* this.cutOff();
      return;
    }
    const ended = this.uncounted.splice(0, MOST_PODS_A_SYNC);
    const over = ended.filter(({ fails, attempt }) => !fails || attempt > this.settings.retries);
    for (const pod of ended) if (!over.includes(pod)) this.retryLater(pod);
    const made = yield* this.makePods();
    if (made > 0 || ended.length > 0 || this.hasNews) {
      this.hasNews = false;
      yield 1; // status: active, ready, completedIndexes, failedIndexes
    }
    for (const { index, fails } of over) this.groups.settle(index, fails ? 'failed' : 'done', this.clock.now);
    this.counted += over.length;
    if (ended.length > 0) yield ended.length; // the pods' finalizers
    if (ended.some(({ fails }) => fails)) yield 1; // status: failed pods are counted
    if (ended.length > 0) this.lookSoon();
    if (this.counted < this.groups.count) return;
    this.hasEnded = true;
    yield 1; // status: SuccessCriteriaMet or FailureTarget
    yield 1; // status: Complete or Failed
    this.client.event();
    this.onEnded();
  }

  /** @returns how many. An index that waits for its retry keeps its place among the pods at once: the lowest come first. */
  private *makePods(): Generator<number, number, void> {
    const room = Math.min(this.parallelism - this.active.size, MOST_PODS_A_SYNC);
    const { now } = this.clock;
    this.retries.sort((a, b) => a.index - b.index);
    const first = this.retries.slice(0, Math.max(0, room));
    const due = first.filter(({ at }) => at <= now);
    this.retries = this.retries.filter((retry) => !due.includes(retry));
    const others = Math.max(0, Math.min(room - first.length, this.groups.count - this.fresh));
    const pods = [
      ...due.map(({ index, attempt }) => ({ index, attempt })),
      ...Array.from({ length: others }, (_, at) => ({ index: this.fresh + at, attempt: 1 })),
    ];
    this.fresh += others;
    if (pods.length === 0 && first.length > 0) this.queue.addAfter(0, Math.min(...first.map(({ at }) => at)) - now);
    // Slow start: one, two, four … side by side.
    for (let from = 0, size = 1; from < pods.length; from += size, size *= 2) {
      const batch = pods.slice(from, from + size);
      yield batch.length;
      for (const { index, attempt } of batch) this.addPod(index, attempt);
    }
    return pods.length;
  }

  private addPod(index: number, attempt: number): void {
    this.event();
    const { seconds, fails } = this.groups.attempt(index, attempt);
    const remove = this.nodes.add({
      onRunning: (end) => {
        this.groups.begin(index, this.clock.now);
        this.hasNews = true;
        this.lookSoon();
        this.clock.after(seconds, () => {
          if (this.hasEnded) return;
          end();
          this.active.delete(index);
          this.uncounted.push({ index, attempt, fails });
          this.lookSoon();
        });
      },
    });
    this.active.set(index, remove);
  }

  private retryLater({ index, attempt }: Ended): void {
    const wait = backoffSeconds(attempt) - backoffSeconds(attempt - 1);
    this.retries.push({ index, attempt: attempt + 1, at: this.clock.now + wait });
  }

  private *cutOff(): Sync {
    this.hasEnded = true;
    for (const remove of this.active.values()) remove();
    const pods = this.active.size + this.uncounted.length;
    if (this.active.size > 0) yield this.active.size; // pods are deleted
    yield 1; // status: FailureTarget
    if (pods > 0) yield pods; // the pods' finalizers
    yield 1; // status: Failed
    this.client.event();
    // Unlike with one pod, those that have ended are counted all the same.
    for (const { index, fails } of this.uncounted) if (!fails) this.groups.settle(index, 'done', this.clock.now);
    this.groups.settleRest('deadline', this.clock.now);
    this.onEnded();
  }

  private lookSoon(): void {
    if (this.isBatched) return;
    this.isBatched = true;
    this.clock.after(BATCH, () => {
      this.isBatched = false;
      this.queue.add(0);
    });
  }

  private event(): void {
    if (this.eventsLeft === 0) return;
    this.eventsLeft -= 1;
    this.client.event();
  }
}
