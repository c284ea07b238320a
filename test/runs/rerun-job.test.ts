import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { currentNight } from '../../lib/config/nights';
import type { Window } from '../../lib/config/schema';
import type { RawCronJob, RawJob } from '../../lib/runs/raw';
import { afterJob, nextAttempt, rerunJob, rerunName } from '../../lib/runs/rerun-job';
import { runOf } from '../../lib/runs/run';
import { aFolder, aPlan, objectsFor } from '../support/builders';
import { type EnvEntry, podEnv } from '../support/pod-env';
import { mountScripts, runScript } from '../support/shell';
import { expectValidManifest } from '../support/strict-schema';

const FLEET = { job: { command: ['work'], env: { LEVEL: 'of $(GROUP_ID)' }, nonRetryableExitCodes: [3] } };
const plan = aPlan({ fleet: FLEET, lock: { groups: 3 } });
const folded = aPlan({ fleet: { ...FLEET, fold: true }, lock: { groups: 3 } });
const night = currentNight(plan.window as Window, new Date('2026-03-01T00:00:00Z'));
const redoing = { night, date: '2026-03-01', attempt: 1 };

function cronJobOf(of: typeof plan, name: string, status: RawCronJob['status'] = {}): RawCronJob {
  const found = objectsFor(of).all.find(({ kind, metadata }) => kind === 'CronJob' && metadata?.name === name);
  return { ...found, metadata: { ...found?.metadata, uid: 'its-uid' }, status } as RawCronJob;
}
const ofGroup = (status?: RawCronJob['status']) => {
  const group = { name: 'catalog-0002', share: { from: '1001', to: '2001' }, index: undefined };
  return rerunJob(cronJobOf(plan, 'catalog-0002', status), group, redoing);
};
const ofIndex = (index: number) => {
  const { facts, share } = folded.groups[index] ?? {};
  return rerunJob(cronJobOf(folded, 'catalog'), { name: facts?.name ?? '', share: share ?? {}, index }, redoing);
};
const containerOf = ({ spec }: RawJob) => spec?.template.spec?.containers[0] as V1Container;

describe('the Job of a rerun', () => {
  test('is the CronJob’s own template, made by hand, for that night', () => {
    const job = ofGroup();
    const { jobTemplate } = cronJobOf(plan, 'catalog-0002').spec ?? {};
    expectValidManifest(job);
    expect(job.spec).toEqual(jobTemplate?.spec);
    expect(job.metadata).toEqual({
      name: 'catalog-0002-260301-r1',
      namespace: 'batch',
      labels: { ...jobTemplate?.metadata?.labels, 'cronfleet/rerun': '2026-03-01' },
      annotations: {
        'cronfleet/from': '1001',
        'cronfleet/to': '2001',
        'cronjob.kubernetes.io/instantiate': 'manual',
        'cronfleet/rerun-of': '2026-02-28T15:00:00Z',
      },
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'CronJob', name: 'catalog-0002', uid: 'its-uid', controller: true },
      ],
    });
    expect(runOf(job)).toMatchObject({
      group: 'catalog-0002',
      rerunOf: night.opens,
      share: { from: '1001', to: '2001' },
    });
  });

  test('of a night before the last one is none that the CronJob counts: it would say that the last one has succeeded', () => {
    const job = ofGroup({ lastScheduleTime: '2026-03-01T15:00:00Z' });
    expect(job.metadata?.ownerReferences).toEqual([
      { apiVersion: 'batch/v1', kind: 'CronJob', name: 'catalog-0002', uid: 'its-uid' },
    ]);
    expect(job.spec?.ttlSecondsAfterFinished).toBe(2_592_000);
    expect(ofGroup({ lastScheduleTime: '2026-02-28T15:00:00Z' }).metadata?.ownerReferences?.[0]?.controller).toBe(true);
  });

  test('has the same name for whoever makes it, and another once that one is there', () => {
    const jobs = [
      'catalog-0002-260301-r2',
      'catalog-0002-260228-r7',
      'catalog-0002-260301-r1',
      'catalog-0002-29538180',
    ];
    const named = jobs.map((name) => ({ metadata: { name } }));
    expect(nextAttempt('catalog-0002', '2026-03-01', [])).toBe(1);
    expect(nextAttempt('catalog-0002', '2026-03-01', named)).toBe(3);
    // The first may be removed before the second.
    expect(nextAttempt('catalog-0002', '2026-03-01', named.slice(0, 1))).toBe(3);
    expect(rerunName('a'.repeat(52), { date: '2026-03-01', attempt: 99 })).toHaveLength(63);
  });
});

describe('the rerun of an index', () => {
  test('is a Job for this one, that keeps the index’s own tries and says which rows it has', () => {
    const job = ofIndex(1);
    expectValidManifest(job);
    const { completionMode, completions, parallelism, backoffLimit, backoffLimitPerIndex, podFailurePolicy } =
      job.spec ?? {};
    expect({ completionMode, completions, parallelism, backoffLimit, backoffLimitPerIndex }).toEqual({
      completions: 1,
      parallelism: 1,
      backoffLimit: 3,
    });
    expect(podFailurePolicy?.rules.map(({ action }) => action)).toEqual(['Ignore', 'FailJob']);
    expect(runOf(job)).toMatchObject({
      group: 'catalog-0002',
      share: { from: '1001', to: '2001' },
      indexes: undefined,
    });
    // One group's success is not the fleet's, and of its history of three Jobs the others would fall out.
    expect(job.metadata?.ownerReferences?.[0]).not.toHaveProperty('controller');
    expect(job.metadata?.name).toBe('catalog-0002-260301-r1');
  });

  test('is told to the byte what an unfolded group is told', () => {
    const scripts = mountScripts(join(aFolder(), 'mounted'), folded.folded?.parameters ?? []);
    const facts = (job: string, annotations: Record<string, string> = {}) => ({
      secrets: {},
      fields: {
        "metadata.labels['batch.kubernetes.io/job-name']": job,
        ...Object.fromEntries(
          Object.entries(annotations).map(([key, value]) => [`metadata.annotations['${key}']`, value]),
        ),
      },
    });
    for (const index of [0, 1, 2]) {
      const job = ofIndex(index);
      const env = podEnv(
        containerOf(job).env as EnvEntry[],
        facts('the-job', job.spec?.template.metadata?.annotations as Record<string, string>),
      );
      const [ran] = runScript(scripts, 'job', [Number(env.JOB_COMPLETION_INDEX)], env);
      const unfolded = containerOf({
        spec: cronJobOf(plan, `catalog-000${index + 1}`).spec?.jobTemplate.spec,
      } as RawJob);
      expect(ran?.env).toMatchObject(podEnv(unfolded.env as EnvEntry[], facts('the-job')));
      expect(containerOf(job).command).toEqual(['/bin/sh', '/cronfleet/run.sh', 'job', 'work']);
    }
  });

  test('has the index in every step', () => {
    const steps = aPlan({
      fleet: { ...FLEET, fold: true, then: [{ name: 'upload', image: 'upload:1', command: ['up'] }] },
      lock: { groups: 3 },
    });
    const job = rerunJob(cronJobOf(steps, 'catalog'), { name: 'catalog-0003', share: {}, index: 2 }, redoing);
    const { initContainers = [], containers = [] } = job.spec?.template.spec ?? {};
    expect(initContainers).toHaveLength(1);
    for (const { env } of [...initContainers, ...containers])
      expect(env?.at(-1)).toEqual({
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: { fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" } },
      });
  });
});

test('after is run for that night, and nothing else of it changes', () => {
  const waits = aPlan({ fleet: { after: { image: 'after:1', minutes: 60 } } });
  const cronJob = cronJobOf(waits, 'catalog-after');
  const job = afterJob(cronJob, redoing);
  expectValidManifest(job);
  const own = cronJob.spec?.jobTemplate.spec?.template.spec?.initContainers?.[0];
  const { initContainers = [], containers } = job.spec?.template.spec ?? {};
  expect(initContainers[0]).toEqual({ ...own, args: [...(own?.args ?? []), '--window=2026-03-01'] });
  expect(containers).toEqual(cronJob.spec?.jobTemplate.spec?.template.spec?.containers);
  expect(job.metadata?.labels?.['cronfleet/role']).toBe('after');
  expect(job.metadata?.name).toBe('catalog-after-260301-r1');
});
