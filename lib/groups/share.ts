// Which rows a group has, as everybody outside is told: on its Jobs, in the group map, in a plan.

import type { Group } from './group';
import { variableOf } from './queries';

/** `from` and `to` (null is unbounded), `value`, or the parameters of a query's row by their variables' names in small letters. */
export type Share = Record<string, string | null>;

export function shareOf(group: Group): Share {
  if ('from' in group) return { from: group.from, to: group.to };
  if ('value' in group) return { value: group.value };
  const params = Object.entries(group.params);
  return Object.fromEntries(params.map(([column, value]) => [variableOf(column).toLowerCase(), value]));
}
