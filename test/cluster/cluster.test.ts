import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../lib/cluster/cluster';
import { follow } from '../../lib/cluster/follow';
import { CONFIG_MAPS, CRON_JOBS } from '../../lib/cluster/kinds';
import { aFolder } from '../support/builders';
import { aCluster } from '../support/cluster';
import { aPace, connected } from '../support/cluster/connected';

function aConfigMap(name: string, data: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'batch', labels: { a: 'b' } }, data };
}

/** The path of a kubeconfig for a server that answers like this. */
async function aServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const kubeconfig = join(aFolder(), 'config');
  const { port } = server.address() as AddressInfo;
  const double = await aCluster();
  writeFileSync(kubeconfig, double.kubeconfig().replace(double.url, `http://127.0.0.1:${port}`));
  return kubeconfig;
}

describe('a cluster', () => {
  test('lists all pages of one moment, each object with its kind', async () => {
    const double = await aCluster();
    for (let at = 0; at < 1_200; at += 1) double.put(aConfigMap(`m-${at}`));
    const { items } = await (await connected(double)).list(CONFIG_MAPS, 'batch', { labelSelector: 'a=b' });
    expect(new Set(items.map(({ metadata }) => metadata?.name)).size).toBe(1_200);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(double.requests.filter(({ verb }) => verb === 'list')).toHaveLength(3);
  });

  test('begins a list anew when its pages are of a moment the server has forgotten', async () => {
    const double = await aCluster();
    for (let at = 0; at < 600; at += 1) double.put(aConfigMap(`m-${at}`));
    double.fail({ verb: 'list', resource: 'configmaps', after: 1, times: 1 }, { status: 410, reason: 'Expired' });
    const { items } = await (await connected(double)).list(CONFIG_MAPS, 'batch');
    expect(items).toHaveLength(600);
  });

  test('waits as long as a busy server asks, and gives up in the end', async () => {
    const double = await aCluster();
    const pace = aPace();
    const cluster = await connected(double, pace);
    double.fail({ verb: 'get', times: 2 }, { status: 429, retryAfterSeconds: 7 });
    expect(await cluster.get(CONFIG_MAPS, 'batch', 'none')).toBeUndefined();
    expect(pace.slept).toEqual([7_000, 7_000]);
    double.fail({ verb: 'get' }, { status: 429 });
    await expect(cluster.get(CONFIG_MAPS, 'batch', 'none')).rejects.toMatchObject({
      code: 'cluster-refused',
      status: 429,
    });
  });

  test('does not make an object twice when the answer was lost', async () => {
    const double = await aCluster();
    const cluster = await connected(double);
    double.fail({ verb: 'create', times: 1 }, { reset: true, applied: true });
    await expect(cluster.create(CONFIG_MAPS, aConfigMap('one'))).rejects.toMatchObject({ code: 'cluster-unreachable' });
    expect(double.writeRequests).toHaveLength(1);
  });

  test('reads its credentials anew when the server does not take them any more', async () => {
    const double = await aCluster();
    const kubeconfig = join(aFolder(), 'config');
    writeFileSync(kubeconfig, double.kubeconfig());
    const cluster = await connect({ kubeconfig }, aPace());
    double.rotateToken();
    await expect(cluster.list(CONFIG_MAPS, 'batch')).rejects.toMatchObject({ code: 'cluster-unauthorized' });
    writeFileSync(kubeconfig, double.kubeconfig());
    expect((await cluster.list(CONFIG_MAPS, 'batch')).items).toEqual([]);
  });

  test.each([
    ['a kubeconfig that is not there', { kubeconfig: '/nowhere/config' }, 'cluster-config'],
    ['a context that is not there', { context: 'prod' }, 'cluster-config'],
  ])('%s is told', async (_, options, code) => {
    const kubeconfig = join(aFolder(), 'config');
    writeFileSync(kubeconfig, (await aCluster()).kubeconfig());
    await expect(connect({ kubeconfig, ...options })).rejects.toMatchObject({ code });
  });

  test('a server that does not answer is named, with the context', async () => {
    const double = await aCluster();
    const cluster = await connected(double);
    await double.close();
    await expect(cluster.list(CONFIG_MAPS, 'batch')).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });

  test('a clock that is not the server’s is told, since it says which night it is', async () => {
    const kubeconfig = await aServer((_, response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      response.end('{"items":[]}');
    });
    const cluster = await connect({ kubeconfig }, aPace());
    await expect(cluster.list(CRON_JOBS, 'batch')).rejects.toThrow('clock is 60 minutes behind');
  });

  test('a list whose rest does not come is begun anew, and given up in the end', async () => {
    let lists = 0;
    const kubeconfig = await aServer((_, response) => {
      lists += 1;
      if (lists === 2) response.end('{"items":[]}');
      else response.write('{"items":[');
    });
    const cluster = await connect({ kubeconfig }, aPace(), { silence: 20, watch: 60_000 });
    expect((await cluster.list(CRON_JOBS, 'batch')).items).toEqual([]);
    await expect(cluster.list(CRON_JOBS, 'batch')).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining('no rest of the answer within 0.02 seconds'),
    });
  });

  test('a watch may be silent, but not for ever', async () => {
    const kubeconfig = await aServer((_, response) => {
      response.writeHead(200).flushHeaders();
    });
    const cluster = await connect({ kubeconfig }, aPace(), { silence: 60_000, watch: 50 });
    const watch = (signal: AbortSignal) =>
      cluster.watch(CRON_JOBS, 'batch', { resourceVersion: '1' }, () => {}, signal);
    expect(await watch(new AbortController().signal)).toBe('ended');
    await expect(watch(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a verb that is not permitted is told in the words of the server', async () => {
    const double = await aCluster({ users: { reader: [] } });
    const kubeconfig = join(aFolder(), 'config');
    writeFileSync(kubeconfig, double.kubeconfig({ user: 'reader' }));
    const cluster = await connect({ kubeconfig }, aPace());
    await expect(cluster.list(CRON_JOBS, 'batch')).rejects.toThrow('cannot list resource "cronjobs"');
  });
});

describe('following', () => {
  test('goes on through dropped connections, forgotten versions and busy servers, and only ever tells whole states', async () => {
    const double = await aCluster();
    double.put(aConfigMap('m-0'));
    const cluster = await connected(double);
    const stop = new AbortController();
    const states: string[] = [];
    let next = 1;
    const done = follow(
      cluster,
      CONFIG_MAPS,
      'batch',
      { labelSelector: 'a=b' },
      (objects) => {
        states.push(objects.map(({ metadata }) => metadata?.name).join(' '));
        if (objects.length < next) return;
        if (next === 6) return stop.abort();
        setImmediate(() => {
          if (next % 2 === 1) double.dropWatches();
          if (next === 2) double.compact();
          if (next === 3) double.fail({ verb: 'watch', times: 2 }, { status: 429 });
          if (next === 4) double.fail({ verb: 'watch', times: 1 }, { status: 410 });
          double.put(aConfigMap(`m-${next}`));
          next += 1;
        });
      },
      stop.signal,
    );
    await done;
    expect(states.at(-1)).toBe('m-0 m-1 m-2 m-3 m-4 m-5');
    // Never less than before: a lost connection is not an empty cluster.
    expect(states.every((state, at) => at === 0 || state.length >= (states[at - 1] as string).length)).toBe(true);
  });

  test('a watch that the server ends with an error is not asked for from the same version again', async () => {
    const double = await aCluster();
    double.put(aConfigMap('m-0'));
    const stop = new AbortController();
    let states = 0;
    await follow(
      await connected(double),
      CONFIG_MAPS,
      'batch',
      {},
      () => {
        states += 1;
        if (states === 2) stop.abort();
        else setTimeout(fail);
      },
      stop.signal,
    );
    expect(double.requests.filter(({ verb }) => verb === 'list')).toHaveLength(2);

    function fail(): void {
      if (double.openWatches === 0) setTimeout(fail);
      else double.failWatches(500);
    }
  });
});
