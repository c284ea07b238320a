import type { KubernetesObject } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { peakOf, quotaWarnings } from '../../lib/cluster/quota';
import { aPlan, type FleetKeys, objectsFor } from '../support/builders';

const NOW = new Date('2026-03-01T00:00:00Z');

/** What fleet `catalog` asks of its namespace. */
function aDemand(groups: number, fleet: FleetKeys = {}, liveCronJobs = 0) {
  const plan = aPlan({ lock: { groups }, fleet });
  const objects = objectsFor(plan).all.filter(({ kind }) => kind === 'CronJob');
  return { objects, jobMinutes: new Map([[plan.name, plan.window?.jobMinutes]]), liveCronJobs, now: NOW };
}

const aQuota = (hard: Record<string, string>, used: Record<string, string> = {}, spec: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' } },
  ...{ spec: { hard, ...spec }, status: { hard, used } },
});

describe('how many may run at once', () => {
  const peak = (groups: number, fleet: FleetKeys = {}) => peakOf(aDemand(groups, fleet)).jobs;

  test('is all, where a job may take until the window closes', () => {
    expect(peak(20)).toBe(20);
  });

  test('is what the waves say, where a job’s minutes are known', () => {
    expect(peak(20, { window: { concurrency: 5, jobMinutes: 30 } })).toBe(5);
  });

  test('is none of what is suspended, and all of what starts more often than once a day', () => {
    expect(peak(4, { suspend: true })).toBe(0);
    expect(peak(4, { schedule: { cron: '*/5 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 4 } })).toBe(4);
  });

  test('counts two windows together only where they meet, also over midnight in UTC', () => {
    const seoul = aDemand(3).objects;
    const at = (opens: string, closes: string, timeZone: string) =>
      aDemand(2, { window: { opens, closes, timeZone } }).objects;
    const both = (others: readonly KubernetesObject[]) =>
      peakOf({ objects: [...seoul, ...others], jobMinutes: new Map(), now: NOW }).jobs;
    expect(both(at('00:00', '05:00', 'Etc/UTC'))).toBe(3);
    expect(both(at('19:00', '23:00', 'Etc/UTC'))).toBe(5);
    expect(both(at('23:00', '03:00', 'Etc/UTC'))).toBe(3);
    const night = [...at('23:00', '03:00', 'Etc/UTC'), ...at('01:00', '04:00', 'Etc/UTC')];
    expect(peakOf({ objects: night, jobMinutes: new Map(), now: NOW }).jobs).toBe(4);
  });

  test('of a folded fleet is one Job with as many pods as it may have', () => {
    const job = { command: ['/worker'] };
    const { jobs, pods } = peakOf(aDemand(6, { fold: true, job, window: { concurrency: 2, jobMinutes: 20 } }));
    expect([jobs, pods]).toEqual([1, 2]);
  });
});

describe('a quota', () => {
  const job = { resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } } };

  test.each<[Record<string, string>, Record<string, string>]>([
    [{ 'count/cronjobs.batch': '3' }, { 'count/cronjobs.batch': '4' }],
    [{ 'count/jobs.batch': '27' }, { 'count/jobs.batch': '28' }],
    [{ pods: '3' }, { pods: '4' }],
    [{ 'requests.cpu': '1999m' }, { 'requests.cpu': '2' }],
    [{ cpu: '1' }, { cpu: '2000m' }],
    [{ 'requests.memory': '4095Mi' }, { 'requests.memory': '4Gi' }],
    [{ 'limits.memory': '7Gi' }, { 'limits.memory': '8Gi' }],
  ])('of %j is too small for four groups, one of %j is not', (small, large) => {
    expect(quotaWarnings('batch', aDemand(4, { job }), [aQuota(small)])).toHaveLength(1);
    expect(quotaWarnings('batch', aDemand(4, { job }), [aQuota(large)])).toEqual([]);
  });

  test('counts the CronJobs of others, and ours that are there only once', () => {
    const hard = { 'count/cronjobs.batch': '6' };
    const demand = aDemand(4, {}, 4);
    expect(quotaWarnings('batch', demand, [aQuota(hard, { 'count/cronjobs.batch': '6' })])).toEqual([]);
    expect(quotaWarnings('batch', demand, [aQuota(hard, { 'count/cronjobs.batch': '7' })])).toEqual([
      'namespace batch: ResourceQuota small allows 6 count/cronjobs.batch, and the fleets take 7: 4 CronJobs in dist, 3 of others',
    ]);
  });

  test('refuses pods that do not say what it counts', () => {
    expect(quotaWarnings('batch', aDemand(2, { job }), [aQuota({ 'limits.cpu': '100' })])).toEqual([
      expect.stringContaining('2 of 2 CronJobs and Jobs say no limits of cpu: their pods are refused'),
    ]);
  });

  test('with a scope is left to the server', () => {
    const terminating = aQuota({ pods: '1' }, {}, { scopes: ['Terminating'] });
    expect(quotaWarnings('batch', aDemand(4), [terminating])).toEqual([]);
  });
});
