// The story of `cronfleet rerun`: look, refuse everything at once, then make Jobs and follow them, and `after` behind them.

import { fleetSelector } from './charts/labels';
import type { Cluster } from './cluster/cluster';
import { type JobProgress, runJobs } from './cluster/run-jobs';
import { toldTheSame } from './cluster/told-the-same';
import { type Night, nightsAround } from './config/nights';
import { UserError } from './errors';
import { type AskedNight, askedNight, seenOf, windowOf } from './night';
import type { FleetPlan } from './plan/plan';
import { groupsNamed } from './runs/named';
import { type GroupOutcome, type GroupState, outcomesOf, type Seen, verdictOf } from './runs/outcome';
import type { RawCronJob, RawJob } from './runs/raw';
import { afterJob, nextAttempt, type Redoing, rerunJob } from './runs/rerun-job';
import { type ChosenGroup, chosenGroups, type EvenIf, runningOver } from './runs/rerun-plan';
import { type Run, runOf } from './runs/run';

export interface RerunOptions {
  plan: FleetPlan;
  /** Names or numbers. */
  groups: readonly string[];
  /** All that have failed or were missed, too. */
  failed: boolean;
  /** The local date on which the window opened. @default the one that is open, else the last that has closed */
  date?: string | undefined;
  evenIf: EvenIf;
  /** Run the fleet's `after` behind it. */
  after: boolean;
  /** At most so many at once. */
  concurrency: number;
  /** False to make all Jobs at once and leave. */
  follows: boolean;
  /** Says what would be made. */
  dryRun: boolean;
  onStart?: (start: RerunStart) => void;
  onChange?: (all: readonly JobProgress[], changed: JobProgress) => void;
  signal: AbortSignal;
}

/** What is about to be made. */
export interface RerunStart {
  date: string;
  namespace: string;
  jobs: { group: string; job: string }[];
  /** When the next window opens, where these Jobs may not have ended until then. */
  mayReach: Date | undefined;
}

export interface GroupRerun extends JobProgress {
  /** Undefined for `after`. */
  group: string | undefined;
}

export interface RerunOutcome {
  date: string;
  namespace: string;
  groups: GroupRerun[];
  /** `catalog-0002 other-rows`: where all that failed were asked for, those that are not done, not among them, and will not be. */
  left: string[];
  after: (GroupRerun | { state: 'not-done'; groups: string[] }) | undefined;
  isInterrupted: boolean;
}

/** Neither has failed nor will be done by itself. */
const UNFINISHED: ReadonlySet<GroupState> = new Set(['other-rows', 'missing', 'suspended']);

/** @throws UserError `config-invalid`, `rerun-refused` with everything that is refused, and those of the cluster */
export async function rerun(cluster: Cluster, options: RerunOptions): Promise<RerunOutcome> {
  const { plan, after, follows, dryRun, signal } = options;
  const { name, namespace } = plan;
  if (after && !follows)
    throw new UserError('config-invalid', '--after: expected to follow the Jobs, got --no-follow', {
      hint: 'leave one of the two out: what runs behind the groups waits for them',
    });
  const now = cluster.pace.now();
  const asked = askedNight(windowOf(plan), options.date, now);
  const seen = await seenOf(cluster, plan);
  const outcomes = outcomesOf(seen, asked.window, asked.night, now);
  const steps = await stepsOf(cluster, options, asked, seen, outcomes, now);
  const chosen = new Set(steps.map((step) => step.outcome.group));
  const isLeft = ({ group, state }: GroupOutcome) => options.failed && UNFINISHED.has(state) && !chosen.has(group);
  const left = outcomes.filter(isLeft).map(nameAndState);
  const jobs = steps.map(({ outcome, cronJob }) =>
    rerunJob(cronJob, outcome.group, redoing(asked, outcome.group.name, seen.jobs)),
  );
  const afterStep = after ? afterOf(name, asked, seen, options.evenIf) : undefined;

  const groupOf = new Map(jobs.map((job, at) => [job.metadata?.name ?? '', steps[at]?.outcome.group]));
  const nextOpening = nightsAround(asked.window, now).find(({ opens }) => opens > now)?.opens;
  options.onStart?.({
    date: asked.date,
    namespace,
    mayReach: mayReach(nextOpening, [...jobs, ...(afterStep ? [afterStep] : [])], options, now),
    jobs: [...groupOf].map(([job, group]) => ({ job, group: group?.name ?? '' })),
  });
  const reasonNotTo = (job: RawJob, there: readonly RawJob[]): string | undefined => {
    const group = groupOf.get(job.metadata?.name ?? '');
    if (options.evenIf.running || group === undefined) return undefined;
    if (nextOpening && cluster.pace.now() >= nextOpening) return 'the next window has opened';
    // Those of these names are followed, whoever makes them.
    const ofOthers = there.filter(({ metadata }) => !groupOf.has(metadata?.name ?? ''));
    const [beside] = runningOver(ofOthers, group, seen.map);
    return beside && `${beside.job} is running`;
  };
  const run = (some: readonly RawJob[]) =>
    runJobs(cluster, namespace, some, { ...options, selection: { labelSelector: fleetSelector(name) }, reasonNotTo });
  const outcome = { date: asked.date, namespace, left, after: undefined, isInterrupted: false };
  const grouped = (all: readonly JobProgress[]) => all.map((each) => ({ ...each, group: groupOf.get(each.job)?.name }));
  if (dryRun)
    return {
      ...outcome,
      groups: grouped([...groupOf.keys()].map(waiting)),
      after: afterStep && { ...waiting(afterStep.metadata?.name ?? ''), group: undefined },
    };

  const groups = jobs.length === 0 ? [] : grouped(await run(jobs));
  if (signal.aborted) return { ...outcome, groups, isInterrupted: true };
  if (afterStep === undefined) return { ...outcome, groups };

  const then = await seenOf(cluster, plan);
  const later = cluster.pace.now();
  const all = outcomesOf(then, asked.window, asked.night, later);
  if (verdictOf(all, asked.night, later) !== 'done') {
    const undone = all.filter(({ state }) => state !== 'done').map(nameAndState);
    return { ...outcome, groups, after: { state: 'not-done', groups: undone } };
  }
  const [behind] = await run([afterStep]);
  return {
    ...outcome,
    groups,
    after: behind && { ...behind, group: undefined },
    isInterrupted: signal.aborted,
  };
}

async function stepsOf(
  cluster: Cluster,
  { plan, groups, failed, evenIf, after }: RerunOptions,
  { night }: AskedNight,
  seen: Seen,
  outcomes: readonly GroupOutcome[],
  now: Date,
): Promise<ChosenGroup[]> {
  if (!failed && groups.length === 0 && !after)
    throw new UserError('config-invalid', 'expected --failed, groups, or --after, got none of them', {
      hint: `\`cronfleet rerun ${plan.name} --failed\` runs what has failed or was missed`,
    });
  const numbers = new Map(plan.groups.map(({ facts }) => [facts.id, facts.name]));
  const named = groupsNamed(groups, plan.name, seen.map, numbers);
  const isToldTheSame = await toldTheSame(cluster, plan.namespace, seen, outcomes);
  const { chosen, refusals } = chosenGroups(seen, outcomes, { failed, named, evenIf, isToldTheSame }, night, now);
  if (refusals.length === 0) return chosen;
  const many = new Set(refusals.map((each) => each.split(':')[0])).size;
  throw new UserError(
    'rerun-refused',
    `${many} of ${many + chosen.length} groups cannot be rerun as asked; nothing was started`,
    { hint: refusals.join('\n') },
  );
}

/** @throws UserError `rerun-refused` when there is none, or it has no need to run again */
function afterOf(fleet: string, asked: AskedNight, { cronJobs, jobs }: Seen, evenIf: EvenIf): RawJob {
  const name = `${fleet}-after`;
  const cronJob = cronJobs.find(({ metadata }) => metadata?.name === name);
  const refuse = (message: string, hint: string) =>
    new UserError('rerun-refused', `--after: ${message}; nothing was started`, { hint });
  if (cronJob === undefined)
    throw refuse(`there is no CronJob ${name}`, 'it needs `after` in the config, and dist applied');
  const runs = jobs
    .filter(({ metadata }) => metadata?.labels?.['cronfleet/role'] === 'after')
    .map(runOf)
    .filter((run) => isOf(run, asked.night));
  const done = runs.find(({ state }) => state === 'completed');
  if (done && !evenIf.done) throw refuse(`${done.job} has completed`, '--even-if-done runs it again');
  const running = runs.find(({ state }) => state === 'running');
  if (running && !evenIf.running)
    throw refuse(`${running.job} is running`, 'it goes on once all groups are done; --even-if-running runs it beside');
  if (cronJob.spec?.suspend && !evenIf.suspended)
    throw refuse(`${name} is suspended`, '--even-if-suspended runs it all the same');
  return afterJob(cronJob as RawCronJob, redoing(asked, name, jobs));
}

function isOf({ scheduledAt, rerunOf }: Run, { opens, closes }: Night): boolean {
  const at = rerunOf ?? scheduledAt;
  return at !== undefined && at >= opens && at < closes;
}

function redoing({ night, date }: AskedNight, name: string, jobs: readonly RawJob[]): Redoing {
  return { night, date, attempt: nextAttempt(name, date, jobs) };
}

/** The CronJobs know nothing of a rerun that is still running, and start beside it. */
function mayReach(
  nextOpening: Date | undefined,
  jobs: readonly RawJob[],
  { concurrency, follows }: Pick<RerunOptions, 'concurrency' | 'follows'>,
  now: Date,
): Date | undefined {
  const longest = Math.max(0, ...jobs.map(({ spec }) => spec?.activeDeadlineSeconds ?? 0));
  const rounds = follows ? Math.ceil(jobs.length / concurrency) : 1;
  const end = now.getTime() + rounds * longest * 1000;
  return nextOpening && end > nextOpening.getTime() ? nextOpening : undefined;
}

function nameAndState({ group, state }: GroupOutcome): string {
  return `${group.name} ${state}`;
}

function waiting(job: string): JobProgress {
  return { job, state: 'waiting', isOthers: false, reason: undefined };
}
