// The store a config names.

import type { Store as StoreConfig } from '../config/schema';
import { demoStore } from './demo';
import { postgresStore } from './postgres';
import type { Store } from './session';

/** Not connected yet: that happens with the first snapshot. */
export function openStore(config: StoreConfig): Store {
  return config.kind === 'demo' ? demoStore(config.rows) : postgresStore(config);
}
