// The CronJob controller: it makes a Job when a CronJob's minute comes, and tidies up when the Job has ended. What it writes, and in
// which order, is read from syncCronJob and cleanupFinishedJobs in pkg/controller/cronjob/cronjob_controllerv2.go.

import type { Client } from './client';
import type { Clock } from './clock';
import { REQUEUE_PAD } from './settings';
import { type Sync, WorkQueue } from './work-queue';

/** When a CronJob starts and how late it may, in seconds after the window opens. */
export interface Start {
  at: number;
  startingDeadline: number;
}

export interface CronJobEvents {
  onJob(key: number): void;
  onMissed(key: number): void;
}

const WAITING = 0;
const STARTED = 1;
const ENDED = 2;
const TIDIED = 3;

export class CronJobs {
  /** Seconds from a CronJob's minute until its Job was there; NaN: never. The metric job_creation_skew_duration_seconds. */
  readonly skews: Float64Array;
  private readonly states: Uint8Array;
  private readonly queue: WorkQueue;

  constructor(
    private readonly clock: Clock,
    private readonly client: Client,
    private readonly starts: readonly Start[],
    workers: number,
    private readonly events: CronJobEvents,
  ) {
    this.skews = new Float64Array(starts.length).fill(Number.NaN);
    this.states = new Uint8Array(starts.length);
    this.queue = new WorkQueue(clock, client, starts.length, workers, (key) => this.sync(key));
    for (const [key, { at }] of starts.entries()) clock.at(at + REQUEUE_PAD, () => this.queue.add(key));
  }

  /** The Job of a CronJob has come to its end. */
  jobEnded(key: number): void {
    this.states[key] = ENDED;
    this.queue.add(key);
  }

  private *sync(key: number): Sync {
    if (this.states[key] === WAITING) {
      const { at, startingDeadline } = this.starts[key] as Start;
      this.states[key] = STARTED;
      // Looked at once, before the wait for a token.
      if (this.clock.now > at + startingDeadline) {
        this.client.event();
        this.events.onMissed(key);
        return;
      }
      yield 1; // the Job
      this.skews[key] = this.clock.now - at;
      this.client.event();
      this.events.onJob(key);
      yield 1; // status: active, lastScheduleTime
    } else if (this.states[key] === ENDED) {
      this.states[key] = TIDIED;
      // History is full since the nights before: the oldest Job goes for the one that has ended.
      yield 1;
      this.client.event();
      this.client.event();
      yield 1; // status: not active any more, lastSuccessfulTime
    }
  }
}
