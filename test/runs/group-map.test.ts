import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGroupMap, tiles } from '../../lib/runs/group-map';
import { refusal } from '../support/builders';

describe('a group map', () => {
  test('is read line by line', () => {
    const groups = '{"name":"a-1","from":null,"to":"5"}\n{"name":"a-2","from":"5","to":null,"index":1}\n';
    expect(parseGroupMap({ serial: '3', groups }, 'here')).toEqual({
      serial: 3,
      indexesMove: false,
      groups: [
        { name: 'a-1', share: { from: null, to: '5' }, index: undefined },
        { name: 'a-2', share: { from: '5', to: null }, index: 1 },
      ],
    });
  });

  test.each([
    ['no groups', { serial: '1' }],
    ['no serial', { groups: '{"name":"a"}' }],
    ['an empty map', { serial: '1', groups: '\n' }],
    ['a line that is no JSON', { serial: '1', groups: '{"name"' }],
    ['a group without a name', { serial: '1', groups: '{"from":null}' }],
  ])('is refused with %s, since nothing would be done at once', (_, data) => {
    expect(refusal(() => parseGroupMap(data, 'ConfigMap a-groups'))).toMatchObject({ code: 'lock-invalid' });
  });
});

describe('ranges', () => {
  const cuts = fc.uniqueArray(fc.bigInt({ min: 0n, max: 50n }).map(String), { maxLength: 12 });
  const rangesAt = (bounds: readonly string[]) =>
    [null, ...bounds].map((from, at) => ({ from, to: bounds[at] ?? null }));

  test('that follow one on the other tile the key space, in whatever order they come', () => {
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), (bounds, random) => {
        const shuffled = [...rangesAt(bounds)].sort(() => ((random.next().value as number) % 2) - 0.5);
        expect(tiles(shuffled)).toBe(true);
      }),
    );
  });

  test('do not tile it when one is gone, is there twice, or reaches too far', () => {
    fc.assert(
      fc.property(cuts, fc.nat(), (bounds, pick) => {
        const ranges = rangesAt(bounds);
        const at = pick % ranges.length;
        expect(tiles(ranges.filter((_, index) => index !== at))).toBe(ranges.length === 0);
        expect(tiles([...ranges, ranges[at] as (typeof ranges)[0]])).toBe(false);
        if (ranges.length < 2) return;
        const farther = ranges.map((range, index) =>
          index === at % (ranges.length - 1) ? { ...range, to: null } : range,
        );
        expect(tiles(farther)).toBe(false);
      }),
    );
  });

  test('in a circle, or none at all, tile nothing', () => {
    expect(
      tiles([
        { from: '1', to: '2' },
        { from: '2', to: '1' },
      ]),
    ).toBe(false);
    expect(tiles([])).toBe(false);
  });

  test('are asked for of ranges only', () => {
    expect(tiles([{ value: '1' }, { value: '2' }])).toBe(true);
  });
});
