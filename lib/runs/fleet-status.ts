// A fleet as it is in a cluster: what each group did last and does next, and where cluster and lock disagree. Pure.

import { currentNight, type Night } from '../config/nights';
import type { FleetPlan } from '../plan/plan';
import { stateIn } from './folded';
import type { GroupMap } from './group-map';
import { nextStart } from './next-start';
import { type GroupOutcome, type GroupState, outcomesOf } from './outcome';
import { type PodTrouble, troubleOf } from './pod-trouble';
import type { RawCronJob, RawJob, RawPod } from './raw';
import { type Run, runOf } from './run';

export interface GroupStatus {
  name: string;
  /** Of the night that is open, else of the last; for what has no window, of its last run. */
  state: GroupState;
  schedule: string | undefined;
  lastScheduled: Date | undefined;
  lastSucceeded: Date | undefined;
  /** Since when it runs; undefined when it does not. */
  runningSince: Date | undefined;
  nextStart: Date | undefined;
  suspended: boolean;
  job: string | undefined;
  /** Of its last pod that has trouble, in this run. */
  pod: PodTrouble | undefined;
  note: string | undefined;
}

/** Where cluster and lock disagree. */
export interface Disagreement {
  /** Objects of the lock that the cluster does not have. */
  missing: string[];
  /** Objects of the fleet in the cluster that the lock does not know. */
  unknown: string[];
  /** Objects that are not as dist has them, and in which fields. */
  drifted: { name: string; fields: string[] }[];
  /** Serials, where the group map of the cluster is of another lock. */
  serial: { lock: number; cluster: number | undefined } | undefined;
  /** Another lineage in the cluster: the fleet of another lock. */
  lineage: string | undefined;
}

export interface FleetStatus {
  name: string;
  namespace: string;
  night: Night | undefined;
  isOpen: boolean;
  groups: GroupStatus[];
  disagreement: Disagreement;
  agrees: boolean;
}

/** An object, as far as it is compared. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; labels?: Record<string, string> };
}

export interface SeenFleet {
  cronJobs: readonly RawCronJob[];
  jobs: readonly RawJob[];
  /** Those that have not succeeded; empty where one may not look. */
  pods: readonly RawPod[];
  /** Undefined when the cluster has none. */
  map: (GroupMap & { lineage: string | undefined }) | undefined;
}

/**
 * @param manifests what synth writes for the fleet
 * @param differences paths in which a live object is not as its manifest says
 */
export function fleetStatus(
  plan: FleetPlan,
  manifests: readonly KubeObject[],
  seen: SeenFleet,
  differences: (manifest: KubeObject, live: KubeObject) => string[],
  now: Date,
): FleetStatus {
  const night = plan.window && currentNight(plan.window, now);
  const runs = seen.jobs.map(runOf);
  const troubles = seen.pods.flatMap((pod) => troubleOf(pod) ?? []);
  const cronJobs = new Map(seen.cronJobs.map((cronJob) => [cronJob.metadata?.name ?? '', cronJob]));
  const map: GroupMap = {
    serial: plan.serial,
    indexesMove: plan.folded?.indexesMove === true,
    groups: plan.groups
      .filter(({ isRetiring }) => !isRetiring)
      .map(({ facts, share, index }) => ({ name: facts.name, share, index })),
  };
  const outcomes =
    night && plan.window
      ? outcomesOf({ map, cronJobs: seen.cronJobs, jobs: seen.jobs }, plan.window, night, now)
      : map.groups.map((group) => lastOutcome(plan, group, cronJobs.get(cronJobName(plan, group.name)), runs));
  const starts = new Map<string, Date | undefined>();
  const groups = outcomes.map((outcome) => groupStatus(outcome));
  const disagreement = disagreementOf(plan, manifests, seen, differences);
  const { missing, unknown, drifted, serial, lineage } = disagreement;
  return {
    name: plan.name,
    namespace: plan.namespace,
    night,
    isOpen: night !== undefined && now < night.closes,
    groups,
    disagreement,
    agrees: missing.length + unknown.length + drifted.length === 0 && serial === undefined && lineage === undefined,
  };

  function groupStatus({ group, state, run, note }: GroupOutcome): GroupStatus {
    const cronJob = cronJobs.get(cronJobName(plan, group.name));
    const { schedule, timeZone = 'UTC', suspend = false } = cronJob?.spec ?? {};
    const key = `${schedule} ${timeZone}`;
    if (schedule !== undefined && !starts.has(key)) starts.set(key, nextStart(schedule, timeZone, now));
    const last = troubles
      .filter(({ job, index }) => job === run?.job && (group.index === undefined || index === group.index))
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
      .at(-1);
    return {
      name: group.name,
      state,
      schedule,
      lastScheduled: dateOf(cronJob?.status?.lastScheduleTime),
      lastSucceeded: dateOf(cronJob?.status?.lastSuccessfulTime),
      runningSince: state === 'running' ? run?.createdAt : undefined,
      nextStart: suspend || schedule === undefined ? undefined : starts.get(key),
      suspended: suspend,
      job: run?.job,
      pod: state === 'failed' || state === 'running' ? last : undefined,
      note,
    };
  }
}

/** How many are in each state. */
export function countStates(groups: readonly GroupStatus[]): Partial<Record<GroupState, number>> {
  const counts: Partial<Record<GroupState, number>> = {};
  for (const { state } of groups) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function cronJobName({ name, stages }: FleetPlan, group: string): string {
  return stages.folded === 'live' ? name : group;
}

/** Without a window: the last run says it all. */
function lastOutcome(
  { stages }: FleetPlan,
  group: GroupMap['groups'][number],
  cronJob: RawCronJob | undefined,
  runs: readonly Run[],
): GroupOutcome {
  const isFolded = stages.folded === 'live';
  const own = runs.filter((run) => run.group === (isFolded ? undefined : group.name));
  const run = [...own].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).at(-1);
  const base = { group, run, startsAt: undefined, note: undefined };
  if (run === undefined) {
    if (cronJob === undefined) return { ...base, state: 'missing', note: 'there is no CronJob or Job of this name' };
    return { ...base, state: cronJob.spec?.suspend ? 'suspended' : 'waiting' };
  }
  const states = { completed: 'done', failed: 'failed', running: 'running' } as const;
  return {
    ...base,
    state: states[stateIn(run, group)],
    note: [run.reason, run.message].filter(Boolean).join(': ') || undefined,
  };
}

function disagreementOf(
  plan: FleetPlan,
  manifests: readonly KubeObject[],
  { cronJobs, jobs, map }: SeenFleet,
  differences: (manifest: KubeObject, live: KubeObject) => string[],
): Disagreement {
  const kind = plan.groups.some(({ schedule }) => schedule !== undefined) || plan.folded ? 'CronJob' : 'Job';
  const live = new Map<string, KubeObject>(
    kind === 'CronJob'
      ? cronJobs.map((object) => [object.metadata?.name ?? '', object as KubeObject])
      : jobs.map((object) => [object.metadata?.name ?? '', object as KubeObject]),
  );
  const wanted = manifests.filter((manifest) => manifest.kind === kind);
  const names = new Set(wanted.map(({ metadata }) => metadata?.name ?? ''));
  const there = wanted.filter(({ metadata }) => live.has(metadata?.name ?? ''));
  const lineages = [...live.values()].map(({ metadata }) => metadata?.labels?.['cronfleet/lineage'] ?? plan.lineage);
  return {
    missing: [...names].filter((name) => !live.has(name)).sort(),
    // Jobs of CronJobs are no objects of dist.
    unknown: kind === 'Job' ? [] : [...live.keys()].filter((name) => !names.has(name)).sort(),
    drifted: there
      .map((manifest) => {
        const name = manifest.metadata?.name ?? '';
        return { name, fields: differences(manifest, live.get(name) as KubeObject) };
      })
      .filter(({ fields }) => fields.length > 0),
    serial: map?.serial === plan.serial ? undefined : { lock: plan.serial, cluster: map?.serial },
    lineage: [map?.lineage ?? plan.lineage, ...lineages].find((lineage) => lineage !== plan.lineage),
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
