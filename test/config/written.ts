// Configs as a team may write them, right and wrong, and what a person is told of them.

import { expect, test } from 'vitest';
import { byKeyRange, demoStore } from '../../lib/config/define';
import { invalidConfig } from '../../lib/config/problems';
import { fleetsSchema } from '../../lib/config/schema';

export type Keys = Record<string, unknown>;

/** A whole config with the given keys replaced or added. */
export function config(keys: Keys = {}): unknown {
  return { store: demoStore({ rows: 10 }), fleets: { catalog: aFleet() }, ...keys };
}

/** One fleet of it. */
export function aFleet(keys: Keys = {}) {
  return {
    namespace: 'batch',
    groups: byKeyRange({ table: 'items', key: 'id', capacity: 1_000 }),
    window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
    job: { image: 'worker:1' },
    ...keys,
  };
}

// The whole config again, with keys replaced or added further down.
export const fleet = (keys: Keys) => config({ fleets: { catalog: aFleet(keys) } });
export const groups = (keys: Keys) => fleet({ groups: { ...aFleet().groups, ...keys } });
export const window = (keys: Keys) => fleet({ window: { ...aFleet().window, ...keys } });
export const schedule = (keys: Keys) =>
  fleet({ window: undefined, schedule: { cron: '0 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 5, ...keys } });
export const job = (keys: Keys) => fleet({ job: { ...aFleet().job, ...keys } });

/** The problems as they are printed below the headline; none of a good config. */
export function problemsOf(written: unknown): string {
  const result = fleetsSchema.safeParse(written);
  return result.success ? '' : (invalidConfig('fleet.config.ts', result.error, written).hint ?? '');
}

/** One test a row: the config has exactly these problems. */
export function tells(rows: [sentence: string, written: unknown, problems: string | string[]][]): void {
  test.each(rows)('%s', (_, written, problems) => {
    expect(problemsOf(written)).toBe([problems].flat().join('\n'));
  });
}

/** One test a row: the config has no problem. */
export function accepts(rows: [sentence: string, written: unknown][]): void {
  test.each(rows)('takes %s', (_, written) => {
    expect(problemsOf(written)).toBe('');
  });
}
