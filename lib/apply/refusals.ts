// What keeps an apply from changing anything: each refusal says what was found, and the flag that permits this very thing.

import type { KubernetesObject } from '@kubernetes/client-node';
import { fleetSelector } from '../charts/labels';
import type { Access } from '../cluster/access';
import { identityOf } from '../cluster/order';
import { ownerOf } from '../cluster/owners';
import { UserError } from '../errors';
import { DEMO_IDENTITY } from '../store/demo';
import { listed, number } from '../text';
import { type Desired, fleetOf } from './desired';
import { isIn, type Live } from './live';

/** What the person who runs the command permits. */
export interface ApplyPermits {
  /** Changes while a window is open. */
  inWindow: boolean;
  /** Jobs that start at once, since their start moves to a time that has just passed. */
  startNow: boolean;
  /** Manifests that were made from the demo store. */
  demo: boolean;
  /** Fleets that are not in the cluster yet. */
  first: ReadonlySet<string>;
  /** Serials to go back to: `7`, or `catalog=7`. */
  rollbackTo: ReadonlySet<string>;
  /** Lineages whose objects are to be the fleet's from now on. */
  takeOver: ReadonlySet<string>;
  /** Tokens of removals, or names of all that would go. */
  removals: ReadonlySet<string>;
}

const NOTHING = 'Nothing was changed';

/** Which cluster is meant must be said where there are several. @throws UserError `cluster-config` */
export function refuseUnsaidContext({ config, context, server }: Access, said: string | undefined): void {
  const names = config.getContexts().map(({ name }) => name);
  if (said !== undefined || names.length <= 1) return;
  throw new UserError('cluster-config', `the kubeconfig has ${names.length} contexts: ${listed(names)}`, {
    hint: `say which cluster is meant, such as --context=${context} (its current one, ${server}).\n${NOTHING}`,
  });
}

/** @throws UserError `apply-refused` */
export function refuseDemo({ lock, plans }: Desired, { demo }: ApplyPermits): void {
  const fleets = plans.map(({ name }) => name).filter((name) => lock.fleets[name]?.source.store === DEMO_IDENTITY);
  if (fleets.length === 0 || demo) return;
  throw refused(
    `${listed(fleets)}: made from the demo store, whose rows are nobody's`,
    'run synth with DATABASE_URL of your database. To look at the demo in a cluster for trying out: --demo',
  );
}

/** Another's objects under our names. @throws UserError `apply-refused` */
export function refuseOthers({ lock, objects }: Desired, live: Live, { takeOver }: ApplyPermits): void {
  const wanted = new Set(objects.map(identityOf));
  const ofFleets = live.objects.filter(
    (object) => wanted.has(identityOf(object)) || Object.hasOwn(lock.fleets, fleetOf(object)),
  );
  const owned = ofFleets.flatMap((object) => {
    const owner = ownerOf(object);
    return owner === undefined ? [] : [{ object, owner }];
  });
  const [first] = owned;
  if (first !== undefined) {
    const { tool, name } = first.owner;
    throw refused(
      `${identityOf(first.object)}${more(owned)} is managed by ${tool}${name === undefined ? '' : ` (${name})`}`,
      `let ${tool} apply dist, or take the objects from it first: what two apply, each undoes for the other`,
    );
  }
  const foreign = ofFleets.filter((object) => {
    const lineage = lineageOf(object);
    return lineage !== undefined && lineage !== lock.fleets[fleetOf(object)]?.lineage && !takeOver.has(lineage);
  });
  const [stranger] = foreign;
  if (stranger === undefined) return;
  const fleet = fleetOf(stranger);
  const lineages = [...new Set(foreign.map(lineageOf))].join(',');
  throw refused(
    `${identityOf(stranger)}${more(foreign)} is of lineage ${lineageOf(stranger)}, and the lock's fleet ${fleet} of ${lock.fleets[fleet]?.lineage ?? 'none'}`,
    `another project has a fleet of this name here, or the lock was made anew: then the same names have other rows. If theirs are to become these:\n--take-over=${lineages}`,
  );
}

/** What would be made is there, and somebody else's: no flag makes it ours, since it would be deleted with the fleet. @throws UserError `apply-refused` */
export function refuseStrangers({ strangers }: Pick<Live, 'strangers'>): void {
  const [first] = strangers;
  if (first === undefined) return;
  const { kind, metadata } = first;
  const place = metadata?.namespace === undefined ? '' : ` -n ${metadata.namespace}`;
  throw refused(
    `${identityOf(first)}${more(strangers)} is there and not cronfleet's: ${holderOf(first)}`,
    `give the fleet another name, or let its owner remove it. If it was cronfleet's and only lost its label: kubectl label ${kind?.toLowerCase()} ${metadata?.name}${place} app.kubernetes.io/managed-by=cronfleet --overwrite`,
  );
}

function holderOf(object: KubernetesObject): string {
  const owner = ownerOf(object);
  if (owner !== undefined) return `it is managed by ${owner.tool}${owner.name === undefined ? '' : ` (${owner.name})`}`;
  const entries = (object.metadata?.managedFields ?? []).filter(({ subresource }) => !subresource);
  const managers = [...new Set(entries.flatMap(({ manager }) => manager ?? []))];
  return managers.length === 0 ? 'it has no label that says so' : `it was made by ${listed(managers)}`;
}

/** A cluster without the fleet is more often the wrong one than a new one. @throws UserError `apply-refused` */
export function refuseUnknownPlace(
  { lock, plans }: Desired,
  live: Live,
  { first }: ApplyPermits,
  access: Access,
): void {
  const absent = plans.filter(({ name, namespace }) => !isIn(namespace, name, live.objects) && !first.has(name));
  const moved = absent.filter(({ name }) => live.elsewhere.get(name)?.length);
  const [one] = moved;
  if (one !== undefined) {
    throw refused(
      `fleet ${one.name} is in namespace ${live.elsewhere.get(one.name)?.join(', ')}, not in ${one.namespace}: its CronJobs there would go on, and every row be worked on twice`,
      `delete them there once this is applied: kubectl delete cronjobs,configmaps -n ${live.elsewhere.get(one.name)?.[0]} -l ${fleetSelector(one.name)},cronfleet/lineage=${one.lineage}\nIf it is to be in both for now: --first=${one.name}`,
    );
  }
  const old = absent.filter(({ name }) => (lock.fleets[name]?.serial ?? 0) > 1);
  if (old.length === 0) return;
  const names = old.map(({ name }) => name);
  throw refused(
    `${access.server} (context ${access.context}) has nothing of ${listed(names)}, though the lock has changed since its first synth`,
    `is it the right cluster? If it is to have the fleet from now on: --first=${names.join(',')}`,
  );
}

/** The lineage an object is of, by its label. */
export function lineageOf({ metadata }: KubernetesObject): string | undefined {
  return metadata?.labels?.['cronfleet/lineage'];
}

function more(all: readonly unknown[]): string {
  return all.length === 1 ? '' : `, like ${number(all.length - 1)} more,`;
}

/** A refusal that says that nothing was changed. */
export function refused(message: string, hint: string): UserError {
  return new UserError('apply-refused', message, { hint: `${hint}\n${NOTHING}` });
}
