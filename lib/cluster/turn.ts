// One apply at a time in a namespace, by a Lease: two at once could leave half of either.

import type { KubernetesObject } from '@kubernetes/client-node';
import { MANAGED_BY } from '../charts/labels';
import { UserError } from '../errors';
import type { Cluster } from './cluster';
import { ApiRefusal } from './failures';
import { LEASES } from './kinds';

export const LEASE = 'cronfleet-apply';
/** Nothing heard of a holder for so long: it is taken for dead. */
const DURATION_SECONDS = 30;
/** How old a sign of life may be before the next, in milliseconds. */
const RENEW_AFTER = 10_000;

interface Lease extends KubernetesObject {
  spec?: {
    holderIdentity?: string | undefined;
    leaseDurationSeconds?: number;
    acquireTime?: string | undefined;
    renewTime?: string | undefined;
  };
}

export interface Turn {
  /** Gives a sign of life, if it is time. @throws UserError `already-running` when somebody else has taken over */
  keep(): Promise<void>;
  /** Lets others have it. Never fails: what is not given back runs out. */
  end(): Promise<void>;
}

/** @param holder for people, and unlike any other's @throws UserError `already-running` */
export async function takeTurn(cluster: Cluster, namespace: string, holder: string): Promise<Turn> {
  const { pace } = cluster;
  const busy = (by: string | undefined) =>
    new UserError('already-running', `another apply is at work in namespace ${namespace} (${by || 'unknown'})`, {
      hint: `wait for it; this one has changed nothing more. If it was killed, its turn ends ${DURATION_SECONDS} seconds after its last sign of life (Lease ${LEASE})`,
    });
  const told = (): Lease['spec'] => {
    // As metav1.MicroTime is written.
    const time = pace.now().toISOString().replace('Z', '000Z');
    return { holderIdentity: holder, leaseDurationSeconds: DURATION_SECONDS, acquireTime: time, renewTime: time };
  };
  const orBusy = (by: string | undefined) => (error: unknown) => {
    throw error instanceof ApiRefusal && error.status === 409 ? busy(by) : error;
  };
  const isHeld = (lease: Lease | undefined) => Boolean(lease?.spec?.holderIdentity);
  const read = () => cluster.get<Lease>(LEASES, namespace, LEASE);

  let live = await read();
  if (isHeld(live)) {
    const { holderIdentity, renewTime, leaseDurationSeconds = DURATION_SECONDS } = live?.spec ?? {};
    const silence = pace.now().getTime() - new Date(renewTime ?? 0).getTime();
    if (silence < leaseDurationSeconds * 1000) throw busy(holderIdentity);
    // Its clock may be another: whoever lives gives a sign of it while we look.
    await pace.sleep(leaseDurationSeconds * 1000);
    const again = await read();
    if (isHeld(again) && again?.metadata?.resourceVersion !== live?.metadata?.resourceVersion)
      throw busy(again?.spec?.holderIdentity);
    live = again;
  }
  const empty: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: LEASE, namespace, labels: MANAGED_BY },
  };
  let mine = live
    ? await cluster.replace<Lease>(LEASES, { ...live, spec: told() } as Lease).catch(orBusy(live.spec?.holderIdentity))
    : await cluster.create<Lease>(LEASES, { ...empty, spec: told() } as Lease).catch(orBusy(undefined));
  let renewedAt = pace.now().getTime();
  let renewing: Promise<void> | undefined;

  const renew = async () => {
    const { acquireTime } = mine.spec ?? {};
    const next = { ...mine, spec: { ...told(), acquireTime } } as Lease;
    mine = await cluster.replace<Lease>(LEASES, next).catch(orBusy('it took over'));
    renewedAt = pace.now().getTime();
  };
  return {
    async keep() {
      if (pace.now().getTime() - renewedAt < RENEW_AFTER) return;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      await renewing;
    },
    async end() {
      const spec = { holderIdentity: '', leaseDurationSeconds: 1 };
      await cluster.replace<Lease>(LEASES, { ...mine, spec } as Lease).catch(() => {});
    },
  };
}
