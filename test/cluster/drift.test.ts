import type { KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { differencesFrom, hasApplied } from '../../lib/cluster/drift';
import { aPlan, type FleetKeys, objectsFor } from '../support/builders';
import { aCluster } from '../support/cluster';
import { clientsOf } from '../support/cluster/testing';

/** A CronJob of ours; `change` edits it. */
function aManifest(change: (pod: Pod, cronJob: CronJob) => void = () => {}): KubernetesObject {
  const { cronJobs } = objectsFor(aPlan({ fleet: EVERYTHING }));
  const cronJob = cronJobs[0] as unknown as CronJob;
  change(cronJob.spec.jobTemplate.spec.template.spec, cronJob);
  return cronJob as unknown as KubernetesObject;
}

interface Pod {
  containers: {
    image?: string;
    env: { name: string; value?: string }[];
    resources: { requests: Record<string, unknown>; limits?: Record<string, unknown> };
  }[];
  terminationGracePeriodSeconds?: number;
  nodeSelector?: Record<string, string>;
  tolerations?: object[];
}
interface CronJob {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: { schedule: string; suspend?: boolean; jobTemplate: { spec: { template: { spec: Pod } } } };
}

const EVERYTHING: FleetKeys = {
  job: {
    env: { EMPTY: '', URL: { secret: 'db', key: 'url' }, POD: { field: 'metadata.name' } },
    resources: { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { memory: '2048Mi' } },
    writable: ['/tmp'],
    nonRetryableExitCodes: [42],
  },
};
const CONTAINER = 'spec.jobTemplate.spec.template.spec.containers[job]';

/** What the cluster has once it was applied. */
async function applied(manifest: KubernetesObject): Promise<KubernetesObject> {
  return (await clientsOf(await aCluster()).apply(manifest as never)) as never;
}

describe('differences from a manifest', () => {
  test('are none for whatever the server fills in and writes otherwise, in any object of a fleet', async () => {
    const fleets: FleetKeys[] = [
      EVERYTHING,
      { ...EVERYTHING, job: { ...EVERYTHING.job, command: ['/worker'] }, fold: true } as FleetKeys,
      { brakes: { admissionPolicy: true, argoCd: true }, alerts: { prometheus: true } } as FleetKeys,
      { after: { image: 'after:1', minutes: 5 } } as FleetKeys,
    ];
    for (const fleet of fleets) {
      const { apply } = clientsOf(await aCluster());
      for (const manifest of objectsFor(aPlan({ fleet })).all) {
        const live = (await apply(manifest as never)) as unknown as KubernetesObject;
        expect([manifest.kind, ...differencesFrom(manifest, live)]).toEqual([manifest.kind]);
        expect(hasApplied(live)).toBe(true);
      }
    }
  });

  test.each<[string, Parameters<typeof aManifest>[0], string[]]>([
    [
      'another value',
      (pod) => Object.assign(pod.containers[0] as object, { image: 'worker:2' }),
      [`${CONTAINER}.image`],
    ],
    [
      'a field that is new',
      (pod) => Object.assign(pod, { priorityClassName: 'night' }),
      [expect.stringMatching(/priorityClassName$/)] as never,
    ],
    [
      'a label that is gone',
      (_, { metadata }) => delete metadata.labels['cronfleet/group'],
      ['metadata.labels.cronfleet/group'],
    ],
    ['a variable that is gone', (pod) => pod.containers[0]?.env.pop(), [`${CONTAINER}.env[POD]`]],
    [
      'a variable that is new',
      (pod) => pod.containers[0]?.env.push({ name: 'NEW', value: '1' }),
      [`${CONTAINER}.env[NEW]`],
    ],
    ['variables in another order', (pod) => pod.containers[0]?.env.reverse(), [`${CONTAINER}.env`]],
    [
      'another amount',
      (pod) => Object.assign(pod.containers[0]?.resources.requests ?? {}, { memory: '1025Mi' }),
      [`${CONTAINER}.resources.requests.memory`],
    ],
    ['a pause', (_, { spec }) => Object.assign(spec, { suspend: true }), ['spec.suspend']],
    [
      'a toleration',
      (pod) => Object.assign(pod, { tolerations: [{ key: 'a' }] }),
      [expect.stringMatching(/tolerations$/)] as never,
    ],
  ])('are told by their paths: %s', async (_, change, paths) => {
    const live = await applied(aManifest());
    expect(differencesFrom(aManifest(change), live)).toEqual(paths);
  });

  test.each<[string, Parameters<typeof aManifest>[0]]>([
    [
      'an amount that is the same',
      (pod) => Object.assign(pod.containers[0]?.resources.requests ?? {}, { memory: '1Gi', cpu: 1 }),
    ],
    [
      'a value that is empty',
      (pod) => Object.assign(pod.containers[0]?.env.find(({ name }) => name === 'EMPTY') ?? {}, { value: '' }),
    ],
  ])('are none for %s', async (_, change) => {
    expect(differencesFrom(aManifest(change), await applied(aManifest()))).toEqual([]);
  });

  test('are none for what others added, but for a map whose meaning it changes', async () => {
    const live = structuredClone(
      await applied(aManifest((pod) => Object.assign(pod, { nodeSelector: { disk: 'ssd' } }))),
    );
    const there = live as unknown as CronJob;
    const pod = there.spec.jobTemplate.spec.template.spec;
    pod.containers.unshift({ ...structuredClone(pod.containers[0] as Pod['containers'][0]), name: 'sidecar' } as never);
    there.metadata.annotations = { theirs: '1' };
    there.spec.suspend = true;
    const manifest = aManifest((pod) => Object.assign(pod, { nodeSelector: { disk: 'ssd' } }));
    expect(differencesFrom(manifest, live)).toEqual([]);
    Object.assign(pod.nodeSelector as object, { zone: 'a' });
    expect(differencesFrom(manifest, live)).toEqual([expect.stringMatching(/nodeSelector$/)]);
  });

  test('are an empty text in a ConfigMap or an annotation that is not there', () => {
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', annotations: { a: '' } },
      data: { a: '' },
    };
    const live = { ...map, metadata: { name: 'a', annotations: {} }, data: {} };
    expect(differencesFrom(map, live)).toEqual(['metadata.annotations.a', 'data.a']);
  });
});
