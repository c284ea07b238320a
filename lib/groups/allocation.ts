// What all kinds of grouping decide, and the parts of deciding they share.

import type { Group } from './group';
import type { FleetLock } from './lock';

/** What becomes of a fleet's groups. Ids throughout. */
export interface Allocation {
  /** The fleet's part of the new lock; the recorded one itself when nothing changed. */
  lock: FleetLock;
  added: number[];
  /** Recorded groups whose range changed. */
  changed: number[];
  /** Groups seen without rows for the first time. */
  emptied: number[];
  /** Groups that were retired now: suspended, and removed by a later synth. */
  retired: number[];
  /** Groups that were retired before and are gone now. */
  removed: number[];
  /** Rows counted for this. */
  rowsCounted: number;
  /** Things a person should know. */
  warnings: string[];
}

/** What would else have to be asked of the world. */
export interface World {
  now: Date;
  newLineage: () => string;
}

/** A time as the lock writes it: UTC, whole seconds. */
export function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** `next` with the serial one higher than `recorded`, or `recorded` itself when they say the same. The shape is not decided here: see ./shape.ts. */
export function succeed<L extends FleetLock>(
  recorded: L | undefined,
  next: Omit<L, 'lineage' | 'serial'>,
  world: World,
): L {
  const lineage = recorded?.lineage ?? world.newLineage();
  const { shape, reshaped } = recorded ?? {};
  const successor = { lineage, serial: recorded?.serial ?? 0, shape, reshaped, ...next } as L;
  if (recorded && sameJson(recorded, successor)) return recorded;
  return { ...successor, serial: successor.serial + 1 };
}

/** Both are plain data; the order of keys is no difference. */
function sameJson(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown) =>
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
        : inner,
    );
  return sorted(a) === sorted(b);
}

/**
 * The groups with what was seen of their rows: an active one without rows is `empty` from now on, an empty one with rows active again.
 * @param isEmpty what the store said; undefined for groups it was not asked about
 */
export function noteEmptiness<G extends Group>(
  groups: readonly G[],
  isEmpty: (group: G) => boolean | undefined,
  now: Date,
): { groups: G[]; emptied: number[] } {
  const emptied: number[] = [];
  const noted = groups.map((group): G => {
    const seen = isEmpty(group);
    if (group.state === 'active' && seen === true) {
      emptied.push(group.id);
      return { ...group, state: 'empty', since: timestamp(now) };
    }
    return group.state === 'empty' && seen === false ? { ...group, state: 'active', since: timestamp(now) } : group;
  });
  return { groups: noted, emptied };
}

/** The groups without those that have been retiring for a whole window, so that no running job of theirs is cut off. */
export function removeRetired<G extends Group>(
  groups: readonly G[],
  isOver: (since: Date) => boolean,
): { groups: G[]; removed: number[] } {
  const isGone = (group: G) => group.state === 'retiring' && isOver(new Date(group.since));
  return { groups: groups.filter((group) => !isGone(group)), removed: groups.filter(isGone).map(({ id }) => id) };
}
