// What a synth would change, fleet by fleet: plain data, for people and programs.

import { openWindow } from '../config/nights';
import { groupName } from '../groups/group';
import { groupOf } from '../groups/in-dist';
import type { FleetLock, Lock } from '../groups/lock';
import { isParameters } from '../plan/parameters';
import { type FleetPlan, startingOf } from '../plan/plan';
import { minutesAfterOpening } from '../plan/timing';
import { type DistFile, type FieldChange, identityOf, type ObjectChanges, objectChanges } from './field-changes';
import { type GroupChanges, groupChanges, isUnchanged } from './group-changes';
import { type LockChange, lockChanges } from './lock-changes';

/** Lock and dist at one moment. */
export interface State {
  lock: Lock;
  files: readonly DistFile[];
}

export interface FleetChanges {
  name: string;
  namespace: string;
  what: 'added' | 'removed' | 'changed' | 'unchanged';
  groups: GroupChanges;
  /** What the lock says beside its groups. */
  lock: LockChange[];
  /** Undefined while the fleet is folded, or not, as before. */
  shape: ShapeChange | undefined;
  /** Objects that come and go, and fields that change; without schedules, and without what follows from a group's rows. */
  objects: ObjectChanges;
  /** Starts that move. Kubernetes starts a job at once whose schedule moves to a time between its last run and now. */
  schedules: ScheduleMove[];
  /** Groups with more rows than they may have, as the lock counted them. */
  overCapacity: { name: string; rows: number; capacity: number }[];
  /** When the window closes that is open now: changes are better applied after it. Undefined while it is closed. */
  openUntil: Date | undefined;
  /** Undefined for what has no window. */
  window: FleetPlan['window'];
  /** The night to come, in the order of its starts, without what is suspended; empty for what has no window. */
  night: Bar[];
}

/** The switch between an object for each group and one for all; see ../groups/shape.ts. */
export interface ShapeChange {
  /** `settled`: what the switch left behind, suspended, goes. */
  what: 'folded' | 'unfolded' | 'settled';
  /** Files of either shape. */
  objects: string[];
}

export interface ScheduleMove {
  /** `0 0 * * * Asia/Seoul` */
  before: string;
  after: string;
  objects: string[];
  of: number;
}

/** CronJobs that start in the same minute. */
export interface Bar {
  /** Minutes after the window opens. */
  start: number;
  /** Minutes a start may be late. */
  late: number;
  /** Minutes a job may run at most. */
  minutes: number;
  count: number;
}

/** Every file of dist is told of: with its fleet, or as a stray. */
export interface Changes {
  /** Of all fleets of either state, those that stay in the order of the config. */
  fleets: FleetChanges[];
  /** Objects of no fleet of either state: synth removes those that another config, a hand or a merge left, and writes what `customize` adds beside a fleet. */
  strays: ObjectChanges;
}

/** Between two states. */
export function changesOf(before: State, after: State, plans: readonly FleetPlan[], now: Date): Changes {
  const gone = Object.keys(before.lock.fleets).filter((name) => !Object.hasOwn(after.lock.fleets, name));
  const known = new Set([...plans.map(({ name }) => name), ...gone]);
  const straysOf = ({ files }: State) => files.filter(({ path }) => !known.has(folderOf(path)));
  return {
    fleets: [
      ...plans.map((plan) => fleetChanges(plan.name, before, after, plan, now)),
      ...gone.map((name) => fleetChanges(name, before, after, undefined, now)),
    ],
    strays: objectChanges(straysOf(before), straysOf(after)),
  };
}

/** True when a synth would write anything. */
export function hasChanges({ fleets, strays }: Changes): boolean {
  return fleets.some(({ what }) => what !== 'unchanged') || hasStrays(strays);
}

/** True when a synth would write or remove any of them. */
export function hasStrays(strays: Changes['strays']): boolean {
  return Object.values(strays).some((list) => list.length > 0);
}

function fleetChanges(name: string, before: State, after: State, plan: FleetPlan | undefined, now: Date): FleetChanges {
  const [was, is] = [lockOf(before, name), lockOf(after, name)];
  const groups = groupChanges(name, was, is);
  const lock = lockChanges(was, is);
  // Another filter is every group's, and told once.
  const isFiltered = lock.some(({ field }) => field === 'where');
  const reshared = isFiltered
    ? new Set(is?.groups.map((group) => groupName(name, group)))
    : new Set([...groups.cut, ...groups.changed].map((group) => group.name));
  const [had, has] = [filesOf(before, name), filesOf(after, name)];
  const { fields, ...objects } = objectChanges(had, has, reshared);
  const moves = movesOf(had, has, fields);
  const isSameLock = was?.serial === is?.serial && lock.length === 0;
  const isSame = isUnchanged(groups) && sameFiles(had, has) && isSameLock;
  return {
    name,
    namespace: plan?.namespace ?? '',
    what: is === undefined ? 'removed' : was === undefined ? 'added' : isSame ? 'unchanged' : 'changed',
    groups,
    lock,
    shape: shapeChange(name, was, is, [...had, ...has]),
    objects: {
      ...objects,
      fields: fields.filter((change) => !isSchedule(change) && (isSameLock || !isGroupMap(name, change))),
    },
    schedules: moves,
    overCapacity: (plan?.groups ?? []).flatMap(({ facts: { name, rows, capacity }, isRetiring }) =>
      capacity !== undefined && rows > capacity && !isRetiring ? [{ name, rows, capacity }] : [],
    ),
    openUntil: plan?.window && openWindow(plan.window, now)?.closes,
    window: plan?.window,
    night: plan ? nightOf(plan) : [],
  };
}

function lockOf({ lock }: State, name: string): FleetLock | undefined {
  return Object.hasOwn(lock.fleets, name) ? lock.fleets[name] : undefined;
}

function filesOf({ files }: State, name: string): DistFile[] {
  return files.filter(({ path }) => folderOf(path) === name);
}

/** The folder of a fleet; empty for a file that lies in none. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.indexOf('/')));
}

function sameFiles(a: readonly DistFile[], b: readonly DistFile[]): boolean {
  const texts = new Map(a.map(({ path, text }) => [path, text]));
  return a.length === b.length && b.every(({ path, text }) => texts.get(path) === text);
}

function isSchedule({ kind, field }: FieldChange): boolean {
  return kind === 'CronJob' && (field === 'spec.schedule' || field === 'spec.timeZone');
}

function shapeChange(
  name: string,
  was: FleetLock | undefined,
  is: FleetLock | undefined,
  files: readonly DistFile[],
): ShapeChange | undefined {
  if (was === undefined || is === undefined || was.lineage !== is.lineage) return undefined;
  const isSettled = was.reshaped !== undefined && is.reshaped === undefined;
  if (was.shape === is.shape && !isSettled) return undefined;
  const groups = new Set([...was.groups, ...is.groups].map((group) => groupName(name, group)));
  const isShape = (path: string) => {
    const { kind, name: object } = identityOf(path);
    if (kind === 'ConfigMap') return isParameters(name, object);
    return kind === 'CronJob' && object === name ? true : groups.has(groupOf(path)?.group ?? '');
  };
  return {
    what: was.shape === is.shape ? 'settled' : is.shape === 'folded' ? 'folded' : 'unfolded',
    objects: [...new Set(files.map(({ path }) => path))].filter(isShape),
  };
}

/** What it says is said of the groups. */
function isGroupMap(fleet: string, { kind, objects }: FieldChange): boolean {
  return kind === 'ConfigMap' && objects.every((name) => name === `${fleet}-groups`);
}

/** Moved starts, each kind of move once. */
function movesOf(
  before: readonly DistFile[],
  after: readonly DistFile[],
  fields: readonly FieldChange[],
): ScheduleMove[] {
  const moved = new Set(fields.filter(isSchedule).flatMap(({ objects }) => objects));
  const of = fields.find(isSchedule)?.of ?? 0;
  const moves = new Map<string, ScheduleMove>();
  const [had, has] = [before, after].map(
    (files) => new Map(files.map(({ path, text }) => [path.slice(path.indexOf('/') + 1), text])),
  ) as [Map<string, string>, Map<string, string>];
  const lineOf = (files: ReadonlyMap<string, string>, name: string) => {
    const text = files.get(`CronJob.${name}.k8s.yaml`) ?? '';
    const field = (key: string) => new RegExp(`^  ${key}: "?([^"\n]+)"?$`, 'm').exec(text)?.[1];
    return `${field('schedule')} ${field('timeZone')}`;
  };
  for (const name of moved) {
    const [from, to] = [lineOf(had, name), lineOf(has, name)];
    const move = moves.get(`${from}>${to}`) ?? { before: from, after: to, objects: [], of };
    move.objects.push(name);
    moves.set(`${from}>${to}`, move);
  }
  return [...moves.values()];
}

function nightOf(plan: FleetPlan): Bar[] {
  const { window } = plan;
  if (window === undefined) return [];
  const bars = new Map<string, Bar>();
  for (const { schedule, startingDeadlineSeconds, activeDeadlineSeconds } of startingOf(plan)) {
    const start = minutesAfterOpening(schedule ?? '', window);
    const late = Math.floor((startingDeadlineSeconds ?? 0) / 60);
    const minutes = Math.floor((activeDeadlineSeconds ?? 0) / 60);
    const bar = bars.get(`${start} ${minutes}`) ?? { start, late, minutes, count: 0 };
    bar.count += 1;
    bars.set(`${start} ${minutes}`, bar);
  }
  return [...bars.values()].sort((a, b) => a.start - b.start);
}
