// What became of a night: each group of the map held against the CronJobs and Jobs there are. "No Job" is never a success.

import { readCron } from '../config/cron';
import { type Night, nightsAround } from '../config/nights';
import type { Window } from '../config/schema';
import { printMinute } from '../config/time';
import { instantOf, localDate, wallClock } from '../config/zone';
import { foldedCronJob, isIn, stateIn } from './folded';
import { type GroupMap, type MappedGroup, tiles } from './group-map';
import type { RawCronJob, RawJob } from './raw';
import { LINEAGE_LABEL, type Run, runOf, sameShare } from './run';
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
const DAY_MINUTES = 24 * 60;
const HALF_A_DAY = 12 * 60 * MINUTE;

/** One outcome for each group of the map, in its order. @param now decides between what is to come and what was missed */
export function outcomesOf({ map, cronJobs, jobs }: Seen, window: Window, night: Night, now: Date): GroupOutcome[] {
  const byName = new Map(cronJobs.map((cronJob) => [cronJob.metadata?.name ?? '', cronJob]));
  const fleetJob = foldedCronJob(cronJobs);
  const runs = jobs.filter((job) => job.metadata?.labels?.['cronfleet/role'] === undefined).map(runOf);
  const byGroup = groupedRuns(runs);
  const starts = new Map<string, Date[]>();
  return map.groups.map((group) => {
    const cronJob = group.index === undefined ? byName.get(group.name) : fleetJob;
    const ofFleet = group.index === undefined ? [] : (byGroup.get(undefined) ?? []);
    const outcome = outcomeOf(group, cronJob, [...ofFleet, ...(byGroup.get(group.name) ?? [])]);
    return outcome.run === undefined ? (inOtherShape(group) ?? outcome) : outcome;
  });

  /** While the fleet leaves one shape for the other, the CronJobs of before are there still, and the night may have been theirs. */
  function inOtherShape(group: MappedGroup): GroupOutcome | undefined {
    if (group.index === undefined) {
      const uid = fleetJob?.metadata?.uid;
      const run = byGroup.get(undefined)?.findLast((run) => run.controller === uid && isOfNight(run, night));
      if (run === undefined) return undefined;
      const note = `the fleet ran as one Job that night, ${run.job}`;
      return { group, state: run.state === 'running' ? 'running' : 'forgotten', run, startsAt: undefined, note };
    }
    const cronJob = byName.get(group.name);
    const runs = byGroup.get(group.name) ?? [];
    const outcome = cronJob && outcomeOf({ ...group, index: undefined }, cronJob, runs);
    if (outcome?.run === undefined) return undefined;
    return { ...outcome, group, note: outcome.note ?? `by ${outcome.run.job}, before the fleet was folded` };
  }

  function outcomeOf(group: MappedGroup, cronJob: RawCronJob | undefined, labelled: readonly Run[]): GroupOutcome {
    if (cronJob === undefined) {
      const note = 'there is no CronJob of this name';
      return { group, state: 'missing', run: undefined, startsAt: undefined, note };
    }
    const [first, last] = startsIn(cronJob);
    const told = (state: GroupState, run?: Run, note?: string): GroupOutcome => ({
      group,
      state,
      run,
      startsAt: first,
      note,
    });
    // Labels can be copied; who made a Job, and for which lock, cannot be.
    const { uid = '', labels = {} } = cronJob.metadata ?? {};
    const all = labelled.filter(({ owners }) => owners.includes(uid));
    const ofNight = all.filter((run) => run.controller === uid && isOfNight(run, night));
    const planned = ofNight.filter((run) => isIn(run, group));
    const reruns = all.filter((run) => !ofNight.includes(run) && redoes(run, planned, night)).sort(byCreation);
    const those = [...planned, ...reruns];

    const completed = those.filter((run) => stateIn(run, group) === 'completed');
    const whole = completed.find((run) => run.lineage === labels[LINEAGE_LABEL] && isOf(run, group, cronJob));
    if (whole) return told('done', whole, planned.includes(whole) ? undefined : `by ${whole.job}, a rerun`);
    if (completed[0]) return told('other-rows', completed[0], 'it ran over other rows than the group has now');
    const running = those.find((run) => stateIn(run, group) === 'running');
    if (running) return told('running', running, planned.includes(running) ? undefined : `${running.job}, a rerun`);
    const failed = those.at(-1);
    if (failed && map.indexesMove && failed.indexes && !isOf(failed, group, cronJob))
      return told('other-rows', failed, 'another group may have had its index: groups have come or gone since');
    if (failed) return told('failed', failed, [failed.reason, failed.message].filter(Boolean).join(': ') || undefined);

    if (ofNight.length > 0)
      return told('new', undefined, 'the Job of this night was made before it: it runs the next night');
    const created = new Date(cronJob.metadata?.creationTimestamp ?? 0);
    const isNew = last !== undefined && created > last;
    if (!isNew && isForgotten(cronJob, all, night))
      return told('forgotten', undefined, 'its Job of that night is not kept any more');
    if (cronJob.spec?.suspend) return told('suspended', undefined, 'its CronJob is suspended');
    const late = (cronJob.spec?.startingDeadlineSeconds ?? 0) * 1000;
    if (first === undefined || last === undefined)
      return told('missed', undefined, 'its CronJob does not start in this window');
    if (now.getTime() <= last.getTime() + late) return told('waiting');
    const elsewhere = startBeside(cronJob, all, window, night);
    if (elsewhere)
      return told('forgotten', undefined, `it started at ${printMinute(elsewhere)}, and the window is another one now`);
    if (isNew) return told('new', undefined, 'its CronJob was made after its start: it runs the next night');
    const still = all.find((run) => run.state === 'running');
    return told('missed', undefined, still ? `${still.job} of a night before is still running` : 'it did not start');
  }

  /** Its first start in the night, and its last. */
  function startsIn({ spec }: RawCronJob): [Date | undefined, Date | undefined] {
    const schedule = spec?.schedule ?? '';
    const found = starts.get(schedule) ?? startsOf(schedule, window, night);
    starts.set(schedule, found);
    return [found[0], found.at(-1)];
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
    // What ran had just these rows: it was held against them.
    return tiles(outcomes.map(({ group }) => group.share)) ? 'done' : 'unknown';
  }
  if (states.has('failed') || states.has('missed')) return 'failed';
  if (states.has('running') || states.has('waiting')) return now >= night.closes ? 'timed-out' : 'waiting';
  return 'unknown';
}

/**
 * It has started in that night and its Job is gone, or it has started since and no Job so old is kept. What the CronJob says of its last
 * success names neither the Job nor its rows.
 */
function isForgotten({ status }: RawCronJob, runs: readonly Run[], night: Night): boolean {
  const lastStart = new Date(status?.lastScheduleTime ?? 0);
  const isLater = ({ scheduledAt }: Run) => scheduledAt === undefined || scheduledAt >= night.closes;
  return isWithin(lastStart, night) || (lastStart >= night.closes && runs.every(isLater));
}

/**
 * A start of about that night at which no window of today's is open: then the window has been moved since, and what became of the night
 * cannot be told by it.
 */
function startBeside({ status }: RawCronJob, runs: readonly Run[], window: Window, { opens }: Night): Date | undefined {
  const starts = runs.flatMap(({ scheduledAt }) => scheduledAt ?? []);
  if (status?.lastScheduleTime) starts.push(new Date(status.lastScheduleTime));
  return starts.find((start) => {
    const isNear = Math.abs(start.getTime() - opens.getTime()) < HALF_A_DAY;
    return isNear && !nightsAround(window, start).some((night) => isWithin(start, night));
  });
}

/** Whether what ran was what the map says of the group. */
function isOf(run: Run, group: MappedGroup, cronJob: RawCronJob): boolean {
  if (run.indexes === undefined) return sameShare(run.share, group.share);
  const { index = -1 } = group;
  const now = parametersName(cronJob.spec?.jobTemplate.spec?.template, index);
  return now !== undefined && parametersName(run.template, index) === now;
}

/** Ours say which night they redo; one made by hand counts when it came after the night's own run has failed, until the next night. */
function redoes(run: Run, planned: readonly Run[], night: Night): boolean {
  if (run.rerunOf) return isWithin(run.rerunOf, night);
  const failed = planned.filter(({ state, endedAt }) => state === 'failed' && endedAt !== undefined);
  if (run.scheduledAt !== undefined || failed.length === 0) return false;
  const isLater = failed.every(({ endedAt }) => run.createdAt >= (endedAt as Date));
  return isLater && run.createdAt.getTime() < night.opens.getTime() + DAY_MINUTES * MINUTE;
}

/** The starts of a schedule in a night, in their order. */
function startsOf(schedule: string, { opensAt, minutes, timeZone }: Window, night: Night): Date[] {
  const line = readCron(schedule);
  const date = localDate(night.opens, timeZone);
  return Array.from({ length: minutes }, (_, minute) => opensAt + minute)
    .filter((minute) => line.startsAt(date.getTime() + minute * MINUTE))
    .flatMap((minute) =>
      // What clocks skip does not start.
      [instantOf(date, minute, timeZone, 'first')].filter(
        (start) => wallClock(start.getTime(), timeZone) === date.getTime() + minute * MINUTE,
      ),
    )
    .filter((start) => isWithin(start, night));
}

function isOfNight({ scheduledAt }: Run, night: Night): boolean {
  return scheduledAt !== undefined && isWithin(scheduledAt, night);
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
