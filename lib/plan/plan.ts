// The plan of a fleet: which group starts when, for how long, with what. Plain data, a pure function of config and lock.

import type { z } from 'zod';
import { sentences } from '../config/problems';
import {
  type Config,
  envSchema,
  type Fleet,
  type Job,
  type Resources,
  resourcesSchema,
  type Step,
} from '../config/schema';
import type { GroupFacts } from '../config/types';
import { UserError } from '../errors';
import { type Group, groupName } from '../groups/group';
import type { FleetLock } from '../groups/lock';
import { type Stage, type Stages, stagesOf } from '../groups/shape';
import { type Share, shareOf } from '../groups/share';
import { type ControllerPlan, planController } from './before';
import { ownVariables, teamVariables, type Variable } from './environment';
import { type FoldedPlan, foldedPlan, indexesOf } from './folded';
import { foldedTiming, type Timing, timesOf } from './timing';
import { writtenFor } from './written';

/** What is emitted for one group; without a schedule, a Job that runs once. */
export interface GroupPlan extends Partial<Timing> {
  facts: GroupFacts;
  /** Which rows it has. */
  share: Share;
  /** Its rows are another group's already. */
  isRetiring: boolean;
  suspend: boolean;
  /** Of a folded fleet: the index in its Job; none while retiring. */
  index?: number;
  /** Variables of ours: they come before those of the team in every container. */
  told: Variable[];
  /** Those of the team. */
  env: Variable[];
  resources: Resources;
  /** Containers behind the job's, in order. */
  steps: StepPlan[];
  /** Of a Job that runs once: what the team wrote for it, see {@link writtenFor}. */
  written?: object;
}

/** A container behind the job's, as one group has it. */
export interface StepPlan extends Omit<Step, 'env' | 'resources'> {
  env: Variable[];
  resources: Resources;
}

export interface FleetPlan
  extends Pick<Fleet, 'window' | 'after' | 'alerts' | 'fold' | 'queue' | 'brakes' | 'suspend'> {
  name: string;
  namespace: string;
  lineage: string;
  serial: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** All that is the same for every group. */
  job: Omit<Job, 'env' | 'resources'>;
  /** What refreshes it in the cluster. */
  controller: ControllerPlan | undefined;
  /** The image of cronfleet itself. */
  tools: Config['tools'];
  /** What of the fleet is emitted. */
  stages: Stages;
  /** The one CronJob for all groups, while the fleet is folded or has just been; none while it has no group. */
  folded?: FoldedPlan;
  /** By id. */
  groups: GroupPlan[];
}

/** A CronJob's name may have 52 characters: the controller appends 11 for its Jobs. Checked by the API server on create only. */
const MAX_CRONJOB_NAME = 52;

/**
 * @throws UserError `window-too-short`, or `group-invalid` when a function of the config fails or returns what it may not
 */
export function planFleet(name: string, fleet: Fleet, lock: FleetLock, tools?: Config['tools']): FleetPlan {
  const { env, resources, ...job } = fleet.job;
  const capacity = 'capacity' in fleet.groups ? fleet.groups.capacity : undefined;
  refuseTakenNames(name, fleet, lock);
  const { window, after, alerts, fold, queue, brakes, suspend } = fleet;
  const stages = stagesOf(fleet, lock);
  const times = groupTimes(name, fleet, stages.ofGroups, lock.groups);
  const indexes = indexesOf(lock.groups, fold?.compact === true);
  const groups = lock.groups.map((group, at): GroupPlan => {
    const facts = factsOf(name, group, capacity);
    const share = shareOf(group);
    const forIt = {
      env: teamVariables(perGroup('job.env', env, envSchema, facts)),
      resources: perGroup('job.resources', resources, resourcesSchema, facts),
    };
    const steps = (fleet.then ?? []).map((step, index): StepPlan => {
      const at = `then[${index}]`;
      return {
        ...step,
        env: teamVariables(perGroup(`${at}.env`, step.env, envSchema, facts)),
        resources: perGroup(`${at}.resources`, step.resources, resourcesSchema, facts),
      };
    });
    const index = stages.folded === 'live' ? indexes.get(group.id) : undefined;
    return {
      facts,
      share,
      ...times[at],
      isRetiring: group.state === 'retiring',
      suspend: suspend === true || group.state === 'retiring' || stages.ofGroups === 'leaving',
      ...(index === undefined ? {} : { index }),
      told: ownVariables(name, facts.name, group, lock.source),
      ...forIt,
      steps,
      ...(fleet.once ? { written: writtenFor(fleet, lock, facts.id, share, forIt, steps) } : {}),
    };
  });
  const isFolded = stages.folded !== 'none' && indexes.size > 0;
  return {
    name,
    namespace: fleet.namespace,
    lineage: lock.lineage,
    serial: lock.serial,
    labels: fleet.labels,
    annotations: fleet.annotations,
    job,
    controller: planController(name, fleet),
    tools,
    ...{ window, after, alerts, fold, queue, brakes, suspend },
    stages,
    ...(isFolded ? { folded: foldedOf() } : {}),
    groups,
  };

  function foldedOf(): FoldedPlan {
    // What is suspended needs no time.
    const living = lock.groups.filter(({ id }) => indexes.has(id));
    const timing = foldedTiming(name, fleet, stages.folded === 'live' ? living : []);
    return foldedPlan(name, fleet, groups, indexes, lock.nextId, timing, stages.folded === 'leaving');
  }
}

/** The times of the CronJobs that work: one for each group, or one for a folded fleet. */
export function startsOf({ stages, folded, groups }: FleetPlan): Partial<Timing>[] {
  if (stages.folded === 'live') return folded ? [folded] : [];
  return groups;
}

/** True when it starts at night: by its own CronJob, or by the one of a folded fleet, beside which its own is suspended. */
export function startsAtAll({ stages, suspend }: FleetPlan, group: GroupPlan): boolean {
  return !group.isRetiring && !(stages.folded === 'live' ? suspend === true : group.suspend);
}

/** The same as {@link startsOf} without what is suspended. */
export function startingOf(plan: FleetPlan): Partial<Timing>[] {
  const starting = plan.groups.filter((group) => startsAtAll(plan, group));
  if (plan.stages.folded === 'live') return plan.folded && starting.length > 0 ? [plan.folded] : [];
  return starting;
}

/** What is suspended starts never, and its slot may be one that the window has no time for: the first one does. */
function groupTimes(name: string, fleet: Fleet, stage: Stage, groups: readonly Group[]): Partial<Timing>[] {
  switch (stage) {
    case 'live':
      return timesOf(name, fleet, groups);
    case 'leaving':
      return timesOf(
        name,
        fleet,
        groups.map(() => ({ slot: 0 })),
      );
    case 'none':
      return groups.map(() => ({}));
  }
}

/** CronJobs beside those of the groups have names too. */
function refuseTakenNames(fleet: string, { after, alerts, controller }: Fleet, { groups }: FleetLock): void {
  const names = new Set(groups.map((group) => groupName(fleet, group)));
  const others = [
    ...(after ? [`${fleet}-after`] : []),
    ...(alerts?.webhook ? [`${fleet}-alert`] : []),
    ...(controller ? [`${fleet}-controller`] : []),
    ...(controller?.assign?.apart ? [`${fleet}-assign`] : []),
  ];
  for (const name of others) {
    refuseLongName(fleet, name);
    if (names.has(name))
      throw new UserError('group-invalid', `fleet ${fleet}: ${name} is a group, and what cronfleet adds to the fleet`, {
        hint: 'let the query name that row otherwise, or do without `after`, `alerts.webhook` or `controller`; nothing was written',
      });
  }
}

function refuseLongName(fleet: string, name: string): void {
  if (name.length <= MAX_CRONJOB_NAME) return;
  throw new UserError(
    'group-invalid',
    `fleet ${fleet}: ${name} has ${name.length} characters, a CronJob's name at most ${MAX_CRONJOB_NAME}`,
    { hint: 'give the fleet a shorter name' },
  );
}

function factsOf(fleet: string, group: Group, capacity: number | undefined): GroupFacts {
  const name = groupName(fleet, group);
  refuseLongName(fleet, name);
  const { id, rows } = group;
  return {
    fleet,
    id,
    name,
    ...('from' in group ? { from: group.from, to: group.to } : { from: null, to: null }),
    ...('value' in group ? { value: group.value } : {}),
    rows,
    ...(capacity === undefined ? {} : { capacity }),
    ...('params' in group ? { params: group.params } : {}),
  };
}

/** The value for this group: `given`, or what the team's function returns for it, held to the same rules. */
function perGroup<S extends z.ZodType>(
  key: string,
  given: z.output<S> | ((group: GroupFacts) => unknown),
  schema: S,
  facts: GroupFacts,
): z.output<S> {
  if (typeof given !== 'function') return given;
  const place = `fleets.${facts.fleet}.${key}(${facts.name})`;
  const hint = 'mend the function in the config; nothing was written';
  let raw: unknown;
  try {
    raw = (given as (group: GroupFacts) => unknown)(structuredClone(facts));
  } catch (cause) {
    throw new UserError('group-invalid', `${place} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint,
      cause,
    });
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => sentences(issue, raw));
  throw new UserError('group-invalid', `${place} returned what it may not`, {
    hint: problems.join('\n'),
    cause: result.error,
  });
}
