// The story of `cronfleet logs`: which groups of a night failed, the pod of each that says why, and its last lines.

import { fleetSelector } from './charts/labels';
import type { Cluster } from './cluster/cluster';
import { inFlight } from './cluster/in-flight';
import { PODS } from './cluster/kinds';
import { askedNight, seenOf, windowOf } from './night';
import type { FleetPlan } from './plan/plan';
import { tellingContainer, tellingPod } from './runs/failed-pod';
import { groupsNamed } from './runs/named';
import { type GroupOutcome, type GroupState, outcomesOf } from './runs/outcome';
import type { RawPod } from './runs/raw';

export interface LogsOptions {
  plan: FleetPlan;
  /** Names or numbers, whatever became of them. @default those that have failed or were missed */
  groups: readonly string[];
  /** Every group of the night. */
  all: boolean;
  /** The local date on which the window opened. @default the one that is open, else the last that has closed */
  date?: string | undefined;
  /** Last lines of each. */
  lines: number;
}

export interface GroupLog {
  group: string;
  state: GroupState;
  job: string | undefined;
  pod: string | undefined;
  container: string | undefined;
  /** `exit 3 (Error)` */
  how: string | undefined;
  /** Why there are no lines, or what the cluster says beside them. */
  note: string | undefined;
  /** Undefined when there are none to be had. */
  log: string | undefined;
}

const UNKNOWN: readonly GroupState[] = ['forgotten', 'other-rows', 'missing'];
/** Requests for logs under way at once. */
const AT_ONCE = 10;

export interface Logs {
  date: string;
  groups: GroupLog[];
  /** Names of groups of which it cannot be told whether they have failed, where those that have were asked for. */
  unknown: string[];
}

/** @throws UserError `config-invalid`, and those of the cluster */
export async function logsOf(cluster: Cluster, { plan, groups, all, date, lines }: LogsOptions): Promise<Logs> {
  const now = cluster.pace.now();
  const asked = askedNight(windowOf(plan), date, now);
  const seen = await seenOf(cluster, plan);
  const numbers = new Map(plan.groups.map(({ facts }) => [facts.id, facts.name]));
  const named = groupsNamed(groups, plan.name, seen.map, numbers);
  const isWanted = ({ group, state }: GroupOutcome) =>
    all || (named.size > 0 ? named.has(group) : state === 'failed' || state === 'missed');
  const outcomes = outcomesOf(seen, asked.window, asked.night, now);
  const wanted = outcomes.filter(isWanted);
  const hasRuns = wanted.some(({ run }) => run !== undefined);
  const pods = hasRuns
    ? await cluster.list<RawPod>(PODS, plan.namespace, { labelSelector: fleetSelector(plan.name) })
    : { items: [] };
  const logs = await inFlight(wanted, AT_ONCE, (outcome) => logOf(cluster, plan.namespace, pods.items, outcome, lines));
  const unknown = named.size > 0 || all ? [] : outcomes.filter(({ state }) => UNKNOWN.includes(state));
  return { date: asked.date, groups: logs, unknown: unknown.map(({ group }) => group.name) };
}

async function logOf(
  cluster: Cluster,
  namespace: string,
  pods: readonly RawPod[],
  { group, state, run, note }: GroupOutcome,
  lines: number,
): Promise<GroupLog> {
  const nothing = { pod: undefined, container: undefined, how: undefined, log: undefined };
  if (run === undefined) return { ...nothing, group: group.name, state, job: undefined, note: note ?? 'it has no Job' };
  const told = { group: group.name, state, job: run.job };
  const jobSays = [run.reason, run.message].filter(Boolean).join(': ');
  const pod = tellingPod(pods, run, group.index);
  if (pod === undefined)
    return { ...told, ...nothing, note: ['its pods are gone', jobSays].filter((part) => part !== '').join('; ') };
  const name = pod.metadata?.name ?? '';
  const podSays = [pod.status?.reason, pod.status?.message].filter(Boolean).join(': ');
  const telling = tellingContainer(pod);
  if (telling === undefined) return { ...told, ...nothing, pod: name, note: podSays || jobSays || undefined };
  const log = telling.hasLog ? await cluster.log(namespace, name, telling.container, lines) : undefined;
  const missing = log === undefined && telling.hasLog ? 'its log is not to be had any more' : undefined;
  const notes = [podSays, telling.message?.trim(), missing, state === 'failed' ? jobSays : ''].filter(Boolean);
  return {
    ...told,
    pod: name,
    container: telling.container,
    how: telling.how,
    log,
    note: notes.join('; ') || undefined,
  };
}
