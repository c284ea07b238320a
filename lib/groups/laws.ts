// What always holds for the groups of a fleet.

import { risesStrictly } from '../store/key';
import type { Group, RangeGroup } from './group';
import { type ColumnLock, type FleetLock, isRangeLock, type QueryLock, type RangeLock } from './lock';

/** What keeps a fleet's groups from being a tiling, or values or names used once, with ids and slots used once; undefined when nothing does. */
export function brokenLaw(fleet: FleetLock): string | undefined {
  return brokenIdentity(fleet) ?? (isRangeLock(fleet) ? brokenTiling(fleet) : brokenNames(fleet));
}

function brokenIdentity({ groups, nextId }: FleetLock): string | undefined {
  const bySlot = new Map<number, Group>();
  for (const [index, group] of groups.entries()) {
    const previous = groups[index - 1];
    if (previous && previous.id === group.id) return `the id ${group.id} is used twice`;
    if (previous && previous.id > group.id)
      return `group ${group.id} stands behind group ${previous.id}; they are sorted by id`;
    if (group.id >= nextId) return `group ${group.id} has an id that nextId (${nextId}) has not reached`;
    const twin = bySlot.get(group.slot);
    bySlot.set(group.slot, group);
    if (twin) return `groups ${twin.id} and ${group.id} share the slot ${group.slot}`;
  }
  return undefined;
}

function brokenTiling({ groups, source }: RangeLock): string | undefined {
  const ranges = inKeyOrder(groups);
  if (typeof ranges === 'string') return ranges;
  const bounds = ranges.flatMap((group) => group.from ?? []);
  return risesStrictly(source.type, bounds) ? undefined : 'the bounds do not rise from group to group';
}

function brokenNames({ groups }: ColumnLock | QueryLock): string | undefined {
  const byName = new Map<string, number>();
  for (const group of groups) {
    const name = 'value' in group ? group.value : group.name;
    const twin = byName.get(name);
    if (twin !== undefined) return `groups ${twin} and ${group.id} are both of ${name}`;
    byName.set(name, group.id);
  }
  return undefined;
}

/** The groups that own a range, from the one unbounded below to the one unbounded above; a sentence where they do not tile. */
export function inKeyOrder(groups: readonly RangeGroup[]): RangeGroup[] | string {
  const owners = groups.filter((group) => group.state !== 'retiring');
  const byFrom = new Map<string | null, RangeGroup>();
  for (const group of owners) {
    const twin = byFrom.get(group.from);
    if (twin) return `groups ${twin.id} and ${group.id} overlap: both begin at ${group.from ?? 'the very start'}`;
    byFrom.set(group.from, group);
  }
  const ordered = new Set<RangeGroup>();
  let before: RangeGroup | undefined;
  let from: string | null = null;
  do {
    const group = byFrom.get(from);
    if (!group && !before) return 'a gap: no group begins at the very start';
    if (!group) return `a gap or overlap: group ${before?.id} ends at ${from}, where no group begins`;
    if (ordered.has(group)) return `an overlap: the range of group ${group.id} comes twice`;
    ordered.add(group);
    before = group;
    from = group.to;
  } while (from !== null);
  const lost = owners.find((group) => !ordered.has(group));
  return lost ? `a gap or overlap: group ${lost.id} begins at ${lost.from}, where no group ends` : [...ordered];
}
