// What became of a night: each group of the map held against the CronJobs and Jobs there are. "No Job" is never a success.

import type { Night } from '../config/nights';
import type { Window } from '../config/schema';
import { instantOf, localDate } from '../config/zone';
import { minutesAfterOpening } from '../plan/timing';
import { type GroupMap, type MappedGroup, tiles } from './group-map';
import type { RawCronJob, RawJob } from './raw';
import { GROUP_LABEL, type Run, runOf, sameShare, shareOfTemplate } from './run';
import { parametersName } from './told';

export type GroupState =
  /** A Job of this night over these rows has completed. */
  | 'done'
  | 'running'
  /** Its start is to come, or may still be made late. */
  | 'waiting'
  | 'failed'
  /** Its start has passed, and there is no Job. */
  | 'missed'
  /** There is no CronJob of that name. */
  | 'missing'
  /** The Jobs of that night are no longer kept, and nothing says what became of them. */
  | 'forgotten'
  /** Its CronJob was made after its start: the first run is the next night's. */
  | 'new'
  | 'suspended'
  /** A Job ran, but over other rows than the map says: groups were changed in between. */
  | 'other-rows';

export interface GroupOutcome {
  group: MappedGroup;
  state: GroupState;
  /** The Job that says so. */
  run: Run | undefined;
  /** When its CronJob starts it this night; undefined when there is none. */
  startsAt: Date | undefined;
  /** For people, where the state alone does not tell. */
  note: string | undefined;
}

export interface Seen {
  map: GroupMap;
  cronJobs: readonly RawCronJob[];
  jobs: readonly RawJob[];
}

const MINUTE = 60_000;

/** One outcome for each group of the map, in its order. @param now decides between what is to come and what was missed */
export function outcomesOf({ map, cronJobs, jobs }: Seen, window: Window, night: Night, now: Date): GroupOutcome[] {
  const byName = new Map(cronJobs.map((cronJob) => [cronJob.metadata?.name ?? '', cronJob]));
  const fleetJob = cronJobs.find((cronJob) => isFolded(cronJob));
  const runs = jobs.filter((job) => job.metadata?.labels?.['cronfleet/role'] === undefined).map(runOf);
  const byGroup = groupedRuns(runs);
  return map.groups.map((group) => {
    const cronJob = group.index === undefined ? byName.get(group.name) : fleetJob;
    const own = byGroup.get(group.index === undefined ? group.name : undefined) ?? [];
    return outcomeOf(group, cronJob, [...own, ...(byGroup.get(group.name) ?? []).filter((run) => !own.includes(run))]);
  });

  function outcomeOf(group: MappedGroup, cronJob: RawCronJob | undefined, all: readonly Run[]): GroupOutcome {
    const startsAt = cronJob && startOf(cronJob, window, night);
    const told = (state: GroupState, run?: Run, note?: string): GroupOutcome => ({ group, state, run, startsAt, note });
    const ofNight = all.find(({ scheduledAt }) => scheduledAt && isWithin(scheduledAt, night));
    const planned = ofNight && isIn(ofNight, group) ? ofNight : undefined;
    const reruns = all.filter((run) => run !== ofNight && redoes(run, planned, night)).sort(byCreation);
    const last = reruns.at(-1);

    const completed = [planned, ...reruns].filter(
      (run) => run !== undefined && stateIn(run, group) === 'completed',
    ) as Run[];
    const whole = completed.find((run) => isOf(run, group, cronJob));
    if (whole) return told('done', whole, whole === planned ? undefined : `by ${whole.job}, a rerun`);
    if (completed[0]) return told('other-rows', completed[0], 'it ran over other rows than the group has now');
    const running = [planned, last].find((run) => run && stateIn(run, group) === 'running');
    if (running) return told('running', running, running === planned ? undefined : `${running.job}, a rerun`);
    const failed = last ?? planned;
    if (failed) return told('failed', failed, [failed.reason, failed.message].filter(Boolean).join(': ') || undefined);

    if (cronJob === undefined) return told('missing', undefined, 'there is no CronJob of this name');
    if (hasRecord(cronJob, night) && group.index === undefined) {
      if (!sameShare(shareOfTemplate(cronJob), group.share))
        return told('other-rows', undefined, 'its CronJob has other rows now');
      return told('done', undefined, 'its Job is gone; the CronJob keeps when it last succeeded');
    }
    if (ofNight) return told('new', undefined, 'the Job of this night was made before it: it runs the next night');
    if (isForgotten(cronJob, all, night)) return told('forgotten', undefined, 'history goes back no farther');
    if (cronJob.spec?.suspend) return told('suspended', undefined, 'its CronJob is suspended');
    const late = (cronJob.spec?.startingDeadlineSeconds ?? 0) * 1000;
    const created = new Date(cronJob.metadata?.creationTimestamp ?? 0);
    if (startsAt === undefined) return told('missed', undefined, 'its CronJob does not start in this window');
    if (now.getTime() <= startsAt.getTime() + late) return told('waiting');
    if (created > startsAt)
      return told('new', undefined, 'its CronJob was made after its start: it runs the next night');
    const still = all.find((run) => run.state === 'running');
    return told('missed', undefined, still ? `${still.job} of a night before is still running` : 'it did not start');
  }
}

/** Whether a group needs to run again, or may: what became of it is bad, or no longer known. */
export function mayNeedRerun({ state }: Pick<GroupOutcome, 'state'>): boolean {
  return state === 'failed' || state === 'missed' || state === 'forgotten';
}

/** What the outcomes say together. */
export type Verdict = 'done' | 'failed' | 'waiting' | 'timed-out' | 'unknown';

/**
 * `done` only when every group is, and the rows of what ran tile the key space. `failed` as soon as a group has failed or was
 * missed. Once nothing is to come any more: `timed-out` when something still runs or waits after the window, else `unknown`.
 */
export function verdictOf(outcomes: readonly GroupOutcome[], night: Night, now: Date): Verdict {
  const states = new Set(outcomes.map(({ state }) => state));
  if (outcomes.length > 0 && states.size === 1 && states.has('done')) {
    const shares = outcomes.map(({ group, run }) => (run === undefined || run.indexes ? group.share : run.share));
    return tiles(shares) ? 'done' : 'unknown';
  }
  if (states.has('failed') || states.has('missed')) return 'failed';
  if (states.has('running') || states.has('waiting')) return now >= night.closes ? 'timed-out' : 'waiting';
  return 'unknown';
}

/** A folded fleet's Job has the indexes that there were when it was made. */
function isIn({ indexes }: Run, { index }: MappedGroup): boolean {
  return indexes === undefined || index === undefined || index < indexes.count;
}

/** It has run since, and the first of the Jobs that are kept is of a later night. */
function isForgotten({ status }: RawCronJob, runs: readonly Run[], { closes }: Night): boolean {
  const hasRunSince = new Date(status?.lastScheduleTime ?? 0) >= closes;
  return hasRunSince && runs.every(({ scheduledAt }) => scheduledAt === undefined || scheduledAt >= closes);
}

/** A Job of the fleet as a whole has a completed, failed or running index for each group. */
function stateIn(run: Run, group: MappedGroup): Run['state'] {
  if (run.indexes === undefined || group.index === undefined) return run.state;
  if (run.indexes.completed.has(group.index)) return 'completed';
  if (run.indexes.failed.has(group.index)) return 'failed';
  // Once the Job is over, what has not completed never will.
  return run.state === 'running' ? 'running' : 'failed';
}

/** Whether what ran was what the map says of the group. */
function isOf(run: Run, group: MappedGroup, cronJob: RawCronJob | undefined): boolean {
  if (run.indexes === undefined) return sameShare(run.share, group.share);
  const { index = -1 } = group;
  const now = parametersName(cronJob?.spec?.jobTemplate.spec?.template, index);
  return now !== undefined && parametersName(run.template, index) === now;
}

/** Ours say which night they redo; one made by hand counts when it came after the night's own run has failed, until the next night. */
function redoes(run: Run, planned: Run | undefined, night: Night): boolean {
  if (run.rerunOf) return isWithin(run.rerunOf, night);
  if (run.scheduledAt !== undefined || planned?.endedAt === undefined || planned.state !== 'failed') return false;
  return run.createdAt >= planned.endedAt && run.createdAt.getTime() < night.opens.getTime() + 24 * 60 * MINUTE;
}

/** History keeps few Jobs, and a time to live may have removed them: the CronJob still knows. */
function hasRecord({ status }: RawCronJob, night: Night): boolean {
  const [scheduled, succeeded] = [status?.lastScheduleTime, status?.lastSuccessfulTime].map(
    (text) => new Date(text ?? 0),
  );
  return scheduled !== undefined && succeeded !== undefined && isWithin(scheduled, night) && succeeded >= scheduled;
}

/** The start of a CronJob in a night; undefined when its schedule has none there. */
function startOf({ spec }: RawCronJob, window: Window, night: Night): Date | undefined {
  if (spec === undefined || !/^\d+ \d+ /.test(spec.schedule)) return undefined;
  const date = localDate(night.opens, window.timeZone);
  const minutes = window.opensAt + minutesAfterOpening(spec.schedule, window);
  const start = instantOf(date, minutes, window.timeZone, 'first');
  return isWithin(start, night) ? start : undefined;
}

function isFolded({ metadata }: RawCronJob): boolean {
  const labels = metadata?.labels ?? {};
  return labels[GROUP_LABEL] === undefined && labels['cronfleet/role'] === undefined;
}

function isWithin(instant: Date, { opens, closes }: Night): boolean {
  return instant >= opens && instant < closes;
}

function byCreation(a: Run, b: Run): number {
  return a.createdAt.getTime() - b.createdAt.getTime();
}

function groupedRuns(runs: readonly Run[]): Map<string | undefined, Run[]> {
  const grouped = new Map<string | undefined, Run[]>();
  for (const run of runs) grouped.set(run.group, [...(grouped.get(run.group) ?? []), run]);
  return grouped;
}
