// The check against a control plane, as far as the double goes: it has no controllers, so the test makes the Jobs.

import { describe, expect, test } from 'vitest';
import { connect } from '../../lib/cluster/cluster';
import { type ClusterCheck, checkCluster, checkLines, predictedSkew } from '../../simulate/cluster-check';
import { DEFAULTS } from '../../simulate/settings';
import { aCluster, type Cluster } from '../support/cluster';
import { aKubeconfig, aPace } from '../support/cluster/connected';

const NAMESPACE = 'cronfleet-simulate-1';
const NOW = new Date('2026-03-01T00:00:30Z');
/** 15 s and 50 ms for each CronJob beforehand: the next minute. */
const MINUTE = new Date('2026-03-01T00:01:00Z');

/** A pace that moves the double's clock, and has its CronJobs started that many seconds late when the minute comes. */
async function checked(double: Cluster, late: readonly number[], signal?: AbortSignal): Promise<ClusterCheck> {
  const pace = aPace(double);
  let isStarted = false;
  const sleep: typeof pace.sleep = async (milliseconds, stop) => {
    await pace.sleep(milliseconds, stop);
    double.clock.advance(milliseconds);
    if (isStarted || double.clock.now() < new Date(MINUTE.getTime() + 30_000)) return;
    isStarted = true;
    for (const [at, { metadata }] of double.objects('CronJob', NAMESPACE).entries())
      if (late[at] !== undefined) {
        const startedAt = new Date(MINUTE.getTime() + late[at] * 1_000);
        double.runCronJob(NAMESPACE, metadata.name, { scheduledAt: MINUTE, startedAt });
      }
  };
  const cluster = await connect({ kubeconfig: aKubeconfig(double) }, { ...pace, sleep });
  return checkCluster(cluster, NAMESPACE, 4, DEFAULTS, signal);
}

describe('checkCluster', () => {
  test('starts CronJobs at the next minute, tells how late their Jobs came, and takes the namespace away', async () => {
    const double = await aCluster({ now: NOW });
    const made: unknown[] = [];
    const found = await checked(double, [0, 1, 1, 9]);
    made.push(...double.objects('CronJob', NAMESPACE));
    expect(found).toMatchObject({ cronJobs: 4, jobs: 4, measured: { p50: 1, p99: 9, last: 9 } });
    expect(double.get('Namespace', undefined, NAMESPACE)?.metadata.deletionTimestamp).toBeDefined();
    expect(made[0]).toMatchObject({
      spec: { schedule: '1 0 * * *', timeZone: 'Etc/UTC', jobTemplate: { spec: { suspend: true } } },
    });
    const touched = double.writeRequests.filter(({ resource }) => resource !== 'namespaces');
    expect(new Set(touched.map(({ namespace, verb }) => `${verb} in ${namespace}`))).toEqual(
      new Set([`create in ${NAMESPACE}`]),
    );
  });

  test('does not look before the minute: whoever looks takes part of what is measured', async () => {
    const double = await aCluster({ now: NOW });
    await checked(double, [0, 0, 0, 0]);
    // Every two seconds from the minute on, until the Jobs came half a minute later.
    expect(double.requests.filter(({ verb, resource }) => verb === 'list' && resource === 'jobs')).toHaveLength(16);
  });

  test('gives up on Jobs that do not come, and tells how many did', async () => {
    const double = await aCluster({ now: NOW });
    expect(await checked(double, [2])).toMatchObject({ jobs: 1, measured: { last: 2 } });
    const none = await aCluster({ now: NOW });
    const found = await checked(none, []);
    expect(found).toMatchObject({ jobs: 0, measured: undefined });
    expect(checkLines(found)[1]).toBe('  measured  no Job came');
  });

  test('takes the namespace away when it is stopped or refused', async () => {
    const stopped = await aCluster({ now: NOW });
    await expect(checked(stopped, [], AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    const refused = await aCluster({ now: NOW });
    refused.fail({ verb: 'create', resource: 'cronjobs' }, { status: 403 });
    await expect(checked(refused, [])).rejects.toThrow();
    for (const double of [stopped, refused])
      expect(double.get('Namespace', undefined, NAMESPACE)?.metadata.deletionTimestamp).toBeDefined();
  });
});

test('checkLines put the model beside what was measured', () => {
  const skew = { p50: 4, p99: 10, last: 11 };
  const found = { cronJobs: 100, jobs: 100, measured: skew, predicted: predictedSkew(100, DEFAULTS) };
  expect(checkLines(found)).toEqual([
    '100 CronJobs of one minute, 100 Jobs: how late they were made',
    '  measured  p50 4.0 s, p99 10.0 s, last 11.0 s',
    '  model     p50 4.3 s, p99 10.2 s, last 10.3 s',
  ]);
});
