// Builders for fleets by column.

import { type Column, type Fleet, fleetsSchema } from '../../lib/config/schema';
import type { ColumnOptions } from '../../lib/config/types';
import type { ColumnGroup } from '../../lib/groups/group';
import type { ColumnLock } from '../../lib/groups/lock';
import type { ColumnObservation } from '../../lib/store/column';

/** A fleet over `region` of `catalog.items`, from 00:00 to 05:00 in Seoul. */
export function aColumnFleet(groups: Partial<ColumnOptions> = {}): Fleet & { groups: Column } {
  const fleet = {
    namespace: 'batch',
    groups: { by: 'column', table: 'catalog.items', column: 'region', ...groups },
    window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
    job: { image: 'worker:1' },
  };
  return fleetsSchema.parse({ store: 'postgres://postgres@db/shop', fleets: { catalog: fleet } }).fleets
    .catalog as Fleet & { groups: Column };
}

/** A group of value 1; `slot` follows `id`. */
export function aColumnGroup(keys: Partial<ColumnGroup> = {}): ColumnGroup {
  const { id = 1 } = keys;
  return { id, slot: id - 1, value: String(id), rows: 10, state: 'active', since: '2026-01-01T00:00:00Z', ...keys };
}

/** The lock of a fleet with these values, ids from 1. */
export function aColumnLock(values: readonly (string | ColumnGroup)[], keys: Partial<ColumnLock> = {}): ColumnLock {
  const groups = values.map((value, index) =>
    typeof value === 'string' ? aColumnGroup({ id: index + 1, value }) : value,
  );
  return {
    lineage: '0123456789abcdef',
    serial: 1,
    source: {
      by: 'column',
      store: '7000000000000000001/shop',
      table: 'catalog.items',
      column: 'region',
      type: 'integer',
    },
    nextId: Math.max(0, ...groups.map(({ id }) => id)) + 1,
    groups,
    ...keys,
  };
}

/** What the store says: which recorded values are there, and the new ones, of 10 rows each. */
export function aColumnObservation({
  isThere = [],
  added = [],
  ...keys
}: Partial<Omit<ColumnObservation, 'added'>> & { added?: string[] } = {}): ColumnObservation {
  return {
    by: 'column',
    column: { table: 'catalog.items', column: 'region', type: 'integer', indexed: true },
    store: '7000000000000000001/shop',
    isThere,
    added: added.map((value) => ({ value, rows: 10 })),
    waiting: 0,
    complete: true,
    ...keys,
  };
}
