// The Job controller with Jobs of one pod, one for each group. What it writes, and in which order, is read from syncJob, manageJob and
// trackJobStatusAndRemoveFinalizers in pkg/controller/job/job_controller.go.

import { backoffSeconds } from '../lib/config/backoff';
import type { Client } from './client';
import type { Clock } from './clock';
import type { Groups } from './groups';
import type { Nodes, Removal } from './nodes';
import { BATCH, type Settings } from './settings';
import { type Sync, WorkQueue } from './work-queue';

type Phase = 'none' | 'made' | 'running' | 'succeeded' | 'failed';

interface Job {
  isSuspended: boolean;
  phase: Phase;
  /** Of the pod that runs or ran last, from 1. */
  attempt: number;
  /** What activeDeadlineSeconds counts from. */
  startedAt: number | undefined;
  /** Before then no pod is made. */
  retryAt: number;
  isReadyTold: boolean;
  isSuspensionTold: boolean;
  hasEnded: boolean;
  remove: Removal | undefined;
}

export interface SingleJobEvents {
  /** Suspended, and nobody has said otherwise yet. */
  onSuspended(key: number): void;
  onEnded(key: number): void;
}

export class SingleJobs {
  private readonly jobs: (Job | undefined)[];
  private readonly queue: WorkQueue;

  /** @param activeDeadlines of each Job, in seconds */
  constructor(
    private readonly clock: Clock,
    private readonly client: Client,
    private readonly nodes: Nodes,
    private readonly groups: Groups,
    private readonly settings: Settings,
    private readonly activeDeadlines: readonly number[],
    private readonly events: SingleJobEvents,
  ) {
    this.jobs = new Array(groups.count).fill(undefined);
    this.queue = new WorkQueue(clock, client, groups.count, settings.jobWorkers, (key) => this.sync(key));
  }

  /** A Job is there. */
  make(key: number, isSuspended: boolean): void {
    this.jobs[key] = {
      ...{ isSuspended, phase: 'none', attempt: 0, startedAt: undefined, retryAt: 0, remove: undefined },
      ...{ isReadyTold: false, isSuspensionTold: false, hasEnded: false },
    };
    this.queue.add(key);
  }

  resume(key: number): void {
    const job = this.jobs[key] as Job;
    job.isSuspended = false;
    this.queue.add(key);
  }

  private *sync(key: number): Sync {
    const job = this.jobs[key] as Job;
    if (job.hasEnded) return;
    if (job.isSuspended) {
      if (job.isSuspensionTold) return;
      job.isSuspensionTold = true;
      yield 1; // status: Suspended
      this.client.event();
      this.events.onSuspended(key);
      return;
    }
    const deadline = this.activeDeadlines[key] as number;
    if (job.startedAt === undefined) {
      job.startedAt = this.clock.now;
      this.queue.addAfter(key, deadline);
      if (job.isSuspensionTold) this.client.event(); // Resumed
    }
    const isPast = this.clock.now >= job.startedAt + deadline;
    const isGivenUp = job.phase === 'failed' && job.attempt > this.settings.retries;
    // In this order: a pod that succeeded and was not counted before the deadline does not count.
    if (isGivenUp) yield* this.end(key, job, 'failed');
    else if (isPast) yield* this.end(key, job, 'deadline');
    else if (job.phase === 'succeeded') yield* this.end(key, job, 'done');
    else if (job.phase === 'failed') yield* this.backOff(key, job);
    else if (job.phase === 'none' && this.clock.now >= job.retryAt) yield* this.makePod(key, job);
    else if (job.phase === 'running' && !job.isReadyTold) {
      job.isReadyTold = true;
      yield 1; // status: ready
    }
  }

  private *makePod(key: number, job: Job): Sync {
    job.phase = 'made';
    job.isReadyTold = false;
    job.attempt += 1;
    yield 1; // the pod
    this.client.event();
    const { seconds, fails } = this.groups.attempt(key, job.attempt);
    job.remove = this.nodes.add({
      onRunning: (end) => {
        this.groups.begin(key, this.clock.now);
        job.phase = 'running';
        this.queue.addAfter(key, BATCH);
        this.clock.after(seconds, () => {
          if (job.hasEnded) return;
          end();
          job.phase = fails ? 'failed' : 'succeeded';
          this.queue.addAfter(key, BATCH);
        });
      },
    });
    yield 1; // status: active, startTime
  }

  private *backOff(key: number, job: Job): Sync {
    const wait = backoffSeconds(job.attempt) - backoffSeconds(job.attempt - 1);
    job.retryAt = this.clock.now + wait;
    job.phase = 'none';
    yield 1; // status: the pod is uncounted
    yield 1; // the pod's finalizer
    yield 1; // status: counted
    this.queue.addAfter(key, Math.max(0, job.retryAt - this.clock.now));
  }

  private *end(key: number, job: Job, outcome: 'done' | 'failed' | 'deadline'): Sync {
    job.hasEnded = true;
    if (job.phase === 'made' || job.phase === 'running') {
      job.remove?.();
      yield 1; // the pod is deleted
    }
    yield 1; // status: SuccessCriteriaMet or FailureTarget
    if (job.phase !== 'none') yield 1; // the pod's finalizer
    yield 1; // status: Complete or Failed
    this.client.event();
    this.groups.settle(key, outcome, this.clock.now);
    this.events.onEnded(key);
  }
}
