// The words fleet.config.ts is written in. They only carry types: what they return is checked when the file is loaded.

import type {
  ColumnConfig,
  ColumnOptions,
  DemoStore,
  FleetsConfig,
  KeyRangeConfig,
  KeyRangeOptions,
  QueryConfig,
  QueryOptions,
} from './types';

/** The config itself; `export default` what it returns. */
export function defineFleets(config: FleetsConfig): FleetsConfig {
  return config;
}

/** Groups that are contiguous ranges of an indexed key, each of at most `capacity` rows when it is closed. */
export function byKeyRange(options: KeyRangeOptions): KeyRangeConfig {
  return { by: 'keyRange', ...options };
}

/** One group for each value of a column that already names the group; `cronfleet assign` can fill that column. */
export function byColumn(options: ColumnOptions): ColumnConfig {
  return { by: 'column', ...options };
}

/** A group for each row of a query: one column names it, the others are its parameters. */
export function byQuery(options: QueryOptions): QueryConfig {
  return { by: 'query', ...options };
}

/** An in-memory PostgreSQL with a table `catalog.items (id bigint, name text, price numeric, updated_at timestamptz)` of made-up rows. */
export function demoStore(options: { rows: number }): DemoStore {
  return { kind: 'demo', ...options };
}
