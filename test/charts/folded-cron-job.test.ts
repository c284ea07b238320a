import type { V1ConfigMap, V1CronJob } from '@kubernetes/client-node';
import { JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { GroupFacts, JobConfig } from '../../lib/config/types';
import { aPlan, type FleetKeys, type FleetLockKeys, groupsAt, manifestsFor, refusal } from '../support/builders';
import { podSecurityProblems } from '../support/pod-security';
import { expectValidManifest } from '../support/strict-schema';

const CONTAINERS = '/spec/jobTemplate/spec/template/spec/containers';
const reshaped = '2026-03-01T12:00:00Z';
const folded = (fleet: FleetKeys = {}, lock: FleetLockKeys = {}) => {
  const keys: FleetKeys = { fold: true, ...fleet, job: { command: ['work'], ...fleet.job } };
  return manifestsFor(aPlan({ fleet: keys, lock: { groups: 3, shape: 'folded', ...lock } }));
};
/** Of a fleet that was folded until lately. */
const unfolding = (fleet: FleetKeys = {}) => manifestsFor(aPlan({ fleet, lock: { groups: 3, reshaped } }));
const objectsOf = (files: ReturnType<typeof folded>) => files.map(({ text }) => parse(text));
const cronJobOf = (fleet?: FleetKeys, lock?: FleetLockKeys): V1CronJob =>
  objectsOf(folded(fleet, lock)).find(({ kind }) => kind === 'CronJob');
const jobOf = (fleet?: FleetKeys, lock?: FleetLockKeys) => cronJobOf(fleet, lock).spec?.jobTemplate;
const pathsOf = (files: ReturnType<typeof folded>) =>
  files.map(({ path }) => path.replace(/-[0-9a-f]{8}\.k8s\.yaml$/, '-<hash>.k8s.yaml'));

const EVERYTHING: FleetKeys = {
  labels: { team: 'data' },
  annotations: { 'example.com/owner': 'data' },
  queue: 'nightly',
  suspend: true,
  then: [{ image: 'publish:1', command: ['publish'], args: ['--all'] }],
  job: { nonRetryableExitCodes: [3, 2], retries: 5, writable: ['/tmp'], serviceAccountName: 'worker' },
};

describe('the objects of a folded fleet', () => {
  test('are its group map, its parameters and one CronJob', () => {
    expect(pathsOf(folded())).toEqual([
      'catalog/ConfigMap.catalog-groups.k8s.yaml',
      'catalog/ConfigMap.catalog-parameters-0-<hash>.k8s.yaml',
      'catalog/CronJob.catalog.k8s.yaml',
    ]);
  });

  test.each([
    ['plain', {}],
    ['with everything', EVERYTHING],
  ])('are valid to Kubernetes, and their pods keep to restricted: %s', (_, fleet) => {
    for (const object of objectsOf(folded(fleet))) expectValidManifest(object);
    const template = jobOf(fleet)?.spec?.template;
    expect(podSecurityProblems(template?.spec as never, 'restricted', template?.metadata?.annotations)).toEqual([]);
  });

  test('are found by the fleet, and belong to no one group', () => {
    for (const object of objectsOf(folded())) {
      expect(object.metadata.labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'cronfleet',
        'cronfleet/fleet': 'catalog',
        'cronfleet/lineage': '0123456789abcdef',
      });
      expect(JSON.stringify(object)).not.toContain('cronfleet/group');
    }
    expect(jobOf(EVERYTHING)?.spec?.template.metadata?.labels).toMatchObject({
      'cronfleet/fleet': 'catalog',
      team: 'data',
    });
  });

  test('have parameters that cannot be changed, under a name that follows from them', () => {
    const [before, after] = [2, 3].map((groups) => objectsOf(folded({}, { groups }))[1]) as [V1ConfigMap, V1ConfigMap];
    expect(before.immutable).toBe(true);
    expect(after.metadata?.name).not.toBe(before.metadata?.name);
    expect(objectsOf(folded({ job: { image: 'worker:2' } }))[1]).toEqual(after);
  });

  test('may have a URL whose password comes from a Secret, and no other', () => {
    const env =
      (url: string) =>
      ({ id }: GroupFacts) => ({ PASSWORD: { secret: 'db', key: 'password' }, URL: url + id });
    const [, { text = '' } = {}] = folded({ job: { env: env('postgres://app:$(PASSWORD)@db/shop') } });
    expect(text).toContain(`URL="postgres://app:\${PASSWORD}@db/shop2"`);
    expect(refusal(() => folded({ job: { env: env('postgres://app:hunter2@db/shop') } })).code).toBe('secret-found');
  });

  test('say the index of each group in the group map', () => {
    const groups = groupsAt(['1001']).map((group) => ({ ...group, id: group.id * 2 }));
    const map = objectsOf(folded({}, { groups }))[0] as V1ConfigMap;
    expect(
      map.data?.groups
        ?.trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { name: 'catalog-0002', from: null, to: '1001', index: 1 },
      { name: 'catalog-0004', from: '1001', to: null, index: 3 },
    ]);
  });
});

describe('the Job', () => {
  test('is indexed, and tries each index by itself: no group takes another along', () => {
    expect(jobOf({ job: { retries: 5 } })?.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      backoffLimitPerIndex: 5,
      activeDeadlineSeconds: 290 * 60,
    });
    for (const absent of ['backoffLimit', 'maxFailedIndexes']) expect(jobOf()?.spec).not.toHaveProperty(absent);
    expect(jobOf({}, { nextId: 200_001 })?.spec).toMatchObject({ maxFailedIndexes: 10_000 });
  });

  test('ignores disruptions, and gives up an index, not the fleet, at codes that trying again would not mend', () => {
    expect(jobOf(EVERYTHING)?.spec?.podFailurePolicy?.rules).toEqual([
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      {
        action: 'FailIndex',
        onExitCodes: { containerName: 'job', operator: 'In', values: [2, 3] },
        onPodConditions: [],
      },
    ]);
  });

  test('starts when the window opens', () => {
    expect(cronJobOf().spec).toMatchObject({
      schedule: '0 0 * * *',
      timeZone: 'Asia/Seoul',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 600,
    });
    expect(cronJobOf().spec).not.toHaveProperty('suspend');
    expect(cronJobOf(EVERYTHING).spec?.suspend).toBe(true);
  });

  test('carries the labels of Kueue', () => {
    expect(jobOf(EVERYTHING)?.metadata?.labels).toMatchObject({
      'kueue.x-k8s.io/queue-name': 'nightly',
      'kueue.x-k8s.io/max-exec-time-seconds': String(290 * 60),
    });
    expect(JSON.stringify(jobOf())).not.toContain('kueue');
  });

  test('runs each command through its script', () => {
    const { initContainers = [], containers = [], volumes } = jobOf(EVERYTHING)?.spec?.template.spec ?? {};
    expect(initContainers[0]).toMatchObject({ name: 'job', command: ['/bin/sh', '/cronfleet/run.sh', 'job', 'work'] });
    expect(containers[0]).toMatchObject({
      name: 'then-1',
      command: ['/bin/sh', '/cronfleet/run.sh', 'job', 'publish'],
      args: ['--all'],
    });
    for (const { volumeMounts } of [...initContainers, ...containers])
      expect(volumeMounts).toContainEqual({ name: 'cronfleet-parameters', mountPath: '/cronfleet', readOnly: true });
    const name = expect.stringMatching(/^catalog-parameters-0-[0-9a-f]{8}$/);
    expect(volumes).toContainEqual({
      name: 'cronfleet-parameters',
      projected: { sources: [{ configMap: { name } }] },
    });
  });
});

describe('customize', () => {
  test('is called once, for the fleet', () => {
    const seen: GroupFacts[] = [];
    folded({ job: { customize: (_, facts) => seen.push(facts) } });
    expect(seen).toEqual([{ fleet: 'catalog', id: 0, name: 'catalog', from: null, to: null, rows: 3_000 }]);
  });

  test('patches fields of Kubernetes that cdk8s does not know', () => {
    const patch = JsonPatch.add('/spec/jobTemplate/spec/maxFailedIndexes', 2);
    expect(jobOf({ job: { customize: (cronJob) => cronJob.addJsonPatch(patch) } })?.spec).toMatchObject({
      maxFailedIndexes: 2,
      backoffLimitPerIndex: 3,
    });
  });

  test.each<[string, ReturnType<typeof JsonPatch.add>]>([
    ['fewer indexes', JsonPatch.replace('/spec/jobTemplate/spec/completions', 2)],
    ['more at once', JsonPatch.replace('/spec/jobTemplate/spec/parallelism', 50)],
    ['a command in place of the script', JsonPatch.replace(`${CONTAINERS}/0/command`, ['/w'])],
    ['no mount of the scripts', JsonPatch.replace(`${CONTAINERS}/0/volumeMounts`, [])],
    ['no volume of the scripts', JsonPatch.replace('/spec/jobTemplate/spec/template/spec/volumes', [])],
  ])('is refused %s, which would leave groups out', (_, patch) => {
    const customize: JobConfig['customize'] = (cronJob) => cronJob.addJsonPatch(patch);
    expect(refusal(() => folded({ job: { customize } })).message).toMatch(
      /^fleets\.catalog\.job\.customize\(catalog\) failed/,
    );
  });

  test('is not called for objects of a shape that is left, which its patches may not fit', () => {
    const customize = (cronJob: { name: string }, { id }: GroupFacts) => {
      if (id > 0) throw new Error(`called for ${cronJob.name}`);
    };
    expect(folded({ job: { customize } }, { reshaped })).toHaveLength(6);
    const other = ({ name }: { name: string }, { id }: GroupFacts) => {
      if (id === 0) throw new Error(`called for ${name}`);
    };
    expect(unfolding({ job: { customize: other } })).toHaveLength(6);
    expect(refusal(() => folded({ job: { customize: other } })).message).toContain('customize(catalog) failed');
  });
});

describe('while the shape changes', () => {
  test('the CronJobs of the groups stay beside the one for all, suspended', () => {
    const files = folded({}, { reshaped });
    expect(pathsOf(files).slice(2)).toEqual([
      'catalog/CronJob.catalog.k8s.yaml',
      'catalog/CronJob.catalog-0001.k8s.yaml',
      'catalog/CronJob.catalog-0002.k8s.yaml',
      'catalog/CronJob.catalog-0003.k8s.yaml',
    ]);
    const cronJobs = objectsOf(files).slice(2);
    expect(cronJobs.map(({ spec }) => spec.suspend)).toEqual([undefined, true, true, true]);
    for (const object of objectsOf(files)) expectValidManifest(object);
  });

  test('and on the way back the one for all stays, suspended, with its parameters', () => {
    const files = unfolding({ job: { command: ['work'] } });
    expect(pathsOf(files)).toEqual(pathsOf(folded({}, { reshaped })));
    expect(objectsOf(files)[1]).toEqual(objectsOf(folded())[1]);
    expect(
      objectsOf(files)
        .slice(2)
        .map(({ spec }) => spec.suspend),
    ).toEqual([true, undefined, undefined, undefined]);
    expect(objectsOf(files)[0].data.groups).not.toContain('index');
    for (const object of objectsOf(files)) expectValidManifest(object);
  });

  test('nothing that only folding forbids is refused on the way back', () => {
    const env = ({ id }: GroupFacts) => ({ URL: { secret: `db-${id}`, key: 'url' } });
    const resources = ({ id }: GroupFacts) => ({ requests: { cpu: String(id) } });
    const files = unfolding({ job: { env, resources, args: ['$(GROUP_ID)'] } });
    expect(files).toHaveLength(6);
    for (const object of objectsOf(files)) expectValidManifest(object);
  });

  test('what is left has no start of its own that the window may be too short for', () => {
    const many = { groups: 400, shape: 'folded', reshaped } as const;
    const window = { concurrency: 1, jobMinutes: 1, closes: '07:00' };
    expect(refusal(() => folded({ window: { ...window, closes: '05:00' } }, many)).code).toBe('window-too-short');
    expect(folded({ window }, many).length).toBeGreaterThan(400);
    expect(
      refusal(() => manifestsFor(aPlan({ fleet: { window: { ...window, concurrency: 1 } }, lock: { groups: 420 } })))
        .code,
    ).toBe('window-too-short');
  });
});
