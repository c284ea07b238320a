// What waits in the cluster: what it runs, what it may see, and when it gives up.

import type { V1CronJob, V1PodSpec, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { AfterConfig } from '../../lib/config/types';
import { groupsIn } from '../../lib/groups/in-dist';
import { planFleet } from '../../lib/plan/plan';
import {
  aFleet,
  aFleetLock,
  aPlan,
  aQueryFleet,
  aQueryLock,
  type FleetKeys,
  manifestsFor,
  objectsFor,
  refusal,
} from '../support/builders';

const after: AfterConfig = { image: 'report:1', minutes: 60, env: { KIND: 'daily' } };
const webhook = { webhook: { secret: 'slack', key: 'url' } };

function cronJobOf(name: string, fleet: FleetKeys): V1CronJob {
  const found = objectsFor(aPlan({ fleet })).all.find(
    ({ kind, metadata }) => kind === 'CronJob' && metadata?.name === name,
  );
  return found as V1CronJob;
}
const podOf = (cronJob: V1CronJob) => cronJob.spec?.jobTemplate.spec?.template.spec as V1PodSpec;
const kindsOf = (fleet: FleetKeys) => objectsFor(aPlan({ fleet })).all.map(({ kind }) => kind);

describe('after', () => {
  test('waits for this fleet’s groups in this window before the team’s container runs', () => {
    const pod = podOf(cronJobOf('catalog-after', { after, window: { opens: '22:00', days: '1-5' } }));
    const [wait] = pod.initContainers ?? [];
    expect([...(wait?.command ?? []), ...(wait?.args ?? [])].join(' ')).toBe(
      'cronfleet wait catalog --namespace=batch --group-map=/etc/cronfleet --opens=22:00 --closes=05:00 next day --time-zone=Asia/Seoul --days=1-5',
    );
    expect(wait?.image).toBe('ghcr.io/acme/cronfleet:1.0.0');
    expect(pod.containers.map(({ name, image, env }) => ({ name, image, env }))).toEqual([
      { name: 'after', image: 'report:1', env: [{ name: 'KIND', value: 'daily' }] },
    ]);
  });

  test('reads the group map where it is told to look', () => {
    const { groupMap } = objectsFor(aPlan({ fleet: { after } }));
    const pod = podOf(cronJobOf('catalog-after', { after }));
    const mount = pod.initContainers?.[0]?.volumeMounts?.find(({ mountPath }) => mountPath === '/etc/cronfleet');
    const volume = pod.volumes?.find(({ name }) => name === mount?.name);
    expect(volume?.configMap?.name).toBe(groupMap.metadata?.name);
  });

  test('opens with the window, and ends its minutes after it', () => {
    const { spec } = cronJobOf('catalog-after', { after, window: { opens: '01:30', closes: '05:00' } });
    expect(spec).toMatchObject({ schedule: '30 1 * * *', timeZone: 'Asia/Seoul', concurrencyPolicy: 'Forbid' });
    expect(spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe((210 + 60) * 60);
  });

  test('does not try again when waiting has failed, and does when its own container has', () => {
    const job = cronJobOf('catalog-after', { after: { ...after, retries: 2 } }).spec?.jobTemplate.spec;
    expect(job?.backoffLimit).toBe(2);
    expect(job?.podFailurePolicy?.rules.map(({ action, onExitCodes }) => ({ action, onExitCodes }))).toEqual([
      { action: 'Ignore', onExitCodes: undefined },
      { action: 'FailJob', onExitCodes: { containerName: 'wait', operator: 'NotIn', values: [0] } },
    ]);
  });

  test('lets only the waiting container speak to the cluster', () => {
    const pod = podOf(cronJobOf('catalog-after', { after: { ...after, writable: ['/tmp'] } }));
    expect(pod.automountServiceAccountToken).toBe(false);
    const mounts = (container = pod.containers[0]) => container?.volumeMounts?.map(({ mountPath }) => mountPath);
    expect(mounts(pod.initContainers?.[0])).toEqual([
      '/etc/cronfleet',
      '/var/run/secrets/kubernetes.io/serviceaccount',
    ]);
    expect(mounts()).toEqual(['/tmp']);
  });

  test('may get, list and watch Jobs and CronJobs of its namespace, and nothing else', () => {
    const { all } = objectsFor(aPlan({ fleet: { after } }));
    const role = all.find(({ kind }) => kind === 'Role') as V1Role;
    const resources = role.rules?.flatMap((rule) => rule.resources?.map((resource) => `${rule.apiGroups}/${resource}`));
    expect(resources?.sort()).toEqual(['batch/cronjobs', 'batch/jobs']);
    expect(new Set(role.rules?.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list', 'watch']));
    const binding = all.find(({ kind }) => kind === 'RoleBinding') as V1RoleBinding;
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'catalog-wait', namespace: 'batch' }]);
    expect(binding.roleRef).toMatchObject({ kind: 'Role', name: role.metadata?.name });
    expect(podOf(cronJobOf('catalog-after', { after })).serviceAccountName).toBe('catalog-wait');
  });

  test('pauses with its fleet', () => {
    expect(cronJobOf('catalog-after', { after, suspend: true }).spec?.suspend).toBe(true);
    expect(cronJobOf('catalog-after', { after }).spec).not.toHaveProperty('suspend');
  });

  test('is told apart from groups, in labels and in dist', () => {
    const { metadata, spec } = cronJobOf('catalog-after', { after });
    for (const labels of [metadata?.labels, spec?.jobTemplate.metadata?.labels]) {
      expect(labels).toMatchObject({ 'cronfleet/fleet': 'catalog', 'cronfleet/role': 'after' });
      expect(labels).not.toHaveProperty('cronfleet/group');
    }
    const files = manifestsFor(aPlan({ fleet: { after, alerts: webhook } }));
    expect(groupsIn(files).map(({ group }) => group)).toEqual(['catalog-0001']);
    // A row of a query may be called so.
    const rows = manifestsFor(planFleet('fruit', aQueryFleet(), aQueryLock({ after: {}, alert: {} })));
    expect(groupsIn(rows).map(({ group }) => group)).toEqual(['fruit-after', 'fruit-alert']);
  });

  test('refuses a name that is a group’s, or longer than a CronJob’s may be', () => {
    const fleet = aQueryFleet({ after });
    const error = refusal(() => planFleet('fruit', fleet, aQueryLock({ after: {} })));
    expect(error.message).toBe('fleet fruit: fruit-after is a group, and what cronfleet adds to the fleet');
    const long = 'n'.repeat(47);
    expect(refusal(() => planFleet(long, aFleet({ after }), aFleetLock())).message).toContain(
      'nnn-after has 53 characters',
    );
  });
});

describe('alerts.webhook', () => {
  test('waits as `after` does, and is given the URL by reference', () => {
    const cronJob = cronJobOf('catalog-alert', { alerts: webhook });
    const [wait, ...others] = podOf(cronJob).containers;
    expect(others).toEqual([]);
    expect([...(wait?.command ?? []), ...(wait?.args ?? [])].join(' ')).toBe(
      'cronfleet wait catalog --namespace=batch --group-map=/etc/cronfleet --opens=00:00 --closes=05:00 --time-zone=Asia/Seoul --webhook',
    );
    expect(wait?.env).toEqual([
      { name: 'CRONFLEET_WEBHOOK_URL', valueFrom: { secretKeyRef: { name: 'slack', key: 'url' } } },
    ]);
  });

  test('shares account and role with `after`', () => {
    expect(kindsOf({ alerts: webhook })).toEqual([
      'ConfigMap',
      'CronJob',
      'ServiceAccount',
      'Role',
      'RoleBinding',
      'CronJob',
    ]);
    expect(kindsOf({ after, alerts: webhook })).toHaveLength(7);
    expect(kindsOf({})).toEqual(['ConfigMap', 'CronJob']);
  });
});
