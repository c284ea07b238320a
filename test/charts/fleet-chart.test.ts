import type { V1CronJob, V1PodSpec } from '@kubernetes/client-node';
import { JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { aPlan, type FleetKeys, groupsAt, manifestsFor, objectsFor } from '../support/builders';
import { podSecurityProblems } from '../support/pod-security';
import { expectValidManifest } from '../support/strict-schema';

const SHAPES: Record<string, FleetKeys> = {
  'a window': {},
  'a window over midnight on workdays': { window: { opens: '22:00', days: '1-5', startsPerMinute: 1 } },
  'a schedule': { schedule: { cron: '*/5 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 4 } },
  'a user': { job: { runAsUser: 1_000 } },
  'baseline as root': { job: { podSecurity: 'baseline', runAsUser: 0 } },
  'writable folders': { job: { writable: ['/tmp', '/var/cache'] } },
  'environment of every form': {
    job: {
      env: {
        PLAIN: 'no',
        NUMBER: 12,
        URL: { secret: 'db', key: 'url' },
        LEVEL: { configMap: 'settings', key: 'level' },
        NODE: { field: 'spec.nodeName' },
      },
      envFrom: [{ configMap: 'settings' }, { secret: 'keys' }],
    },
  },
  'a private registry': {
    job: { imagePullSecrets: ['registry'], imagePullPolicy: 'Always', serviceAccountName: 'worker' },
  },
  'command and args': { job: { command: ['sh', '-c'], args: ['set -e\nworker "$GROUP_WHERE"\n'] } },
  'exit codes': { job: { nonRetryableExitCodes: [3, 42], retries: 0 } },
  'resources by group': {
    job: { resources: ({ id }) => ({ requests: { cpu: id, memory: '1.5Gi' }, limits: { memory: '2Gi' } }) },
  },
  'a pause': { suspend: true },
  'labels and annotations': {
    labels: { team: 'search', year: '2026' },
    annotations: { 'example.com/owner': 'no', note: 'a: b #c' },
  },
  steps: {
    job: { nonRetryableExitCodes: [3], writable: ['/work'] },
    then: [
      { image: 'publish:2', args: ['$(GROUP_ID)'], env: { A: 'b' } },
      { name: 'notify', image: 'notify:1', envFrom: [{ secret: 'keys' }] },
    ],
  },
  'what runs after': { after: { image: 'report:1', minutes: 60, writable: ['/tmp'], env: { A: 1 } } },
  'a webhook': { alerts: { webhook: { secret: 'slack', key: 'url' } } },
  'a controller': {
    controller: { env: { DATABASE_URL: { secret: 'fleet-reader', key: 'url' } }, removals: 'retired' },
  },
  'a queue': { queue: 'nightly' },
  'all brakes': { brakes: { argoCd: true, flux: true, admissionPolicy: true } },
  'a younger field': {
    job: {
      customize: (cronJob) =>
        cronJob.addJsonPatch(JsonPatch.add('/spec/jobTemplate/spec/podReplacementPolicy', 'Failed')),
    },
  },
};

describe.each(Object.entries(SHAPES))('a fleet with %s', (_, fleet) => {
  const { all, cronJobs } = objectsFor(aPlan({ fleet, lock: { groups: 3 } }));

  test('makes objects that the API server takes, no field ignored', () => {
    expect(cronJobs).toHaveLength(3);
    for (const object of all) expectValidManifest(object);
  });

  test('makes pods that its namespace takes', () => {
    for (const cronJob of all.filter(({ kind }) => kind === 'CronJob')) {
      const { metadata, spec } = templateOf(cronJob);
      const level = fleet.job?.podSecurity ?? 'restricted';
      expect(podSecurityProblems(spec, level, metadata?.annotations)).toEqual([]);
    }
  });
});

test('a pod under baseline would be refused where restricted is asked for', () => {
  const [cronJob] = objectsFor(aPlan({ fleet: SHAPES['baseline as root'] })).cronJobs as [V1CronJob];
  expect(podSecurityProblems(templateOf(cronJob).spec, 'restricted')).not.toEqual([]);
});

test('bounds of any text make objects that the API server takes', () => {
  const bounds = ['012', '1e3', ' no ', "O'Neil", 'a\nb', 'é\u2028', '$(HOME)', '\u{1F600}'];
  const groups = groupsAt(bounds);
  const { groupMap, cronJobs } = objectsFor(aPlan({ lock: { groups, source: { type: 'text' } } }));
  for (const object of [groupMap, ...cronJobs]) expectValidManifest(object);
  expect(cronJobs.map((cronJob) => cronJob.spec?.jobTemplate.metadata?.annotations?.['cronfleet/from'])).toEqual([
    '',
    ...bounds,
  ]);
});

test('one image line of the config changes every group, and nothing else', () => {
  const texts = (image: string) =>
    manifestsFor(aPlan({ fleet: { job: { image } }, lock: { groups: 5 } })).map(({ text }) => text);
  const before = texts('worker:1');
  const after = texts('worker:2');
  expect(before.filter((text, index) => text !== after[index])).toHaveLength(5);
  expect(before.map((text) => text.replace('image: worker:1\n', 'image: worker:2\n'))).toEqual(after);
});

test('the order of files is that of the groups, whose names sort', () => {
  const paths = manifestsFor(aPlan({ lock: { groups: 12 } })).map(({ path }) => path);
  expect(paths[0]).toBe('catalog/ConfigMap.catalog-groups.k8s.yaml');
  expect(paths.slice(1)).toEqual([...paths.slice(1)].sort());
  expect(paths.at(-1)).toBe('catalog/CronJob.catalog-0012.k8s.yaml');
});

function templateOf(cronJob: V1CronJob) {
  const template = cronJob.spec?.jobTemplate.spec?.template;
  return { metadata: template?.metadata, spec: template?.spec as V1PodSpec };
}
