// Containers behind the job, and Kueue's labels.

import type { V1Container, V1CronJob, V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { StepConfig } from '../../lib/config/types';
import { planFleet } from '../../lib/plan/plan';
import { aFleet, aFleetLock, aPlan, type FleetKeys, manifestsFor, objectsFor, refusal } from '../support/builders';
import { type EnvEntry, podEnv } from '../support/pod-env';

const STEPS: StepConfig[] = [
  { image: 'publish:2', env: { FOR: 'group $(GROUP_ID)' } },
  { name: 'notify', image: 'notify:1', args: ['-v'], resources: ({ id }) => ({ limits: { memory: `${id}Gi` } }) },
];
const firstCronJob = (fleet: FleetKeys) => objectsFor(aPlan({ fleet, lock: { groups: 2 } })).cronJobs[0] as V1CronJob;
const podOf = (fleet: FleetKeys) => firstCronJob(fleet).spec?.jobTemplate.spec?.template.spec as V1PodSpec;
const names = (containers: V1Container[] = []) => containers.map(({ name }) => name);

describe('then', () => {
  test('runs the job first and the last step last, one after the other', () => {
    const pod = podOf({ then: STEPS });
    expect(names(pod.initContainers)).toEqual(['job', 'then-1']);
    expect(names(pod.containers)).toEqual(['notify']);
    expect(pod.initContainers?.every(({ restartPolicy }) => restartPolicy === undefined)).toBe(true);
  });

  test('tells each step what the job is told, before its own variables', () => {
    const { initContainers = [], containers } = podOf({ then: STEPS, job: { env: { ONLY: 'the job' } } });
    const facts = { secrets: {}, fields: { "metadata.labels['batch.kubernetes.io/job-name']": 'catalog-0001-1' } };
    const [job, publish, notify] = [...initContainers, ...containers].map(({ env }) =>
      podEnv(env as EnvEntry[], facts),
    );
    const { ONLY, ...told } = job as Record<string, string>;
    expect(ONLY).toBe('the job');
    expect(notify).toEqual(told);
    expect(publish).toEqual({ ...told, FOR: 'group 1' });
  });

  test('lets a step hand on through the writable folders what the job has made', () => {
    const { initContainers = [], containers } = podOf({ then: STEPS, job: { writable: ['/work'] } });
    for (const { volumeMounts } of [...initContainers, ...containers]) {
      expect(volumeMounts).toEqual([{ name: 'writable-0', mountPath: '/work' }]);
    }
  });

  test('takes the exit codes that end a run at once for those of the job, not of a step', () => {
    const rule = (fleet: FleetKeys) => firstCronJob(fleet).spec?.jobTemplate.spec?.podFailurePolicy?.rules[1];
    const job = { nonRetryableExitCodes: [3] };
    expect(rule({ job, then: STEPS })?.onExitCodes).toEqual({ containerName: 'job', operator: 'In', values: [3] });
    expect(rule({ job })?.onExitCodes).toEqual({ operator: 'In', values: [3] });
  });

  test('asks a function for each group, and tells where it failed', () => {
    const { groups } = aPlan({ fleet: { then: STEPS }, lock: { groups: 2 } });
    expect(groups.map(({ steps }) => steps[1]?.resources)).toEqual([
      { limits: { memory: '1Gi' } },
      { limits: { memory: '2Gi' } },
    ]);
    const bad = [{ image: 'x', env: () => ({ GROUP_ID: '7' }) }];
    const error = refusal(() => aPlan({ fleet: { then: bad } }));
    expect(error.message).toBe('fleets.catalog.then[0].env(catalog-0001) returned what it may not');
  });

  test('runs what runs once anew when a step changes, and not for a default of ours', () => {
    const jobNames = (then: StepConfig[]) =>
      manifestsFor(planFleet('catalog', aFleet({ once: true, then }), aFleetLock()))
        .map(({ text }) => parse(text))
        .filter(({ kind }) => kind === 'Job')
        .map(({ metadata }) => metadata.name);
    const [before] = jobNames([{ image: 'publish:2' }]);
    expect(jobNames([{ image: 'publish:2' }])).toEqual([before]);
    expect(jobNames([{ image: 'publish:3' }])).not.toEqual([before]);
    const plan = planFleet('catalog', aFleet({ once: true, then: [{ image: 'publish:2' }] }), aFleetLock());
    const [group] = plan.groups;
    expect(group?.written).toMatchObject({ steps: [{ image: 'publish:2' }] });
  });
});

describe('queue', () => {
  const kueue = (labels: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => name.startsWith('kueue.')));

  test('labels the Jobs, and nothing else, with the queue and with how long they may run', () => {
    const { metadata, spec } = firstCronJob({ queue: 'nightly' });
    expect(kueue(spec?.jobTemplate.metadata?.labels)).toEqual({
      'kueue.x-k8s.io/queue-name': 'nightly',
      'kueue.x-k8s.io/max-exec-time-seconds': String(spec?.jobTemplate.spec?.activeDeadlineSeconds),
    });
    expect(kueue(metadata?.labels)).toEqual({});
    expect(kueue(spec?.jobTemplate.spec?.template.metadata?.labels)).toEqual({});
  });

  test('labels a Job that runs once, without an end where it has none', () => {
    const plan = planFleet('catalog', aFleet({ once: true, queue: 'nightly' }), aFleetLock());
    const job = manifestsFor(plan)
      .map(({ text }) => parse(text))
      .find(({ kind }) => kind === 'Job');
    expect(kueue(job.metadata.labels)).toEqual({ 'kueue.x-k8s.io/queue-name': 'nightly' });
  });
});
