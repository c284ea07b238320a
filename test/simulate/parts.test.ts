// The parts of a night, each by itself, against what can be worked out by hand.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Client } from '../../simulate/client';
import { Clock } from '../../simulate/clock';
import { Groups } from '../../simulate/groups';
import { IndexedJob } from '../../simulate/indexed-job';
import { Nodes } from '../../simulate/nodes';
import { chance } from '../../simulate/random';
import { DEFAULTS } from '../../simulate/settings';
import { percentile } from '../../simulate/statistics';
import { type Sync, WorkQueue } from '../../simulate/work-queue';

describe('Clock', () => {
  test('whatever is asked for in which order happens by time, and at one time in the order of asking', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (times) => {
        const clock = new Clock();
        const seen: [number, number][] = [];
        for (const [order, time] of times.entries()) clock.at(time, () => seen.push([clock.now, order]));
        clock.run();
        expect(seen).toEqual(times.map((time, order) => [time, order]).sort((a, b) => Number(a[0]) - Number(b[0])));
      }),
    );
  });

  test('what happens may ask for more, and nothing happens before now', () => {
    const clock = new Clock();
    const seen: number[] = [];
    clock.at(5, () => {
      clock.at(1, () => seen.push(clock.now));
      clock.after(2, () => seen.push(clock.now));
    });
    clock.run();
    expect(seen).toEqual([5, 7]);
  });
});

describe('Client', () => {
  test('Events wait their turn behind each other, and take tokens from the writes', () => {
    const clock = new Clock();
    const client = new Client(clock, { qps: 1, burst: 1, latency: 0 });
    client.event();
    client.event();
    const answered = client.write(1);
    clock.run();
    // The first Event has the token that was there; the write asks before the second Event does.
    expect([answered, client.writes, clock.now]).toEqual([1, 3, 2]);
  });

  test('above a thousand that wait, Events are dropped', () => {
    const clock = new Clock();
    const client = new Client(clock, { qps: 1_000, burst: 1, latency: 0 });
    for (let event = 0; event < 5_000; event += 1) client.event();
    clock.run();
    expect(client.writes).toBe(1_000);
  });
});

describe('WorkQueue', () => {
  const queueOf = (workers: number, sync: (clock: Clock, key: number) => Sync) => {
    const clock = new Clock();
    const client = new Client(clock, { qps: 1e9, burst: 1e9, latency: 1 });
    return { clock, queue: new WorkQueue(clock, client, 10_000, workers, (key) => sync(clock, key)) };
  };

  test('so many workers look at so many objects at once, first come first served', () => {
    const seen: [number, number][] = [];
    const { clock, queue } = queueOf(2, function* (clock, key) {
      seen.push([clock.now, key]);
      yield 1;
    });
    for (const key of [3, 1, 2, 3, 1]) queue.add(key);
    clock.run();
    // The second 3 and 1 came while the first were in hand.
    expect(seen).toEqual([
      [0, 3],
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 1],
    ]);
  });

  test('an object is never in two hands', () => {
    let inHand = 0;
    const { clock, queue } = queueOf(5, function* () {
      inHand += 1;
      expect(inHand).toBe(1);
      yield 1;
      inHand -= 1;
    });
    queue.add(0);
    queue.addAfter(0, 0.5);
    queue.addAfter(0, 0.6);
    clock.run();
    expect(clock.now).toBe(2);
  });

  test('thousands of looks that write nothing are over at once', () => {
    let looks = 0;
    // biome-ignore lint/correctness/useYield: it writes nothing
    const { clock, queue } = queueOf(1, function* () {
      looks += 1;
    });
    clock.at(0, () => {
      for (let key = 0; key < 10_000; key += 1) queue.add(key);
    });
    clock.run();
    expect([looks, clock.now]).toEqual([10_000, 0]);
  });
});

describe('Nodes', () => {
  const endOf = (slots: number, pods: readonly { at: number; seconds: number }[]) => {
    const clock = new Clock();
    const nodes = new Nodes(clock, { slots, schedulerQps: 1e9, schedulerBurst: 1e9, podStart: 0 });
    const started: number[] = [];
    for (const [pod, { at, seconds }] of pods.entries())
      clock.at(at, () =>
        nodes.add({
          onRunning: (end) => {
            started[pod] = clock.now;
            clock.after(seconds, end);
          },
        }),
      );
    clock.run();
    return { started, end: clock.now };
  };

  test('what does not fit is pending until a pod ends', () => {
    const pod = { at: 0, seconds: 10 };
    expect(endOf(2, [pod, pod, pod])).toEqual({ started: [0, 0, 10], end: 20 });
  });

  test('more slots start no pod later', () => {
    const pods = fc.array(fc.record({ at: fc.nat(50), seconds: fc.integer({ min: 1, max: 20 }) }), { maxLength: 40 });
    fc.assert(
      fc.property(pods, fc.integer({ min: 1, max: 8 }), (unsorted, slots) => {
        const pods = [...unsorted].sort((a, b) => a.at - b.at);
        const few = endOf(slots, pods).started;
        const more = endOf(slots + 1, pods).started;
        for (const [pod, start] of more.entries()) expect(start).toBeLessThanOrEqual(few[pod] as number);
      }),
    );
  });

  test('a pod that has ended makes room once, also when it is taken away afterwards', () => {
    const clock = new Clock();
    const nodes = new Nodes(clock, { ...DEFAULTS, slots: 1, podStart: 0 });
    const ran: string[] = [];
    const add = (name: string, seconds: number) =>
      nodes.add({
        onRunning: (end) => {
          ran.push(`${name} at ${clock.now}`);
          clock.after(seconds, end);
        },
      });
    const first = add('first', 1);
    add('second', 10);
    add('third', 1);
    clock.at(2, () => first());
    clock.run();
    expect(ran).toEqual(['first at 0', 'second at 1', 'third at 11']);
  });

  test('a pod that is taken away makes room, and one that is pending never runs', () => {
    const clock = new Clock();
    const nodes = new Nodes(clock, { ...DEFAULTS, slots: 1, podStart: 0 });
    const ran: string[] = [];
    const add = (name: string) => nodes.add({ onRunning: () => ran.push(name) });
    const [first, second] = [add('first'), add('second'), add('third')];
    clock.at(1, () => second?.());
    clock.at(2, () => first?.());
    clock.run();
    expect(ran).toEqual(['first', 'third']);
  });
});

describe('IndexedJob', () => {
  test('has no more pods at once than its parallelism, however many would fit', () => {
    const clock = new Clock();
    const settings = { ...DEFAULTS, failures: 0, minutes: 1, podStart: 0 };
    const groups = new Groups(6, settings);
    const client = new Client(clock, settings);
    const job = new IndexedJob(clock, client, new Nodes(clock, settings), groups, settings, 2, 3_600, () => {});
    clock.at(0, () => job.make());
    clock.run();
    // A minute takes 48 seconds at least.
    const waves = [...groups.began].map((began) => Math.floor(began / 48));
    expect(waves).toEqual([0, 0, 1, 1, 2, 2].map((least, at) => Math.max(least, waves[at] as number)));
    expect(groups.outcomes).toEqual(new Array(6).fill('done'));
  });
});

describe('chance', () => {
  test('is the same for the same, another for another seed, and as often low as high', () => {
    expect(chance(1, 2, 3, 4)).toBe(chance(1, 2, 3, 4));
    expect(chance(1, 2, 3, 4)).not.toBe(chance(2, 2, 3, 4));
    const draws = Array.from({ length: 10_000 }, (_, group) => chance(7, group, 1, 1));
    expect(draws.filter((draw) => draw < 0.01).length).toBeGreaterThan(70);
    expect(draws.filter((draw) => draw < 0.01).length).toBeLessThan(130);
    expect(Math.abs(draws.reduce((sum, draw) => sum + draw, 0) / draws.length - 0.5)).toBeLessThan(0.02);
  });
});

test('no part looks at the real time or throws real dice', () => {
  const folder = join(import.meta.dirname, '../../simulate');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(15);
  const real = files.filter((file) =>
    /Math\.random|Date\.now|new Date\(\)|performance\.|setTimeout/.test(readFileSync(join(folder, file), 'utf8')),
  );
  expect(real).toEqual([]);
});

test('percentile is the least that so large a share does not exceed', () => {
  expect([0, 0.5, 0.99, 1].map((share) => percentile([1, 2, 3, 4], share))).toEqual([1, 2, 4, 4]);
});
