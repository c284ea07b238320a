import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BySizeOptions, bySize } from '../../lib/config/by-size';
import { parseQuantity } from '../../lib/config/resources';
import type { ResourcesConfig } from '../../lib/config/types';
import { planFleet } from '../../lib/plan/plan';
import { aGroup, aPlan, aQueryFleet, aQueryLock, refusal, someFacts } from '../support/builders';
import { job, problemsOf } from './written';

const min = { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } };
const max = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } };
/** Of a closed range, in a fleet of capacity 1,000. */
const ofRows = (rows: number, options: BySizeOptions = { min, max }) =>
  bySize(options)(someFacts({ from: '1', to: '2', rows, capacity: 1_000 }));

describe('bySize', () => {
  test.each([
    [0, min],
    [250, min],
    [251, { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1024Mi' } }],
    [500, { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1024Mi' } }],
    [750, { requests: { cpu: '750m', memory: '768Mi' }, limits: { memory: '1536Mi' } }],
    [751, max],
    [5_000, max],
  ])('gives a group of %i rows of 1,000 its class', (rows, resources) => {
    expect(ofRows(rows)).toEqual(resources);
  });

  test('takes the last range for full, since it fills up before its bounds change', () => {
    expect(bySize({ min, max })(someFacts({ from: '1', to: null, rows: 3, capacity: 1_000 }))).toEqual(max);
  });

  test('measures by `fullAt` where it is given, and asks for it where there is no capacity', () => {
    expect(ofRows(900, { min, max, fullAt: 10_000 })).toEqual(min);
    expect(() => bySize({ min, max })(someFacts({ value: 'x', rows: 5 }))).toThrow('{ min, max, fullAt }');
  });

  test('says so with fleet and group when the fleet has no capacity', () => {
    const fleet = aQueryFleet({ job: { resources: bySize({ min, max }) } });
    const error = refusal(() => planFleet('fruit', fleet, aQueryLock({ apple: {} })));
    expect(error.message).toBe(
      'fleets.fruit.job.resources(fruit-apple) failed: this fleet has no capacity: give bySize the rows of a full group, { min, max, fullAt }',
    );
  });

  test('rounds up what does not come out even, and does not share what is whole', () => {
    const three = ofRows(300, {
      min: { limits: { cpu: '100m', memory: '100', 'example.com/gpu': 1 } },
      max: { limits: { cpu: '200m', memory: '1Gi', 'example.com/gpu': 3 } },
    });
    expect(three).toEqual({ limits: { cpu: '134m', memory: '342Mi', 'example.com/gpu': '2' } });
  });

  test('never goes down as rows go up, stays between min and max, and has four classes', () => {
    const quantity = fc.integer({ min: 1, max: 64_000 });
    fc.assert(
      fc.property(quantity, quantity, fc.array(fc.nat(1_200), { minLength: 2 }), (a, b, rows) => {
        const options = {
          min: { requests: { cpu: `${Math.min(a, b)}m` } },
          max: { requests: { cpu: `${Math.max(a, b)}m` } },
        };
        const made = rows.sort((x, y) => x - y).map((count) => cpuOf(ofRows(count, options)));
        expect(made).toEqual([...made].sort((x, y) => x - y));
        for (const cpu of made) {
          expect(cpu).toBeGreaterThanOrEqual(cpuOf(options.min));
          expect(cpu).toBeLessThanOrEqual(cpuOf(options.max));
        }
        expect(new Set(made).size).toBeLessThanOrEqual(4);
      }),
    );
  });

  test('makes resources that Kubernetes takes', () => {
    for (const rows of [100, 300, 600, 900]) expect(problemsOf(job({ resources: ofRows(rows) }))).toBe('');
  });

  test('changes nothing in the plan when the last group grows, or a class is not left', () => {
    const resources = bySize({ min, max });
    const planned = (rows: number[]) => {
      const groups = rows.map((count, index) =>
        aGroup({
          id: index + 1,
          from: index === 0 ? null : `${index}`,
          to: index < 2 ? `${index + 1}` : null,
          rows: count,
        }),
      );
      return aPlan({ fleet: { job: { resources } }, lock: { groups } }).groups.map((group) => group.resources);
    };
    expect(planned([900, 400, 10])).toEqual(planned([1_000, 300, 990]));
    expect(planned([900, 400, 10])).not.toEqual(planned([900, 200, 10]));
  });

  test.each<[string, unknown, string[]]>([
    [
      'resources that only one has',
      { min: { requests: { cpu: 1 } }, max: { requests: { memory: '1Gi' } } },
      ['requests.cpu: got 1 in min and nothing in max', 'requests.memory: got nothing in min and 1Gi in max'],
    ],
    ['a min above its max', { min: max, max: min }, ['requests.cpu: got 1 in min and 250m in max']],
    ['no quantity', { min: { limits: { cpu: 'much' } }, max: { limits: { cpu: 1 } } }, ['limits.cpu: got much in min']],
    ['nothing at all', { min: {}, max: {} }, ['max: expected requests or limits']],
    ['nothing', {}, ['max: expected requests or limits']],
    ['a full group of no rows', { min, max, fullAt: 0 }, ['fullAt: expected a whole number of rows, got 0']],
  ])('refuses %s', (_, options, problems) => {
    const error = refusal(() => bySize(options as BySizeOptions));
    expect(error.code).toBe('config-invalid');
    for (const problem of problems) expect(error.hint).toContain(problem);
  });
});

function cpuOf({ requests }: ResourcesConfig): number {
  return parseQuantity(String(requests?.cpu)) as number;
}
