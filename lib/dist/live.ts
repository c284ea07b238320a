// Objects of a cluster as files of dist, for who has no dist on disk: guards and generations are held against what is there.

import type { KubernetesObject } from '@kubernetes/client-node';
import type { Manifest } from './manifests';
import { MANIFEST_ENDING } from './manifests';
import { toYaml } from './yaml';

/** What the server sets by itself. */
const OF_SERVER = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'];

export function liveManifests(fleet: string, objects: readonly KubernetesObject[]): Manifest[] {
  return objects
    .map((object) => ({
      path: `${fleet}/${object.kind}.${object.metadata?.name}${MANIFEST_ENDING}`,
      text: toYaml(withoutServers(object)),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function withoutServers({ metadata, ...object }: KubernetesObject): object {
  const kept = Object.entries(metadata ?? {}).filter(([field]) => !OF_SERVER.includes(field));
  const { status: _, ...rest } = object as { status?: unknown };
  return { ...rest, metadata: Object.fromEntries(kept) };
}
