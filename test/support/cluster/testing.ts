// What the tests of the double share: objects as a fleet has them, and the official client.

import {
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import { expect } from 'vitest';
import type { Cluster, Draft, KubeObject } from './index';

export const SPEC = {
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

export function aCronJob(
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

export function containersOf({ spec }: Pick<KubeObject, 'spec'>) {
  const template = spec?.jobTemplate as typeof SPEC.jobTemplate;
  return template.spec.template.spec.containers as { name: string; image: string }[];
}

export function aConfigMap(name: string, data: Record<string, string> = {}): Draft {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'batch' }, data };
}

export function clientsOf(cluster: Cluster, user = 'admin') {
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
export async function refusalOf(request: Promise<unknown>) {
  const error = await request.then(
    () => expect.fail('was not refused'),
    (failure) => failure,
  );
  const body = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
  return { code: error.code, ...body, headers: error.headers };
}
