// What becomes of a fleet's groups between two locks.

import { type Group, groupName } from '../groups/group';
import type { FleetLock } from '../groups/lock';
import { type Share, shareOf } from '../groups/share';

/** Groups by name, in the order of their ids. A retiring group is one no more: its rows are another's. */
export interface GroupChanges {
  /** How many work. */
  before: number;
  after: number;
  /** New ones that are no piece of another, and work: one that came and retires since `before` never had rows to speak of. */
  added: { name: string; share: Share }[];
  /** Cut into itself and new ones: a closed group over capacity, or the last, which grew. */
  cut: { name: string; into: string[]; isLast: boolean }[];
  /** With other rows, and not because they were cut: they took over a neighbour's, or a query's row says something else. */
  changed: { name: string; before: Share; after: Share }[];
  /** Found without rows, and with rows again. */
  emptied: string[];
  refilled: string[];
  /** Suspended from now on, and gone after a whole window. */
  retiring: string[];
  /** Gone. */
  removed: string[];
}

/** Between two states of a fleet; undefined is a fleet that is not there. */
export function groupChanges(fleet: string, before: FleetLock | undefined, after: FleetLock | undefined): GroupChanges {
  // Another lineage is another fleet of the same name: its ids mean other groups.
  const isSame = before?.lineage === after?.lineage;
  const had = byId(isSame ? before : undefined);
  const has = byId(after);
  const lost = isSame ? [...had.values()].filter(({ id }) => !has.has(id)) : (before?.groups ?? []);
  const kept = [...has.values()].flatMap((now) => {
    const was = had.get(now.id);
    return was ? [{ was, now, name: groupName(fleet, now) }] : [];
  });
  const fresh = [...has.values()].filter(({ id, state }) => !had.has(id) && state !== 'retiring');
  const cut = kept.flatMap(({ was, now, name }) => {
    const pieces = piecesOf(was, now, fresh);
    return pieces.length > 0 ? [{ name, into: pieces, isLast: 'to' in was && was.to === null }] : [];
  });
  const pieces = new Set(cut.flatMap(({ into }) => into));
  const wereCut = new Set(cut.map(({ name }) => name));
  const turned = (from: Group['state'], to: Group['state']) =>
    kept.filter(({ was, now }) => was.state === from && now.state === to).map(({ name }) => name);
  return {
    before: working(before),
    after: working(after),
    added: fresh
      .filter((group) => !pieces.has(group))
      .map((group) => ({ name: groupName(fleet, group), share: shareOf(group) })),
    cut: cut.map(({ into, ...rest }) => ({ ...rest, into: into.map((group) => groupName(fleet, group)) })),
    changed: kept
      .map(({ was, now, name }) => ({ name, before: shareOf(was), after: shareOf(now) }))
      .filter((each) => !wereCut.has(each.name) && JSON.stringify(each.before) !== JSON.stringify(each.after)),
    emptied: turned('active', 'empty'),
    refilled: turned('empty', 'active'),
    retiring: kept
      .filter(({ was, now }) => was.state !== 'retiring' && now.state === 'retiring')
      .map(({ name }) => name),
    removed: lost.map((group) => groupName(fleet, group)),
  };
}

/** True when nothing has changed but, perhaps, how many rows were counted. */
export function isUnchanged({ before: _, after: __, ...changes }: GroupChanges): boolean {
  return Object.values(changes).every((list) => list.length === 0);
}

/** The new groups that now have a part of what `was` had, in the order of the key: `now` ends where the first begins. */
function piecesOf(was: Group, now: Group, fresh: readonly Group[]): Group[] {
  if (!('to' in was && 'to' in now) || was.to === now.to || was.from !== now.from) return [];
  const pieces: Group[] = [];
  let end = now.to;
  while (end !== was.to) {
    const next = fresh.find((group) => 'from' in group && group.from === end);
    if (next === undefined || !('to' in next)) return [];
    pieces.push(next);
    end = next.to;
  }
  return pieces;
}

function byId(lock: FleetLock | undefined): Map<number, Group> {
  return new Map(lock?.groups.map((group) => [group.id, group]));
}

function working(lock: FleetLock | undefined): number {
  return lock?.groups.filter(({ state }) => state !== 'retiring').length ?? 0;
}
