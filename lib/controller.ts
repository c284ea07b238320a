// The story of `cronfleet controller`: the groups of one fleet are refreshed from the store and applied in the cluster, before the
// window. No file is written; the lock is in a ConfigMap. Alerts, policies and RBAC are left to people.

import { basename } from 'node:path';
import { fleetSelector } from './charts/labels';
import type { Cluster } from './cluster/cluster';
import { CONFIG_MAPS, CRON_JOBS } from './cluster/kinds';
import { readLockMap, refuseLargeLock, writeLockMap } from './cluster/lock-map';
import { type Loaded, loadConfig } from './config/load';
import { openWindow } from './config/nights';
import type { Config, Fleet } from './config/schema';
import { printMinute } from './config/time';
import { liveManifests } from './dist/live';
import type { Manifest } from './dist/manifests';
import { readLockText } from './dist/project';
import { UserError } from './errors';
import type { Permissions } from './groups/fleets';
import { type Lock, parseLock, printLock } from './groups/lock';
import { lockMapName } from './groups/lock-map';
import { ofClusterLock } from './lock-in-cluster';
import { lockOfFleet, withOneFleet } from './one-fleet';
import type { FleetPlan } from './plan/plan';
import { type Leftovers, type LiveFleet, leftoversOf } from './review/leftovers';
import type { RawConfigMap, RawCronJob } from './runs/raw';
import { DEMO_IDENTITY } from './store/demo';
import { openStore } from './store/open';
import type { Progress } from './store/ranges';
import type { Store } from './store/session';
import { draftOf } from './synth';
import { type Seen, unlikeManifests } from './unlike';

/** What there is to apply of one fleet. */
export interface FleetToApply {
  plan: FleetPlan;
  /** The lock that they follow from, of this fleet alone. */
  lock: Lock;
  /** The group map, parameters, and CronJobs of groups; no RBAC, and no CronJob that is none of a group. */
  manifests: readonly Manifest[];
  /** The cluster had no lock of it yet: the fleet may be new there. */
  isFirst: boolean;
  /**
   * Live objects that shall go, once all else is applied; none unless the team has configured it. Nothing else may go: `manifests` are
   * not all that the fleet has.
   */
  removals: readonly (RawCronJob | RawConfigMap)[];
}

/** Kind and name of what was written: `CronJob/catalog-0001`. */
export interface Applied {
  created: string[];
  changed: string[];
  removed: string[];
}

/**
 * The heart of `cronfleet apply`, in two steps, since the lock is written between them. The first holds the fleet against the
 * cluster, writes nothing, and refuses what must not be; the second writes, and can be done again when it was cut short.
 * @throws UserError every refusal that can be known beforehand
 */
export type PrepareApply = (cluster: Cluster, fleet: FleetToApply) => Promise<() => Promise<Applied>>;

export interface ControllerOptions extends Permissions {
  /** The config file. */
  config: string;
  fleet: string;
  /** Told of a big table while it is walked. */
  progress?: Progress;
}

/** What was done. */
export interface Controlled {
  fleet: string;
  namespace: string;
  /** `overtaken`: somebody else has written the lock meanwhile, so nothing was written. */
  what: 'applied' | 'overtaken';
  lock: 'made' | 'changed' | 'unchanged';
  groups: number;
  /** Names of groups that are new. */
  added: string[];
  applied: Applied;
  /** What the lock has let go of and is still there, since removing is left to people. */
  retired: string[];
  kept: { name: string; because: string }[];
  /** Objects that are a person's to apply. */
  unlike: Seen[];
  warnings: string[];
}

/** @throws UserError of every code that synth and apply have, but those of disks; `apply-refused` inside the window */
export async function control(
  options: ControllerOptions,
  cluster: Cluster,
  prepare: PrepareApply,
): Promise<Controlled> {
  return controlLoaded(await loadConfig(options.config), options, cluster, prepare);
}

/** The same with a config that is loaded and, for who has one open already, another way to a store. */
export async function controlLoaded(
  all: Loaded,
  { fleet: name, ...options }: Omit<ControllerOptions, 'config'>,
  cluster: Cluster,
  prepare: PrepareApply,
  open: (config: Config['store']) => Store = openStore,
): Promise<Controlled> {
  const { loaded, fleet } = withOneFleet(all, name);
  const { namespace } = fleet;
  refuseUncontrolled(name, fleet);
  refuseOpenWindow(name, fleet, cluster.pace.now());
  const recorded = await readLockMap(cluster, namespace, name);
  const live = await liveFleet(cluster, name, fleet);
  const lockText = recorded?.text ?? ownLock(loaded, name, fleet);
  if (lockText === undefined) refuseFirst(name, fleet, options);
  const before = { lockText, manifests: liveManifests(name, [...live.cronJobs, ...live.configMaps] as never) };
  const asked = { ...options, frozen: false, now: cluster.pace.now() };
  const draft = await ofClusterLock(name, fleet, () => draftOf(loaded, before, asked, open));
  const [plan, allocated] = [draft.plans[0] as FleetPlan, draft.fleets[0]];
  const lock = parseLock(draft.lockText, basename(loaded.lockPath));
  refuseLargeLock(name, draft.lockText);

  const leftovers = leftoversOf(plan, draft.manifests, live);
  const isAllowed = plan.controller?.removals === 'retired';
  const [ours, theirs] = sorted(draft.manifests);
  const removals = isAllowed ? leftovers.retired : [];
  const apply = await prepare(cluster, { plan, lock, manifests: ours, isFirst: recorded === undefined, removals });
  const unlike = await unlikeManifests(cluster, namespace, theirs);
  // The store may have taken its time.
  refuseOpenWindow(name, fleet, cluster.pace.now());

  const told = {
    ...{ fleet: name, namespace, groups: plan.groups.length, unlike, warnings: draft.warnings },
    lock: recorded === undefined ? 'made' : recorded.text === draft.lockText ? 'unchanged' : 'changed',
    added: groupNames(plan, allocated?.added ?? []),
    ...leftIn(leftovers, isAllowed),
  } as const;
  // The lock comes before the CronJobs, as on disk it comes before dist: it is why a group never changes its name or range. Cut short
  // behind it, the next run reads it and applies what is missing. The other way round, a CronJob could run over rows that no lock
  // records, and the next run would cut them anew under the same name. It is written even when it stays: whoever has read an
  // older one than is there now must not apply what follows from it.
  if (!(await writeLockMap(cluster, { namespace, fleet: name }, recorded, draft.lockText))) {
    return { ...told, what: 'overtaken', lock: 'unchanged', applied: { created: [], changed: [], removed: [] } };
  }
  return { ...told, what: 'applied', applied: await apply() };
}

/** Its first run would make a second lock, of a fleet that a file or git goes by. @throws UserError `config-invalid` */
function refuseUncontrolled(name: string, { controller }: Fleet): void {
  if (controller !== undefined) return;
  throw new UserError('config-invalid', `fleet ${name} has no \`controller\` in the config; nothing was written`, {
    hint: '`cronfleet synth` and `cronfleet apply` go by the lock beside the config. To have it in the cluster: docs/controller.md',
  });
}

/** Groups that are changed while they run would do rows twice or not at all. @throws UserError `apply-refused` */
function refuseOpenWindow(name: string, { window }: Fleet, now: Date): void {
  const open = window && openWindow(window, now);
  if (!open) return;
  throw new UserError(
    'apply-refused',
    `fleet ${name}: its window is open until ${printMinute(open.closes)}; nothing was written`,
    {
      hint: 'run it while the window is closed: `minutesBefore` of the controller starts it before',
    },
  );
}

async function liveFleet(cluster: Cluster, name: string, { namespace }: Fleet): Promise<LiveFleet> {
  const labelSelector = fleetSelector(name);
  const [cronJobs, configMaps] = await Promise.all(
    [CRON_JOBS, CONFIG_MAPS].map((kind) => cluster.list(kind, namespace, { labelSelector })),
  );
  return { cronJobs: cronJobs?.items as RawCronJob[], configMaps: configMaps?.items as RawConfigMap[] };
}

/** The lock that lies beside the config, in the image: where a team comes from files, the first run goes on with it. */
function ownLock(loaded: Loaded, name: string, fleet: Fleet): string | undefined {
  const lock = lockOfFleet(readLockText(loaded), basename(loaded.lockPath), name);
  const isDemo = (fleet.store ?? loaded.config.store).kind === 'demo';
  // Groups of the demo are none to go on with.
  return lock?.fleets[name]?.source.store === DEMO_IDENTITY && !isDemo ? undefined : lock && printLock(lock);
}

/** Groups are cut for the first time, or anew, only where a person says so. @throws UserError `lock-missing` */
function refuseFirst(name: string, { namespace }: Fleet, { newLock }: Pick<Permissions, 'newLock'>): void {
  if (newLock.has(name)) return;
  throw new UserError(
    'lock-missing',
    `fleet ${name}: there is no lock, neither in ConfigMap ${lockMapName(name)} of namespace ${namespace} nor beside the config`,
    {
      hint: `if its groups are to be cut for the first time, run it once by hand: cronfleet controller ${name} --new-lock=${name}\nelse bring the ConfigMap back, or build the image with the lock beside the config`,
    },
  );
}

/** What is ours to apply, and what is a person's. */
function sorted(manifests: readonly Manifest[]): [ours: Manifest[], theirs: Manifest[]] {
  const isOurs = ({ path, text }: Manifest) =>
    path.includes('/ConfigMap.') || (path.includes('/CronJob.') && !/^ {4}cronfleet\/role: /m.test(text));
  return [manifests.filter(isOurs), manifests.filter((manifest) => !isOurs(manifest))];
}

function leftIn({ retired, kept }: Leftovers, isAllowed: boolean): Pick<Controlled, 'retired' | 'kept'> {
  const nameOf = ({ kind, metadata }: RawCronJob | RawConfigMap) => `${kind}/${metadata?.name}`;
  return {
    retired: isAllowed ? [] : retired.map(nameOf),
    kept: kept.map(({ object, because }) => ({ name: nameOf(object), because })),
  };
}

function groupNames({ groups }: FleetPlan, ids: readonly number[]): string[] {
  const asked = new Set(ids);
  return groups.filter(({ facts }) => asked.has(facts.id)).map(({ facts }) => facts.name);
}
