// The story of `cronfleet apply`: dist is held against config and lock, then against the cluster; what differs is sent, in turn.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubernetesObject } from '@kubernetes/client-node';
import { changedBy, type Decision, decide, refuse } from './apply/decision';
import { type Desired, fleetOf, readDesired } from './apply/desired';
import { type Live, readLive } from './apply/live';
import { type ApplyPermits, refuseDemo, refuseUnsaidContext } from './apply/refusals';
import { leftovers } from './apply/removals';
import { type ApplyProgress, refusedObjects, rehearse, send } from './apply/sending';
import { windowWatch } from './apply/times';
import { fleetSelector } from './charts/labels';
import type { AccessOptions } from './cluster/access';
import { type Cluster, connect } from './cluster/cluster';
import { JOBS } from './cluster/kinds';
import { takeTurn } from './cluster/turn';
import { type ObjectChanges, objectChanges } from './review/field-changes';
import type { RawJob } from './runs/raw';

export interface ApplyOptions extends ApplyPermits {
  /** Requests under way at once. */
  concurrency: number;
  /** Ask the server what would become of it, and change nothing. */
  dryRun: boolean;
  progress?: ApplyProgress;
  /** Once it aborts, nothing new is sent. */
  signal?: AbortSignal;
}

export interface AppliedFleet {
  name: string;
  namespace: string;
  serial: number;
  /** `CronJob catalog-0001` */
  created: string[];
  changed: string[];
  removed: string[];
  kept: { object: string; why: string }[];
  unchanged: number;
  /** Of a dry run: what would be other, field by field. */
  wouldChange?: ObjectChanges;
}

export interface Applied {
  context: string;
  server: string;
  dryRun: boolean;
  fleets: AppliedFleet[];
  warnings: string[];
}

/**
 * Makes the cluster have what dist has. Interrupted anywhere, the next run finishes it.
 * @throws UserError `apply-refused` and `removal` (nothing was changed), `apply-incomplete`, `already-running`, and those of the
 *   cluster and of a frozen synth
 */
export async function apply(config: string, access: AccessOptions, options: ApplyOptions): Promise<Applied> {
  const desired = await readDesired(config, new Date());
  refuseDemo(desired, options);
  const cluster = await connect(access);
  refuseUnsaidContext(cluster.access, access.context);
  return applyTo(cluster, desired, options);
}

/** The same, with what was read and a cluster that is connected. */
export async function applyTo(cluster: Cluster, desired: Desired, options: ApplyOptions): Promise<Applied> {
  refuseDemo(desired, options);
  const decision = await lookAt(cluster, desired, options);
  if (options.dryRun) return rehearsed(cluster, desired, decision, options);
  refuse(decision);
  // Who has nothing to do needs no turn: what is unchanged costs no write.
  if (decision.send.length + decision.remove.length === 0) return outcomeOf(cluster, desired, decision, false);
  return inTurns(cluster, desired, async (keepTurn) => {
    // Another apply may have been at work since.
    const decided = await lookAt(cluster, desired, options);
    refuse(decided);
    const { concurrency, progress, signal } = options;
    const changed = changedBy(decided);
    const stopInWindow = windowWatch(desired.plans, changed, options);
    const mayBegin = () => stopInWindow(cluster.pace.now());
    await send(cluster, decided, { concurrency, progress, signal, keepTurn, mayBegin });
    return outcomeOf(cluster, desired, decided, false);
  });
}

async function lookAt(cluster: Cluster, desired: Desired, options: ApplyOptions): Promise<Decision> {
  const live = await readLive(cluster, desired, options.concurrency);
  const jobs = await leavingJobs(cluster, desired, live, options);
  return decide(desired, { live, jobs, now: cluster.pace.now() }, options, cluster.access);
}

/** So many groups are named in one question; of more, all Jobs of the fleet are listed. */
const MOST_NAMED = 50;

/** Jobs of what dist no longer has: what they run of must not be removed. */
async function leavingJobs(
  cluster: Cluster,
  desired: Desired,
  live: Live,
  options: ApplyOptions,
): Promise<readonly RawJob[]> {
  const gone = leftovers(desired, live, options).filter(({ kind }) => kind === 'CronJob' || kind === 'Job');
  const lists = desired.plans.map(async ({ name, namespace }) => {
    const ofIt = gone.filter((object) => fleetOf(object) === name);
    if (ofIt.length === 0) return [];
    const groups = new Set(ofIt.map(({ metadata }) => metadata?.labels?.['cronfleet/group']));
    const named = groups.has(undefined) || groups.size > MOST_NAMED ? '' : `,cronfleet/group in (${[...groups]})`;
    const labelSelector = `${fleetSelector(name)}${named}`;
    return (await cluster.list<RawJob & KubernetesObject>(JOBS, namespace, { labelSelector })).items;
  });
  return (await Promise.all(lists)).flat();
}

/** Holds the turn of every namespace while `work` is done; in one order, so that two never hold one each and wait. */
export async function inTurns<T>(
  cluster: Cluster,
  { plans }: Pick<Desired, 'plans'>,
  work: (keepTurn: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const holder = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const turns: Awaited<ReturnType<typeof takeTurn>>[] = [];
  try {
    for (const namespace of [...new Set(plans.map((plan) => plan.namespace))].sort())
      turns.push(await takeTurn(cluster, namespace, holder));
    return await work(async () => {
      await Promise.all(turns.map((turn) => turn.keep()));
    });
  } finally {
    await Promise.all(turns.map((turn) => turn.end()));
  }
}

async function rehearsed(
  cluster: Cluster,
  desired: Desired,
  decision: Decision,
  options: ApplyOptions,
): Promise<Applied> {
  const { concurrency, signal } = options;
  const { pairs, refused } = await rehearse(cluster, decision, { concurrency, signal });
  const outcome = outcomeOf(cluster, desired, decision, true);
  for (const fleet of outcome.fleets) {
    const ofIt = pairs.filter(({ change }) => fleetOf(change.manifest) === fleet.name);
    const before = ofIt.flatMap(({ change }) => (change.live === undefined ? [] : [fileOf(change.live)]));
    const after = ofIt.map(({ after }) => fileOf(after));
    fleet.wouldChange = objectChanges(before, after);
  }
  const refusals = [...decision.refusals, ...(refused.length > 0 ? [refusedObjects(refused)] : [])];
  const told = refusals.map(({ message, hint }) => `apply would be refused: ${message}${hint ? `\n  ${hint}` : ''}`);
  return { ...outcome, warnings: [...outcome.warnings, ...told] };
}

/** As a file of dist, without what only the server says. */
function fileOf(object: KubernetesObject) {
  const { status: _, ...rest } = object as KubernetesObject & { status?: unknown };
  const { name, namespace, labels, annotations } = object.metadata ?? {};
  const text = JSON.stringify({ ...rest, metadata: { name, namespace, labels, annotations } });
  return { path: `${fleetOf(object)}/${object.kind}.${name}.k8s.yaml`, text };
}

function outcomeOf(cluster: Cluster, { plans }: Desired, decision: Decision, dryRun: boolean): Applied {
  const { access } = cluster;
  const nameOf = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata?.name}`;
  const fleets = plans.map(({ name, namespace, serial }): AppliedFleet => {
    const isOfIt = (object: KubernetesObject) => fleetOf(object) === name;
    const sent = decision.send.filter(({ manifest }) => isOfIt(manifest));
    return {
      name,
      namespace,
      serial,
      created: sent.filter(({ live }) => live === undefined).map(({ manifest }) => nameOf(manifest)),
      changed: sent.filter(({ live }) => live !== undefined).map(({ manifest }) => nameOf(manifest)),
      removed: decision.remove.filter(isOfIt).map(nameOf),
      kept: decision.kept
        .filter(({ object }) => isOfIt(object))
        .map(({ object, why }) => ({ object: nameOf(object), why })),
      unchanged: decision.unchanged.filter(isOfIt).length,
    };
  });
  return { context: access.context, server: access.server, dryRun, fleets, warnings: decision.warnings };
}
