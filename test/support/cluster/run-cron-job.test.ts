import { describe, expect, test } from 'vitest';
import { aCluster } from './index';
import { inZone } from './run-cron-job';
import { aCronJob, clientsOf, refusalOf } from './testing';

describe('runs', () => {
  const scheduledAt = new Date('2026-03-01T15:00:00Z');

  test('a run has the Job that the controllers would make', async () => {
    const cluster = await aCluster();
    const { uid } = cluster.put(aCronJob()).metadata;
    cluster.runCronJob('batch', 'catalog-0001', {
      scheduledAt,
      completedAt: new Date('2026-03-01T15:20:00Z'),
      pod: { log: 'one\ntwo\n' },
    });
    const { batch, core } = clientsOf(cluster);
    const name = 'catalog-0001-29539620';
    const job = await batch.readNamespacedJob({ name, namespace: 'batch' });
    expect(job.metadata).toMatchObject({
      labels: { fleet: 'catalog' },
      annotations: {
        'cronfleet/to': '1001',
        'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-03-02T00:00:00+09:00',
      },
      ownerReferences: [{ kind: 'CronJob', name: 'catalog-0001', uid, controller: true, blockOwnerDeletion: true }],
    });
    expect(job.status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0 });
    expect(job.status?.active).toBeUndefined();
    expect(job.status?.conditions?.map(({ type, reason }) => [type, reason])).toEqual([
      ['SuccessCriteriaMet', 'CompletionsReached'],
      ['Complete', 'CompletionsReached'],
    ]);
    const { status } = await batch.readNamespacedCronJob({ name: 'catalog-0001', namespace: 'batch' });
    expect(status).toEqual({ lastScheduleTime: scheduledAt, lastSuccessfulTime: new Date('2026-03-01T15:20:00Z') });
    const { items } = await core.listNamespacedPod({
      namespace: 'batch',
      labelSelector: `batch.kubernetes.io/job-name=${name}`,
    });
    expect(items[0]?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
    });
    const pod = items[0]?.metadata?.name as string;
    expect(await core.readNamespacedPodLog({ name: pod, namespace: 'batch', tailLines: 1 })).toBe('two\n');
  });

  test('a run goes on: first it is active, then it has failed', async () => {
    const cluster = await aCluster();
    cluster.put(aCronJob());
    const running = cluster.runCronJob('batch', 'catalog-0001', { scheduledAt });
    expect(running.status).toMatchObject({ active: 1, ready: 1 });
    expect(cluster.get('CronJob', 'batch', 'catalog-0001')?.status?.active).toMatchObject([
      { kind: 'Job', uid: running.metadata.uid },
    ]);
    const failedAt = new Date('2026-03-01T15:20:00Z');
    const failed = cluster.runCronJob('batch', 'catalog-0001', { scheduledAt, failedAt, reason: 'DeadlineExceeded' });
    expect(failed.metadata.uid).toBe(running.metadata.uid);
    expect(failed.status?.conditions).toMatchObject([
      { type: 'FailureTarget', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' },
      { type: 'Failed', reason: 'DeadlineExceeded' },
    ]);
    expect(cluster.get('CronJob', 'batch', 'catalog-0001')?.status).toEqual({
      lastScheduleTime: '2026-03-01T15:00:00Z',
    });
  });

  test('a scheduled time is told in the zone of the CronJob', () => {
    expect(inZone(scheduledAt, 'UTC')).toBe('2026-03-01T15:00:00Z');
    expect(inZone(scheduledAt, 'Europe/London')).toBe('2026-03-01T15:00:00Z');
    expect(inZone(scheduledAt, 'America/St_Johns')).toBe('2026-03-01T11:30:00-03:30');
  });

  test('a log needs a container that is there and has started', async () => {
    const cluster = await aCluster();
    const spec = {
      restartPolicy: 'Never',
      containers: [
        { name: 'a', image: 'a' },
        { name: 'b', image: 'b' },
      ],
    };
    const status = { containerStatuses: [{ name: 'a', state: { waiting: { reason: 'ContainerCreating' } } }] };
    cluster.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'batch' }, spec, status });
    const { core } = clientsOf(cluster);
    const log = (query: object) => refusalOf(core.readNamespacedPodLog({ name: 'p', namespace: 'batch', ...query }));
    expect((await log({})).message).toBe('a container name must be specified for pod p, choose one of: [a b]');
    expect((await log({ container: 'c' })).message).toBe('container c is not valid for pod p');
    expect((await log({ container: 'a' })).message).toBe(
      'container "a" in pod "p" is waiting to start: ContainerCreating',
    );
    expect((await log({ container: 'b', previous: true })).message).toContain('previous terminated container "b"');
  });
});
