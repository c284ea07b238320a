import { PatchStrategy, setHeaderOptions, type V1CronJob } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { aCluster } from './index';
import { strategicMerge } from './strategic-merge';
import { aCronJob, clientsOf } from './testing';

const CONTAINERS = [
  { name: 'job', image: 'worker:1', env: [{ name: 'A', value: '1' }] },
  { name: 'proxy', image: 'proxy:1' },
];

test.each([
  [
    'an item is known by its key, and merged',
    { containers: [{ name: 'job', image: 'worker:2' }] },
    { containers: [{ ...CONTAINERS[0], image: 'worker:2' }, CONTAINERS[1]] },
  ],
  [
    'an item may be deleted and another added, in the order that is said',
    {
      '$setElementOrder/containers': [{ name: 'first' }, { name: 'job' }],
      containers: [
        { name: 'first', image: 'a' },
        { name: 'proxy', $patch: 'delete' },
      ],
    },
    { containers: [{ name: 'first', image: 'a' }, CONTAINERS[0]] },
  ],
  [
    'items of others stay where they are',
    { '$setElementOrder/containers': [{ name: 'job' }], containers: [{ name: 'job', env: null }] },
    { containers: [{ name: 'job', image: 'worker:1' }, CONTAINERS[1]] },
  ],
  ['a list may be replaced', { containers: [{ $patch: 'replace' }, { name: 'a' }] }, { containers: [{ name: 'a' }] }],
  ['null removes a field', { containers: null }, {}],
  ['lists without keys are replaced', { args: ['b'] }, { containers: CONTAINERS, args: ['b'] }],
])('%s', (_, patch, expected) => {
  const args = 'args' in patch ? { args: ['a'] } : {};
  expect(strategicMerge('Pod', { containers: CONTAINERS, ...args }, patch)).toEqual(expected);
});

test('sets lose what is said to go, and maps keep what is said to stay', () => {
  const live = { finalizers: ['a', 'b'], volume: { name: 'x', emptyDir: {} } };
  const patch = {
    '$deleteFromPrimitiveList/finalizers': ['a'],
    finalizers: ['c'],
    volume: { $retainKeys: ['name', 'secret'], secret: { secretName: 'y' } },
  };
  const volume = { name: 'x', secret: { secretName: 'y' } };
  expect(strategicMerge('Pod', live, patch)).toEqual({ finalizers: ['b', 'c'], volume });
});

test('the cluster takes one for a CronJob, and the manager owns what it changed', async () => {
  const cluster = await aCluster();
  cluster.put(aCronJob());
  const body = {
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'job', image: 'worker:2' }] } } } } },
  };
  const patched = (await clientsOf(cluster).batch.patchNamespacedCronJob(
    { name: 'catalog-0001', namespace: 'batch', body, fieldManager: 'kubectl-client-side-apply' },
    setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
  )) as V1CronJob;
  const [container] = patched.spec?.jobTemplate.spec?.template.spec?.containers ?? [];
  expect(container).toMatchObject({ name: 'job', image: 'worker:2', env: [{ name: 'FLEET' }, { name: 'RUN' }] });
  const mine = patched.metadata?.managedFields?.find(({ manager }) => manager === 'kubectl-client-side-apply');
  expect(JSON.stringify(mine?.fieldsV1)).toContain('f:image');
});
