// The API double as a process of its own, so that its work is not done by whoever is measured. The first message says what it is to be
// and is answered by a kubeconfig; each after it by what came since the last.

import { Cluster } from '../test/support/cluster';
import type { Certificate } from '../test/support/cluster/server';

export interface DoubleOptions {
  namespace: string;
  /** Milliseconds that each answer takes longer. */
  latency: number;
  certificate: Certificate | undefined;
}

export interface Counted {
  /** By verb, as rules name it. */
  requests: Record<string, number>;
  all: number;
  writes: number;
  /** Seconds of CPU that the double took itself. */
  cpu: number;
}

let cluster: Cluster | undefined;
let cpu = process.cpuUsage();

async function start({ namespace, latency, certificate }: DoubleOptions): Promise<string> {
  cluster = new Cluster({ now: new Date(), namespaces: ['default', namespace], certificate });
  cluster.latency(latency);
  await cluster.start();
  return cluster.kubeconfig();
}

function count({ requests, writeRequests }: Cluster): Counted {
  const { user, system } = process.cpuUsage(cpu);
  const byVerb: Record<string, number> = {};
  for (const { verb } of requests) byVerb[verb] = (byVerb[verb] ?? 0) + 1;
  return {
    requests: byVerb,
    all: requests.length,
    writes: writeRequests.length,
    cpu: (user + system) / 1e6,
  };
}

process.on('message', async (message) => {
  if (cluster === undefined) {
    process.send?.(await start(message as DoubleOptions));
  } else {
    process.send?.(count(cluster));
    cluster.forgetRequests();
  }
  cpu = process.cpuUsage();
});
process.on('disconnect', () => process.exit());
