// What a group is, wherever it goes.

/**
 * A range of the key and the job that works through it.
 * Ids count up from 1 and are never used again; `slot` decides when the group starts and is free again once the group is gone.
 */
export interface Group {
  id: number;
  /** The lowest number that was free when the group was made. Never moves. */
  slot: number;
  /** Inclusive lower bound as the store's text; null is unbounded. */
  from: string | null;
  /** Exclusive upper bound; null is unbounded. */
  to: string | null;
  /** Rows counted when the bounds were last set; not kept up to date after that, so that a night without growth changes nothing. */
  rows: number;
  /** `empty`: seen and accepted as such. `retiring`: its range is with a neighbour, its CronJob suspended. */
  state: 'active' | 'empty' | 'retiring';
  /** When it came into this state, ISO 8601 in UTC. */
  since: string;
}

/** `<fleet>-<id>`, the id with at least four digits so that names sort. */
export function groupName(fleet: string, id: number): string {
  return `${fleet}-${String(id).padStart(4, '0')}`;
}
