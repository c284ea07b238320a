import type { V1Container, V1CronJob, V1JobSpec, V1PodSpec } from '@kubernetes/client-node';
import { JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import type { GroupFacts, JobConfig } from '../../lib/config/types';
import {
  aGroup,
  aPlan,
  type FleetKeys,
  type FleetLockKeys,
  manifestsFor,
  objectsFor,
  refusal,
} from '../support/builders';

/** The parts of a CronJob one asks for. */
interface Parts {
  cronJob: V1CronJob;
  job: V1JobSpec;
  pod: V1PodSpec;
  container: V1Container;
}

/** The CronJob of the fleet's first group. */
function partsOf(fleet: FleetKeys = {}, lock: FleetLockKeys = {}): Parts {
  const [cronJob] = objectsFor(aPlan({ fleet, lock })).cronJobs as [V1CronJob];
  const job = cronJob.spec?.jobTemplate.spec as V1JobSpec;
  const pod = job.template.spec as V1PodSpec;
  return { cronJob, job, pod, container: pod.containers[0] as V1Container };
}

test('the file of a group', () => {
  const file = manifestsFor(aPlan({ lock: { groups: 2 } })).at(-1);
  expect(file?.path).toBe('catalog/CronJob.catalog-0002.k8s.yaml');
  expect(file?.text).toMatchInlineSnapshot(`
    "apiVersion: batch/v1
    kind: CronJob
    metadata:
      labels:
        app.kubernetes.io/managed-by: cronfleet
        app.kubernetes.io/name: catalog
        app.kubernetes.io/part-of: catalog
        cronfleet/fleet: catalog
        cronfleet/group: catalog-0002
        cronfleet/lineage: "0123456789abcdef"
      name: catalog-0002
      namespace: batch
    spec:
      concurrencyPolicy: Forbid
      failedJobsHistoryLimit: 3
      jobTemplate:
        metadata:
          annotations:
            cronfleet/from: "1001"
            cronfleet/to: ""
          labels:
            app.kubernetes.io/managed-by: cronfleet
            app.kubernetes.io/name: catalog
            app.kubernetes.io/part-of: catalog
            cronfleet/fleet: catalog
            cronfleet/group: catalog-0002
            cronfleet/lineage: "0123456789abcdef"
        spec:
          activeDeadlineSeconds: 17400
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
                app.kubernetes.io/name: catalog
                app.kubernetes.io/part-of: catalog
                cronfleet/fleet: catalog
                cronfleet/group: catalog-0002
                cronfleet/lineage: "0123456789abcdef"
            spec:
              automountServiceAccountToken: false
              containers:
                - env:
                    - name: FLEET
                      value: catalog
                    - name: GROUP_ID
                      value: "2"
                    - name: GROUP_NAME
                      value: catalog-0002
                    - name: GROUP_FROM
                      value: "1001"
                    - name: GROUP_TO
                      value: ""
                    - name: GROUP_WHERE
                      value: ("id" >= '1001'::bigint)
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
      schedule: "0 0 * * *"
      startingDeadlineSeconds: 600
      successfulJobsHistoryLimit: 3
      timeZone: Asia/Seoul
    "
  `);
});

describe('what would page someone', () => {
  test('says when and where the clock hangs, and skips a night rather than run twice at once', () => {
    const { cronJob } = partsOf({
      window: { opens: '22:30', closes: '05:00', timeZone: 'America/New_York', days: '1-5' },
    });
    expect(cronJob.spec).toMatchObject({
      schedule: '30 22 * * 1-5',
      timeZone: 'America/New_York',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
    });
  });

  test('ends a run when the window closes, retries included, and tries a failed pod anew', () => {
    const { job, pod } = partsOf();
    expect(job).toMatchObject({ activeDeadlineSeconds: 5 * 3600 - 600, backoffLimit: 3 });
    expect(pod.restartPolicy).toBe('Never');
  });

  test('does not count a drained node as a failure of the work', () => {
    expect(partsOf().job.podFailurePolicy?.rules).toEqual([
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
  });

  test('leaves suspend out, so that a pause set by hand survives a sync, unless the config or the group says so', () => {
    expect(partsOf().cronJob.spec).not.toHaveProperty('suspend');
    expect(partsOf({ suspend: true }).cronJob.spec?.suspend).toBe(true);
    const retiring = [aGroup({ state: 'retiring' }), aGroup({ id: 2, from: null, to: null })];
    expect(partsOf({}, { groups: retiring }).cronJob.spec?.suspend).toBe(true);
  });
});

describe('labels and annotations', () => {
  test('are alike on CronJob, Job and Pod', () => {
    const { cronJob, job } = partsOf({ labels: { team: 'search', 'app.kubernetes.io/part-of': 'shop' } });
    const labels = {
      'app.kubernetes.io/managed-by': 'cronfleet',
      'app.kubernetes.io/name': 'catalog',
      'app.kubernetes.io/part-of': 'shop',
      'cronfleet/fleet': 'catalog',
      'cronfleet/group': 'catalog-0001',
      'cronfleet/lineage': '0123456789abcdef',
      team: 'search',
    };
    expect(cronJob.metadata?.labels).toEqual(labels);
    expect(cronJob.spec?.jobTemplate.metadata?.labels).toEqual(labels);
    expect(job.template.metadata?.labels).toEqual(labels);
  });

  test('tell of each Job which range it ran', () => {
    const { cronJobs } = objectsFor(aPlan({ lock: { groups: 3 } }));
    expect(cronJobs.map((cronJob) => cronJob.spec?.jobTemplate.metadata?.annotations)).toEqual([
      { 'cronfleet/from': '', 'cronfleet/to': '1001' },
      { 'cronfleet/from': '1001', 'cronfleet/to': '2001' },
      { 'cronfleet/from': '2001', 'cronfleet/to': '' },
    ]);
  });

  test('of the team stand on all three beside it', () => {
    const { cronJob, job } = partsOf({ annotations: { owner: 'search' } });
    expect(cronJob.metadata?.annotations).toEqual({ owner: 'search' });
    expect(cronJob.spec?.jobTemplate.metadata?.annotations).toMatchObject({ owner: 'search', 'cronfleet/from': '' });
    expect(job.template.metadata?.annotations).toEqual({ owner: 'search' });
  });
});

/** A value for every key that `job` may have, and where it is seen in the manifest. A new key does not compile until it stands here. */
const KEYS: {
  [Key in keyof Required<JobConfig>]: {
    given: NonNullable<JobConfig[Key]>;
    seen: (parts: Parts) => unknown;
    expected: unknown;
  };
} = {
  image: { given: 'registry/worker:2', seen: ({ container }) => container.image, expected: 'registry/worker:2' },
  imagePullPolicy: { given: 'Always', seen: ({ container }) => container.imagePullPolicy, expected: 'Always' },
  imagePullSecrets: { given: ['registry'], seen: ({ pod }) => pod.imagePullSecrets, expected: [{ name: 'registry' }] },
  command: { given: ['worker'], seen: ({ container }) => container.command, expected: ['worker'] },
  args: {
    given: ['--group', '$(GROUP_ID)'],
    seen: ({ container }) => container.args,
    expected: ['--group', '$(GROUP_ID)'],
  },
  env: {
    given: {
      PLAIN: 'text',
      NUMBER: 7,
      URL: { secret: 'db', key: 'url' },
      LEVEL: { configMap: 'settings', key: 'level' },
      NODE: { field: 'spec.nodeName' },
    },
    seen: ({ container }) => container.env?.slice(-5),
    expected: [
      { name: 'PLAIN', value: 'text' },
      { name: 'NUMBER', value: '7' },
      { name: 'URL', valueFrom: { secretKeyRef: { name: 'db', key: 'url' } } },
      { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
  },
  envFrom: {
    given: [{ configMap: 'settings' }, { secret: 'keys' }],
    seen: ({ container }) => container.envFrom,
    expected: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }],
  },
  resources: {
    given: { requests: { cpu: 2, memory: '1Gi' }, limits: { memory: '2Gi' } },
    seen: ({ container }) => container.resources,
    expected: { requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '2Gi' } },
  },
  retries: { given: 0, seen: ({ job }) => job.backoffLimit, expected: 0 },
  nonRetryableExitCodes: {
    given: [42, 3, 42],
    seen: ({ job }) => job.podFailurePolicy?.rules[1],
    expected: { action: 'FailJob', onExitCodes: { operator: 'In', values: [3, 42] }, onPodConditions: [] },
  },
  serviceAccountName: { given: 'worker', seen: ({ pod }) => pod.serviceAccountName, expected: 'worker' },
  podSecurity: {
    given: 'baseline',
    seen: ({ pod, container }) => [pod.securityContext?.runAsNonRoot, container.securityContext?.capabilities],
    expected: [undefined, undefined],
  },
  runAsUser: { given: 1_000, seen: ({ pod }) => pod.securityContext?.runAsUser, expected: 1_000 },
  writable: {
    given: ['/tmp', '/var/cache'],
    seen: ({ pod, container }) => [pod.volumes, container.volumeMounts],
    expected: [
      [
        { name: 'writable-0', emptyDir: {} },
        { name: 'writable-1', emptyDir: {} },
      ],
      [
        { name: 'writable-0', mountPath: '/tmp' },
        { name: 'writable-1', mountPath: '/var/cache' },
      ],
    ],
  },
  customize: {
    given: (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/ttlSecondsAfterFinished', 90_000)),
    seen: ({ job }) => job.ttlSecondsAfterFinished,
    expected: 90_000,
  },
};

describe('every key of job reaches the manifest', () => {
  test.each(Object.entries(KEYS))('%s', (key, { given, seen, expected }) => {
    expect(seen(partsOf({ job: { [key]: given } }))).toEqual(expected);
    // Else it would only have met a default.
    expect(seen(partsOf())).not.toEqual(expected);
  });

  test('also when all are given at once', () => {
    const given = Object.fromEntries(
      Object.entries(KEYS).map(([key, { given }]) => [key, given]),
    ) as unknown as Required<JobConfig>;
    const parts = partsOf({ job: given });
    for (const { seen, expected } of Object.values(KEYS)) expect(seen(parts)).toEqual(expected);
  });
});

describe('the pod', () => {
  test('keeps to restricted, and knows nothing of the cluster that nobody asked for', () => {
    const { pod, container } = partsOf();
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '256Mi' } });
  });

  test('lets an image run as root under baseline, and still as little as that needs', () => {
    const { pod, container } = partsOf({ job: { podSecurity: 'baseline', runAsUser: 0 } });
    expect(pod.securityContext).toEqual({ runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
  });
});

describe('customize', () => {
  test('brings a field that cdk8s-plus-27 does not know into the YAML', () => {
    const customize: JobConfig['customize'] = (cronJob) =>
      cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/podReplacementPolicy', 'Failed'));
    const [, file] = manifestsFor(aPlan({ fleet: { job: { customize } } }));
    expect(file?.text).toContain('\n      podReplacementPolicy: Failed\n');
  });

  test('may pause, keep more Jobs, and keep them longer', () => {
    const customize: JobConfig['customize'] = (cronJob) =>
      cronJob.addJsonPatch(
        JsonPatch.add('/spec/suspend', true),
        JsonPatch.replace('/spec/successfulJobsHistoryLimit', 7),
        JsonPatch.add('/spec/jobTemplate/spec/ttlSecondsAfterFinished', 7 * 86_400),
      );
    expect(partsOf({ job: { customize } }).cronJob.spec).toMatchObject({
      suspend: true,
      successfulJobsHistoryLimit: 7,
    });
  });

  test('is called once for each group, with its facts', () => {
    const seen: GroupFacts[] = [];
    objectsFor(aPlan({ fleet: { job: { customize: (_, group) => seen.push(group) } }, lock: { groups: 2 } }));
    expect(seen).toEqual(aPlan({ lock: { groups: 2 } }).groups.map(({ facts }) => facts));
  });

  test.each<[what: string, customize: NonNullable<JobConfig['customize']>, told: string]>([
    [
      'throws',
      () => {
        throw new Error('no such tier');
      },
      'no such tier',
    ],
    [
      'throws what is no error',
      () => {
        throw 'no such tier';
      },
      'no such tier',
    ],
    [
      'patches what is not there',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spek/suspend', true)),
      'catalog-0001',
    ],
    [
      'renames the CronJob',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.replace('/metadata/name', 'mine')),
      '/metadata/name is how cronfleet finds its objects again',
    ],
    [
      'takes a label away',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.remove('/spec/jobTemplate/metadata/labels/cronfleet~1group')),
      '/spec/jobTemplate/metadata/labels/cronfleet/group is how',
    ],
    [
      'moves the schedule and lengthens the run',
      (cronJob) =>
        cronJob.addJsonPatch(
          JsonPatch.replace('/spec/schedule', '0 1 * * *'),
          JsonPatch.replace('/spec/jobTemplate/spec/activeDeadlineSeconds', 90_000),
        ),
      'activeDeadlineSeconds comes from window, schedule and retries: change it there; /spec/schedule comes from',
    ],
    [
      'would have the rows done twice',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/parallelism', 2)),
      '/spec/jobTemplate/spec/parallelism: rows would be done twice, or not at all',
    ],
    [
      'tries more often than the window was reckoned for',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.replace('/spec/jobTemplate/spec/backoffLimit', 20)),
      'backoffLimit comes from window, schedule and retries',
    ],
    [
      'lets no Job begin',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/suspend', true)),
      '/spec/jobTemplate/spec/suspend: its Jobs would never begin',
    ],
    [
      'takes GROUP_WHERE away',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.remove('/spec/jobTemplate/spec/template/spec/containers/0/env/5')),
      'FLEET, GROUP_… and what tells them must reach every container as they are',
    ],
    [
      'writes what is no JSON',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/ttlSecondsAfterFinished', Number.NaN)),
      '/spec/jobTemplate/spec/ttlSecondsAfterFinished: expected a value, got null',
    ],
    [
      'undoes a pause',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/suspend', false)),
      '/spec/suspend: false would undo a pause set by hand',
    ],
    [
      'keeps no Jobs',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.replace('/spec/failedJobsHistoryLimit', 0)),
      '/spec/failedJobsHistoryLimit: without a Job in the cluster nobody can tell what ran',
    ],
    [
      'lets Jobs go at once',
      (cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/ttlSecondsAfterFinished', 60)),
      '/spec/jobTemplate/spec/ttlSecondsAfterFinished: below 86400, a day',
    ],
  ])('that %s is told with fleet and group', (_, customize, told) => {
    const error = refusal(() => manifestsFor(aPlan({ fleet: { job: { customize } } })));
    expect(error.code).toBe('group-invalid');
    expect(error.message).toMatch(/^fleets\.catalog\.job\.customize\(catalog-0001\) failed: /);
    expect(error.message).toContain(told);
  });
});
