import { describe, expect, test } from 'vitest';
import { refuseOtherStore } from '../../lib/groups/source';
import { aFleetLock, refusal } from '../support/builders';

const recorded = aFleetLock({ source: { type: 'text', collation: 'en_US.utf8@2.36' } }).source;
const none = new Set<string>();

describe('refuseOtherStore', () => {
  test('lets the same store, table, type and order pass', () => {
    expect(() => refuseOtherStore('catalog', recorded, { ...recorded }, none)).not.toThrow();
  });

  test.each([
    ['another system', { store: '7000000000000000002/shop' }, 'another-store'],
    ['another database', { store: '7000000000000000001/test' }, 'another-store'],
    ['texts in another order', { collation: 'en_US.utf8@2.41' }, 'another-store'],
    ['another table', { table: 'catalog.other' }, 'lock-mismatch'],
    ['another type', { type: 'uuid' }, 'lock-mismatch'],
  ])('refuses %s', (_, changed, code) => {
    expect(refusal(() => refuseOtherStore('catalog', recorded, { ...recorded, ...changed }, none)).code).toBe(code);
  });

  test('lets another store and order pass once they are adopted, but no other table or type', () => {
    const adopted = new Set(['catalog']);
    const moved = { ...recorded, store: 'x/y', collation: 'C' };
    expect(() => refuseOtherStore('catalog', recorded, moved, adopted)).not.toThrow();
    expect(refusal(() => refuseOtherStore('catalog', recorded, { ...moved, table: 'a.b' }, adopted)).code).toBe(
      'lock-mismatch',
    );
  });
});
