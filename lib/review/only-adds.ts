// Whether a change may go in without a person: it only adds.

import { groupOf } from '../groups/in-dist';
import type { FleetChanges } from './changes';
import type { FieldChange } from './field-changes';

/**
 * True when nothing happens but growth: new groups, and the last group getting an upper bound. False for everything a person may want to
 * look at: fleets that come or go, groups that are split, run dry, take over rows, retire or go, objects
 * that are no group's, starts that move, any other field.
 */
export function onlyAdds(fleets: readonly FleetChanges[]): boolean {
  return fleets.every(({ what, groups, objects, schedules, overCapacity }) => {
    if (what === 'unchanged') return true;
    const grown = new Set([...groups.added.map(({ name }) => name), ...groups.cut.flatMap(({ into }) => into)]);
    const others = [
      objects.added.filter((path) => !isGrowth(path, grown)),
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

/** CronJobs that wait or refresh, and what they may do, come with a change of the config. */
function isGrowth(path: string, grown: ReadonlySet<string>): boolean {
  return path.includes('/ConfigMap.') || grown.has(groupOf(path)?.group ?? '');
}

/** Alerts reckon with the number of groups; what else of them changes comes from the config. */
function countsGroups({ kind, field }: FieldChange): boolean {
  return kind === 'PrometheusRule' && field.endsWith('.expr');
}
