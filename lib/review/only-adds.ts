// Whether a change may go in without a person: it only adds.

import type { FleetChanges } from './changes';
import type { FieldChange } from './field-changes';

/**
 * True when nothing happens but growth: new groups, and the last group getting an upper bound. False for everything a person may want to
 * look at: fleets that come or go, groups that are split, run dry, take over rows, retire or go, starts that move, any other field.
 */
export function onlyAdds(fleets: readonly FleetChanges[]): boolean {
  return fleets.every(({ what, groups, objects, schedules, overCapacity }) => {
    if (what === 'unchanged') return true;
    const others = [
      groups.changed,
      groups.emptied,
      groups.retiring,
      groups.removed,
      objects.removed,
      objects.fields.filter((change) => !countsGroups(change)),
      schedules,
      overCapacity,
    ];
    return what === 'changed' && others.every((list) => list.length === 0) && groups.cut.every(({ isLast }) => isLast);
  });
}

/** Alerts reckon with the number of groups; what else of them changes comes from the config. */
function countsGroups({ kind, field }: FieldChange): boolean {
  return kind === 'PrometheusRule' && field.endsWith('.expr');
}
