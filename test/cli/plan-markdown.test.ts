import { describe, expect, test } from 'vitest';
import { planMarkdown } from '../../lib/cli/plan-markdown';
import { planLines } from '../../lib/cli/plan-text';
import type { Comparison } from '../../lib/compare';
import { changesOf } from '../../lib/review/changes';
import { aFleetLock, aLock, aPlan, type FleetKeys, manifestsFor } from '../support/builders';

/** What would change when a fleet of `before` groups becomes one of `after`. */
function aComparison(before: number, after: number, fleet: FleetKeys = {}): Comparison {
  const plan = aPlan({ fleet, lock: { groups: after } });
  const fleets = changesOf(
    { lock: aLock({ groups: before }), files: manifestsFor(aPlan({ lock: { groups: before } })) },
    { lock: { version: 1, fleets: { catalog: aFleetLock({ groups: after, serial: 2 }) } }, files: manifestsFor(plan) },
    [plan],
    new Date('2026-11-20T12:00:00Z'),
  );
  const places = { against: undefined, folder: 'dist', lockFile: 'fleet.lock.json' };
  return { ...places, isFrozen: false, hasChanges: true, isOutgrown: true, fleets, plans: [plan], warnings: [] };
}

describe('the comment on a pull request', () => {
  test('is short enough for GitHub however many groups there are', () => {
    const env = ({ id }: { id: number }) => ({ TEXT: `${id} ${'x'.repeat(200)}` });
    const text = planMarkdown(aComparison(2, 3_000, { job: { env }, window: { startsPerMinute: 1_000 } }));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('catalog-0003');
  });

  test('holds no markup of others', () => {
    const nasty = '<img src=x onerror=alert(1)> | `x` @team [a](b)';
    const text = planMarkdown(aComparison(2, 2, { job: { env: { TEXT: nasty } } }));
    expect(text).not.toMatch(/[^\\]<img/);
    expect(text).not.toMatch(/[^\\]@team/);
    for (const row of text.split('\n').filter((line) => line.startsWith('| 🟢')))
      expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5);
  });
});

describe('the text for a terminal', () => {
  const comparison = aComparison(2, 4, {
    job: { image: 'worker:2', env: { A_LONG_NAME_OF_A_VARIABLE: 'x'.repeat(70) } },
  });

  test('keeps to 80 columns', () => {
    for (const line of planLines(comparison, { width: 80, colour: false })) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('has colours only where they are wanted, and says the same without', () => {
    const plain = planLines(comparison, { width: 80, colour: false }).join('\n');
    const coloured = planLines(comparison, { width: 80, colour: true }).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
    expect(coloured).not.toBe(plain);
  });
});
