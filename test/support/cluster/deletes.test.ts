import { describe, expect, test } from 'vitest';
import { aCluster } from './index';
import { aConfigMap, aCronJob, clientsOf, refusalOf } from './testing';

describe('deleting', () => {
  test('a CronJob goes with its Jobs and their Pods', async () => {
    const cluster = await aCluster();
    cluster.put(aCronJob());
    cluster.runCronJob('batch', 'catalog-0001', { scheduledAt: new Date('2026-03-01T15:00:00Z'), pod: {} });
    const { batch } = clientsOf(cluster);
    const answer = await batch.deleteNamespacedCronJob({
      name: 'catalog-0001',
      namespace: 'batch',
      propagationPolicy: 'Background',
    });
    expect(answer).toMatchObject({
      status: 'Success',
      details: { name: 'catalog-0001', group: 'batch', kind: 'cronjobs' },
    });
    expect(['CronJob', 'Job', 'Pod'].flatMap((kind) => cluster.objects(kind))).toEqual([]);
  });

  test('a Job leaves its Pods unless the delete says otherwise', async () => {
    const cluster = await aCluster();
    cluster.put(aCronJob());
    const scheduledAt = new Date('2026-03-01T15:00:00Z');
    const job = cluster.runCronJob('batch', 'catalog-0001', { scheduledAt, pod: {} });
    const { batch } = clientsOf(cluster);
    await batch.deleteNamespacedJob({ name: job.metadata.name, namespace: 'batch' });
    expect(cluster.objects('Job')).toEqual([]);
    expect(cluster.objects('Pod').map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
  });

  test('a delete of another object of that name is refused', async () => {
    const cluster = await aCluster();
    cluster.put(aCronJob());
    const { batch } = clientsOf(cluster);
    const refused = await refusalOf(
      batch.deleteNamespacedCronJob({
        name: 'catalog-0001',
        namespace: 'batch',
        body: { preconditions: { uid: 'another' } },
      }),
    );
    expect(refused).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(refused.message).toContain('the UID in the precondition (another) does not match the UID in record');
    expect(cluster.objects('CronJob')).toHaveLength(1);
  });

  test('a foreground delete shows the object as it waits, then takes it away', async () => {
    const cluster = await aCluster();
    cluster.put(aConfigMap('a'));
    // The client reads every answer to a delete as a Status, so it cannot show this.
    const answer = await fetch(`${cluster.url}/api/v1/namespaces/batch/configmaps/a?propagationPolicy=Foreground`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${cluster.token()}` },
    });
    expect(await answer.json()).toMatchObject({ kind: 'ConfigMap', metadata: { finalizers: ['foregroundDeletion'] } });
    expect(cluster.objects('ConfigMap')).toEqual([]);
  });
});

describe('faults', () => {
  test('a server that asks to wait says for how long', async () => {
    const cluster = await aCluster();
    cluster.fail({ verb: 'list', resource: 'cronjobs', times: 1, after: 1 }, { status: 429, retryAfterSeconds: 7 });
    const { batch } = clientsOf(cluster);
    await batch.listNamespacedCronJob({ namespace: 'batch' });
    const refused = await refusalOf(batch.listNamespacedCronJob({ namespace: 'batch' }));
    expect(refused).toMatchObject({ code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } });
    expect(refused.headers['retry-after']).toBe('7');
    await batch.listNamespacedCronJob({ namespace: 'batch' });
  });

  test.each([
    [true, 1],
    [false, 0],
  ])('a connection that breaks with the write done (%s) leaves %i objects', async (applied, count) => {
    const cluster = await aCluster();
    cluster.fail({ verb: 'patch', resource: 'cronjobs' }, { reset: true, applied });
    await expect(clientsOf(cluster).apply(aCronJob())).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(cluster.objects('CronJob')).toHaveLength(count);
    expect(cluster.writeRequests).toMatchObject([
      { verb: 'patch', resource: 'cronjobs', name: 'catalog-0001', status: undefined },
    ]);
  });

  test('requests are told with who sent them, and how many there were at once', async () => {
    const cluster = await aCluster();
    const { batch } = clientsOf(cluster);
    const hold = cluster.hold({ resource: 'jobs' });
    const lists = ['a', 'b', 'c'].map((namespace) => batch.listNamespacedJob({ namespace, labelSelector: 'x=y' }));
    await hold.waiting(3);
    hold.release();
    await Promise.all(lists);
    expect(cluster.mostRequestsAtOnce).toBe(3);
    expect(cluster.requests[0]).toMatchObject({
      verb: 'list',
      resource: 'jobs',
      query: { labelSelector: 'x=y' },
      user: 'admin',
      status: 200,
    });
    expect(cluster.writeRequests).toEqual([]);
  });
});
