// Rules between fleets, and between them and the rest of the file. They look at what was written.

import { waitingKeys } from './fleet-rules';
import { MAX_FLEET_NAME } from './kubernetes-names';
import { type Broken, isPlainObject } from './shapes';

/** What stands behind a fleet's name in those of CronJobs that are no group's, and the keys that make them. The longest comes first. */
const ENDINGS = [
  {
    ending: '-controller',
    keys: '`controller`',
    isWritten: ({ controller }: Record<string, unknown>) => controller !== undefined,
  },
  {
    ending: '-after',
    keys: '`after` or `alerts.webhook`',
    isWritten: (fleet: Record<string, unknown>) => waitingKeys(fleet).length > 0,
  },
];

interface WrittenFleet {
  name: string;
  fleet: Record<string, unknown>;
}

/** All of them, over the whole file as it was written. */
export function fleetsRules({ fleets, tools, delivery }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(fleets)) return [];
  const all = Object.entries(fleets);
  if (all.length === 0) return [{ path: ['fleets'], message: 'at least one fleet' }];
  const written = all.flatMap(([name, fleet]) => (isPlainObject(fleet) ? [{ name, fleet }] : []));
  return [
    ...(tools === undefined ? needsTools(written) : []),
    ...(delivery === undefined ? [] : written.flatMap(hasOneMaster)),
    ...written.flatMap((each) => [...isGroupsName(each, written), ...leavesNoRoom(each)]),
  ];
}

/** What runs cronfleet in the cluster must know its image. */
function needsTools(fleets: readonly WrittenFleet[]): Broken[] {
  const users = fleets.flatMap(({ name, fleet }) =>
    [...waitingKeys(fleet), ...(fleet.controller === undefined ? [] : [['controller']])].map((key) =>
      ['fleets', name, ...key].join('.'),
    ),
  );
  if (users.length === 0) return [];
  const todo = `the image of cronfleet itself, which ${users.join(' and ')} run${users.length === 1 ? 's' : ''} in the cluster`;
  return [{ path: ['tools'], message: `{ image }\n${todo}` }];
}

/** What syncs `dist` from git would take back what the controller applies. */
function hasOneMaster({ name, fleet }: WrittenFleet): Broken[] {
  if (fleet.controller === undefined) return [];
  const todo = 'Argo CD and Flux would take back what the controller applies: one of the two, see docs/controller.md';
  return [{ path: ['fleets', name, 'controller'], message: `no such key beside \`delivery\`\n${todo}` }];
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
  const longest = ENDINGS.find(({ isWritten }) => isWritten(fleet));
  if (longest === undefined) return [];
  const { ending, keys } = longest;
  // Names of fleets leave room for `-0001`.
  const most = MAX_FLEET_NAME + '-0001'.length - ending.length;
  if (name.length <= most || name.length > MAX_FLEET_NAME) return [];
  const message = `a name of at most ${most} characters beside ${keys}\nwith \`${ending}\` behind it a CronJob's name may have 52`;
  return [{ path: ['fleets', name], message, got: `${name.length} characters` }];
}
