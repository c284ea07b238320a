// Objects of a fleet that are not as its manifests say. Nothing is written: they are a person's to apply.

import { parse } from 'yaml';
import type { Cluster } from './cluster/cluster';
import { differencesFrom } from './cluster/drift';
import { ApiRefusal } from './cluster/failures';
import { CRON_JOBS, type Kind, PROMETHEUS_RULES, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS } from './cluster/kinds';
import type { Manifest } from './dist/manifests';
import { identityOf } from './review/field-changes';

/** `Role/catalog-wait` that is not there, is another, or that the account may not see. */
export interface Seen {
  name: string;
  what: 'missing' | 'different' | 'unseen';
}

/** Of a namespace. What belongs to the whole cluster no Role of a namespace can see. */
const KINDS = [SERVICE_ACCOUNTS, ROLES, ROLE_BINDINGS, CRON_JOBS, PROMETHEUS_RULES];

export async function unlikeManifests(
  cluster: Cluster,
  namespace: string,
  manifests: readonly Manifest[],
): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const { path, text } of manifests) {
    const { kind: kindName, name } = identityOf(path);
    const kind = KINDS.find(({ kind }) => kind === kindName);
    if (kind === undefined) continue;
    const what = await whatOf(cluster, kind, namespace, name, text);
    if (what !== undefined) seen.push({ name: `${kindName}/${name}`, what });
  }
  return seen;
}

async function whatOf(cluster: Cluster, kind: Kind, namespace: string, name: string, text: string) {
  try {
    const live = await cluster.get(kind, namespace, name);
    if (live === undefined) return 'missing';
    return differencesFrom(parse(text, { version: '1.1' }), live).length === 0 ? undefined : 'different';
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 403) return 'unseen';
    throw error;
  }
}
