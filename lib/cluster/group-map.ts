// Where the group map is read from: a folder into which its ConfigMap is mounted, or the cluster.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupMapName } from '../charts/group-map';
import { UserError } from '../errors';
import { type GroupMap, parseGroupMap } from '../runs/group-map';
import type { RawConfigMap } from '../runs/raw';
import type { Cluster } from './cluster';
import { CONFIG_MAPS } from './kinds';

/** @throws UserError `lock-invalid` when it is no group map */
export function mountedGroupMap(folder: string): GroupMap {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8').trimEnd();
    } catch (cause) {
      throw new UserError('lock-invalid', `${folder} holds no file ${name}`, {
        hint: 'mount the ConfigMap <fleet>-groups there, or leave --group-map out',
        cause,
      });
    }
  };
  const indexes = existsSync(join(folder, 'indexes')) ? read('indexes') : undefined;
  return parseGroupMap({ serial: read('serial'), groups: read('groups'), indexes }, folder);
}

/** A group map that says which lock it was made from. */
export interface LiveGroupMap extends GroupMap {
  lineage: string | undefined;
}

/** Undefined when the cluster has none. @throws UserError `lock-invalid`, and those of the cluster */
export async function findGroupMap(
  cluster: Cluster,
  namespace: string,
  fleet: string,
): Promise<LiveGroupMap | undefined> {
  const name = groupMapName({ name: fleet });
  const map = await cluster.get<RawConfigMap>(CONFIG_MAPS, namespace, name);
  if (map === undefined) return undefined;
  const lineage = map.metadata?.labels?.['cronfleet/lineage'];
  return { ...parseGroupMap(map.data ?? {}, `ConfigMap ${namespace}/${name}`), lineage };
}

/** @throws UserError `lock-missing` when the cluster has none, `lock-invalid`, and those of the cluster */
export async function liveGroupMap(cluster: Cluster, namespace: string, fleet: string): Promise<LiveGroupMap> {
  const map = await findGroupMap(cluster, namespace, fleet);
  if (map !== undefined) return map;
  throw new UserError(
    'lock-missing',
    `namespace ${namespace} has no ConfigMap ${groupMapName({ name: fleet })}, so no groups are known`,
    { hint: `has dist been applied there, and is context ${cluster.access.context} the right one?` },
  );
}
