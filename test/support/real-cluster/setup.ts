// What tests against a real cluster are told of it.

import type { TestProject } from 'vitest/node';
import { type AnyObject, type Cluster, connect } from '../../../lib/cluster/cluster';
import { ApiRefusal } from '../../../lib/cluster/failures';
import type { Kind } from '../../../lib/cluster/kinds';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Names this run; its namespaces are labelled with it. */
    run: string;
    /** Of the kubeconfig: the current one. */
    context: string;
    /** Whether pods can run: a control plane alone makes Jobs, and their pods wait for ever. */
    hasNodes: boolean;
  }
}

const NODES: Kind = { group: '', version: 'v1', kind: 'Node', plural: 'nodes' };

interface Node extends AnyObject {
  spec?: { unschedulable?: boolean; taints?: { effect?: string }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

export default async function setup(project: TestProject): Promise<void> {
  const run = process.env.CRONFLEET_E2E_RUN;
  if (run === undefined)
    throw new Error('these tests are run by `npm run test:cluster`, which clears away behind them');
  const cluster = await connect({});
  project.provide('run', run);
  project.provide('context', cluster.access.context);
  project.provide('hasNodes', await hasNodes(cluster));
}

async function hasNodes(cluster: Cluster): Promise<boolean> {
  const { items } = await cluster.list<Node>(NODES, undefined).catch((error: unknown) => {
    // Who may not see nodes cannot know; then what needs them is left out.
    if (error instanceof ApiRefusal) return { items: [] };
    throw error;
  });
  return items.some(
    ({ spec = {}, status }) =>
      !spec.unschedulable &&
      !spec.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') &&
      status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
  );
}
