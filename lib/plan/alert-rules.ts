// The alerts of a fleet: one list, from which the PrometheusRule and the plain rules file are both made.

import {
  groupsGone,
  incomplete,
  neverSucceeded,
  overrunning,
  runFailed,
  startMissed,
  type Watched,
} from './alert-expressions';
import { alertTimes } from './alert-times';
import { type FleetPlan, startsOf } from './plan';
import type { Timing } from './timing';

/** An alerting rule, field by field as Prometheus reads it. */
export interface AlertRule {
  alert: string;
  /** PromQL. */
  expr: string;
  /** How long the expression must hold, as a Prometheus duration. */
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Rules that are evaluated together, under a name of their own in a file. */
export interface AlertRuleGroup {
  name: string;
  rules: AlertRule[];
}

/** What one alert says; in the texts `NAME` is the CronJob. */
interface Alert {
  alert: string;
  expr: string;
  for: string;
  severity: 'warning' | 'critical';
  /** About the fleet; without it, about the CronJob in the label `cronjob`. */
  isOfFleet?: true;
  summary: string;
  /** What it means for the data. */
  meaning: string;
  /** Commands, by what they are for. */
  commands: Record<string, string>;
}

/** Filled in by Prometheus. */
const NAME = '{{ $labels.cronjob }}';
const WHEN = '{{ $value | humanizeTimestamp }}';
const AGE = '{{ $value | humanizeDuration }}';
const COUNT = '{{ $value }}';

/**
 * The alerts of a fleet; undefined where nothing is scheduled. They change with the config, with the names of a query's groups,
 * and else only in the number of groups.
 */
export function alertRules(plan: FleetPlan): AlertRuleGroup | undefined {
  const [timing] = startsOf(plan);
  if (timing?.schedule === undefined) return undefined;
  const watched = watchedOf(plan);
  const own = plan.alerts?.prometheus?.alertLabels;
  const rules = alertsOf(plan, watched, timing as Timing).map((alert): AlertRule => {
    const group: Record<string, string> = alert.isOfFleet || plan.fold ? {} : { group: NAME };
    const commands = Object.entries(alert.commands).map(([purpose, command]) => `${purpose}: ${command}`);
    return {
      alert: alert.alert,
      expr: alert.expr,
      for: alert.for,
      labels: { severity: alert.severity, ...own, fleet: plan.name, ...group },
      annotations: { summary: `${plan.name}: ${alert.summary}`, description: [alert.meaning, ...commands].join('\n') },
    };
  });
  return { name: `cronfleet-${plan.name}`, rules };
}

function watchedOf({ name, namespace, fold, groups }: FleetPlan): Watched {
  if (fold) return { namespace, names: name, count: 1 };
  const isQuery = groups.some(({ facts }) => facts.params !== undefined);
  // A fleet may have the name of another one with more behind it, and has CronJobs that are no group's.
  const names = isQuery ? groups.map(({ facts }) => facts.name).join('|') : `${name}-[0-9]{4,}`;
  return { namespace, names, count: groups.length };
}

function alertsOf(plan: FleetPlan, watched: Watched, timing: Timing): Alert[] {
  const times = alertTimes(plan, timing);
  const { name, fold } = plan;
  const rows = fold ? 'the rows of one group or more' : 'the rows of this group';
  const over = plan.window ? 'The window has closed' : 'The time for the last run is over';
  const { look, rerun, ofFleet } = commandsOf(plan);
  return [
    {
      alert: 'CronfleetRunFailed',
      expr: runFailed(watched),
      // A scrape may fall between two series of one change.
      for: '2m',
      severity: 'warning',
      summary: `the last run of ${NAME} failed`,
      meaning: `The run due ${WHEN} ended without success: ${rows} are not done, or half done, until a run succeeds.`,
      commands: { ...look, ...rerun },
    },
    {
      alert: 'CronfleetStartMissed',
      expr: startMissed(watched, times),
      for: '5m',
      severity: 'warning',
      summary: `${NAME} did not start`,
      meaning: `The start due ${WHEN} was missed, and Kubernetes does not make up for it: ${rows} are not processed before the next start.`,
      commands: { Look: `kubectl -n ${plan.namespace} describe cronjob ${NAME}`, ...look, ...rerun },
    },
    {
      alert: 'CronfleetNeverSucceeded',
      expr: neverSucceeded(watched, times),
      for: '5m',
      severity: 'warning',
      summary: `${NAME} has never succeeded`,
      meaning: `In the ${AGE} since it was made, time enough for a whole run, none has succeeded: ${rows} have never been processed under this name.`,
      commands: { ...look, ...rerun },
    },
    {
      alert: 'CronfleetOverrunning',
      expr: overrunning(watched),
      for: '5m',
      severity: 'warning',
      summary: `${NAME} still runs past its deadline`,
      meaning: `Kubernetes should have ended Job {{ $labels.job_name }} and has not: ${rows} are being processed outside of the time they have, and the next start may be missed for it.`,
      commands: {
        Look: `kubectl -n ${plan.namespace} describe job {{ $labels.job_name }}`,
        ...look,
        'End it': `kubectl -n ${plan.namespace} delete job {{ $labels.job_name }}`,
        ...rerun,
      },
    },
    {
      alert: 'CronfleetIncomplete',
      expr: incomplete(watched, times),
      for: '5m',
      severity: 'critical',
      isOfFleet: true,
      summary: fold ? 'the last run is not complete' : `${COUNT} of the groups are not done`,
      meaning: fold
        ? `${over}, and the run failed, still goes on or never started: not all rows were processed.`
        : `${over}, and ${COUNT} of the groups failed, still run or never started: their rows were not all processed. What is built on all of ${name} lacks them.`,
      commands: ofFleet,
    },
    {
      alert: 'CronfleetGroupsGone',
      expr: groupsGone(watched, times),
      // A sync may bring the rules before the CronJobs.
      for: '15m',
      severity: 'critical',
      isOfFleet: true,
      summary: `${COUNT} CronJobs are gone from the cluster`,
      meaning: `${COUNT} of the CronJobs that cronfleet wrote are not in the cluster: nothing processes their rows, and nothing fails. They were deleted, or never applied.`,
      commands: {
        Look: `kubectl -n ${plan.namespace} get cronjobs -l cronfleet/fleet=${name}`,
        Mend: `kubectl apply -R -f <dist>/${name}`,
      },
    },
  ];
}

function commandsOf({ name, namespace, fold }: FleetPlan) {
  const kubectl = `kubectl -n ${namespace}`;
  const label = fold ? `cronfleet/fleet=${name}` : `cronfleet/group=${NAME}`;
  const cronJob = fold ? name : NAME;
  // A group's name has up to 52 characters, a Job's up to 63; day and time are ten more.
  const run = `${kubectl} create job --from=cronjob/${cronJob} ${cronJob}-r$(date +%d%H%M%S)`;
  const rerun: Record<string, string> = fold ? { 'Rerun (all groups once more)': run } : { Rerun: run };
  const status = { Look: `${kubectl} get jobs -l cronfleet/fleet=${name}` };
  return {
    look: {
      Jobs: `${kubectl} get jobs -l ${label}`,
      Logs: `${kubectl} logs -l ${label} --all-containers --tail=50 --prefix`,
    },
    rerun,
    ofFleet: fold
      ? { ...status, ...rerun }
      : {
          ...status,
          'Rerun each that is not done': `${kubectl} create job --from=cronjob/<group> <group>-r$(date +%d%H%M%S)`,
        },
  };
}
