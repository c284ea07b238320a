// Namespaces of a run against a real cluster: they carry its label, so that whatever became of the run, they can be taken away.

import type { AnyObject, Cluster } from '../../../lib/cluster/cluster';
import type { Kind } from '../../../lib/cluster/kinds';

const NAMESPACES: Kind = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };
const LABEL = 'cronfleet-e2e';
/** How long a namespace may take to go, in milliseconds: pods are given half a minute to end. */
const LONGEST_END = 120_000;

export async function makeNamespace(cluster: Cluster, name: string, run: string): Promise<void> {
  const metadata = { name, labels: { [LABEL]: run } };
  await cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata } as AnyObject);
}

export async function removeNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.remove(NAMESPACES, undefined, name);
}

/** Takes away what a run has left, and waits until it is gone. @returns names of those that are still there */
export async function removeNamespaces(cluster: Cluster, run: string): Promise<string[]> {
  const end = Date.now() + LONGEST_END;
  for (;;) {
    const { items } = await cluster.list(NAMESPACES, undefined, { labelSelector: `${LABEL}=${run}` });
    const named = items.map(({ metadata = {} }) => ({ name: '', ...metadata }));
    if (named.length === 0 || Date.now() > end) return named.map(({ name }) => name);
    // One that is going already answers a second delete with a conflict.
    const staying = named.filter((metadata) => !('deletionTimestamp' in metadata));
    await Promise.all(staying.map(({ name }) => removeNamespace(cluster, name)));
    await cluster.pace.sleep(1_000);
  }
}
