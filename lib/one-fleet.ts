// One fleet of a config as if there were no other: a lock in the cluster is of one fleet.

import { unknownFleet } from './config/did-you-mean';
import type { Loaded } from './config/load';
import type { Fleet } from './config/schema';
import type { Files } from './dist/project';
import { type Lock, parseLock } from './groups/lock';

/** @throws UserError `config-invalid` for a name that the config does not have */
export function withOneFleet(loaded: Loaded, name: string): { loaded: Loaded; fleet: Fleet } {
  const { config } = loaded;
  const fleet = Object.hasOwn(config.fleets, name) ? config.fleets[name] : undefined;
  if (fleet === undefined) throw unknownFleet(name, Object.keys(config.fleets));
  return { loaded: { ...loaded, config: { ...config, fleets: { [name]: fleet } } }, fleet };
}

/** Its files of dist. */
export function filesOfFleet(manifests: Files['manifests'], name: string): Files['manifests'] {
  return manifests.filter(({ path }) => path.startsWith(`${name}/`));
}

/** Its part of a lock, as a lock; undefined when it has none. @throws UserError of a lock that cannot be read */
export function lockOfFleet(text: string | undefined, file: string, name: string): Lock | undefined {
  if (text === undefined) return undefined;
  const { version, fleets } = parseLock(text, file);
  const recorded = Object.hasOwn(fleets, name) ? fleets[name] : undefined;
  return recorded && { version, fleets: { [name]: recorded } };
}
