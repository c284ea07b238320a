// Which groups a rerun runs, and which it refuses: told all at once, before anything is made.

import type { Night } from '../config/nights';
import { printMinute } from '../config/time';
import { foldedCronJob, isIn, stateIn } from './folded';
import { areApart, type GroupMap, type MappedGroup } from './group-map';
import { type GroupOutcome, mayNeedRerun, type Seen } from './outcome';
import type { RawCronJob, RawJob } from './raw';
import { REMEMBERED_SECONDS } from './rerun-job';
import { type Run, runOf, sameShare, shareOfTemplate } from './run';

/** What is only done when it is said: `--even-if-…`. */
export interface EvenIf {
  /** Its rows have been done, or nothing is there any more that could say so. */
  done: boolean;
  /** A Job over its rows is under way or will start by itself. */
  running: boolean;
  suspended: boolean;
  /** What would run has other rows than what ran. */
  otherRows: boolean;
}

export interface AskedGroups {
  /** All that have failed or were missed. */
  failed: boolean;
  named: ReadonlySet<MappedGroup>;
  evenIf: EvenIf;
  /** Whether an index of a folded fleet would be told the rows that this run was told. */
  isToldTheSame: (run: Run | undefined, group: MappedGroup) => boolean;
}

export interface ChosenGroup {
  outcome: GroupOutcome;
  cronJob: RawCronJob;
}

export interface Choice {
  chosen: ChosenGroup[];
  /** A sentence each, for people. */
  refusals: string[];
}

/** In the order of the map. */
export function chosenGroups(
  seen: Seen,
  outcomes: readonly GroupOutcome[],
  asked: AskedGroups,
  night: Night,
  now: Date,
): Choice {
  const cronJobs = new Map(seen.cronJobs.map((cronJob) => [cronJob.metadata?.name ?? '', cronJob]));
  const folded = foldedCronJob(seen.cronJobs);
  const choice: Choice = { chosen: [], refusals: [] };
  for (const outcome of outcomes) {
    const { group, state } = outcome;
    if (!asked.named.has(group) && !(asked.failed && (mayNeedRerun({ state }) || failedAtItsIndex(outcome)))) continue;
    const cronJob = group.index === undefined ? cronJobs.get(group.name) : folded;
    const reasons =
      cronJob === undefined ? ['there is no CronJob to run it from: apply dist first'] : why(outcome, cronJob);
    choice.refusals.push(...reasons.map((reason) => `${group.name}: ${reason}`));
    if (cronJob !== undefined && reasons.length === 0) choice.chosen.push({ outcome, cronJob });
  }
  return choice;

  /** Of a fleet whose indexes move it takes the words that were told to know whose index failed. */
  function failedAtItsIndex({ group, state, run }: GroupOutcome): boolean {
    const hasFailed = state === 'other-rows' && run?.indexes !== undefined && stateIn(run, group) === 'failed';
    return hasFailed && asked.isToldTheSame(run, group);
  }

  function why(outcome: GroupOutcome, cronJob: RawCronJob): string[] {
    const { evenIf } = asked;
    return [
      ...(evenIf.done ? [] : doneAlready(outcome, cronJob)),
      ...(evenIf.running ? [] : underWay(outcome)),
      ...(evenIf.suspended && asked.named.has(outcome.group) ? [] : suspended(outcome.group, cronJob)),
      ...(evenIf.otherRows ? [] : otherRows(outcome, cronJob)),
    ];
  }

  function doneAlready({ state, run, startsAt, note }: GroupOutcome, cronJob: RawCronJob): string[] {
    if (state === 'done') return [`it is done${run ? ` (${run.job})` : ''}; --even-if-done runs it again`];
    if (state === 'forgotten') return [`whether it was done cannot be told: ${note}; --even-if-done runs it again`];
    if (!mayNeedRerun({ state })) return [];
    const since = run?.endedAt ?? startsAt ?? night.opens;
    return isForgotten(cronJob, since)
      ? ['whether it was done since cannot be told: Jobs of that time are removed; --even-if-done runs it again']
      : [];
  }

  /** Whether a Job that has completed since then may have been removed: by the CronJob's history, or because its time was over. */
  function isForgotten({ metadata, spec }: RawCronJob, since: Date): boolean {
    const limit = spec?.successfulJobsHistoryLimit ?? 3;
    const later = seen.jobs.filter((job) => {
      const isIts = job.metadata?.ownerReferences?.some(({ uid, controller }) => uid === metadata?.uid && controller);
      const { state, createdAt } = runOf(job);
      return isIts && state === 'completed' && createdAt > since;
    });
    return later.length >= limit || now.getTime() > since.getTime() + REMEMBERED_SECONDS * 1000;
  }

  function underWay({ group, state, startsAt }: GroupOutcome): string[] {
    const running = runningOver(seen.jobs, group, seen.map);
    if (running.length > 0) {
      const names = running.map(({ job }) => job).join(', ');
      return [`${names} is running; --even-if-running runs it beside`];
    }
    if (state !== 'waiting') return [];
    const at = startsAt === undefined ? '' : ` at ${printMinute(startsAt)}`;
    return [`its CronJob starts it by itself${at}; --even-if-running runs it before`];
  }

  function suspended(group: MappedGroup, { spec }: RawCronJob): string[] {
    if (!spec?.suspend) return [];
    const name = asked.named.has(group) ? '' : 'name it, and ';
    return [`its CronJob is suspended; ${name}--even-if-suspended runs it all the same`];
  }

  function otherRows({ group, run, state }: GroupOutcome, cronJob: RawCronJob): string[] {
    const told = '--even-if-other-rows runs those it has now';
    if (group.index !== undefined) {
      if (asked.isToldTheSame(run, group)) return [];
      const why =
        run === undefined
          ? 'is dist applied only in part?'
          : `${run.job} had other rows, or what they were is not to be had;`;
      return [`${why} ${told}`];
    }
    const now = shareOfTemplate(cronJob);
    if (!sameShare(now, group.share))
      return [`its CronJob has other rows than the group map: is dist applied only in part? ${told}`];
    if (run !== undefined && run.indexes === undefined && !sameShare(run.share, now))
      return [`${run.job} had other rows (${rowsOf(run)}); other groups may have part of them now; ${told}`];
    return state === 'other-rows' ? [`other rows have been done in its name; ${told}`] : [];
  }
}

/**
 * Jobs under way that may have rows of a group, of whichever night: two at once over the same rows is what nobody expects of their work.
 * Where keys are no whole numbers, only the store can tell what lies within a range: so rows that are no other group's as they stand may
 * be this one's.
 */
export function runningOver(jobs: readonly RawJob[], group: MappedGroup, { groups }: GroupMap): Run[] {
  const ofGroups = jobs.filter(({ metadata }) => metadata?.labels?.['cronfleet/role'] === undefined);
  const running = ofGroups.map(runOf).filter(({ state }) => state === 'running');
  return running.filter((run) => {
    if (run.indexes !== undefined)
      return group.index === undefined || (isIn(run, group) && stateIn(run, group) === 'running');
    if (run.group === group.name) return true;
    const others = groups.find(({ name }) => name === run.group);
    if (others !== undefined && sameShare(run.share, others.share)) return false;
    return !areApart(run.share, group.share);
  });
}

function rowsOf({ share }: Run): string {
  return Object.entries(share)
    .map(([name, value]) => `${name} ${value ?? 'unbounded'}`)
    .join(', ');
}
