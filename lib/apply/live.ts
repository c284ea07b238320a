// What is in the cluster: one list of each kind and namespace, whatever the number of objects.

import type { KubernetesObject } from '@kubernetes/client-node';
import { fleetSelector, MANAGED_BY } from '../charts/labels';
import type { Cluster, Listed } from '../cluster/cluster';
import { ApiRefusal } from '../cluster/failures';
import { inFlight } from '../cluster/in-flight';
import { CONFIG_MAPS, JOBS, type Kind, RESOURCE_QUOTAS } from '../cluster/kinds';
import { identityOf, KINDS_IN_ORDER, kindOf, OF_THE_CLUSTER } from '../cluster/order';
import type { ResourceQuota } from '../cluster/quota';
import { type Desired, fleetOf } from './desired';

export interface Live {
  /** All that is labelled as managed by cronfleet, in the namespaces of the config. */
  objects: readonly KubernetesObject[];
  /** What is not labelled so, and has the name of something that dist would make. */
  strangers: readonly KubernetesObject[];
  /** Kinds that the cluster does not serve, such as PrometheusRule where its CRD is not installed. */
  unserved: ReadonlySet<Kind>;
  /** By namespace; undefined where they may not be seen. */
  quotas: ReadonlyMap<string, readonly ResourceQuota[] | undefined>;
  /** Namespaces that have objects of a fleet which its own namespace has none of. */
  elsewhere: ReadonlyMap<string, readonly string[]>;
}

const [[LABEL, OURSELVES]] = Object.entries(MANAGED_BY) as [[string, string]];
const OURS = `${LABEL}=${OURSELVES}`;
/** Objects without the label are among them. */
const OF_OTHERS = `${LABEL}!=${OURSELVES}`;

/** @throws UserError of the cluster, for what dist has and the account may not see */
export async function readLive(cluster: Cluster, { plans, objects }: Desired, concurrency: number): Promise<Live> {
  const wanted = new Set(objects.map(kindOf));
  const unserved = new Set<Kind>();
  const namespaces = [...new Set(plans.map(({ namespace }) => namespace))];
  const list = async (kind: Kind, namespace: string | undefined): Promise<readonly KubernetesObject[]> => {
    // A CronJob's Jobs carry our labels too: there may be thousands, and nothing is asked of them here.
    if (kind === JOBS && !wanted.has(JOBS)) return [];
    try {
      return (await cluster.list(kind, namespace, { labelSelector: OURS })).items;
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      if (error.status === 404) unserved.add(kind);
      // Of a kind that dist does not have, nothing can be left over that this account has made.
      else if (error.status !== 403 || wanted.has(kind)) throw error;
      return [];
    }
  };
  const quotasIn = async (namespace: string) => {
    const listed = await cluster.list<ResourceQuota>(RESOURCE_QUOTAS, namespace).catch(unlessForbidden);
    return [namespace, listed?.items] as const;
  };
  const questions = KINDS_IN_ORDER.flatMap((kind): [Kind, string | undefined][] =>
    OF_THE_CLUSTER.has(kind) ? [[kind, undefined]] : namespaces.map((namespace) => [kind, namespace]),
  );
  const all = (await inFlight(questions, concurrency, ([kind, namespace]) => list(kind, namespace))).flat();
  const quotas = await inFlight(namespaces, concurrency, quotasIn);
  const absent = plans.filter(({ name, namespace }) => !isIn(namespace, name, all));
  const elsewhere = await inFlight(absent, concurrency, async (plan) => [plan.name, await namespacesOf(plan)] as const);
  return {
    objects: all,
    strangers: await strangersTo(all),
    unserved,
    quotas: new Map(quotas),
    elsewhere: new Map(elsewhere),
  };

  /**
   * One list for each kind and namespace in which something would be made; of a single name, of that name alone. What is ours is not
   * in it, so that it is short however large the fleet is.
   */
  async function strangersTo(ours: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
    const there = new Set(ours.map(identityOf));
    const absent = objects.filter((object) => !there.has(identityOf(object)) && !unserved.has(kindOf(object)));
    const names = new Set(absent.map(identityOf));
    const places = new Map<string, KubernetesObject[]>();
    for (const object of absent) {
      const place = `${object.kind} ${object.metadata?.namespace ?? ''}`;
      const lot = places.get(place);
      if (lot === undefined) places.set(place, [object]);
      else lot.push(object);
    }
    const lists = await inFlight([...places.values()], concurrency, async (lot) => {
      const [first] = lot as [KubernetesObject, ...KubernetesObject[]];
      const fieldSelector = lot.length === 1 ? { fieldSelector: `metadata.name=${first.metadata?.name}` } : {};
      const selection = { labelSelector: OF_OTHERS, ...fieldSelector };
      return (await cluster.list<KubernetesObject>(kindOf(first), first.metadata?.namespace, selection)).items;
    });
    return lists.flat().filter((object) => names.has(identityOf(object)));
  }

  /** Where the account may look into all namespaces, a fleet that moved is found; else it is not. */
  async function namespacesOf({ name, lineage }: { name: string; lineage: string }): Promise<string[]> {
    const labelSelector = `${fleetSelector(name)},cronfleet/lineage=${lineage}`;
    const maps = await cluster.list(CONFIG_MAPS, undefined, { labelSelector }).catch(unlessForbidden);
    const known = all.filter((object) => fleetOf(object) === name);
    const there = [...known, ...(maps?.items ?? [])].flatMap(({ metadata }) => metadata?.namespace ?? []);
    return [...new Set(there)];
  }
}

/** Whether the namespace has anything of the fleet. */
export function isIn(namespace: string, fleet: string, objects: readonly KubernetesObject[]): boolean {
  return objects.some((object) => fleetOf(object) === fleet && object.metadata?.namespace === namespace);
}

function unlessForbidden(error: unknown): Listed<never> | undefined {
  if (error instanceof ApiRefusal && error.status === 403) return undefined;
  throw error;
}
