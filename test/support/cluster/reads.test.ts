import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuthorizationV1Api,
  BatchV1Api,
  KubeConfig,
  makeInformer,
  type V1CronJob,
  Watch,
} from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aCluster, type Cluster, type KubeObject } from './index';
import { aCronJob, clientsOf, refusalOf } from './testing';

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
    const hold = cluster.hold({ verb: 'watch' });
    cluster.endWatches();
    await hold.waiting(1);
    cluster.remove('CronJob', 'batch', 'a');
    cluster.compact();
    hold.release();
    await until('delete a');
    expect(cluster.requests.slice(0, 4).map(({ verb }) => verb)).toEqual(['list', 'watch', 'watch', 'list']);
  });
});
