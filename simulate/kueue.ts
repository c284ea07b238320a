// Kueue in front of the Jobs: each is made suspended, and resumed when the queue has room for its pod. How many writes that takes is
// assumed; that a resumed Job's deadline counts anew is in syncJob of pkg/controller/job/job_controller.go.

import type { Client } from './client';
import type { Clock } from './clock';
import { type Sync, WorkQueue } from './work-queue';

/** Jobs that its reconciler looks at at once: `groupKindConcurrency` of `Job.batch` in the configuration that Kueue ships. */
const WORKERS = 5;

type Stage = 'new' | 'waiting' | 'admitted' | 'resumed' | 'ended';

export class Kueue {
  private readonly stages: Stage[];
  private readonly queue: WorkQueue;
  private readonly waiting: number[] = [];
  private first = 0;

  /** @param free pods that the quota has room for */
  constructor(
    clock: Clock,
    client: Client,
    count: number,
    private free: number,
    private readonly onAdmitted: (key: number) => void,
  ) {
    this.stages = new Array(count).fill('new');
    this.queue = new WorkQueue(clock, client, count, WORKERS, (key) => this.sync(key));
  }

  /** A suspended Job is there. */
  add(key: number): void {
    this.queue.add(key);
  }

  /** A Job has ended. */
  jobEnded(key: number): void {
    this.stages[key] = 'ended';
    this.queue.add(key);
  }

  private *sync(key: number): Sync {
    switch (this.stages[key]) {
      case 'new':
        yield 1; // the Workload
        this.stages[key] = 'waiting';
        this.waiting.push(key);
        this.admit();
        break;
      case 'admitted':
        this.stages[key] = 'resumed';
        yield 1; // the Workload's status: QuotaReserved, Admitted
        yield 1; // the Job: not suspended
        this.onAdmitted(key);
        break;
      case 'ended':
        yield 1; // the Workload's status: Finished
        this.free += 1;
        this.admit();
        break;
    }
  }

  private admit(): void {
    while (this.free > 0 && this.first < this.waiting.length) {
      const key = this.waiting[this.first] as number;
      this.first += 1;
      this.free -= 1;
      this.stages[key] = 'admitted';
      this.queue.add(key);
    }
  }
}
