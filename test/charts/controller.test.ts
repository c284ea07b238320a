// What refreshes a fleet in the cluster: what it runs, when, as whom, and what it may do.

import type { V1Container, V1CronJob, V1PodSpec, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { ControllerConfig } from '../../lib/config/types';
import { groupsIn } from '../../lib/groups/in-dist';
import { planFleet } from '../../lib/plan/plan';
import {
  aColumnPlan,
  aPlan,
  aQueryFleet,
  aQueryLock,
  type FleetKeys,
  manifestsFor,
  objectsFor,
  refusal,
} from '../support/builders';
import { podSecurityProblems } from '../support/pod-security';
import { expectValidManifest } from '../support/strict-schema';

const reader = { DATABASE_URL: { secret: 'fleet-reader', key: 'url' } };
const writer = { DATABASE_URL: { secret: 'fleet-writer', key: 'url' } };
function objectsWith(controller: ControllerConfig, fleet: FleetKeys = {}) {
  const plan = controller.assign ? aColumnPlan({ ...fleet, controller }) : aPlan({ fleet: { ...fleet, controller } });
  return objectsFor(plan).all;
}

function cronJobOf(name: string, controller: ControllerConfig, fleet: FleetKeys = {}): V1CronJob {
  return objectsWith(controller, fleet).find(
    ({ kind, metadata }) => kind === 'CronJob' && metadata?.name === name,
  ) as V1CronJob;
}
const podOf = ({ spec }: V1CronJob) => spec?.jobTemplate.spec?.template.spec as V1PodSpec;
const commandOf = ({ command = [], args = [] }: V1Container) => [...command, ...args].join(' ');
const minutesOf = ({ spec }: V1CronJob) => [
  spec?.schedule,
  (spec?.startingDeadlineSeconds ?? 0) / 60,
  (spec?.jobTemplate.spec?.activeDeadlineSeconds ?? 0) / 60,
];

describe('a controller', () => {
  test('refreshes and applies its fleet with the store of its own environment', () => {
    const pod = podOf(cronJobOf('catalog-controller', { env: reader }));
    expect(pod.initContainers).toBeUndefined();
    expect(pod.containers.map(commandOf)).toEqual(['cronfleet controller catalog']);
    expect(pod.containers[0]?.image).toBe('ghcr.io/acme/cronfleet:1.0.0');
    expect(pod.containers[0]?.env).toEqual([
      { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'fleet-reader', key: 'url' } } },
    ]);
  });

  test('is over when the window opens, however late it starts', () => {
    expect(minutesOf(cronJobOf('catalog-controller', {}))).toEqual(['0 23 * * *', 10, 50]);
    const fleet = { window: { opens: '22:00', days: '1-5' } };
    expect(minutesOf(cronJobOf('catalog-controller', { minutesBefore: 20 }, fleet))).toEqual(['40 21 * * 1-5', 10, 10]);
    const spec = cronJobOf('catalog-controller', {}).spec;
    expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', timeZone: 'Asia/Seoul' });
  });

  test('starts on the day before where the window opens soon after midnight', () => {
    const schedule = (days: string) => cronJobOf('catalog-controller', {}, { window: { days } }).spec?.schedule;
    expect(schedule('1-5')).toBe('0 23 * * 0,1,2,3,4');
    expect(schedule('0')).toBe('0 23 * * 6');
  });

  test('is shorter where clocks are put forward before the window opens', () => {
    const window = { opens: '04:00', closes: '06:00', timeZone: 'Europe/Berlin' };
    const at = (minutesBefore: number) => minutesOf(cronJobOf('catalog-controller', { minutesBefore }, { window }));
    expect(at(150)).toEqual(['30 1 * * *', 10, 80]);
    // A start that clocks skip is none.
    expect(at(90)).toEqual(['30 2 * * *', 10, 80]);
    const error = refusal(() =>
      aPlan({ fleet: { window: { ...window, opens: '03:00' }, controller: { minutesBefore: 65 } } }),
    );
    expect(error.message).toBe(
      'fleets.catalog.controller: 65 minutes before the window opens, at 01:55, it would have 5 minutes on the night on which clocks are put forward, and needs 10',
    );
  });

  test('is refused where it would start while the window of the day before is open', () => {
    const window = { opens: '00:00', closes: '23:30' };
    const of = (days?: string) =>
      aPlan({ fleet: { window: { ...window, ...(days ? { days } : {}) }, controller: {} } });
    expect(refusal(() => of()).message).toBe(
      'fleets.catalog.controller: 60 minutes before the window opens, the window of the day before may still be open: between the two are 30 minutes',
    );
    expect(of('1').controller?.timing.schedule).toBe('0 23 * * 0');
  });

  test('has the token in its own container alone', () => {
    const pod = podOf(cronJobOf('catalog-controller', { env: reader, assign: { env: writer } }));
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.serviceAccountName).toBe('catalog-controller');
    const mounts = ({ volumeMounts = [] }: Partial<V1Container> = {}) => volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts(pod.containers[0])).toEqual(['/var/run/secrets/kubernetes.io/serviceaccount']);
    expect(mounts(pod.initContainers?.[0])).toEqual(['/etc/cronfleet']);
  });

  test('assigns first, with a role of its own, and goes by the lock in the cluster', () => {
    const pod = podOf(cronJobOf('catalog-controller', { env: reader, assign: { env: writer } }));
    expect(pod.initContainers?.map(commandOf)).toEqual(['cronfleet assign --fleet=catalog --lock=/etc/cronfleet/lock']);
    const secretOf = (container?: V1Container) => container?.env?.[0]?.valueFrom?.secretKeyRef?.name;
    expect([pod.initContainers?.[0], pod.containers[0]].map(secretOf)).toEqual(['fleet-writer', 'fleet-reader']);
    expect(pod.volumes?.find(({ name }) => name === 'lock')?.configMap).toEqual({
      name: 'catalog-lock',
      optional: true,
    });
    expect(secretOf(podOf(cronJobOf('catalog-controller', { env: reader, assign: {} })).initContainers?.[0])).toBe(
      'fleet-reader',
    );
  });

  test('has two CronJobs where the duty is split: the data’s, without an account, and the cluster’s', () => {
    const split: ControllerConfig = { env: reader, assign: { env: writer, apart: true } };
    const [data, cluster] = [cronJobOf('catalog-assign', split), cronJobOf('catalog-controller', split)];
    expect([minutesOf(data), minutesOf(cluster)]).toEqual([
      ['0 23 * * *', 10, 20],
      ['30 23 * * *', 10, 20],
    ]);
    expect(podOf(data)).not.toHaveProperty('serviceAccountName');
    expect(JSON.stringify(podOf(data))).not.toContain('serviceAccountToken');
    expect(podOf(data).containers.map(commandOf)).toEqual([
      'cronfleet assign --fleet=catalog --lock=/etc/cronfleet/lock',
    ]);
    expect(JSON.stringify(podOf(cluster))).not.toContain('fleet-writer');
    expect(podOf(cluster).initContainers).toBeUndefined();
  });

  test('makes objects that the API server takes, with pods that keep to restricted', () => {
    const all = [
      ...objectsWith({ env: reader, removals: 'retired' }),
      ...objectsWith({ env: reader, assign: { env: writer, apart: true } }),
    ];
    for (const object of all) expectValidManifest(object);
    for (const cronJob of all.filter(({ kind }) => kind === 'CronJob') as V1CronJob[]) {
      expect(podSecurityProblems(podOf(cronJob), 'restricted')).toEqual([]);
      for (const { securityContext } of podOf(cronJob).containers)
        expect(securityContext?.readOnlyRootFilesystem).toBe(true);
    }
  });

  test('has no manifest of its lock: applying one would take the groups back', () => {
    expect(manifestsFor(aPlan({ fleet: { controller: {} } })).map(({ path }) => path)).not.toContain(
      'catalog/ConfigMap.catalog-lock.k8s.yaml',
    );
  });

  test('pauses with its fleet', () => {
    expect(cronJobOf('catalog-controller', {}, { suspend: true }).spec?.suspend).toBe(true);
  });

  test('is told apart from groups, in labels and in dist', () => {
    const files = manifestsFor(aPlan({ fleet: { controller: {} } }));
    expect(groupsIn(files).map(({ group }) => group)).toEqual(['catalog-0001']);
    const own = objectsWith({}).filter(({ metadata }) => metadata?.labels?.['cronfleet/role'] === 'controller');
    expect(own.map(({ kind, metadata }) => `${kind}/${metadata?.name}`)).toEqual([
      'ServiceAccount/catalog-controller',
      'Role/catalog-controller',
      'RoleBinding/catalog-controller',
      'Role/catalog-controller-removals',
      'CronJob/catalog-controller',
    ]);
    const { jobTemplate } = (own.at(-1) as V1CronJob).spec ?? {};
    expect(jobTemplate?.metadata?.labels).toMatchObject({ 'cronfleet/role': 'controller' });
  });

  test('leaves no group’s CronJob outside of alerts and policy, nor is it in them itself', () => {
    const fleet: FleetKeys = { controller: {}, alerts: { prometheus: true }, brakes: { admissionPolicy: true } };
    const all = objectsFor(aPlan({ fleet })).all.map((object) => JSON.stringify(object));
    const without = objectsFor(aPlan({ fleet: { ...fleet, controller: undefined } })).all.map((object) =>
      JSON.stringify(object),
    );
    expect(without.filter((object) => !all.includes(object))).toEqual([]);
    expect(without.some((object) => object.includes('catalog-[0-9]{4,}'))).toBe(true);
  });

  test('refuses a name that is a group’s', () => {
    const split = { groups: { by: 'query' }, controller: {} } as FleetKeys;
    const error = refusal(() => planFleet('fruit', aQueryFleet(split), aQueryLock({ controller: {} })));
    expect(error.message).toBe('fleet fruit: fruit-controller is a group, and what cronfleet adds to the fleet');
  });
});

describe('the Roles of a controller', () => {
  const rolesOf = (fleet: FleetKeys) =>
    objectsFor(aPlan({ fleet })).all.filter(({ kind }) => kind === 'Role') as V1Role[];
  const rightsOf = ({ rules = [] }: Partial<V1Role> = {}) =>
    rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [''], verbs }) =>
      resources.flatMap((resource) =>
        resourceNames.map((name) => `${[apiGroups[0], resource, name].filter(Boolean).join('/')}: ${verbs.join(' ')}`),
      ),
    );

  test('permit no more than docs/controller.md says', () => {
    const [role, removals] = rolesOf({ controller: {} });
    expect(rightsOf(role)).toEqual([
      'batch/cronjobs: get list create patch',
      'configmaps: list create',
      'configmaps/catalog-groups: get patch update',
      'configmaps/catalog-lock: get patch update',
      'coordination.k8s.io/leases: create',
      'coordination.k8s.io/leases/cronfleet-apply: get update',
      'resourcequotas: list',
      'serviceaccounts/catalog-controller: get',
      'rbac.authorization.k8s.io/roles/catalog-controller: get',
      'rbac.authorization.k8s.io/roles/catalog-controller-removals: get',
      'rbac.authorization.k8s.io/rolebindings/catalog-controller: get',
      'rbac.authorization.k8s.io/rolebindings/catalog-controller-removals: get',
    ]);
    expect(rightsOf(removals)).toEqual(['batch/cronjobs: delete']);
  });

  test('see the parameters of a folded fleet, whose names nobody knows beforehand', () => {
    const [role, removals] = rolesOf({ controller: {}, fold: true, job: { image: 'worker:1', command: ['work'] } });
    expect(rightsOf(role)).toContain('configmaps: get patch');
    expect(rightsOf(removals)).toEqual(['batch/cronjobs: delete', 'configmaps: delete']);
  });

  test('never delete in the one that is always bound, and the other is bound only where removals are configured', () => {
    const bound = (removals: 'never' | 'retired') =>
      (objectsWith({ removals }).filter(({ kind }) => kind === 'RoleBinding') as V1RoleBinding[]).map(
        ({ roleRef }) => roleRef.name,
      );
    expect(bound('never')).toEqual(['catalog-controller']);
    expect(bound('retired')).toEqual(['catalog-controller', 'catalog-controller-removals']);
    expect(JSON.stringify(rolesOf({ controller: { removals: 'retired' } })[0])).not.toMatch(/delete|\*|secrets/);
  });
});
