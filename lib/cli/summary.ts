// What a synth did, for the person who ran it. Text only; where it goes is for the caller.

import type { Fleet } from '../config/schema';
import type { Allocation } from '../groups/allocation';
import { type FleetPlan, startsOf } from '../plan/plan';
import { describeWindow } from '../plan/window-in-words';
import type { FleetOutcome, Outcome } from '../synth';
import { number } from '../text';

/** The summary as lines. */
export function summaryLines(outcome: Outcome): string[] {
  return [
    ...outcome.fleets.flatMap((fleet) => fleetLines(fleet, outcome)),
    ...outcome.warnings.map((warning) => `warning: ${warning}`),
    line('wrote', wroteText(outcome)),
    line('next', nextText(outcome)),
  ];
}

function fleetLines(outcome: FleetOutcome, { isFrozen }: Outcome): string[] {
  const { config, plan, allocation, letGo, store } = outcome;
  return [
    `fleet ${plan.name} in namespace ${plan.namespace}`,
    ...(isFrozen ? [] : [line('store', store)]),
    line('asked', isFrozen ? 'nothing (frozen: from the lock alone)' : askedText(config, plan, allocation)),
    ...(letGo
      ? [
          line(
            'let go',
            `${groups(letGo.groups)} ${letGo.because === 'demo' ? 'made from the demo store' : 'dropped as asked'}`,
          ),
        ]
      : []),
    line('groups', groupsText(config, plan, allocation)),
    ...shapeTexts(plan).map((text) => line('shape', text)),
    line(config.window ? 'window' : config.once ? 'once' : 'schedule', whenText(outcome)),
  ];
}

function askedText({ groups }: Fleet, plan: FleetPlan, { rowsCounted, added }: Allocation): string {
  switch (groups.by) {
    case 'keyRange': {
      const rest = added.length === plan.groups.length ? '' : '; groups that have not changed were not counted';
      return `${number(rowsCounted)} rows of ${groups.table} by ${groups.key}${rest}`;
    }
    case 'column':
      return `values of ${groups.column} in ${groups.table}; ${number(rowsCounted)} rows of new ones`;
    case 'query':
      return `a query of ${number(rowsCounted)} rows, named by ${groups.name}`;
  }
}

function groupsText({ groups: policy }: Fleet, plan: FleetPlan, allocation: Allocation): string {
  const total = plan.groups.length;
  const { added, changed, emptied, retired, removed } = allocation;
  const touched = new Set([...added, ...changed, ...emptied, ...retired]);
  const rarely = { 'without rows': emptied, retired, removed };
  const counts = [
    `${added.length} new`,
    `${changed.length} changed`,
    ...Object.entries(rarely).flatMap(([word, ids]) => (ids.length > 0 ? [`${ids.length} ${word}`] : [])),
    `${total - touched.size} unchanged`,
  ];
  const capacity = 'capacity' in policy ? policy.capacity : undefined;
  const size = capacity === undefined ? '' : ` of up to ${number(capacity)} rows`;
  return `${groups(total)}${size}: ${counts.join(', ')}`;
}

/** Nothing for a fleet that is as most are: an object for each group. */
function shapeTexts({ folded, stages, groups: all }: FleetPlan): string[] {
  if (folded === undefined) return stages.folded === 'live' ? ['one CronJob, once there is a group'] : [];
  const until = 'until a synth after the next whole window; apply outside the window';
  if (stages.folded === 'leaving') return [`a CronJob for each group; the one for all stays, suspended, ${until}`];
  const { completions, parallelism } = folded;
  const living = all.filter(({ index }) => index !== undefined).length;
  const idle = completions - living;
  const todo = idle > living ? ' (`fold: { compact: true }` closes the gaps)' : '';
  const gone = idle === 0 ? '' : `, and ${idle === 1 ? '1 index' : `${number(idle)} indexes`} without work${todo}`;
  const atOnce = parallelism < completions ? `at most ${number(parallelism)} at once` : 'all at once';
  const one = `one CronJob for ${groups(living)}${gone}, ${atOnce}`;
  return [stages.ofGroups === 'leaving' ? `${one}; the CronJobs of before stay, suspended, ${until}` : one];
}

function whenText({ config, plan, runsAgain }: Pick<FleetOutcome, 'config' | 'plan' | 'runsAgain'>): string {
  if (config.once) {
    const limit = config.deadlineMinutes === undefined ? '' : `, each at most ${config.deadlineMinutes} min`;
    const again = runsAgain === 0 ? '' : `; ${number(runsAgain)} changed and will run again`;
    return `Jobs run when they are applied${limit}${again}`;
  }
  if (config.schedule) {
    return `${config.schedule.cron} ${config.schedule.timeZone}, each run at most ${config.schedule.deadlineMinutes} min`;
  }
  const window = config.window as NonNullable<typeof config.window>;
  const isFolded = plan.stages.folded === 'live';
  const slowest = Math.min(...startsOf(plan).map((timing) => timing.activeDeadlineSeconds ?? Infinity));
  if (slowest === Infinity) return describeWindow(window);
  const what = isFolded ? 'all of them together' : 'each job';
  return `${describeWindow(window)}; ${what} may run ${Math.floor(slowest / 60)} min`;
}

function wroteText({ written, folder, files, filesChanged, lockFile, lockChanged }: Outcome): string {
  if (written === 'elsewhere') return `${folder} (${filesText(files)}); lock and dist untouched`;
  if (written === 'unchanged') return `nothing: ${folder} (${filesText(files)}) and ${lockFile} are up to date`;
  const dist =
    filesChanged > 0 ? [`${folder} (${filesText(files)}: ${number(filesChanged)} new, changed or gone)`] : [];
  return [...dist, ...(lockChanged ? [lockFile] : [])].join(' and ');
}

function nextText({ written, folder, filesChanged, lockFile, lockChanged, isFrozen, fleets }: Outcome): string {
  if (written === 'elsewhere') return `look at ${folder}`;
  if (!isFrozen && fleets.some(({ isDemo }) => isDemo))
    return `look at ${folder}; then name your table in the config and set DATABASE_URL to your PostgreSQL`;
  if (written === 'unchanged') return 'nothing to do';
  const paths = [...(filesChanged > 0 ? [folder] : []), ...(lockChanged ? [lockFile] : [])].join(' ');
  const deploy = filesChanged > 0 ? `, then \`kubectl apply -R -f ${folder}\` or let GitOps sync` : '';
  return `review with \`git diff ${paths}\`, commit${deploy}`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(9)} ${text}`;
}

function groups(count: number): string {
  return count === 1 ? '1 group' : `${number(count)} groups`;
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${number(count)} files`;
}

/** The summary for programs. Groups by id. */
export function summaryJson({
  written,
  folder,
  files,
  filesChanged,
  lockFile,
  lockChanged,
  isFrozen,
  warnings,
  fleets,
}: Outcome): unknown {
  return {
    written,
    folder,
    files,
    filesChanged,
    lockFile,
    lockChanged,
    frozen: isFrozen,
    warnings,
    fleets: fleets.map(({ plan, allocation, letGo, store, runsAgain }) => {
      const { lock: _, warnings: __, ...changes } = allocation;
      const { name, namespace, serial, groups } = plan;
      return { name, namespace, store, serial, groups: groups.length, ...changes, runsAgain, letGo: letGo ?? null };
    }),
  };
}
