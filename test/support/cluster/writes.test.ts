import type { V1CronJob } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { aCluster } from './index';
import { canonicalQuantity } from './quantities';
import { aConfigMap, aCronJob, clientsOf, containersOf, refusalOf, SPEC } from './testing';

describe('creating and replacing', () => {
  test('a CronJob gets its defaults, and amounts are written as the API writes them', async () => {
    const cluster = await aCluster();
    const { batch } = clientsOf(cluster);
    const body = aCronJob();
    const [container] = containersOf(body);
    Object.assign(container as object, {
      resources: { requests: { memory: '1024Mi' } },
      env: [{ name: 'RUN', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    });
    const created = await batch.createNamespacedCronJob({ namespace: 'batch', body: body as V1CronJob });
    expect(created.spec).toMatchObject({ concurrencyPolicy: 'Allow', suspend: false, failedJobsHistoryLimit: 1 });
    const pod = created.spec?.jobTemplate.spec?.template.spec;
    expect(pod).toMatchObject({ dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30, securityContext: {} });
    expect(pod?.containers[0]).toMatchObject({
      ...{ imagePullPolicy: 'IfNotPresent', resources: { requests: { memory: '1Gi' } } },
      env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
    });
    expect(created.metadata).toMatchObject({ generation: 1, creationTimestamp: new Date('2026-03-01T00:00:00Z') });
    expect(created.metadata?.managedFields?.[0]).toMatchObject({ manager: 'node-fetch', operation: 'Update' });
  });

  test.each([
    ['1024Mi', '1Gi'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['250Mi', '250Mi'],
    ['0', '0'],
  ])('the amount %s becomes %s', (written, read) => {
    expect(canonicalQuantity(written)).toBe(read);
  });

  test.each([
    ['a name of 53 characters', aCronJob('a'.repeat(53)), 'metadata.name', 'must be no more than 52 characters'],
    [
      'a schedule of four fields',
      aCronJob('a', { schedule: '0 0 * *' }),
      'spec.schedule',
      'expected exactly 5 fields, found 4',
    ],
    [
      'an hour of 25',
      aCronJob('a', { schedule: '0 25 * * *' }),
      'spec.schedule',
      'end of range (25) above maximum (23)',
    ],
    [
      'a zone in the schedule',
      aCronJob('a', { schedule: 'TZ=UTC 0 0 * * *' }),
      'spec.schedule',
      'cannot use TZ or CRON_TZ',
    ],
    [
      'an unknown zone',
      aCronJob('a', { timeZone: 'Europe/Pariss' }),
      'spec.timeZone',
      'unknown time zone Europe/Pariss',
    ],
    ['a label with a space', aCronJob('a', {}, { fleet: 'a b' }), 'metadata.labels', 'a valid label must be'],
    ['more than 1 MiB', aConfigMap('a', { rows: 'x'.repeat(1024 * 1024 + 1) }), '', 'Too long'],
  ])('%s is refused, with its field', async (_, draft, field, message) => {
    const cluster = await aCluster();
    const refused = await refusalOf(clientsOf(cluster).apply(draft));
    expect(refused).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: draft.kind, causes: [{ field }] } });
    expect(refused.message).toContain(message);
    expect(cluster.objects(draft.kind, 'batch')).toEqual([]);
  });

  test('a name is taken once, a missing namespace is 404, one in deletion 403', async () => {
    const cluster = await aCluster();
    const { core } = clientsOf(cluster);
    const body = { metadata: { name: 'a' } };
    await core.createNamespacedConfigMap({
      namespace: 'batch',
      body: { ...body, apiVersion: 'v1', kind: 'ConfigMap' },
    });
    const create = (namespace: string) =>
      refusalOf(core.createNamespacedConfigMap({ namespace, body: { ...body, apiVersion: 'v1', kind: 'ConfigMap' } }));
    expect(await create('batch')).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
    });
    expect(await create('nowhere')).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
    await core.deleteNamespace({ name: 'default' });
    expect(await create('default')).toMatchObject({
      code: 403,
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    });
  });

  test('a dry run answers as the write would and leaves nothing', async () => {
    const cluster = await aCluster();
    const { apply, batch } = clientsOf(cluster);
    expect((await apply(aCronJob(), 'cronfleet', { dryRun: true })).spec).toMatchObject({ suspend: false });
    expect(cluster.objects('CronJob')).toEqual([]);
    const before = cluster.put(aCronJob());
    await batch.deleteNamespacedCronJob({ name: 'catalog-0001', namespace: 'batch', dryRun: 'All' });
    await apply(aCronJob('catalog-0001', { suspend: true }), 'cronfleet', { dryRun: true, force: true });
    expect(cluster.get('CronJob', 'batch', 'catalog-0001')).toEqual(before);
    expect(cluster.writeRequests).toEqual([]);
  });

  test('a replace of what has changed meanwhile is a conflict, one without a version is not', async () => {
    const cluster = await aCluster();
    const { core } = clientsOf(cluster);
    const old = cluster.put(aConfigMap('a', { serial: '1' }));
    cluster.put(aConfigMap('a', { serial: '2' }));
    const replace = (body: object) => core.replaceNamespacedConfigMap({ name: 'a', namespace: 'batch', body });
    const stale = {
      ...aConfigMap('a', { serial: '3' }),
      metadata: { name: 'a', resourceVersion: old.metadata.resourceVersion },
    };
    expect(await refusalOf(replace(stale))).toMatchObject({
      ...{ code: 409, reason: 'Conflict' },
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect((await replace(aConfigMap('a', { serial: '3' }))).data).toEqual({ serial: '3' });
  });

  test('a Job made of another must not bring along how that one finds its Pods', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    const metadata = { name: 'a', namespace: 'batch' };
    const { spec } = await apply({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: SPEC.jobTemplate.spec });
    const copy = { apiVersion: 'batch/v1', kind: 'Job', metadata: { ...metadata, name: 'b' }, spec };
    const { message } = await refusalOf(apply(copy));
    expect(message).toContain('spec.template.metadata.labels[batch.kubernetes.io/controller-uid]: Invalid value');
    expect(message).toContain('spec.template.metadata.labels[job-name]: Invalid value');
    expect(message).toContain('`selector` not auto-generated');
  });

  test('the template of a Job and the data of an immutable ConfigMap stay as they are', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a', namespace: 'batch' },
      spec: SPEC.jobTemplate.spec,
    };
    const made = await apply(job);
    expect(made.spec).toMatchObject({ completions: 1, parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed' });
    expect(made.spec?.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': made.metadata.uid } });
    const other = structuredClone(job);
    (other.spec.template.spec.containers[0] as { image: string }).image = 'other';
    expect(await refusalOf(apply(other))).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'spec.template' }] },
    });
    await apply({ ...aConfigMap('b', { a: '1' }), immutable: true });
    const refused = await refusalOf(apply({ ...aConfigMap('b', { a: '2' }), immutable: true }));
    expect(refused.message).toContain('data: Forbidden: field is immutable when `immutable` is set');
  });
});
