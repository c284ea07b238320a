// The clock of a simulated night: what happens next, happens now. Times are seconds after the window opens.

/**
 * Events in the order of their times, those of one time in the order in which they were asked for: so the same night is the same
 * night each time. A binary heap of its own in place of `flatqueue`, which promises no order among equals.
 */
export class Clock {
  now = 0;
  private asked = 0;
  private readonly heap: { time: number; order: number; happen: () => void }[] = [];

  /** @param time not before now; what is, happens now */
  at(time: number, happen: () => void): void {
    const event = { time: Math.max(time, this.now), order: this.asked, happen };
    this.asked += 1;
    const { heap } = this;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as (typeof heap)[number];
      if (!isBefore(event, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = event;
  }

  after(seconds: number, happen: () => void): void {
    this.at(this.now + seconds, happen);
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let event = this.take(); event !== undefined; event = this.take()) {
      this.now = event.time;
      event.happen();
    }
  }

  private take() {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      const [left, right] = [heap[child], heap[child + 1]] as typeof heap;
      if (right !== undefined && isBefore(right, left as typeof right)) child += 1;
      const below = heap[child] as typeof last;
      if (!isBefore(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: { time: number; order: number }, b: { time: number; order: number }): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
