// Finds what a person meant to write.

import { UserError } from '../errors';

/** A word this many letters away from a known one is another word. */
const FARTHEST = 2;

/** The word of `known` that `word` most likely stands for; undefined when none is near. Case, `_` and `-` do not count. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(FARTHEST, Math.floor(word.length / 3));
  let best: { candidate: string; away: number } | undefined;
  for (const candidate of known) {
    const away = distance(plain(word), plain(candidate));
    if (away <= limit && (best === undefined || away < best.away)) best = { candidate, away };
  }
  return best?.candidate;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}

/** Letters to insert, remove, replace or swap with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i <= a.length; i += 1) {
    rows.push([]);
    for (let j = 0; j <= b.length; j += 1) {
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const away = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
      rows[i]?.push(i === 0 && j === 0 ? 0 : away);
    }
  }
  return at(a.length, b.length);
}

/** For a name that the config does not have, by a flag or an argument. */
export function unknownFleet(name: string, configured: readonly string[]): UserError {
  const meant = nearest(name, configured);
  return new UserError('config-invalid', `expected fleets of the config, got ${name}`, {
    hint: meant ? `did you mean ${meant}?` : `they are ${configured.join(', ')}`,
  });
}
