// What a group is, wherever it goes.

/** What all groups have. Ids count up from 1 and are never used again. */
interface Common {
  id: number;
  /** The lowest number that was free when the group was made: decides when it starts. Never moves; free again once the group is gone. */
  slot: number;
  /** Rows counted when the bounds were last set; not kept up to date after that, so that a night without growth changes nothing. */
  rows: number;
  /** `empty`: seen and accepted as such. `retiring`: its rows are another group's now, its CronJob is suspended and soon gone. */
  state: 'active' | 'empty' | 'retiring';
  /** When it came into this state, ISO 8601 in UTC. */
  since: string;
}

/** A range of a key. */
export interface RangeGroup extends Common {
  /** Inclusive lower bound as the store's text; null is unbounded. */
  from: string | null;
  /** Exclusive upper bound; null is unbounded. */
  to: string | null;
}

/** The rows with one value of a column. */
export interface ColumnGroup extends Common {
  value: string;
}

/** One row of a query. */
export interface QueryGroup extends Common {
  /** Of the row, cleaned to what Kubernetes allows; unique in its fleet. */
  name: string;
  /** The row's other columns, by name. */
  params: Record<string, string | null>;
}

export type Group = RangeGroup | ColumnGroup | QueryGroup;

/** `<fleet>-<id>`, the id with at least four digits so that names sort; `<fleet>-<name>` for the row of a query. */
export function groupName(fleet: string, group: Pick<Group, 'id'> & { name?: string }): string {
  return `${fleet}-${group.name ?? String(group.id).padStart(4, '0')}`;
}

/** The lowest slots that no group has, one after the other. */
export function* freeSlots(groups: readonly Group[]): Generator<number, never> {
  const taken = new Set(groups.map((group) => group.slot));
  for (let slot = 0; ; slot += 1) if (!taken.has(slot)) yield slot;
}
