// Asks a snapshot how the rows of a fleet lie on its key. It counts and finds keys to cut at; what that means, groups decides.

import { RangeAsker } from './range-asker';
import type { Session } from './session';
import { findKeyColumn, type KeyColumn } from './table';

/** Half-open part of the key space; null is unbounded. */
export interface Range {
  /** Inclusive. */
  from: string | null;
  /** Exclusive. */
  to: string | null;
}

/** What groups wants to know. */
export interface RangeQuestion {
  by: 'keyRange';
  /** Where the config names the table, for messages: `fleets.catalog.groups`. */
  place: string;
  table: string;
  key: string;
  where: string | undefined;
  allowKeysInGit: boolean;
  /** What to look at: the whole key space, in order. */
  ranges: readonly Range[];
  /** True for the ranges of recorded groups, of which most nights leave most as they were. */
  isRecorded: boolean;
  /** Count every recorded range, not only those that look too full and the last. */
  countAll: boolean;
  /** A recorded range with more rows than this is cut. */
  capacity: number;
  /** The most rows a piece may have. */
  step: number;
  /** The most pieces worth finding. */
  maxPieces: number;
}

/** Consecutive part of a range: at most `step` rows, or a single key value that has more. */
export interface Piece extends Range {
  rows: number;
  /** The key value, when all rows have this one and are more than a step. */
  value?: string;
}

/** What was seen of a range. */
export interface SeenRange extends Range {
  isEmpty: boolean;
  /** Only of ranges that were counted: one piece with all rows, or those the range is to be cut into. They tile it. */
  pieces?: Piece[];
}

/** All a snapshot said. */
export interface RangeObservation {
  by: 'keyRange';
  column: Pick<KeyColumn, 'table' | 'key' | 'type' | 'collation' | 'indexed'>;
  /** Identity of the store, see Session. */
  store: string;
  /** In the order asked. */
  ranges: SeenRange[];
  /** False when `maxPieces` was reached before the end. */
  complete: boolean;
}

/** An estimate this much above capacity makes a closed range worth counting. Nearer to it, estimates err too often. */
const SUSPICION = 1.2;

/** Called while a big table is walked: rows and pieces found so far. */
export type Progress = (place: string, rows: number, pieces: number) => void;

/**
 * @throws UserError `key-null` with the number of rows no range can hold, `lock-invalid` when the bounds do not rise in the
 *   store's order, `store-answer` for an answer that cannot be true, and those of `findKeyColumn`
 */
export async function observeRanges(
  session: Session,
  question: RangeQuestion,
  progress: Progress = () => undefined,
): Promise<RangeObservation> {
  const column = await findKeyColumn(session, question.place, question);
  const asker = new RangeAsker(session, column, question.where);
  await asker.refuseBadFilter(question.place);
  const ranges = await asker.readRanges(question);
  await asker.refuseNullKeys(question.place);
  const { table, key, type, collation, indexed } = column;
  return {
    by: 'keyRange',
    column: { table, key, type, collation, indexed },
    store: session.identity,
    ...(await look(asker, ranges, question, progress)),
  };
}

async function look(asker: RangeAsker, ranges: readonly Range[], question: RangeQuestion, progress: Progress) {
  const last = ranges.at(-1) as Range;
  const closed = ranges.slice(0, -1);
  const emptiness = question.isRecorded ? await asker.emptiness(closed) : [];
  const estimates = question.isRecorded && !question.countAll ? await asker.estimates(closed) : [];
  const seen: SeenRange[] = [];
  let left = question.maxPieces;
  const found = { rows: 0, pieces: 0 };
  const tell = ({ rows }: Piece) => {
    found.rows += rows;
    found.pieces += 1;
    progress(question.place, found.rows, found.pieces);
  };
  const add = (range: Range, pieces: Piece[]) => {
    seen.push({ ...range, isEmpty: pieces.every(({ rows }) => rows === 0), pieces });
    left -= pieces.length;
  };
  for (const [index, range] of closed.entries()) {
    if (!question.isRecorded) add(range, await walk(asker, range, question.step, left, tell));
    else if (emptiness[index]) seen.push({ ...range, isEmpty: true });
    else if ((estimates[index] ?? Number.POSITIVE_INFINITY) <= question.capacity * SUSPICION)
      seen.push({ ...range, isEmpty: false });
    else add(range, await cutEvenly(asker, range, question, left, tell));
  }
  add(last, await cutLast(asker, last, question, left, tell));
  return { ranges: seen, complete: left >= 0 };
}

/** A closed range as it is while it keeps within capacity; else the fewest pieces of one size. */
async function cutEvenly(
  asker: RangeAsker,
  range: Range,
  { capacity, step }: RangeQuestion,
  most: number,
  tell: (piece: Piece) => void,
): Promise<Piece[]> {
  const rows = await asker.count(range.from, range.to);
  if (rows <= capacity) return [{ ...range, rows }];
  return walk(asker, range, Math.ceil(rows / Math.ceil(rows / step)), most, tell);
}

/** The last range is filled piece by piece, since rows go on coming behind it. Most nights one bounded count says that it is not full. */
async function cutLast(
  asker: RangeAsker,
  range: Range,
  { isRecorded, step }: RangeQuestion,
  most: number,
  tell: (piece: Piece) => void,
): Promise<Piece[]> {
  if (isRecorded) {
    const rows = await asker.count(range.from, range.to, step + 1);
    if (rows <= step) return [{ ...range, rows }];
  }
  return walk(asker, range, step, most, tell);
}

/** Steps along the key, `step` rows at a time, until the rest is at most one step. Gives up behind `most` pieces, with one more. */
async function walk(
  asker: RangeAsker,
  { from, to }: Range,
  step: number,
  most: number,
  tell: (piece: Piece) => void,
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let start = from;
  for (;;) {
    const cut = pieces.length < most ? await asker.cutAfter(start, to, step) : undefined;
    if (cut === undefined)
      return [...pieces, { from: start, to, rows: pieces.length < most ? await asker.count(start, to) : 0 }];
    const { key, ...held } = cut;
    const piece = { from: start, to: key ?? to, ...held };
    pieces.push(piece);
    tell(piece);
    if (key === null) return pieces;
    start = key;
  }
}
