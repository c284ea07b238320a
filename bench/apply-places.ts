// Where a tool applies to: an API double in a process of its own, or a namespace of a real cluster.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../lib/cluster/cluster';
import type { Certificate } from '../test/support/cluster/server';
import { makeNamespace, removeNamespaces } from '../test/support/real-cluster/namespaces';
import type { Counted, DoubleOptions } from './apply-double';
import { ended } from './apply-run';

export interface Place {
  namespace: string;
  /** Of the environment of who applies. */
  env: Record<string, string>;
  /** Of the kubeconfig. */
  context: string;
  /** What came since it was last asked; undefined where nobody counts. */
  counted(): Promise<Counted | undefined>;
  close(): Promise<void>;
}

/** A new cluster of one namespace, each answer of which takes `latency` milliseconds and what the double itself takes. */
export async function aDouble(latency: number, certificate: Certificate | undefined): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-bench-'));
  const program = join(import.meta.dirname, 'apply-double.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ask = async <T>(question: unknown): Promise<T> => {
    const answer = once(child, 'message');
    child.send(question as object);
    const gone = once(child, 'exit').then(() => Promise.reject(new Error('the API double has ended')));
    const [value] = (await Promise.race([answer, gone])) as [T];
    return value;
  };
  const namespace = 'bench';
  const options: DoubleOptions = { namespace, latency, certificate };
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, await ask<string>(options));
  return {
    namespace,
    env: { KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'cache') },
    context: 'test',
    counted: () => ask<Counted>('count'),
    async close() {
      const end = once(child, 'exit');
      child.disconnect();
      await end;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A new namespace of the cluster of KUBECONFIG. Its end is awaited: thousands of deletes would slow who comes next. */
export async function aNamespace(): Promise<Place> {
  const cluster = await connect({});
  const run = randomBytes(4).toString('hex');
  const namespace = `cronfleet-bench-${run}`;
  await makeNamespace(cluster, namespace, run);
  return {
    namespace,
    env: {},
    context: cluster.access.context,
    counted: async () => undefined,
    async close() {
      const left = await removeNamespaces(cluster, run);
      if (left.length > 0) process.stdout.write(`still being taken away: namespaces ${left.join(', ')}\n`);
    },
  };
}

/** For a server on this machine, by OpenSSL. Undefined where there is none. */
export async function aCertificate(): Promise<Certificate | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-bench-'));
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject];
  try {
    const openssl = { file: 'openssl', args, cwd: folder, env: {} };
    await ended(openssl, ['-days', '2', '-keyout', 'key', '-out', 'cert']);
    return { key: readFileSync(join(folder, 'key'), 'utf8'), cert: readFileSync(join(folder, 'cert'), 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
