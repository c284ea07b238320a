// What changes in a fleet's lock beside its groups: figures and names that stand in no object, and so would be told nowhere.

import { type FleetLock, isRangeLock } from '../groups/lock';

export interface LockChange {
  /** `capacity`, `rowsPerGroup`, `lineage`, or a key of the source: `store`, `table`, `key`, `type`, `where` … */
  field: string;
  /** Undefined where the field is not there. */
  before: string | number | undefined;
  after: string | number | undefined;
}

/** Between two states of a fleet; none for one that comes or goes. */
export function lockChanges(before: FleetLock | undefined, after: FleetLock | undefined): LockChange[] {
  if (before === undefined || after === undefined) return [];
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map((field) => ({ field, before: was[field], after: is[field] }))
    .filter((each) => each.before !== each.after);
}

function fieldsOf(lock: FleetLock): Record<string, string | number | undefined> {
  const { lineage, source } = lock;
  const figures = isRangeLock(lock) ? { capacity: lock.capacity, rowsPerGroup: lock.rowsPerGroup } : {};
  return { lineage, ...source, ...figures };
}
