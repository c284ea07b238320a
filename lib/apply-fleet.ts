// What `cronfleet controller` asks of apply: the same guards and the same sending, for some of one fleet's objects.

import type { KubernetesObject } from '@kubernetes/client-node';
import { inTurns } from './apply';
import { changedBy, decide, refuse } from './apply/decision';
import { desiredOf } from './apply/desired';
import { readLive } from './apply/live';
import { refuseDemo } from './apply/refusals';
import { send } from './apply/sending';
import { windowWatch } from './apply/times';
import type { PrepareApply } from './controller';
import { lockMapName } from './groups/lock-map';

/** Requests under way at once. */
const CONCURRENCY = 16;

/** Nobody is there who could permit anything. What shall go has been chosen: nothing else does. */
export const prepareApply: PrepareApply = async (cluster, { plan, lock, manifests, isFirst, removals }) => {
  const none: ReadonlySet<string> = new Set();
  const permits = {
    ...{ inWindow: false, startNow: false, demo: false, rollbackTo: none, takeOver: none, removals: none },
    first: new Set(isFirst ? [plan.name] : []),
  };
  const desired = {
    ...desiredOf(lock, `ConfigMap ${lockMapName(plan.name)}`, [plan], manifests),
    isPart: true,
  } as const;
  const decided = async () => {
    const live = await readLive(cluster, desired, CONCURRENCY);
    const decision = decide(desired, { live, jobs: [], now: cluster.pace.now() }, permits, cluster.access);
    refuse(decision);
    return { ...decision, remove: removals as readonly unknown[] as KubernetesObject[] };
  };
  refuseDemo(desired, permits);
  await decided();
  return () =>
    inTurns(cluster, desired, async (keepTurn) => {
      // Another may have been at work since.
      const decision = await decided();
      const changed = changedBy(decision);
      const stopInWindow = windowWatch([plan], changed, permits);
      const mayBegin = () => stopInWindow(cluster.pace.now());
      const alone = { concurrency: CONCURRENCY, progress: undefined, signal: undefined };
      await send(cluster, decision, { ...alone, keepTurn, mayBegin });
      const nameOf = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata?.name}`;
      return {
        created: decision.send.filter(({ live }) => live === undefined).map(({ manifest }) => nameOf(manifest)),
        changed: decision.send.filter(({ live }) => live !== undefined).map(({ manifest }) => nameOf(manifest)),
        removed: decision.remove.map(nameOf),
      };
    });
};
