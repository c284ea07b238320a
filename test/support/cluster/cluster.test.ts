import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1CronJob,
  Watch,
} from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aCluster, type Cluster, type Draft, type KubeObject } from './index';
import { canonicalQuantity } from './quantities';
import { inZone } from './run-cron-job';

const SPEC = {
  schedule: '0 0 * * *',
  timeZone: 'Asia/Seoul',
  jobTemplate: {
    metadata: { labels: { fleet: 'catalog' }, annotations: { 'cronfleet/to': '1001' } },
    spec: {
      template: {
        metadata: { labels: { fleet: 'catalog' } },
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'job',
              image: 'ghcr.io/acme/worker:1.4.2',
              env: [
                { name: 'FLEET', value: 'catalog' },
                { name: 'RUN', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
              ],
              resources: { requests: { memory: '1Gi' } },
            },
          ],
        },
      },
    },
  },
};

function aCronJob(
  name = 'catalog-0001',
  spec: object = {},
  labels: Record<string, string> = { fleet: 'catalog' },
): Draft {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace: 'batch', labels },
    spec: { ...structuredClone(SPEC), ...spec },
  };
}

function containersOf({ spec }: Pick<KubeObject, 'spec'>) {
  const template = spec?.jobTemplate as typeof SPEC.jobTemplate;
  return template.spec.template.spec.containers as { name: string; image: string }[];
}

function aConfigMap(name: string, data: Record<string, string> = {}): Draft {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'batch' }, data };
}

function clientsOf(cluster: Cluster, user = 'admin') {
  const config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig({ user, namespace: 'batch' }));
  const objects = KubernetesObjectApi.makeApiClient(config);
  return {
    config,
    objects,
    core: config.makeApiClient(CoreV1Api),
    batch: config.makeApiClient(BatchV1Api),
    apply: (draft: Draft, manager = 'cronfleet', { force = false, dryRun = false } = {}) =>
      objects.patch(
        structuredClone(draft) as unknown as KubernetesObject,
        ...([undefined, dryRun ? 'All' : undefined, manager, force, PatchStrategy.ServerSideApply] as const),
      ) as Promise<unknown> as Promise<KubeObject>,
  };
}

/** The Status of a request that is refused. */
async function refusalOf(request: Promise<unknown>) {
  const error = await request.then(
    () => expect.fail('was not refused'),
    (failure) => failure,
  );
  const body = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
  return { code: error.code, ...body, headers: error.headers };
}

describe('reading', () => {
  test('all pages of a list are of the moment of the first, and items do not say their kind', async () => {
    const cluster = await aCluster();
    for (const name of ['a', 'b', 'c']) cluster.put(aCronJob(name));
    const { batch } = clientsOf(cluster);
    const first = await batch.listNamespacedCronJob({ namespace: 'batch', limit: 2 });
    cluster.remove('CronJob', 'batch', 'c');
    const rest = await batch.listCronJobForAllNamespaces({ limit: 2, _continue: first.metadata?._continue });
    expect(first.items.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b']);
    expect(first.metadata?.remainingItemCount).toBe(1);
    expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
    expect(rest.metadata?._continue).toBeUndefined();
    expect(rest.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
    expect(first.items[0]?.kind).toBeUndefined();
  });

  test('a continue token that is too old is answered by 410 with one that goes on without consistency', async () => {
    const cluster = await aCluster();
    for (const name of ['a', 'b', 'c']) cluster.put(aCronJob(name));
    const { batch } = clientsOf(cluster);
    const first = await batch.listNamespacedCronJob({ namespace: 'batch', limit: 1, labelSelector: 'fleet' });
    expect(first.metadata?.remainingItemCount).toBeUndefined();
    cluster.compact();
    const gone = await refusalOf(
      batch.listNamespacedCronJob({ namespace: 'batch', limit: 1, _continue: first.metadata?._continue }),
    );
    expect(gone).toMatchObject({ code: 410, reason: 'Expired' });
    expect(gone.message).toMatch(/^The provided continue parameter is too old/);
    const rest = await batch.listNamespacedCronJob({ namespace: 'batch', _continue: gone.metadata.continue });
    expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['b', 'c']);
  });

  test.each([
    ['fleet=catalog', ['a']],
    ['fleet in (catalog, orders)', ['a', 'b']],
    ['fleet notin (catalog)', ['b', 'c']],
    ['fleet!=catalog', ['b', 'c']],
    ['fleet,fleet!=orders', ['a']],
    ['!fleet', ['c']],
  ])('the label selector %s selects %j', async (labelSelector, names) => {
    const cluster = await aCluster();
    cluster.put(aCronJob('a', {}, { fleet: 'catalog' }));
    cluster.put(aCronJob('b', {}, { fleet: 'orders' }));
    cluster.put(aCronJob('c', {}, {}));
    const found = await clientsOf(cluster).batch.listNamespacedCronJob({ namespace: 'batch', labelSelector });
    expect(found.items.map(({ metadata }) => metadata?.name)).toEqual(names);
  });

  test('the API refuses a field selector that it does not know', async () => {
    const { core } = clientsOf(await aCluster());
    const refused = await refusalOf(core.listNamespacedPod({ namespace: 'batch', fieldSelector: 'spec.image=x' }));
    expect(refused).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('what is not there is 404, and so is a group whose CRD is missing, but without a Status', async () => {
    const cluster = await aCluster({ hasMonitoring: false });
    const { batch, apply } = clientsOf(cluster);
    expect(await refusalOf(batch.readNamespacedCronJob({ namespace: 'batch', name: 'x' }))).toMatchObject({
      ...{ code: 404, reason: 'NotFound', message: 'cronjobs.batch "x" not found' },
      details: { name: 'x', group: 'batch', kind: 'cronjobs' },
    });
    const rule = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'catalog' },
      spec: {},
    };
    await expect(apply(rule)).rejects.toThrow('404 page not found');
    cluster.serveMonitoring(true);
    expect((await apply(rule)).metadata.generation).toBe(1);
  });
});

describe('users', () => {
  test('a user may do what his rules allow, and is told what they do not', async () => {
    const rules = [{ verbs: ['get', 'list'], apiGroups: ['batch'], resources: ['cronjobs'], namespaces: ['batch'] }];
    const cluster = await aCluster({ users: { reader: rules } });
    const { batch, config } = clientsOf(cluster, 'reader');
    await batch.listNamespacedCronJob({ namespace: 'batch' });
    const refused = await refusalOf(batch.listNamespacedCronJob({ namespace: 'default' }));
    expect(refused).toMatchObject({ code: 403, reason: 'Forbidden', details: { group: 'batch', kind: 'cronjobs' } });
    expect(refused.message).toBe(
      'cronjobs.batch is forbidden: User "reader" cannot list resource "cronjobs" in API group "batch" in the namespace "default"',
    );
    const everywhere = await refusalOf(batch.listCronJobForAllNamespaces());
    expect(everywhere.message).toMatch(/at the cluster scope$/);
    const access = (verb: string) =>
      config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes: { verb, group: 'batch', resource: 'cronjobs', namespace: 'batch' } } },
      });
    expect((await access('list')).status?.allowed).toBe(true);
    expect((await access('delete')).status?.allowed).toBe(false);
  });

  test('to apply what is not there takes the right to create it', async () => {
    const cluster = await aCluster({ users: { patcher: [{ verbs: ['patch'] }] } });
    const refused = await refusalOf(clientsOf(cluster, 'patcher').apply(aCronJob()));
    expect(refused.message).toContain('User "patcher" cannot create resource "cronjobs"');
    cluster.put(aCronJob());
    await clientsOf(cluster, 'patcher').apply(aCronJob());
  });

  test('a token that was changed is 401', async () => {
    const cluster = await aCluster();
    const { batch } = clientsOf(cluster);
    cluster.rotateToken('admin');
    const refused = await refusalOf(batch.listNamespacedCronJob({ namespace: 'batch' }));
    // The client throws the Status of a 401 away.
    expect(refused).toMatchObject({ code: 401 });
    expect(refused.reason).toBeUndefined();
    await clientsOf(cluster).batch.listNamespacedCronJob({ namespace: 'batch' });
  });

  test('the client keeps a token from a file for a minute, even when it is refused', async () => {
    const cluster = await aCluster();
    const folder = mkdtempSync(join(tmpdir(), 'cronfleet-token-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, cluster.token());
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'double', server: cluster.url, skipTLSVerify: true },
      { name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile } } },
    );
    const batch = config.makeApiClient(BatchV1Api);
    await batch.listNamespacedCronJob({ namespace: 'batch' });
    writeFileSync(tokenFile, cluster.rotateToken());
    const refused = await refusalOf(batch.listNamespacedCronJob({ namespace: 'batch' }));
    expect(refused.code).toBe(401);
    expect(cluster.requests.map(({ status }) => status)).toEqual([200, 401]);
  });
});

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
    const stale = { ...aConfigMap('a', { a: '1' }), metadata: { name: 'a', resourceVersion: '1' } };
    expect(await refusalOf(apply(stale))).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test('a merge patch takes the field over, so that the next apply is a conflict', async () => {
    const cluster = await aCluster();
    const { apply, batch } = clientsOf(cluster);
    await apply(aCronJob('catalog-0001', { suspend: false }));
    await batch.patchNamespacedCronJob(
      { name: 'catalog-0001', namespace: 'batch', body: { spec: { suspend: true } }, fieldManager: 'kubectl-patch' },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const refused = await refusalOf(apply(aCronJob('catalog-0001', { suspend: false })));
    expect(refused.message).toContain('conflict with "kubectl-patch" using batch/v1: .spec.suspend');
    // Who leaves the field out agrees with any value of it.
    expect((await apply(aCronJob())).spec?.suspend).toBe(true);
  });

  test('a JSON patch is the default of the typed clients, and a strategic merge is not there', async () => {
    const cluster = await aCluster();
    const { batch } = clientsOf(cluster);
    cluster.put(aCronJob());
    const body = [{ op: 'replace', path: '/spec/suspend', value: true }];
    const patched = await batch.patchNamespacedCronJob({ name: 'catalog-0001', namespace: 'batch', body });
    expect(patched.spec?.suspend).toBe(true);
    const refused = await refusalOf(
      batch.patchNamespacedCronJob(
        { name: 'catalog-0001', namespace: 'batch', body: {} },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      ),
    );
    expect(refused).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });
});

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

/** Events of a watch, in order; `next` waits for one more. */
async function watching(cluster: Cluster, path: string, query: Record<string, string> = {}) {
  const events: [string, string][] = [];
  const waiting: (() => void)[] = [];
  let end: (error: unknown) => void = () => {};
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const note = (type: string, object: KubeObject & { code?: number }) => {
    events.push([type, object.metadata.name ?? String(object.code ?? object.metadata.resourceVersion)]);
    waiting.shift()?.();
  };
  await new Watch(clientsOf(cluster).config).watch(path, query, note, end);
  const next = async (count: number) => {
    while (events.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return events;
  };
  return { next, ended };
}

describe('watching', () => {
  const PATH = '/apis/batch/v1/namespaces/batch/cronjobs';

  test('objects come into a selection and leave it', async () => {
    const cluster = await aCluster();
    cluster.put(aCronJob('a'));
    const { next } = await watching(cluster, PATH, { labelSelector: 'fleet=catalog' });
    await next(1);
    cluster.put(aCronJob('b', {}, { fleet: 'orders' }));
    cluster.put(aCronJob('b'));
    cluster.put(aCronJob('b', { suspend: true }));
    cluster.put(aCronJob('b', { suspend: true }, { fleet: 'orders' }));
    cluster.remove('CronJob', 'batch', 'a');
    expect(await next(5)).toEqual([
      ...[
        ['ADDED', 'a'],
        ['ADDED', 'b'],
        ['MODIFIED', 'b'],
        ['DELETED', 'b'],
        ['DELETED', 'a'],
      ],
    ]);
  });

  test('a watch goes on from a version, and is told when that is gone', async () => {
    const cluster = await aCluster();
    const { metadata } = cluster.put(aCronJob('a'));
    cluster.put(aCronJob('b'));
    const query = { resourceVersion: metadata.resourceVersion };
    expect(await (await watching(cluster, PATH, query)).next(1)).toEqual([['ADDED', 'b']]);
    cluster.compact();
    const late = await watching(cluster, PATH, query);
    expect(await late.next(1)).toEqual([['ERROR', '410']]);
    // The client tells of an end like any other: the error is in the event alone.
    expect(await late.ended).toBeNull();
  });

  test('a dropped watch ends with an error, one whose time is up without, after a bookmark', async () => {
    const cluster = await aCluster();
    const dropped = await watching(cluster, PATH);
    cluster.dropWatches();
    expect(await dropped.ended).toMatchObject({ message: 'Premature close' });
    const timed = await watching(cluster, PATH, { allowWatchBookmarks: 'true' });
    cluster.endWatches();
    expect((await timed.next(1))[0]?.[0]).toBe('BOOKMARK');
    expect(await timed.ended).toBeNull();
  });

  test('an informer sees what there is, what comes, and lists again once its version is gone', async () => {
    const cluster = await aCluster();
    cluster.put(aCronJob('a'));
    const { config, batch } = clientsOf(cluster);
    const informer = makeInformer<V1CronJob>(config, PATH, () => batch.listNamespacedCronJob({ namespace: 'batch' }));
    onTestFinished(() => informer.stop());
    const seen: string[] = [];
    let wake = () => {};
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata }) => {
        seen.push(`${verb} ${metadata?.name}`);
        wake();
      });
    const until = async (what: string) => {
      while (!seen.includes(what))
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    };
    await informer.start();
    expect(seen).toEqual(['add a']);
    cluster.put(aCronJob('b'));
    await until('add b');
    cluster.put(aCronJob('other', {}));
    cluster.compact();
    cluster.endWatches();
    cluster.remove('CronJob', 'batch', 'a');
    await until('delete a');
  });
});

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
    cluster.latency(20);
    await Promise.all(['a', 'b', 'c'].map((namespace) => batch.listNamespacedJob({ namespace, labelSelector: 'x=y' })));
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
