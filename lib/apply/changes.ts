// What an apply has to send: objects that are not there, and those that are other than their manifests. The rest costs no write.

import type { KubernetesObject } from '@kubernetes/client-node';
import { differencesFrom, hasApplied } from '../cluster/drift';
import { identityOf, kindOf } from '../cluster/order';
import type { Desired } from './desired';
import type { Live } from './live';

export interface Change {
  manifest: KubernetesObject;
  /** Undefined when it is not there yet. */
  live: KubernetesObject | undefined;
  /** Paths that differ. */
  differences: string[];
}

export interface Changes {
  send: Change[];
  unchanged: KubernetesObject[];
  /** Of those that are unchanged, the live ones that another made: their next change will be a conflict. */
  ofOthers: KubernetesObject[];
  /** Objects of kinds that the cluster does not serve. */
  unserved: KubernetesObject[];
}

export function changesOf({ objects }: Desired, live: Live): Changes {
  const there = new Map(live.objects.map((object) => [identityOf(object), object]));
  const changes: Changes = { send: [], unchanged: [], ofOthers: [], unserved: [] };
  for (const manifest of objects) {
    const found = there.get(identityOf(manifest));
    const differences = found === undefined ? [] : differencesFrom(manifest, found);
    if (live.unserved.has(kindOf(manifest))) changes.unserved.push(manifest);
    else if (found === undefined || differences.length > 0) changes.send.push({ manifest, live: found, differences });
    else {
      changes.unchanged.push(manifest);
      if (!hasApplied(found)) changes.ofOthers.push(found);
    }
  }
  return changes;
}
