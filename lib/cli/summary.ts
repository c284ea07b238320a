// What a synth did, for the person who ran it. Text only; where it goes is for the caller.

import { describeWindow } from '../plan/timing';
import type { FleetOutcome, Outcome } from '../synth';

/** The summary as lines. */
export function summaryLines(outcome: Outcome): string[] {
  return [
    ...outcome.fleets.flatMap((fleet) => fleetLines(fleet, outcome)),
    ...outcome.warnings.map((warning) => `warning: ${warning}`),
    line('wrote', wroteText(outcome)),
    line('next', nextText(outcome)),
  ];
}

function fleetLines({ config, plan, added, changed, letGo, rowsCounted }: FleetOutcome, outcome: Outcome): string[] {
  const { table, key, capacity } = config.groups;
  const total = plan.groups.length;
  const unchanged = total - added.length - changed.length;
  const counted = unchanged === 0 ? '' : ' in the last group; the others stand as recorded';
  const asked = outcome.store
    ? `${number(rowsCounted)} rows of ${table} by ${key}${counted}`
    : 'nothing (frozen: from the lock alone)';
  return [
    `fleet ${plan.name} in namespace ${plan.namespace}`,
    ...(outcome.store ? [line('store', outcome.store)] : []),
    line('asked', asked),
    ...(letGo
      ? [
          line(
            'let go',
            `${groups(letGo.groups)} ${letGo.because === 'demo' ? 'made from the demo store' : 'dropped as asked'}`,
          ),
        ]
      : []),
    line(
      'groups',
      `${groups(total)} of up to ${number(capacity)} rows: ${added.length} new, ${changed.length} changed, ${unchanged} unchanged`,
    ),
    line(config.window ? 'window' : 'schedule', whenText({ config, plan })),
  ];
}

function whenText({ config, plan }: Pick<FleetOutcome, 'config' | 'plan'>): string {
  if (config.schedule) {
    return `${config.schedule.cron} ${config.schedule.timeZone}, each run at most ${config.schedule.deadlineMinutes} min`;
  }
  const window = config.window as NonNullable<typeof config.window>;
  const slowest = Math.min(...plan.groups.map((group) => group.activeDeadlineSeconds));
  return `${describeWindow(window)}; each job may run ${Math.floor(slowest / 60)} min`;
}

function wroteText({ written, folder, files, lockFile }: Outcome): string {
  if (written === 'elsewhere') return `${folder} (${files} files); lock and dist untouched`;
  return written === 'unchanged'
    ? `nothing: ${folder} (${files} files) and ${lockFile} are up to date`
    : `${folder} (${files} files) and ${lockFile}`;
}

function nextText({ written, folder, lockFile, isDemo, store }: Outcome): string {
  if (written === 'elsewhere') return `look at ${folder}`;
  if (isDemo && store)
    return `look at ${folder}; then name your table in the config and set DATABASE_URL to your PostgreSQL`;
  if (written === 'unchanged') return 'nothing to do';
  return `review with \`git diff ${folder} ${lockFile}\`, commit both, then \`kubectl apply -R -f ${folder}\` or let GitOps sync`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(9)} ${text}`;
}

function groups(count: number): string {
  return count === 1 ? '1 group' : `${number(count)} groups`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** The summary for programs. */
export function summaryJson(outcome: Outcome): unknown {
  const { written, folder, files, lockFile, store, warnings, fleets } = outcome;
  return {
    written,
    folder,
    files,
    lockFile,
    store: store ?? null,
    warnings,
    fleets: fleets.map(({ plan, added, changed, letGo, rowsCounted }) => ({
      name: plan.name,
      namespace: plan.namespace,
      serial: plan.serial,
      groups: plan.groups.length,
      added,
      changed,
      letGo: letGo ?? null,
      rowsCounted,
    })),
  };
}
