// Chance that is the same each time: a number for a group and a try of it, whatever else happens that night and in which order.

/** From 0 to below 1, by a 32-bit hash (the finalizer of MurmurHash3) of seed, group, try and what it is for. */
export function chance(seed: number, group: number, attempt: number, what: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  for (const word of [group, attempt, what]) hash = mixed(hash ^ Math.imul(word + 1, 0xcc9e2d51));
  return mixed(hash) / 2 ** 32;
}

function mixed(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
