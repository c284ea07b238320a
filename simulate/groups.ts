// The groups of a night: what each takes, how often it fails, and what becomes of it.

import { chance } from './random';
import type { Settings } from './settings';

/**
 * `done` while the window was open, `late` after it closed; `failed` with all its retries; `deadline`, cut off by its Job's;
 * `missed`, never begun since its CronJob's starting deadline was over.
 */
export type Outcome = 'done' | 'late' | 'failed' | 'deadline' | 'missed';

export interface Try {
  seconds: number;
  fails: boolean;
}

/** A group takes from this share of its minutes on, up to as much above them. */
const QUICKEST = 0.8;

export class Groups {
  readonly outcomes: (Outcome | undefined)[];
  /** When a group's first container ran; NaN: never. */
  readonly began: Float64Array;
  /** When the last group was done, one way or the other. */
  lastEnd = 0;

  constructor(
    readonly count: number,
    private readonly settings: Settings,
  ) {
    this.outcomes = new Array(count).fill(undefined);
    this.began = new Float64Array(count).fill(Number.NaN);
  }

  /** How a try goes, counted from 1: of a group and its try alone, whatever the shape of the night. */
  attempt(group: number, attempt: number): Try {
    const { seed, minutes, failures } = this.settings;
    const whole = minutes * 60 * (QUICKEST + 2 * (1 - QUICKEST) * chance(seed, group, 0, 0));
    const fails = chance(seed, group, attempt, 1) < failures;
    return { fails, seconds: fails ? whole * chance(seed, group, attempt, 2) : whole };
  }

  begin(group: number, now: number): void {
    if (Number.isNaN(this.began[group])) this.began[group] = now;
  }

  /** What has become of it; the first word counts. */
  settle(group: number, outcome: Exclude<Outcome, 'late'>, now: number): void {
    if (this.outcomes[group] !== undefined) return;
    this.outcomes[group] = outcome === 'done' && now > this.settings.window * 60 ? 'late' : outcome;
    if (outcome !== 'missed') this.lastEnd = Math.max(this.lastEnd, now);
  }

  /** All that nothing has become of yet. */
  settleRest(outcome: Exclude<Outcome, 'late'>, now: number): void {
    for (let group = 0; group < this.count; group += 1) this.settle(group, outcome, now);
  }
}
