// Requests that wait until a test lets them go: so that it knows what is under way, without any time passing.

import type { Asked } from './faults';

/** Which requests wait. What is left out matches all. */
export type HoldMatch = Partial<Asked>;

export class Hold {
  private readonly held: (() => void)[] = [];
  private readonly awaited: { count: number; resolve: () => void }[] = [];
  private isOver = false;

  constructor(private readonly match: HoldMatch) {}

  /** How many wait now. */
  get size(): number {
    return this.held.length;
  }

  /** Resolves once as many requests wait. */
  waiting(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.awaited.push({ count, resolve });
      this.tell();
    });
  }

  /** Lets the first ones go on that wait, all by default. */
  let(count = this.held.length): void {
    for (const go of this.held.splice(0, count)) go();
  }

  /** Lets all go on, those to come as well. */
  release(): void {
    this.isOver = true;
    this.let();
  }

  /** Resolves when the request may go on; for one that does not match at once. */
  pass(asked: Asked): Promise<void> | undefined {
    const isMine = Object.entries(this.match).every(([key, value]) => asked[key as keyof Asked] === value);
    if (this.isOver || !isMine) return undefined;
    return new Promise((resolve) => {
      this.held.push(resolve);
      this.tell();
    });
  }

  private tell(): void {
    for (const { count, resolve } of this.awaited) if (this.held.length >= count) resolve();
  }
}
