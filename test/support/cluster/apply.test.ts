import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { aCluster } from './index';
import { aConfigMap, aCronJob, clientsOf, containersOf, refusalOf } from './testing';

describe('server-side apply', () => {
  test('an apply creates, and the same again changes nothing that a watch would see', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    const created = await apply(aCronJob());
    cluster.clock.advance(60_000);
    const again = await apply(aCronJob());
    expect(again.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    expect(cluster.get('CronJob', 'batch', 'catalog-0001')?.metadata.managedFields).toEqual([
      {
        ...{ manager: 'cronfleet', operation: 'Apply', apiVersion: 'batch/v1', time: '2026-03-01T00:00:00Z' },
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:fleet': {} } },
          'f:spec': expect.objectContaining({ 'f:schedule': {}, 'f:timeZone': {} }),
        },
      },
    ]);
    const fields = JSON.stringify(again.metadata.managedFields);
    expect(fields).toContain('"k:{\\"name\\":\\"job\\"}":{".":{},"f:env":{"k:{\\"name\\":\\"FLEET\\"}":{".":{},');
  });

  test('a field that another manager has set to something else is a conflict, unless it is forced', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    cluster.put(aCronJob(), { manager: 'kubectl-client-side-apply' });
    const wanted = aCronJob('catalog-0001', { schedule: '30 0 * * *' });
    expect(await refusalOf(apply(wanted))).toMatchObject({
      ...{ code: 409, reason: 'Conflict' },
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using batch/v1: .spec.schedule',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using batch/v1',
            field: '.spec.schedule',
          },
        ],
      },
    });
    const forced = await apply(wanted, 'cronfleet', { force: true });
    expect(forced.spec?.schedule).toBe('30 0 * * *');
    expect(forced.metadata.generation).toBe(2);
    const theirs = forced.metadata.managedFields?.find(({ operation }) => operation === 'Update');
    expect(JSON.stringify(theirs?.fieldsV1)).not.toContain('"f:schedule"');
    expect(JSON.stringify(theirs?.fieldsV1)).toContain('f:timeZone');
  });

  test('conflicts in keyed lists name the item, and several are told together', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    await apply(aCronJob(), 'argocd-controller');
    const wanted = aCronJob('catalog-0001', { schedule: '1 0 * * *' });
    Object.assign(containersOf(wanted)[0] as object, { image: 'ghcr.io/acme/worker:2' });
    const refused = await refusalOf(apply(wanted));
    expect(refused.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "argocd-controller":\n- .spec.jobTemplate.spec.template.spec.containers[name="job"].image\n- .spec.schedule',
    );
  });

  test('what the server wrote otherwise than it was applied is a conflict with the one who applied it', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    const written = aCronJob();
    Object.assign(containersOf(written)[0] as object, { resources: { requests: { memory: '1024Mi' } } });
    await apply(written, 'argocd-controller');
    const refused = await refusalOf(apply(written));
    expect(refused.details.causes).toMatchObject([
      { field: expect.stringMatching(/containers\[name="job"\]\.resources\.requests\.memory$/) },
    ]);
    await apply(aCronJob());
  });

  test('what a manager no longer applies goes, unless another has it; what others added stays', async () => {
    const cluster = await aCluster();
    const { apply, core } = clientsOf(cluster);
    await apply(aConfigMap('a', { mine: '1', ours: '1' }));
    await apply(aConfigMap('a', { ours: '1' }), 'other');
    await core.patchNamespacedConfigMap(
      { name: 'a', namespace: 'batch', body: { data: { theirs: '1' } }, fieldManager: 'someone' },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect((await apply(aConfigMap('a'))).data).toEqual({ ours: '1', theirs: '1' });
  });

  test('an item of a keyed list goes with its defaults, and items of others keep their place', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    const two = aCronJob();
    containersOf(two).push({ name: 'extra', image: 'extra:1' });
    await apply(two);
    const sidecar = aCronJob();
    containersOf(sidecar).splice(0, 1, { name: 'sidecar', image: 'sidecar:1' });
    await apply(sidecar, 'injector');
    const left = await apply(aCronJob());
    expect(containersOf(left).map(({ name }) => name)).toEqual(['job', 'sidecar']);
  });

  test('it takes a manager, takes no managedFields and checks a version', async () => {
    const cluster = await aCluster();
    const { apply } = clientsOf(cluster);
    expect(await refusalOf(apply(aConfigMap('a'), ''))).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'fieldManager' }] },
    });
    const made = await apply(aConfigMap('a'));
    expect((await refusalOf(apply({ ...aConfigMap('a'), metadata: made.metadata }))).message).toBe(
      'metadata.managedFields must be nil',
    );
    const gone = await refusalOf(apply({ ...aConfigMap('b'), metadata: { name: 'b', uid: 'of-another' } }));
    expect(gone.message).toContain('specified uid of-another, and no existing object was found');
    const stale = { ...aConfigMap('a', { a: '1' }), metadata: { name: 'a', resourceVersion: '1' } };
    expect(await refusalOf(apply(stale))).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test.each([
    ['v1', 'ServiceAccount', { automountServiceAccountToken: false }],
    ['v1', 'Event', { involvedObject: { kind: 'Job', name: 'a' }, reason: 'Started' }],
    ['v1', 'ResourceQuota', { spec: { hard: { 'count/jobs.batch': '10' } } }],
    [
      'rbac.authorization.k8s.io/v1',
      'Role',
      { rules: [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] }] },
    ],
    ['coordination.k8s.io/v1', 'Lease', { spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }],
    [
      'admissionregistration.k8s.io/v1',
      'ValidatingAdmissionPolicy',
      { spec: { validations: [{ expression: 'true' }] } },
    ],
    ['monitoring.coreos.com/v1', 'PrometheusRule', { spec: { groups: [{ name: 'a', rules: [] }] } }],
  ])('%s %s is discovered, applied twice without a change, and listed', async (apiVersion, kind, content) => {
    const cluster = await aCluster();
    const { apply, objects } = clientsOf(cluster);
    const draft = { apiVersion, kind, metadata: { name: 'a' }, ...content };
    const made = await apply(draft);
    expect((await apply(draft)).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    expect((await objects.list(apiVersion, kind)).items).toMatchObject([{ metadata: { name: 'a' } }]);
    expect(cluster.objects(kind)).toMatchObject([{ apiVersion, kind, ...content }]);
  });

  test('a merge patch takes the field over, so that the next apply is a conflict', async () => {
    const cluster = await aCluster();
    const { apply, batch } = clientsOf(cluster);
    await apply(aCronJob('catalog-0001', { suspend: false }));
    await batch.patchNamespacedCronJob(
      { name: 'catalog-0001', namespace: 'batch', body: { spec: { suspend: true } }, fieldManager: 'kubectl-patch' },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const mine = cluster.get('CronJob', 'batch', 'catalog-0001')?.metadata.managedFields?.[0];
    expect(mine).toMatchObject({ manager: 'cronfleet', operation: 'Apply' });
    expect(JSON.stringify(mine)).not.toContain('f:suspend');
    const refused = await refusalOf(apply(aCronJob('catalog-0001', { suspend: false })));
    expect(refused.message).toContain('conflict with "kubectl-patch" using batch/v1: .spec.suspend');
    // Who leaves the field out agrees with any value of it.
    expect((await apply(aCronJob())).spec?.suspend).toBe(true);
  });

  test('a JSON patch is the default of the typed clients, and a custom resource has no strategic merge', async () => {
    const cluster = await aCluster();
    const { batch, objects } = clientsOf(cluster);
    cluster.put(aCronJob());
    const body = [{ op: 'replace', path: '/spec/suspend', value: true }];
    const patched = await batch.patchNamespacedCronJob({ name: 'catalog-0001', namespace: 'batch', body });
    expect(patched.spec?.suspend).toBe(true);
    const rule = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name: 'a' } };
    cluster.put({ ...rule, metadata: { name: 'a', namespace: 'batch' }, spec: { groups: [] } });
    const strategy = PatchStrategy.StrategicMergePatch;
    const refused = await refusalOf(objects.patch(rule, undefined, undefined, undefined, undefined, strategy));
    expect(refused).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });
});
