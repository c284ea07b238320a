// Groups as people name them: by name, `catalog-0007`, or by number, `7`.

import { nearest } from '../config/did-you-mean';
import { eachOrRefusals, UserError } from '../errors';
import { listed } from '../text';
import type { GroupMap, MappedGroup } from './group-map';

/**
 * @param numbers names by number, for groups whose names have none
 * @throws UserError `config-invalid` for all names at once that are unknown, or of several
 */
export function groupsNamed(
  words: readonly string[],
  fleet: string,
  { groups }: GroupMap,
  numbers: ReadonlyMap<number, string> = new Map(),
): Set<MappedGroup> {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const found = eachOrRefusals(words, (word) => {
    const written = byName.get(word) ?? byName.get(`${fleet}-${word}`);
    const [group, ...others] = written ? [written] : numbered(word);
    if (others.length > 0) {
      throw new UserError('config-invalid', `expected one group of fleet ${fleet}, got ${word}, which is several`, {
        hint: `by its name it is one: ${listed([group, ...others].map((each) => each?.name ?? ''))}`,
      });
    }
    if (group !== undefined) return group;
    const near = nearest(word, [...byName.keys()]);
    const range =
      groups.length === 1 ? `it is ${groups[0]?.name}` : `they are ${groups[0]?.name} to ${groups.at(-1)?.name}`;
    throw new UserError('config-invalid', `expected groups of fleet ${fleet}, got ${word}`, {
      hint: near === undefined ? `${range}, by name or by number` : `did you mean ${near}?`,
    });
  });
  return new Set(found);

  /** Those that are called by the number, and the one whose id it is. */
  function numbered(word: string): MappedGroup[] {
    if (!/^\d+$/.test(word)) return [];
    const [number, ofId] = [Number(word), numbers.get(Number(word))];
    return groups.filter(({ name }) => {
      const end = name.startsWith(`${fleet}-`) ? name.slice(fleet.length + 1) : '';
      return name === ofId || (/^\d+$/.test(end) && Number(end) === number);
    });
  }
}
