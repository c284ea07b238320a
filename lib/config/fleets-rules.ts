// Rules between fleets, and between them and the rest of the file. They look at what was written.

import { waitingKeys } from './fleet-rules';
import { MAX_FLEET_NAME } from './kubernetes-names';
import { type Broken, isPlainObject } from './shapes';

/** `-after` and `-alert` are one longer than `-0001`. */
const MAX_WAITING_FLEET_NAME = MAX_FLEET_NAME - 1;

interface WrittenFleet {
  name: string;
  fleet: Record<string, unknown>;
}

/** All of them, over the whole file as it was written. */
export function fleetsRules({ fleets, tools }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(fleets)) return [];
  const all = Object.entries(fleets);
  if (all.length === 0) return [{ path: ['fleets'], message: 'at least one fleet' }];
  const written = all.flatMap(([name, fleet]) => (isPlainObject(fleet) ? [{ name, fleet }] : []));
  return [
    ...(tools === undefined ? needsTools(written) : []),
    ...written.flatMap((each) => [...isGroupsName(each, written), ...leavesNoRoom(each)]),
  ];
}

/** What runs cronfleet in the cluster must know its image. */
function needsTools(fleets: readonly WrittenFleet[]): Broken[] {
  const users = fleets.flatMap(({ name, fleet }) =>
    waitingKeys(fleet).map((key) => ['fleets', name, ...key].join('.')),
  );
  if (users.length === 0) return [];
  const todo = `the image of cronfleet itself, which ${users.join(' and ')} run${users.length === 1 ? 's' : ''} in the cluster`;
  return [{ path: ['tools'], message: `{ image }\n${todo}` }];
}

/** The one CronJob of a folded fleet has the fleet's name, which a group of another fleet may come to have. */
function isGroupsName({ name, fleet }: WrittenFleet, all: readonly WrittenFleet[]): Broken[] {
  if (fleet.fold === undefined) return [];
  const other = all.find(
    (each) =>
      name.startsWith(`${each.name}-`) &&
      /^\d{4,}$/.test(name.slice(each.name.length + 1)) &&
      each.fleet.namespace === fleet.namespace,
  );
  if (other === undefined) return [];
  const message = `a folded fleet whose name is no group's\nfleet ${other.name} may have a group of that name: choose another`;
  return [{ path: ['fleets', name], message, got: `the name ${JSON.stringify(name)}` }];
}

/** A CronJob's name may have 52 characters; a name that is too long for any fleet is told by itself. */
function leavesNoRoom({ name, fleet }: WrittenFleet): Broken[] {
  if (waitingKeys(fleet).length === 0 || name.length <= MAX_WAITING_FLEET_NAME || name.length > MAX_FLEET_NAME)
    return [];
  const message = `a name of at most ${MAX_WAITING_FLEET_NAME} characters beside \`after\` or \`alerts.webhook\`\nwith \`-after\` behind it a CronJob's name may have 52`;
  return [{ path: ['fleets', name], message, got: `${name.length} characters` }];
}
