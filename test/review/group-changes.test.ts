import { describe, expect, test } from 'vitest';
import type { RangeGroup } from '../../lib/groups/group';
import { groupChanges, isUnchanged } from '../../lib/review/group-changes';
import { aFleetLock, aGroup, aQueryLock } from '../support/builders';

const lockOf = (...groups: RangeGroup[]) => aFleetLock({ groups });
const range = (id: number, from: string | null, to: string | null, keys: Partial<RangeGroup> = {}) =>
  aGroup({ id, from, to, ...keys });
const TWO = [range(1, null, '11'), range(2, '11', null)];
/** The lists that are not empty. */
const told = (...locks: Parameters<typeof groupChanges> extends [string, ...infer L] ? L : never) =>
  Object.fromEntries(
    Object.entries(groupChanges('catalog', ...locks)).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  );

describe('groupChanges', () => {
  test('of the same lock are none, whatever was counted', () => {
    const [first, last] = TWO as [RangeGroup, RangeGroup];
    const changes = groupChanges('catalog', lockOf(...TWO), lockOf({ ...first, rows: 7 }, last));
    expect(changes).toMatchObject({ before: 2, after: 2 });
    expect(isUnchanged(changes)).toBe(true);
  });

  test('of a new fleet are all its groups', () => {
    expect(told(undefined, lockOf(...TWO))).toEqual({
      before: 0,
      after: 2,
      added: [
        { name: 'catalog-0001', share: { from: null, to: '11' } },
        { name: 'catalog-0002', share: { from: '11', to: null } },
      ],
    });
  });

  test('of a fleet that is gone are all its groups, and of one that began anew both', () => {
    expect(told(lockOf(...TWO), undefined)).toEqual({ before: 2, after: 0, removed: ['catalog-0001', 'catalog-0002'] });
    const anew = { ...lockOf(range(1, null, null)), lineage: 'fedcba9876543210' };
    expect(told(lockOf(...TWO), anew)).toMatchObject({
      added: [{ name: 'catalog-0001' }],
      removed: ['catalog-0001', 'catalog-0002'],
    });
  });

  test('of growth are the last group and those behind it', () => {
    const [first] = TWO as [RangeGroup];
    const grown = lockOf(first, range(2, '11', '21'), range(3, '21', '31'), range(4, '31', null));
    expect(told(lockOf(...TWO), grown)).toEqual({
      before: 2,
      after: 4,
      cut: [{ name: 'catalog-0002', into: ['catalog-0003', 'catalog-0004'], isLast: true }],
    });
  });

  test('of a split are the group and its pieces, in the order of the key', () => {
    const [, last] = TWO as [RangeGroup, RangeGroup];
    const split = lockOf(range(1, null, '3'), last, range(3, '7', '11'), range(4, '3', '7'));
    expect(told(lockOf(...TWO), split)).toMatchObject({
      cut: [{ name: 'catalog-0001', into: ['catalog-0004', 'catalog-0003'], isLast: false }],
    });
  });

  test('of a retirement are the group that goes, the neighbour that takes its rows, and later its end', () => {
    const three = [range(1, null, '11'), range(2, '11', '21'), range(3, '21', null)] as const;
    const retired = lockOf(range(1, null, '21'), { ...three[1], state: 'retiring' }, three[2]);
    expect(told(lockOf(...three), retired)).toEqual({
      before: 3,
      after: 2,
      changed: [{ name: 'catalog-0001', before: { from: null, to: '11' }, after: { from: null, to: '21' } }],
      retiring: ['catalog-0002'],
    });
    expect(told(retired, lockOf(range(1, null, '21'), three[2]))).toEqual({
      before: 2,
      after: 2,
      removed: ['catalog-0002'],
    });
  });

  test('of a group that came and retires since are none: it never had rows of its own that one would miss', () => {
    const [first, last] = TWO as [RangeGroup, RangeGroup];
    const retiring = range(3, '11', '21', { state: 'retiring' });
    expect(told(lockOf(...TWO), lockOf(first, last, retiring))).toEqual({ before: 2, after: 2 });
    expect(told(undefined, lockOf(...TWO, retiring))).toMatchObject({
      after: 2,
      added: [{ name: 'catalog-0001' }, { name: 'catalog-0002' }],
    });
    const cut = lockOf(first, range(2, '11', '21'), range(3, '21', '31', { state: 'retiring' }), range(4, '21', null));
    expect(told(lockOf(...TWO), cut)).toMatchObject({ cut: [{ name: 'catalog-0002', into: ['catalog-0004'] }] });
  });

  test('of rows that went and came back are told', () => {
    const [first, last] = TWO as [RangeGroup, RangeGroup];
    const empty = lockOf({ ...first, state: 'empty' }, last);
    expect(told(lockOf(...TWO), empty)).toMatchObject({ emptied: ['catalog-0001'] });
    expect(told(empty, lockOf(...TWO))).toMatchObject({ refilled: ['catalog-0001'] });
  });

  test('of a query are rows that came, went, or say something else', () => {
    const before = aQueryLock({ apple: { url: 'a' }, pear: { url: 'p' } });
    const [apple] = before.groups;
    const after = {
      ...before,
      groups: [
        { ...apple, params: { url: 'b' } },
        { ...apple, id: 3, name: 'fig' },
      ],
    };
    expect(groupChanges('fruit', before, after as typeof before)).toMatchObject({
      added: [{ name: 'fruit-fig', share: { url: 'a' } }],
      changed: [{ name: 'fruit-apple', before: { url: 'a' }, after: { url: 'b' } }],
      removed: ['fruit-pear'],
    });
  });
});
