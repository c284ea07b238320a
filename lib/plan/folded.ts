// The plan of a folded fleet: one CronJob with an Indexed Job. Which index is which group's, and what the pods are told.

import { namesIn } from '../config/expansion';
import type { Fleet, Resources } from '../config/schema';
import { UserError } from '../errors';
import type { Group } from '../groups/group';
import { type Split, splitVariables } from './carried';
import type { Variable } from './environment';
import { type Parameters, parametersOf } from './parameters';
import type { GroupPlan, StepPlan } from './plan';
import type { Timing } from './timing';

/** The one CronJob of a fleet. */
export interface FoldedPlan extends Timing {
  /** How many indexes: one for each id ever given, or for each group where gaps are closed. */
  completions: number;
  /** When a group goes, those behind it move up. */
  indexesMove: boolean;
  /** How many pods run at once. */
  parallelism: number;
  /** Only where the API server demands one. */
  maxFailedIndexes?: number;
  suspend: boolean;
  /** Of all groups, for `customize`. */
  rows: number;
  job: FoldedContainer;
  /** Containers behind the job's, in order. */
  steps: (StepPlan & FoldedContainer)[];
  parameters: Parameters[];
}

/** What is particular to a container in the pod template of all groups. */
export interface FoldedContainer {
  env: Variable[];
  resources: Resources;
  /** The script that tells it the rest. */
  script: string;
}

/** Above this many indexes the API server wants a bound on those that fail, and on the pods at once. */
const MANY_COMPLETIONS = 100_000;
const LIMIT_OF_MANY = 10_000;
/** The controller names a Job `<CronJob>-<minutes since 1970>`; its pods, `<Job>-<index>` and more, have that as a host name. */
const MAX_HOST_NAME = 63;
const MINUTES_DIGITS = 8;

/** The fleet's containers, each with its place in the config and its variables for every group. */
interface Container {
  place: string;
  script: string;
  split: Split;
  command: readonly string[];
}

/**
 * The indexes of the groups, by id. An index is the id less one, so it is the group's for ever; where gaps are closed, the place among
 * those that are not retiring.
 */
export function indexesOf(groups: readonly Pick<Group, 'id' | 'state'>[], compact: boolean): Map<number, number> {
  const living = groups.filter(({ state }) => state !== 'retiring');
  return new Map(living.map(({ id }, place) => [id, compact ? place : id - 1]));
}

/**
 * @param indexes at least one
 * @param nextId above all ids ever given
 * @param isLeaving it stays suspended beside CronJobs of the groups, and what could not be folded any more is left out
 * @throws UserError `group-invalid` with everything that keeps the fleet from being folded
 */
export function foldedPlan(
  name: string,
  fleet: Fleet,
  groups: readonly GroupPlan[],
  indexes: ReadonlyMap<number, number>,
  nextId: number,
  timing: Timing,
  isLeaving: boolean,
): FoldedPlan {
  const living = groups.filter(({ facts }) => indexes.has(facts.id));
  const [first] = living as [GroupPlan, ...GroupPlan[]];
  const completions = fleet.fold?.compact ? living.length : nextId - 1;
  const containers = containersOf(fleet, living);
  const told = containers.map(({ script, split }) => ({ script, carried: split.carried }));
  const { parameters, scripts, tooLarge } = parametersOf(name, told, [...indexes.values()], completions);
  const problems = [...podNameProblems(name, completions), ...containers.flatMap(containerProblems), ...tooLarge];
  if (problems.length > 0 && !isLeaving) refuse(name, problems);
  const folded = containers.map(({ split }, at) => ({
    env: split.template,
    script: scripts[at] as string,
  }));
  const [job, ...steps] = folded as [Omit<FoldedContainer, 'resources'>, ...Omit<FoldedContainer, 'resources'>[]];
  const most = completions > MANY_COMPLETIONS ? LIMIT_OF_MANY : completions;
  return {
    ...timing,
    completions,
    indexesMove: fleet.fold?.compact === true,
    parallelism: Math.min(fleet.window?.concurrency ?? completions, most),
    ...(completions > MANY_COMPLETIONS ? { maxFailedIndexes: LIMIT_OF_MANY } : {}),
    suspend: fleet.suspend === true || isLeaving,
    rows: living.reduce((sum, { facts }) => sum + facts.rows, 0),
    job: { ...job, resources: first.resources },
    steps: first.steps.map((step, at) => ({ ...step, ...(steps[at] as Omit<FoldedContainer, 'resources'>) })),
    parameters,
  };
}

function containersOf(fleet: Fleet, living: readonly GroupPlan[]): Container[] {
  const { job, then: steps = [] } = fleet;
  const splitOf = (envFrom: readonly unknown[], env: (group: GroupPlan) => Variable[]) =>
    splitVariables(
      living.map((group) => ({ group: group.facts.name, variables: [...group.told, ...env(group)] })),
      envFrom.length > 0,
    );
  const wordsOf = ({ command = [], args = [] }: { command?: string[] | undefined; args?: string[] | undefined }) => [
    ...command,
    ...args,
  ];
  return [
    { place: 'job', script: 'job', split: splitOf(job.envFrom, ({ env }) => env), command: wordsOf(job) },
    ...steps.map((step, at) => ({
      place: `then[${at}]`,
      script: step.name,
      split: splitOf(step.envFrom, ({ steps }) => steps[at]?.env ?? []),
      command: wordsOf(step),
    })),
  ];
}

/** Nothing when the pods of this many indexes get names that the API server takes; it looks when the Job is made, at night. */
export function podNameProblems(name: string, completions: number): string[] {
  const length = name.length + 1 + MINUTES_DIGITS + 1 + String(completions - 1).length;
  if (length <= MAX_HOST_NAME && !name.includes('.')) return [];
  const shape = `<fleet>-<minutes>-${completions - 1}`;
  return [
    `pods are named ${shape}, which would have ${length} characters; at most ${MAX_HOST_NAME} and no dots are allowed, and Kubernetes would refuse the Job at night only: give the fleet a shorter name`,
  ];
}

function containerProblems({ place, split, command }: Container): string[] {
  const inCommand = new Set(command.flatMap(namesIn).filter((name) => split.names.has(name)));
  return [
    ...split.problems.map((problem) => `${place}.env: ${problem}`),
    ...[...inCommand].map(
      (name) =>
        `${place}: $(${name}) in command or args differs between groups, and Kubernetes does not know it there; let the program read ${name}`,
    ),
  ];
}

function refuse(name: string, problems: readonly string[]): never {
  const count = problems.length === 1 ? 'this' : `these ${problems.length} things`;
  throw new UserError('group-invalid', `fleets.${name}.fold: ${count} cannot be folded; nothing was written`, {
    hint: problems.join('\n'),
  });
}
