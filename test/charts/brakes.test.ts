import { describe, expect, test } from 'vitest';
import type { BrakesConfig } from '../../lib/config/types';
import { aGroup, aPlan, objectsFor } from '../support/builders';

const RETIRING = { groups: [aGroup({ from: null, to: null }), aGroup({ id: 2, state: 'retiring' })] };
const annotationsOf = (brakes?: BrakesConfig, annotations?: Record<string, string>) =>
  objectsFor(aPlan({ fleet: { brakes, annotations }, lock: RETIRING })).cronJobs.map(
    ({ metadata }) => metadata?.annotations ?? {},
  );

describe('brakes', () => {
  test('stop Argo CD and Flux at CronJobs of living groups, and let retiring ones go', () => {
    expect(annotationsOf({ argoCd: true, flux: true })).toEqual([
      { 'argocd.argoproj.io/sync-options': 'Prune=confirm', 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
      {},
    ]);
    expect(annotationsOf()).toEqual([{}, {}]);
  });

  test('are on the CronJob alone, not on its Jobs and pods', () => {
    const [cronJob] = objectsFor(aPlan({ fleet: { brakes: { argoCd: true, flux: true } } })).cronJobs;
    const template = cronJob?.spec?.jobTemplate;
    expect(Object.keys(template?.metadata?.annotations ?? {})).toEqual(['cronfleet/from', 'cronfleet/to']);
    expect(template?.spec?.template.metadata).not.toHaveProperty('annotations');
  });

  test('join the sync options that the team has set', () => {
    const [living] = annotationsOf({ argoCd: true }, { 'argocd.argoproj.io/sync-options': 'Replace=true' });
    expect(living?.['argocd.argoproj.io/sync-options']).toBe('Replace=true,Prune=confirm');
  });

  test('approve the removal of a retiring group where the policy asks for it', () => {
    expect(annotationsOf({ admissionPolicy: true })).toEqual([{}, { 'cronfleet/retire-approved': 'true' }]);
  });
});

interface Policy {
  spec: {
    failurePolicy: string;
    matchConstraints: {
      namespaceSelector: object;
      objectSelector: { matchLabels: Record<string, string>; matchExpressions: { key: string }[] };
      resourceRules: object[];
    };
    matchConditions: { expression: string }[];
    validations: { expression: string; messageExpression: string }[];
    policyName: string;
  };
}

describe('the admission policy', () => {
  const { all, cronJobs } = objectsFor(aPlan({ fleet: { brakes: { admissionPolicy: true } } }));
  const [policy, binding] = all.filter(({ kind }) => kind?.startsWith('ValidatingAdmissionPolicy')) as unknown as [
    Policy,
    Policy,
  ];

  test('is about deleting CronJobs of the fleet in its namespace', () => {
    const { namespaceSelector, objectSelector, resourceRules } = policy.spec.matchConstraints;
    expect(namespaceSelector).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': 'batch' } });
    expect(resourceRules).toEqual([
      { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['cronjobs'], operations: ['DELETE'] },
    ]);
    expect(cronJobs[0]?.metadata?.labels).toMatchObject(objectSelector.matchLabels);
    expect(Object.keys(cronJobs[0]?.metadata?.labels ?? {})).not.toContain(objectSelector.matchExpressions[0]?.key);
    expect(policy.spec.failurePolicy).toBe('Fail');
  });

  test('wants the annotation, and tells how to set it', () => {
    const [validation] = policy.spec.validations;
    expect(validation?.expression).toContain("'cronfleet/retire-approved' in oldObject.metadata.annotations");
    expect(validation?.messageExpression).toContain('-n batch cronfleet/retire-approved=true');
  });

  test('lets the namespace be deleted', () => {
    expect(policy.spec.matchConditions[0]?.expression).toContain('namespace-controller');
  });

  test('is bound, under a name whose parts cannot be another namespace’s and fleet’s', () => {
    const names = all.filter(({ kind }) => kind?.startsWith('ValidatingAdmissionPolicy')).map((each) => each.metadata);
    expect(names.map((metadata) => metadata?.name)).toEqual(['cronfleet-batch.catalog', 'cronfleet-batch.catalog']);
    expect(names.every((metadata) => metadata?.namespace === undefined)).toBe(true);
    const nameOf = (namespace: string, name: string) =>
      objectsFor(aPlan({ name, fleet: { namespace, brakes: { admissionPolicy: true } } })).all.find(
        ({ kind }) => kind === 'ValidatingAdmissionPolicy',
      )?.metadata?.name;
    expect(nameOf('a-b', 'c')).not.toBe(nameOf('a', 'b-c'));
    expect(binding.spec.policyName).toBe('cronfleet-batch.catalog');
  });
});
