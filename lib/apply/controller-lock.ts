// A fleet with a controller has its lock in the cluster: what a person applies of a file beside it may be of another one.

import { UserError } from '../errors';
import { printLock } from '../groups/lock';
import { LOCK_KEY, lockMapName } from '../groups/lock-map';
import { lockOfFleet } from '../one-fleet';
import type { RawConfigMap } from '../runs/raw';
import type { Desired } from './desired';
import type { Live } from './live';

/** One warning for each fleet whose controller goes by another lock than the one that is applied. */
export function controllerLockWarnings({ lock, lockFile, plans, isPart }: Desired, live: Live): string[] {
  if (isPart) return [];
  return plans.flatMap(({ name, namespace, serial, controller }) => {
    const map = live.objects.find(
      ({ kind, metadata }) =>
        kind === 'ConfigMap' && metadata?.namespace === namespace && metadata.name === lockMapName(name),
    ) as RawConfigMap | undefined;
    const text = map?.data?.[LOCK_KEY];
    const ours = lock.fleets[name];
    if (controller === undefined || text === undefined || ours === undefined) return [];
    const theirs = fleetIn(text, name);
    if (theirs === printLock({ version: lock.version, fleets: { [name]: ours } })) return [];
    return [
      `fleet ${name} has a controller, which goes by ConfigMap ${namespace}/${lockMapName(name)}: its lock is another than that of ${lockFile}, serial ${serial}. The next run of the controller is of its own; take one of the two: docs/controller.md`,
    ];
  });
}

/** The fleet's part of a lock, printed; undefined for what cannot be read. */
function fleetIn(text: string, fleet: string): string | undefined {
  try {
    const lock = lockOfFleet(text, '', fleet);
    return lock && printLock(lock);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
