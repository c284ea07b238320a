// The group map as a program in the cluster reads it: which groups there are, and which rows each has.

import { INDEXES_MOVE } from '../charts/group-map';
import { UserError } from '../errors';
import type { Share } from '../groups/share';

export interface MappedGroup {
  name: string;
  share: Share;
  /** In the Job of a folded fleet; undefined for one with CronJobs of its own. */
  index: number | undefined;
}

export interface GroupMap {
  /** Of the lock it was made from. */
  serial: number;
  groups: MappedGroup[];
  /** In a folded fleet whose indexes close up when a group goes: then an index may have been another group's. */
  indexesMove: boolean;
}

/**
 * @param place where it is from, for people
 * @throws UserError `lock-invalid` for what is no group map, an empty one included: it would be done at once
 */
export function parseGroupMap(
  { serial, groups, indexes }: Record<string, string | undefined>,
  place: string,
): GroupMap {
  const broken = (what: string) =>
    new UserError('lock-invalid', `${place}: ${what}`, {
      hint: 'is it the ConfigMap <fleet>-groups that synth writes?',
    });
  if (groups === undefined || serial === undefined) throw broken('expected the keys serial and groups');
  const lines = groups.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw broken('it names no group');
  const mapped = lines.map((line): MappedGroup => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      throw broken(`expected one JSON object a line, got ${JSON.stringify(line.slice(0, 60))}`);
    }
    const { name, index, ...share } = (parsed ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') throw broken(`a group without a name: ${line.slice(0, 60)}`);
    return { name, share: share as Share, index: typeof index === 'number' ? index : undefined };
  });
  return { serial: Number(serial), groups: mapped, indexesMove: indexes === INDEXES_MOVE };
}

/** True of two ranges of whole numbers without a key in common; of all other shares nothing is known. */
export function areApart(a: Share, b: Share): boolean {
  const isBelow = (below: Share, above: Share) =>
    isWhole(below.to) && isWhole(above.from) && BigInt(below.to) <= BigInt(above.from);
  return isBelow(a, b) || isBelow(b, a);
}

function isWhole(bound: string | null | undefined): bound is string {
  return typeof bound === 'string' && /^-?\d+$/.test(bound);
}

/**
 * Whether ranges follow one on the other from unbounded to unbounded, each exactly once: then every key is in one of them. Where
 * nothing has a range, none is asked for; some with and some without are of two fleets.
 */
export function tiles(shares: readonly Share[]): boolean {
  const ranges = shares.filter((share) => Object.hasOwn(share, 'from') && Object.hasOwn(share, 'to'));
  if (ranges.length !== shares.length) return ranges.length === 0;
  const byFrom = new Map(ranges.map((range) => [range.from ?? null, range]));
  if (byFrom.size !== ranges.length) return false;
  let seen = 0;
  for (let next: string | null = null; ; ) {
    const range = byFrom.get(next);
    if (range === undefined) return false;
    seen += 1;
    next = range.to ?? null;
    if (next === null) return seen === ranges.length;
    // A circle never ends.
    if (seen > ranges.length) return false;
  }
}
