import type { V1Job, V1PodSpec } from '@kubernetes/client-node';
import { JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JobConfig } from '../../lib/config/types';
import type { QueryLock } from '../../lib/groups/lock';
import { planFleet } from '../../lib/plan/plan';
import {
  aFleet,
  aFleetLock,
  aQueryFleet,
  aQueryLock,
  type FleetKeys,
  manifestsFor,
  objectsFor,
  refusal,
} from '../support/builders';
import { expand } from '../support/pod-env';
import { podSecurityProblems } from '../support/pod-security';
import { expectValidManifest } from '../support/strict-schema';

const ROWS = { apple: { url: 'https://example.com/apple' }, banana: { url: null } };

function planOf(fleet: FleetKeys = {}, lock: QueryLock = aQueryLock(ROWS)) {
  return planFleet('fruit', aQueryFleet({ once: true, ...fleet }), lock);
}

const jobsOf = (fleet?: FleetKeys, lock?: QueryLock) =>
  manifestsFor(planOf(fleet, lock))
    .map(({ text }) => parse(text))
    .filter(({ kind }) => kind === 'Job') as V1Job[];
const namesOf = (fleet?: FleetKeys, lock?: QueryLock) => jobsOf(fleet, lock).map((job) => job.metadata?.name as string);
const job = (keys: Partial<JobConfig>): FleetKeys => ({ job: keys });

// Not a byte of this may change with a new cronfleet: a cluster refuses to change the pod of a Job that it has.
test('the file of a row', () => {
  const [, file] = manifestsFor(planOf());
  expect(file?.path).toBe('fruit/Job.fruit-apple-553f7530.k8s.yaml');
  expect(file?.text).toMatchInlineSnapshot(`
    "apiVersion: batch/v1
    kind: Job
    metadata:
      annotations:
        cronfleet/url: https://example.com/apple
      labels:
        app.kubernetes.io/managed-by: cronfleet
        app.kubernetes.io/name: fruit
        app.kubernetes.io/part-of: fruit
        cronfleet/fleet: fruit
        cronfleet/group: fruit-apple
        cronfleet/lineage: "0123456789abcdef"
      name: fruit-apple-553f7530
      namespace: batch
    spec:
      backoffLimit: 3
      podFailurePolicy:
        rules:
          - action: Ignore
            onPodConditions:
              - status: "True"
                type: DisruptionTarget
      template:
        metadata:
          labels:
            app.kubernetes.io/managed-by: cronfleet
            app.kubernetes.io/name: fruit
            app.kubernetes.io/part-of: fruit
            cronfleet/fleet: fruit
            cronfleet/group: fruit-apple
            cronfleet/lineage: "0123456789abcdef"
        spec:
          automountServiceAccountToken: false
          containers:
            - env:
                - name: FLEET
                  value: fruit
                - name: GROUP_ID
                  value: "1"
                - name: GROUP_NAME
                  value: fruit-apple
                - name: GROUP_URL
                  value: https://example.com/apple
                - name: FLEET_RUN
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.labels['batch.kubernetes.io/job-name']
              image: worker:1
              name: job
              resources:
                requests:
                  cpu: "100m"
                  memory: "256Mi"
              securityContext:
                allowPrivilegeEscalation: false
                capabilities:
                  drop:
                    - ALL
                readOnlyRootFilesystem: true
          enableServiceLinks: false
          restartPolicy: Never
          securityContext:
            runAsNonRoot: true
            seccompProfile:
              type: RuntimeDefault
    "
  `);
});

describe('the name of a Job', () => {
  const before = namesOf();

  test('is that of its group with a short hash, within what Kubernetes takes', () => {
    expect(before).toEqual([
      expect.stringMatching(/^fruit-apple-[0-9a-f]{8}$/),
      expect.stringMatching(/^fruit-banana-/),
    ]);
    const [longest] = namesOf({}, aQueryLock({ ['a'.repeat(46)]: {} }));
    expect(longest?.length).toBeLessThanOrEqual(63);
  });

  test.each<[string, FleetKeys]>([
    ['the image', job({ image: 'worker:2' })],
    ['a variable', job({ env: { LEVEL: 'info' } })],
    ['resources', job({ resources: { limits: { memory: '1Gi' } } })],
    ['the tries, when the default is written out', job({ retries: 3 })],
    ['labels', { labels: { team: 'search' } }],
    ['annotations', { annotations: { note: 'hello' } }],
    ['the deadline', { deadlineMinutes: 5 }],
    [
      'a patch',
      job({ customize: (object) => object.addJsonPatch(JsonPatch.add('/spec/podReplacementPolicy', 'Failed')) }),
    ],
  ])('of every row is another when %s changes', (_, fleet) => {
    const after = namesOf(fleet);
    expect(after).toHaveLength(2);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  });

  test('is another for the row alone whose parameters change, or that a function of the config treats otherwise', () => {
    const rows = namesOf({}, aQueryLock({ ...ROWS, banana: { url: '' } }));
    expect([rows[0] === before[0], rows[1] === before[1]]).toEqual([true, false]);
    const env = ({ params }: { params?: Record<string, string | null> }) => ({ URL: params?.url ?? 'none' });
    const other = ({ params }: { params?: Record<string, string | null> }) => ({ URL: params?.url ?? 'nowhere' });
    const [one, two] = [namesOf(job({ env })), namesOf(job({ env: other }))];
    expect([one[0] === two[0], one[1] === two[1]]).toEqual([true, false]);
  });

  test.each<[string, FleetKeys]>([
    ['a pause', { suspend: true }],
    ['a namespace', { namespace: 'other' }],
    ['the SQL', { groups: { sql: 'TABLE shop.fruit' } }],
    ['a function that changes nothing', job({ customize: () => undefined })],
  ])('stays with %s', (_, fleet) => {
    expect(namesOf(fleet)).toEqual(before);
  });

  test('follows the order of variables, which is part of the pod, and no other order of keys', () => {
    const [A, B] = ['1', '2'];
    expect(namesOf(job({ env: { A, B } }))).not.toEqual(namesOf(job({ env: { B, A } })));
    const [cpu, memory] = ['1', '1Gi'];
    const requests = (keys: Record<string, string>) => namesOf(job({ resources: { requests: keys } }));
    expect(requests({ cpu, memory })).toEqual(requests({ memory, cpu }));
    expect(namesOf({ labels: { a: '1', b: '2' } })).toEqual(namesOf({ labels: { b: '2', a: '1' } }));
  });

  test('does not follow defaults of ours, only what was written', () => {
    const { written, ...defaults } = aQueryFleet().job;
    expect(written).toEqual(['image']);
    const changed = { ...aQueryFleet({ once: true }) };
    changed.job = { ...defaults, written, retries: 9, podSecurity: 'baseline', resources: {} };
    const names = planFleet('fruit', changed, aQueryLock(ROWS)).groups.map((group) => group.written);
    expect(names).toEqual(planOf().groups.map((group) => group.written));
  });

  test('is another in a lock that was made anew, and for a row that came back as another group', () => {
    expect(namesOf({}, aQueryLock(ROWS, { lineage: 'fedcba9876543210' }))).not.toEqual(before);
    const [apple, banana] = aQueryLock(ROWS).groups;
    const groups = [apple, { ...banana, id: 3 }] as QueryLock['groups'];
    const after = namesOf({}, aQueryLock(ROWS, { groups, nextId: 4 }));
    expect([after[0] === before[0], after[1] === before[1]]).toEqual([true, false]);
  });
});

describe('a Job that runs once', () => {
  test('stays in the cluster when it is done, since GitOps would run it again', () => {
    expect(jobsOf()[0]?.spec).not.toHaveProperty('ttlSecondsAfterFinished');
  });

  test('has a deadline only when one is written', () => {
    expect(jobsOf()[0]?.spec).not.toHaveProperty('activeDeadlineSeconds');
    expect(jobsOf({ deadlineMinutes: 90 })[0]?.spec?.activeDeadlineSeconds).toBe(5_400);
  });

  test('is paused like a CronJob', () => {
    expect(jobsOf()[0]?.spec).not.toHaveProperty('suspend');
    expect(jobsOf({ suspend: true })[0]?.spec?.suspend).toBe(true);
  });

  test('shares one label with all others, on Jobs and Pods, and has one of its own that outlives its name', () => {
    for (const { metadata, spec } of jobsOf()) {
      expect(metadata?.labels).toEqual(spec?.template.metadata?.labels);
      expect(metadata?.labels?.['cronfleet/fleet']).toBe('fruit');
    }
    expect(jobsOf().map(({ metadata }) => metadata?.labels?.['cronfleet/group'])).toEqual([
      'fruit-apple',
      'fruit-banana',
    ]);
  });

  test('tells its parameters as variables and annotations, NULL as an empty text', () => {
    const [apple, banana] = jobsOf();
    const env = (one?: V1Job) =>
      one?.spec?.template.spec?.containers[0]?.env?.map(({ name, value }) => `${name}=${value}`);
    expect(env(apple)).toEqual([
      'FLEET=fruit',
      'GROUP_ID=1',
      'GROUP_NAME=fruit-apple',
      'GROUP_URL=https://example.com/apple',
      'FLEET_RUN=undefined',
    ]);
    expect(env(banana)).toContain('GROUP_URL=');
    expect(apple?.metadata?.annotations).toEqual({ 'cronfleet/url': 'https://example.com/apple' });
  });

  test('is told values as they are, whatever they hold', () => {
    const value = `US$ $(GROUP_ID) $$ 'it"s' \\ \n\u00e9\u{1F600} no`;
    const [only] = jobsOf({}, aQueryLock({ a: { 'Odd Name': value } }));
    const variable = only?.spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'GROUP_ODD_NAME');
    expect(expand(variable?.value as string, { GROUP_ID: '1' })).toBe(value);
    expect(only?.metadata?.annotations).toEqual({ 'cronfleet/odd_name': value });
    expectValidManifest(only);
  });

  test('with what looks like a secret among its parameters is refused', () => {
    const lock = aQueryLock({ apple: { dsn: 'postgres://shop:hunter2@db/shop' } });
    expect(refusal(() => jobsOf({}, lock)).code).toBe('secret-found');
  });

  test('can be made for the ranges of a key too', () => {
    const plan = planFleet('catalog', aFleet({ once: true }), aFleetLock({ groups: 2 }));
    const jobs = manifestsFor(plan).map(({ text }) => parse(text)) as V1Job[];
    expect(jobs[1]?.metadata?.name).toMatch(/^catalog-0001-[0-9a-f]{8}$/);
    expect(jobs[1]?.metadata?.annotations).toEqual({ 'cronfleet/from': '', 'cronfleet/to': '1001' });
    for (const object of jobs) expectValidManifest(object);
  });
});

const SHAPES: Record<string, FleetKeys> = {
  'nothing else': {},
  'a deadline and a pause': { deadlineMinutes: 10, suspend: true },
  'labels and annotations': { labels: { team: 'search' }, annotations: { note: 'a: b #c' } },
  'baseline as root': job({ podSecurity: 'baseline', runAsUser: 0, writable: ['/tmp'] }),
  'exit codes': job({ nonRetryableExitCodes: [3], retries: 0 }),
  'a younger field': job({
    customize: (object) => object.addJsonPatch(JsonPatch.add('/spec/podReplacementPolicy', 'Failed')),
  }),
};

test.each(Object.entries(SHAPES))(
  'a fleet that runs once with %s is taken by the API server and its namespace',
  (_, fleet) => {
    const jobs = jobsOf(fleet);
    expect(jobs).toHaveLength(2);
    for (const one of jobs) {
      expectValidManifest(one);
      const { metadata, spec } = one.spec?.template ?? {};
      expect(
        podSecurityProblems(spec as V1PodSpec, fleet.job?.podSecurity ?? 'restricted', metadata?.annotations),
      ).toEqual([]);
    }
  },
);

test('a nightly query makes a CronJob of each row, by its name', () => {
  const plan = planFleet('fruit', aQueryFleet(), aQueryLock(ROWS));
  const { groupMap, cronJobs } = objectsFor(plan);
  expect(cronJobs.map((cronJob) => cronJob.metadata?.name)).toEqual(['fruit-apple', 'fruit-banana']);
  for (const object of [groupMap, ...cronJobs]) expectValidManifest(object);
  expect(
    groupMap.data?.groups
      ?.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { name: 'fruit-apple', url: 'https://example.com/apple' },
    { name: 'fruit-banana', url: null },
  ]);
});

test('customize is told the parameters, and cannot change what others are told', () => {
  const seen: unknown[] = [];
  const customize: JobConfig['customize'] = (_, { params }) => {
    seen.push({ ...params });
    if (params) params.url = 'mine';
  };
  const plan = planOf(job({ customize }));
  manifestsFor(plan);
  expect(seen).toEqual([{ url: 'https://example.com/apple' }, { url: null }]);
  expect(plan.groups[0]?.facts.params).toEqual({ url: 'https://example.com/apple' });
});
