import { describe, expect, test } from 'vitest';
import { backoffSeconds } from '../../lib/config/backoff';
import { accepts, fleet, problemsOf, schedule, tells } from './written';

test.each([
  [0, 0],
  [1, 10],
  [2, 10 + 20],
  [3, 10 + 20 + 40],
  [6, 10 + 20 + 40 + 80 + 160 + 320],
  [7, 630 + 600],
  [20, 630 + 14 * 600],
])('backoffSeconds: %i retries wait %i seconds, doubling from 10 up to 600', (retries, seconds) => {
  expect(backoffSeconds(retries)).toBe(seconds);
});

describe('a deadline', () => {
  const once = (deadlineMinutes: unknown, retries?: unknown) =>
    fleet({ window: undefined, once: true, deadlineMinutes, job: { image: 'worker:1', retries } });
  const everyHour = (deadlineMinutes: unknown, retries?: unknown) => {
    const { fleets } = schedule({ deadlineMinutes }) as { fleets: { catalog: object } };
    return { store: 'postgres://db/shop', fleets: { a: { ...fleets.catalog, job: { image: 'worker:1', retries } } } };
  };

  tells([
    [
      'of a schedule must hold the waits between the tries',
      everyHour(2),
      [
        'fleets.a.schedule.deadlineMinutes: expected at least 3 minutes: one to run, and the 70 s that Kubernetes waits between 3 retries, got 2',
        '  allow 3, or write job.retries: 2',
      ],
    ],
    [
      'of what runs once, too',
      once(100, 20),
      [
        'fleets.catalog.deadlineMinutes: expected at least 152 minutes: one to run, and the 9030 s that Kubernetes waits between 20 retries, got 100',
        '  allow 152, or write job.retries: 14',
      ],
    ],
    [
      'that is no number is told as such alone',
      everyHour(0, -1),
      [
        'fleets.a.job.retries: expected a whole number from 0 to 20, got -1',
        'fleets.a.schedule.deadlineMinutes: expected a whole number from 1 to 10,080, got 0',
      ],
    ],
  ]);

  accepts([
    ['one that just holds them', everyHour(3)],
    ['a minute without retries', everyHour(1, 0)],
    ['none, of what runs once', once(undefined, 20)],
  ]);

  test('is accepted as soon as either way out is taken, and not before', () => {
    for (let retries = 1; retries <= 20; retries += 1) {
      for (const minutes of [1, 2, 3, 10, 60, 150]) {
        const told = /allow (\d+), or write job\.retries: (\d+)/.exec(problemsOf(once(minutes, retries)));
        if (told === null) {
          expect(backoffSeconds(retries) + 60).toBeLessThanOrEqual(minutes * 60);
          continue;
        }
        const [needed, fewer] = [Number(told[1]), Number(told[2])];
        expect(problemsOf(once(needed, retries))).toBe('');
        expect(problemsOf(once(needed - 1, retries))).not.toBe('');
        expect(problemsOf(once(minutes, fewer))).toBe('');
        expect(problemsOf(once(minutes, fewer + 1))).not.toBe('');
      }
    }
  });
});
