// The fleets held against a namespace's ResourceQuota: what does not fit shows at apply, and not at midnight, when Jobs are refused.

import type { KubernetesObject } from '@kubernetes/client-node';
import { wallClock } from '../config/zone';
import { number } from '../text';
import { amountOf } from './quantity';

export interface ResourceQuota extends KubernetesObject {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: object };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** A CronJob of dist, as far as it takes from a quota. */
interface CronJob extends KubernetesObject {
  spec?: {
    schedule?: string;
    timeZone?: string;
    suspend?: boolean;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate?: { spec?: JobSpec };
  };
}

interface JobSpec {
  parallelism?: number;
  activeDeadlineSeconds?: number;
  template?: { spec?: { containers?: Container[]; initContainers?: Container[] } };
}

interface Container {
  name?: string;
  restartPolicy?: string;
  resources?: { requests?: Record<string, unknown>; limits?: Record<string, unknown> };
}

/** What a namespace is asked for. */
export interface Demand {
  /** CronJobs and Jobs of dist. */
  objects: readonly KubernetesObject[];
  /** Minutes one job of a fleet takes, where the config says so; else it may take until its deadline. */
  jobMinutes: ReadonlyMap<string, number | undefined>;
  /** CronJobs of ours that are in the cluster, which the quota's figures count already. */
  liveCronJobs: number;
  now: Date;
}

const DAY = 24 * 60;
const MINUTE = 60_000;

/** Sums of what may run at once. */
interface Peak {
  jobs: number;
  pods: number;
  /** `requests.cpu`, `limits.memory` …, in cores and bytes. */
  amounts: Map<string, number>;
}

/** One line for each figure of a quota that dist does not fit into. */
export function quotaWarnings(namespace: string, demand: Demand, quotas: readonly ResourceQuota[]): string[] {
  const cronJobs = demand.objects.filter(({ kind }) => kind === 'CronJob') as CronJob[];
  const peak = peakOf(demand);
  const kept = cronJobs.reduce((sum, { spec }) => {
    return sum + (spec?.successfulJobsHistoryLimit ?? 3) + (spec?.failedJobsHistoryLimit ?? 1);
  }, 0);
  return quotas.flatMap((quota) => {
    const { scopes, scopeSelector, hard = {} } = quota.spec ?? {};
    // Which pods such a quota is about, only the server knows.
    if (scopes?.length || scopeSelector) return [];
    return Object.entries(quota.status?.hard ?? hard).flatMap(([figure, limit]) => {
      const place = `namespace ${namespace}: ResourceQuota ${quota.metadata?.name} allows ${limit} ${figure}`;
      const allowed = amountOf(limit);
      const [needed, what] = neededOf(figure, quota);
      if (allowed === undefined || needed === undefined) return lackOf(figure, place);
      return needed > allowed
        ? [`${place}, and the fleets take ${printed(figure, needed)}: ${what}`]
        : lackOf(figure, place);
    });
  });

  function neededOf(figure: string, { status }: ResourceQuota): [number | undefined, string] {
    const peaks = `${number(peak.jobs)} Jobs may run at once`;
    switch (figure) {
      case 'count/cronjobs.batch': {
        const others = Math.max(0, (amountOf(status?.used?.[figure]) ?? 0) - demand.liveCronJobs);
        return [
          cronJobs.length + others,
          `${cronJobs.length} CronJobs in dist${others ? `, ${others} of others` : ''}`,
        ];
      }
      case 'count/jobs.batch':
        return [kept + peak.jobs, `${peaks}, and ${number(kept)} are kept as history`];
      case 'pods':
        return [peak.pods, `${peaks}, with ${number(peak.pods)} pods`];
      case 'count/pods':
        return [kept + peak.pods, `${number(peak.pods)} pods may run at once, and those of ${kept} Jobs are kept`];
      default: {
        const name = /^(cpu|memory)$/.test(figure) ? `requests.${figure}` : figure;
        return [peak.amounts.get(name), peaks];
      }
    }
  }

  /** A pod without a figure that a quota counts is refused, whatever is left. */
  function lackOf(figure: string, place: string): string[] {
    const [, of, resource] = /^(requests|limits)\.(cpu|memory)$/.exec(figure) ?? [];
    if (of === undefined || resource === undefined) return [];
    const lacking = demand.objects.filter((object) => {
      const containers = podOf(object)?.containers ?? [];
      return containers.some((container) => amountIn(container, `${of}.${resource}`) === undefined);
    });
    if (lacking.length === 0) return [];
    return [
      `${place}, and ${number(lacking.length)} of ${number(demand.objects.length)} CronJobs and Jobs say no ${of} of ${resource}: their pods are refused, unless a LimitRange fills it in`,
    ];
  }
}

/** The most that may run at once, whatever the weekday. Every run is taken to last as long as it may. */
export function peakOf({ objects, jobMinutes, now }: Pick<Demand, 'objects' | 'jobMinutes' | 'now'>): Peak {
  const changes: { at: number; sign: 1 | -1; object: KubernetesObject }[] = [];
  for (const object of objects) {
    if ((object as CronJob).spec?.suspend) continue;
    const fleet = object.metadata?.labels?.['cronfleet/fleet'] ?? '';
    for (const [from, to] of stretchesOf(object, jobMinutes.get(fleet), now))
      changes.push({ at: from, sign: 1, object }, { at: to, sign: -1, object });
  }
  // What ends at a minute makes room for what begins then.
  changes.sort((a, b) => a.at - b.at || a.sign - b.sign);
  const running: Peak = { jobs: 0, pods: 0, amounts: new Map() };
  const peak: Peak = { jobs: 0, pods: 0, amounts: new Map() };
  for (const { sign, object } of changes) {
    const pods = jobOf(object)?.parallelism ?? 1;
    running.jobs += sign;
    running.pods += sign * pods;
    for (const [figure, amount] of amountsOf(object))
      running.amounts.set(figure, (running.amounts.get(figure) ?? 0) + sign * pods * amount);
    peak.jobs = Math.max(peak.jobs, running.jobs);
    peak.pods = Math.max(peak.pods, running.pods);
    for (const [figure, amount] of running.amounts)
      peak.amounts.set(figure, Math.max(peak.amounts.get(figure) ?? 0, amount));
  }
  return peak;
}

/** Minutes of a day in UTC during which it may run; what does not start once a day at a plain time may run at any. */
function stretchesOf(object: KubernetesObject, jobMinutes: number | undefined, now: Date): [number, number][] {
  const { schedule = '', timeZone = 'Etc/UTC' } = (object as CronJob).spec ?? {};
  const [, minute, hour] = /^(\d+) (\d+) \* \* /.exec(schedule) ?? [];
  const deadline = jobOf(object)?.activeDeadlineSeconds;
  // A waiter, and the one Job of a folded fleet, take as long as the night does.
  const isOneGroup = object.metadata?.labels?.['cronfleet/group'] !== undefined;
  const minutes = (isOneGroup ? jobMinutes : undefined) ?? (deadline === undefined ? DAY : Math.ceil(deadline / 60));
  if (minute === undefined || hour === undefined || minutes >= DAY) return [[0, DAY]];
  const offset = Math.round((wallClock(now.getTime(), timeZone) - now.getTime()) / MINUTE);
  const from = (((Number(hour) * 60 + Number(minute) - offset) % DAY) + DAY) % DAY;
  const to = from + minutes;
  return to <= DAY
    ? [[from, to]]
    : [
        [from, DAY],
        [0, to - DAY],
      ];
}

/** What one pod of it takes: its containers together, or the most that any of those before them does. */
function amountsOf(object: KubernetesObject): Map<string, number> {
  const { containers = [], initContainers = [] } = podOf(object) ?? {};
  const beside = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const before = initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const amounts = new Map<string, number>();
  for (const figure of ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']) {
    const of = (container: Container) => amountIn(container, figure) ?? 0;
    const together = [...containers, ...beside].reduce((sum, container) => sum + of(container), 0);
    amounts.set(figure, Math.max(together, ...before.map(of)));
  }
  return amounts;
}

/** A request that is left out is as large as its limit. */
function amountIn({ resources = {} }: Container, figure: string): number | undefined {
  const [of, resource] = figure.split('.') as ['requests' | 'limits', string];
  return amountOf(resources[of]?.[resource] ?? (of === 'requests' ? resources.limits?.[resource] : undefined));
}

function jobOf(object: KubernetesObject): JobSpec | undefined {
  return object.kind === 'Job' ? (object as { spec?: JobSpec }).spec : (object as CronJob).spec?.jobTemplate?.spec;
}

function podOf(object: KubernetesObject) {
  return jobOf(object)?.template?.spec;
}

function printed(figure: string, amount: number): string {
  if (!figure.endsWith('memory')) return number(Math.round(amount * 1000) / 1000);
  const gibibytes = amount / 1024 ** 3;
  return gibibytes >= 1 ? `${Math.round(gibibytes * 10) / 10}Gi` : `${Math.ceil(amount / 1024 ** 2)}Mi`;
}
