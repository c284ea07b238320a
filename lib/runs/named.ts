// Groups as people name them: by name, `catalog-0007`, or by number, `7`.

import { nearest } from '../config/did-you-mean';
import { eachOrRefusals, UserError } from '../errors';
import type { GroupMap, MappedGroup } from './group-map';

/**
 * @param numbers names by number, for groups whose names have none
 * @throws UserError `config-invalid` for all unknown names at once
 */
export function groupsNamed(
  words: readonly string[],
  fleet: string,
  { groups }: GroupMap,
  numbers: ReadonlyMap<number, string> = new Map(),
): Set<MappedGroup> {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const byNumber = new Map(
    groups.flatMap((group) => {
      const number = group.name.startsWith(`${fleet}-`) ? group.name.slice(fleet.length + 1) : '';
      return /^\d+$/.test(number) ? [[Number(number), group] as const] : [];
    }),
  );
  const found = eachOrRefusals(words, (word) => {
    const number = /^\d+$/.test(word) ? Number(word) : undefined;
    const group = byName.get(word) ?? (number === undefined ? undefined : numbered(number));
    if (group !== undefined) return group;
    const near = nearest(word, [...byName.keys()]);
    const range =
      groups.length === 1 ? `it is ${groups[0]?.name}` : `they are ${groups[0]?.name} to ${groups.at(-1)?.name}`;
    throw new UserError('config-invalid', `expected groups of fleet ${fleet}, got ${word}`, {
      hint: near === undefined ? `${range}, by name or by number` : `did you mean ${near}?`,
    });
  });
  return new Set(found);

  function numbered(number: number): MappedGroup | undefined {
    return byNumber.get(number) ?? byName.get(numbers.get(number) ?? '');
  }
}
