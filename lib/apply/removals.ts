// What goes from the cluster: what has our labels, our fleet and our lineage, and is not in dist any more. Never what a Job
// still runs of, and what looks more like an accident than like a group that was let go is asked about.

import type { KubernetesObject } from '@kubernetes/client-node';
import { identityOf } from '../cluster/order';
import { UserError } from '../errors';
import { aFew, isPermitted, tokenOf } from '../groups/guards';
import type { RawCronJob, RawJob } from '../runs/raw';
import { counted, listed } from '../text';
import { type Desired, fleetOf } from './desired';
import type { Live } from './live';

/** What somebody looked at and permits. */
export interface RemovalPermits {
  removals: ReadonlySet<string>;
  /** Lineages whose objects are to be this fleet's from now on. */
  takeOver: ReadonlySet<string>;
}

export interface Removals {
  remove: KubernetesObject[];
  /** What stays for now, and goes with a later apply. */
  kept: { object: KubernetesObject; why: string }[];
}

/** What dist does not have and is of a fleet of the lock. */
export function leftovers(
  { lock, objects, isPart }: Pick<Desired, 'lock' | 'objects' | 'isPart'>,
  live: Pick<Live, 'objects'>,
  { takeOver }: Pick<RemovalPermits, 'takeOver'>,
): KubernetesObject[] {
  if (isPart) return [];
  const wanted = new Set(objects.map(identityOf));
  return live.objects.filter((object) => {
    const { labels = {}, ownerReferences = [], annotations = {} } = object.metadata ?? {};
    const lineage = labels['cronfleet/lineage'] ?? '';
    const isOurs = Object.hasOwn(lock.fleets, fleetOf(object)) && lock.fleets[fleetOf(object)]?.lineage === lineage;
    // Of a CronJob, and of a rerun.
    const isOfAnother = ownerReferences.length > 0 || annotations['cronfleet/rerun-of'] !== undefined;
    return (isOurs || takeOver.has(lineage)) && !isOfAnother && !wanted.has(identityOf(object));
  });
}

/**
 * @param jobs Jobs of the fleets' groups that are leaving
 * @throws UserError `removal`, for each fleet one, with the token that permits it
 */
export function removalsOf(
  fleet: string,
  gone: readonly KubernetesObject[],
  { objects, plans }: Pick<Desired, 'objects' | 'plans'>,
  live: Pick<Live, 'objects'>,
  jobs: readonly RawJob[],
  { removals }: Pick<RemovalPermits, 'removals'>,
): Removals {
  const ofFleet = (all: readonly KubernetesObject[]) => all.filter((object) => fleetOf(object) === fleet);
  // A folded fleet's objects name no group.
  const planned = plans
    .filter(({ name }) => name === fleet)
    .flatMap(({ groups }) => groups.map(({ facts }) => facts.name));
  const living = new Set([...planned, ...ofFleet(objects).map(groupOf)]);
  const goneGroups = new Set(gone.map(groupOf).filter((group) => group !== undefined && !living.has(group)));
  const groups = new Set(
    ofFleet(live.objects)
      .map(groupOf)
      .filter((group) => group !== undefined),
  );
  const running = new Set(jobs.filter(isActive).flatMap(({ metadata }) => [metadata?.name, ...ownersOf(metadata)]));
  const isRunning = (object: KubernetesObject) =>
    ((object as RawCronJob).status?.active ?? []).length > 0 || running.has(object.metadata?.name);
  const isOfGroups = (object: KubernetesObject) =>
    object.kind === 'CronJob' && object.metadata?.labels?.['cronfleet/role'] === undefined;

  const unasked = gone.filter((object) => isOfGroups(object) && (object as RawCronJob).spec?.suspend !== true);
  const many = goneGroups.size > aFew(groups.size);
  const asked = many ? gone.filter((object) => isOfGroups(object) || groupOf(object) !== undefined) : unasked;
  const names = asked.map(({ metadata }) => metadata?.name ?? '').sort();
  const token = tokenOf(fleet, names);
  const isGranted = isPermitted(removals, token, names);
  if (names.length > 0 && !isGranted) throw refusal(fleet, names, token, many, unasked, asked.filter(isRunning).length);
  const stays = (object: KubernetesObject) => isRunning(object) && !(isGranted && unasked.includes(object));
  return {
    remove: gone.filter((object) => !stays(object)),
    kept: gone.filter(stays).map((object) => ({ object, why: 'a Job of it still runs' })),
  };
}

function refusal(
  fleet: string,
  names: readonly string[],
  token: string,
  many: boolean,
  unasked: readonly KubernetesObject[],
  running: number,
): UserError {
  const count = `${counted(names.length, 'object')} of groups`;
  const why = many
    ? 'more than one group and more than a tenth would go at once'
    : `${unasked.length} of them not suspended, as a group that is let go is for a whole window`;
  const ends = running > 0 ? `; ${running} would take a running Job along` : '';
  return new UserError(
    'removal',
    `fleet ${fleet}: ${count} are in the cluster and not in dist (${listed(names)}): ${why}${ends}`,
    {
      hint: `is it the right cluster, and this the newest dist? If they are to go:\n--allow-removals=${token}\nNothing was changed`,
    },
  );
}

function groupOf({ metadata }: KubernetesObject): string | undefined {
  return metadata?.labels?.['cronfleet/group'];
}

function ownersOf(metadata: RawJob['metadata']): string[] {
  return (metadata?.ownerReferences ?? []).map(({ name }) => name);
}

function isActive({ status }: RawJob): boolean {
  const ended = status?.conditions?.some(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  return !ended;
}
