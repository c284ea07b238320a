// The lock of a fleet in a ConfigMap: read with its version, and written only over that version.

import type { V1ConfigMap } from '@kubernetes/client-node';
import { MANAGED_BY } from '../charts/labels';
import { UserError } from '../errors';
import { LOCK_KEY, lockMapName } from '../groups/lock-map';
import type { RawConfigMap } from '../runs/raw';
import { number } from '../text';
import type { Cluster } from './cluster';
import { ApiRefusal } from './failures';
import { CONFIG_MAPS } from './kinds';

/** A ConfigMap takes 1 MiB, its names and labels included. */
const MOST_BYTES = 1024 * 1024 - 4096;

/** Not the fleet's: what is deleted by those, or is left over of it, must not take the lock along. */

/** A lock as it was read. */
export interface LockMap {
  text: string;
  object: RawConfigMap;
}

/**
 * Undefined where there is none.
 * @throws UserError `lock-invalid` for a ConfigMap of that name without a lock
 */
export async function readLockMap(cluster: Cluster, namespace: string, fleet: string): Promise<LockMap | undefined> {
  const name = lockMapName(fleet);
  const object = await cluster.get<RawConfigMap & V1ConfigMap>(CONFIG_MAPS, namespace, name);
  if (object === undefined) return undefined;
  const text = object.data?.[LOCK_KEY];
  if (text !== undefined) return { text, object };
  throw new UserError('lock-invalid', `ConfigMap ${name} in ${namespace}: expected the lock under \`${LOCK_KEY}\``, {
    hint: 'is it another program’s? Give the fleet another name; else bring its `data` back',
  });
}

/**
 * Writes it, also when the text stays: the server then changes nothing, and still says whether somebody else has.
 * @param before what was read; undefined where there was none
 * @returns false when somebody else has written it since
 * @throws UserError `apply-refused` for a lock that a ConfigMap does not hold
 */
export async function writeLockMap(
  cluster: Cluster,
  { namespace, fleet }: { namespace: string; fleet: string },
  before: LockMap | undefined,
  text: string,
): Promise<boolean> {
  refuseLargeLock(fleet, text);
  const data = { [LOCK_KEY]: text };
  const metadata = { name: lockMapName(fleet), namespace, labels: MANAGED_BY };
  try {
    if (before === undefined) {
      await cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as V1ConfigMap);
    } else {
      const { object } = before;
      await cluster.replace(CONFIG_MAPS, { ...object, data: { ...object.data, ...data } } as unknown as V1ConfigMap);
    }
    return true;
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
    return error.isRepeated && isOurs();
  }

  /** A proxy may answer 503 to what was done; tried again, our own write is in the way. */
  async function isOurs(): Promise<boolean> {
    const there = await cluster.get<RawConfigMap & V1ConfigMap>(CONFIG_MAPS, namespace, lockMapName(fleet));
    return there?.data?.[LOCK_KEY] === text;
  }
}

/** Before anything is written. @throws UserError `apply-refused` */
export function refuseLargeLock(fleet: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST_BYTES) return;
  throw new UserError(
    'apply-refused',
    `fleet ${fleet}: its lock has ${number(bytes)} bytes, and a ConfigMap holds 1 MiB, some 8,000 groups; nothing was written`,
    {
      hint: 'larger groups make it smaller (capacity); with GitOps the lock is a file of any size, see docs/controller.md',
    },
  );
}
