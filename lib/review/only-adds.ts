// Whether a change may go in without a person: it only adds.

import { groupOf } from '../groups/in-dist';
import { type Changes, hasStrays } from './changes';
import type { FieldChange } from './field-changes';

/**
 * True when nothing happens but growth: new groups, and the last group getting an upper bound. False for everything a person may want to
 * look at: fleets that come or go, groups that are split, run dry, fill again, take over rows, retire or go, starts that move, any other
 * field, object or figure of the lock, and objects of no fleet.
 */
export function onlyAdds({ fleets, strays }: Changes): boolean {
  if (hasStrays(strays)) return false;
  return fleets.every((fleet) => {
    if (fleet.what === 'unchanged') return true;
    const { groups, lock, objects, schedules, overCapacity } = fleet;
    const fresh = new Set([...groups.added.map(({ name }) => name), ...groups.cut.flatMap(({ into }) => into)]);
    const others = [
      groups.changed,
      groups.emptied,
      groups.refilled,
      groups.retiring,
      groups.removed,
      lock,
      objects.added.filter((path) => !fresh.has(groupOf(path)?.group ?? '')),
      objects.removed,
      objects.fields.filter((change) => !countsGroups(change)),
      schedules,
      overCapacity,
    ];
    const grows = fresh.size > 0 && groups.cut.every(({ isLast }) => isLast);
    return fleet.what === 'changed' && grows && others.every((list) => list.length === 0);
  });
}

/** An alert reckons with the number of groups, which its expression begins with; what else of alerts changes comes from the config. */
function countsGroups({ kind, field, before = '', after = '' }: FieldChange): boolean {
  const rest = (expression: string) => expression.replace(/^"\d+ -/, '');
  return kind === 'PrometheusRule' && field.endsWith('.expr') && rest(before) === rest(after);
}
