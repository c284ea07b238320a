// Commands that go by a lock in the cluster, in place of the file beside the config.

import type { AccessOptions } from './cluster/access';
import { connect } from './cluster/cluster';
import { readLockMap } from './cluster/lock-map';
import type { Loaded } from './config/load';
import type { Fleet } from './config/schema';
import type { Files } from './dist/project';
import { UserError } from './errors';
import { lockMapName } from './groups/lock-map';
import { filesOfFleet, withOneFleet } from './one-fleet';

/** Which one, and how to get there. */
export interface ClusterLock {
  /** `configmap/catalog-lock`: of fleet catalog, in its namespace. */
  where: string;
  access: AccessOptions;
}

/**
 * The config with the one fleet whose lock it is, that lock, and the fleet's files of what is on disk.
 * @throws UserError `config-invalid` for a name that is no fleet's, `lock-missing`, `lock-invalid`, and those of the cluster
 */
export async function withClusterLock(
  all: Loaded,
  onDisk: Files,
  { where, access }: ClusterLock,
): Promise<{ loaded: Loaded; files: Files; name: string }> {
  const names = Object.keys(all.config.fleets);
  const name = names.find((fleet) => where === `configmap/${lockMapName(fleet)}`);
  if (name === undefined) {
    const theirs = names.map((fleet) => `configmap/${lockMapName(fleet)}`).join(', ');
    throw new UserError('config-invalid', `--lock: expected the ConfigMap of a fleet, got ${JSON.stringify(where)}`, {
      hint: `of this config it would be ${theirs}`,
    });
  }
  const { loaded, fleet } = withOneFleet(all, name);
  const map = await readLockMap(await connect(access), fleet.namespace, name);
  if (map === undefined) {
    throw new UserError('lock-missing', `${where} is not there, in namespace ${fleet.namespace}`, {
      hint: 'the first run of its controller makes it; without --lock, the file beside the config is read',
    });
  }
  return { loaded, name, files: { lockText: map.text, manifests: filesOfFleet(onDisk.manifests, name) } };
}

/** Refusals speak of the lock on disk; this one is in the cluster, and nobody is there to give a flag. */
export async function ofClusterLock<T>(name: string, { namespace }: Fleet, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const map = `ConfigMap ${lockMapName(name)} of namespace ${namespace}`;
    if (/--(allow|adopt|new)-|FLEET_(ALLOW|ADOPT|NEW)_/.test(error.hint ?? '')) {
      const byHand = `Its lock is ${map}: run it by hand with that flag, cronfleet controller ${name} --…`;
      throw new UserError(error.code, error.message, { hint: `${error.hint}\n${byHand}`, cause: error });
    }
    if (!error.code.startsWith('lock-')) throw error;
    throw new UserError(error.code, `in the cluster, ${error.message}`, {
      hint: `the lock is ${map}: bring back the one that belongs to what is there, see docs/controller.md`,
      cause: error,
    });
  }
}
