// The model against a real control plane: CronJobs of one minute in a namespace of their own, and how late their Jobs come. The Jobs
// are made suspended, so that no pod runs: what is measured is the CronJob controller.

import type { AnyObject, Cluster } from '../lib/cluster/cluster';
import { CRON_JOBS, JOBS, type Kind } from '../lib/cluster/kinds';
import { CheckEnded } from './check-ended';
import { Client } from './client';
import { Clock } from './clock';
import { CronJobs } from './cron-jobs';
import type { Settings } from './settings';
import { percentile } from './statistics';

export interface Skew {
  p50: number;
  p99: number;
  last: number;
}

export interface ClusterCheck {
  cronJobs: number;
  /** Jobs that came before patience ended. */
  jobs: number;
  /** In seconds, and whole ones: a creationTimestamp has no more. Undefined when no Job came. */
  measured: Skew | undefined;
  predicted: Skew;
}

const NAMESPACES: Kind = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };
/** Nothing is pulled: the Jobs are suspended. The image that holds a pod's namespaces is on every node anyhow. */
const IMAGE = 'registry.k8s.io/pause:3.10';
const MINUTE = 60_000;
/** Requests under way at once. */
const IN_FLIGHT = 8;
/** Milliseconds until all CronJobs are there, for each of them and beforehand; the controller has to see them too. */
const EACH = 50;
const BEFOREHAND = 15_000;
/** Milliseconds between two looks. */
const PAUSE = 2_000;
/** How often as long as predicted is waited for the last Job, and a minute more. */
const PATIENCE = 5;

/** How late the Jobs of so many CronJobs of one minute come, by the model. */
export function predictedSkew(count: number, settings: Settings): Skew {
  const clock = new Clock();
  const client = new Client(clock, settings);
  const starts = new Array(count).fill({ at: 0, startingDeadline: Number.POSITIVE_INFINITY });
  const onNothing = { onJob: () => {}, onMissed: () => {} };
  const cronJobs = new CronJobs(clock, client, starts, settings.cronJobWorkers, onNothing);
  clock.run();
  return skewOf([...cronJobs.skews]);
}

/**
 * Makes the namespace, measures, and takes the namespace away again with all that is in it, whatever happens.
 * @param count at least 1
 * @param signal ends the measuring, not the clearing away
 */
export async function checkCluster(
  cluster: Cluster,
  namespace: string,
  count: number,
  settings: Settings,
  signal?: AbortSignal,
): Promise<ClusterCheck> {
  const predicted = predictedSkew(count, settings);
  const metadata = { name: namespace, labels: { 'app.kubernetes.io/managed-by': 'cronfleet-simulate' } };
  await cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata } as AnyObject);
  try {
    const { pace } = cluster;
    const minute = Math.ceil((pace.now().getTime() + BEFOREHAND + count * EACH) / MINUTE) * MINUTE;
    const names = Array.from({ length: count }, (_, at) => `skew-${String(at).padStart(5, '0')}`);
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        for (let name = names.shift(); name !== undefined; name = names.shift()) {
          signal?.throwIfAborted();
          await cluster.create(CRON_JOBS, cronJob(namespace, name, new Date(minute)));
        }
      }),
    );
    if (pace.now().getTime() >= minute)
      throw new CheckEnded(`the API server took too long to create ${count} CronJobs: ask for fewer`);
    const patience = minute + MINUTE + PATIENCE * predicted.last * 1_000;
    let skews: number[] = [];
    while (skews.length < count && pace.now().getTime() < patience) {
      await pace.sleep(PAUSE, signal);
      // Before the minute there is nothing to see, and whoever looks takes part of what is measured.
      if (pace.now().getTime() < minute) continue;
      skews = await skewsIn(cluster, namespace, minute);
    }
    const measured = skews.length > 0 ? skewOf(skews) : undefined;
    return { cronJobs: count, jobs: skews.length, measured, predicted };
  } finally {
    await cluster.remove(NAMESPACES, undefined, namespace);
  }
}

export function checkLines({ cronJobs, jobs, measured, predicted }: ClusterCheck): string[] {
  const line = (label: string, skew: Skew) =>
    `  ${label.padEnd(9)} p50 ${skew.p50.toFixed(1)} s, p99 ${skew.p99.toFixed(1)} s, last ${skew.last.toFixed(1)} s`;
  return [
    `${cronJobs} CronJobs of one minute, ${jobs} Jobs: how late they were made`,
    ...(measured === undefined ? ['  measured  no Job came'] : [line('measured', measured)]),
    line('model', predicted),
  ];
}

async function skewsIn(cluster: Cluster, namespace: string, minute: number): Promise<number[]> {
  const { items } = await cluster.list(JOBS, namespace);
  return items.flatMap(({ metadata }) => {
    const created = (metadata as { creationTimestamp?: string }).creationTimestamp;
    return created === undefined ? [] : [(Date.parse(created) - minute) / 1_000];
  });
}

function skewOf(skews: readonly number[]): Skew {
  const sorted = [...skews].sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), last: sorted.at(-1) as number };
}

function cronJob(namespace: string, name: string, minute: Date): AnyObject {
  const container = {
    ...{ name: 'job', image: IMAGE },
    resources: { requests: { cpu: '1m', memory: '1Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const podSecurity = { runAsNonRoot: true, runAsUser: 65_535, seccompProfile: { type: 'RuntimeDefault' } };
  const pod = { restartPolicy: 'Never', securityContext: podSecurity, containers: [container] };
  return {
    ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name, namespace } },
    spec: {
      ...{ schedule: `${minute.getUTCMinutes()} ${minute.getUTCHours()} * * *`, timeZone: 'Etc/UTC' },
      ...{ concurrencyPolicy: 'Forbid', successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0 },
      jobTemplate: { spec: { suspend: true, backoffLimit: 0, template: { spec: pod } } },
    },
  } as AnyObject;
}
