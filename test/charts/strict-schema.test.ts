// The checker that other tests rely on must itself be seen to refuse.

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { aPlan, manifestsFor, objectsFor } from '../support/builders';
import { expectValidManifest, manifestProblems } from '../support/strict-schema';

const POD = 'spec.jobTemplate.spec.template.spec';

/** A valid CronJob, with `value` at a path such as `spec.jobTemplate.metadata.labels`; `undefined` takes it out. */
function aCronJob(path?: string, value?: unknown): object {
  const [cronJob] = objectsFor(aPlan()).cronJobs as [object];
  const steps = path?.split('.') ?? [];
  const last = steps.pop();
  const parent = steps.reduce((at, step) => (at as Record<string, object>)[step] as object, cronJob);
  if (last) Object.assign(parent, { [last]: value });
  return JSON.parse(JSON.stringify(cronJob));
}

describe('expectValidManifest', () => {
  test('takes a CronJob and a group map as they are', () => {
    expectValidManifest(aCronJob());
    expectValidManifest(objectsFor(aPlan()).groupMap);
  });

  test('takes a field that is younger than kubernetes-models', () => {
    expectValidManifest(aCronJob('spec.jobTemplate.spec.backoffLimitPerIndex', 2));
  });

  test.each([
    { what: 'a wrong type', path: 'spec.jobTemplate.spec.backoffLimit', value: '3', problem: 'must be integer' },
    { what: 'a fraction', path: 'spec.jobTemplate.spec.activeDeadlineSeconds', value: 1.5, problem: 'must be integer' },
    { what: 'a wrong type in a map', path: 'metadata.labels.size', value: 7, problem: 'CronJob.metadata.labels.size' },
    {
      what: 'a wrong type of a young field',
      path: 'spec.jobTemplate.spec.backoffLimitPerIndex',
      value: '2',
      problem: 'expected number, got "2"',
    },
    {
      what: 'a single value for a list',
      path: `${POD}.containers.0.args`,
      value: '-v',
      problem: 'expected a list, got "-v"',
    },
    {
      what: 'a value for an object',
      path: `${POD}.securityContext`,
      value: 'strict',
      problem: 'expected an object, got "strict"',
    },
    { what: 'null', path: 'spec.timeZone', value: null, problem: 'CronJob.spec.timeZone: expected string, got null' },
    {
      what: 'a wrong enum',
      path: 'spec.concurrencyPolicy',
      value: 'Never',
      problem: 'must be equal to one of the allowed values',
    },
    {
      what: 'a wrong enum deep inside',
      path: `${POD}.containers.0.imagePullPolicy`,
      value: 'Once',
      problem: 'must be equal to one of',
    },
    {
      what: 'a wrong quantity',
      path: `${POD}.containers.0.resources.requests.cpu`,
      value: 'much',
      problem: 'must match format "quantity"',
    },
    {
      what: 'a missing field',
      path: 'spec.schedule',
      value: undefined,
      problem: 'must have required property schedule',
    },
    {
      what: 'a missing field deep inside',
      path: `${POD}.containers.0.name`,
      value: undefined,
      problem: 'must have required property name',
    },
    {
      what: 'a misspelt field',
      path: 'spec.timezone',
      value: 'Etc/UTC',
      problem: 'CronJob.spec.timezone: unknown field',
    },
    {
      what: 'a misspelt field in metadata',
      path: 'spec.jobTemplate.metadata.annotation',
      value: {},
      problem: 'annotation: unknown field',
    },
    {
      what: 'a misspelt field in a list',
      path: `${POD}.containers.0.env.0.from`,
      value: {},
      problem: 'CronJob.spec.jobTemplate.spec.template.spec.containers[0].env[0].from: unknown field',
    },
    {
      what: 'a misspelt field deep inside',
      path: `${POD}.securityContext.seccompProfile.profile`,
      value: 'x',
      problem: 'seccompProfile.profile: unknown field',
    },
    { what: 'an unknown kind', path: 'kind', value: 'CronTab', problem: 'no schema is known for batch/v1 CronTab' },
  ])('refuses $what', ({ path, value, problem }) => {
    expect(manifestProblems(aCronJob(path, value)).join('\n')).toContain(problem);
    expect(() => expectValidManifest(aCronJob(path, value))).toThrow();
  });
});

describe('expectValidManifest, of a custom resource', () => {
  /** A valid PrometheusRule, and its first rule with other fields; `undefined` takes one out. */
  function aRule(fields: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): object {
    const { text } = manifestsFor(aPlan({ fleet: { alerts: { prometheus: true } } })).at(-1) as { text: string };
    const object = parse(text);
    Object.assign(object.spec.groups[0].rules[0], fields);
    Object.assign(object.metadata, metadata);
    return JSON.parse(JSON.stringify(object));
  }
  const rule = 'PrometheusRule.spec.groups[0].rules[0]';

  test('takes it as it is, and an expression that is a number', () => {
    expectValidManifest(aRule());
    expectValidManifest(aRule({ expr: 1 }));
  });

  test.each([
    ['a misspelt field', aRule({ exprs: '1' }), `${rule}.exprs: unknown field`],
    ['a field of the typed object', aRule({ keepFiringFor: '5m' }), `${rule}.keepFiringFor: unknown field`],
    ['a wrong type', aRule({ for: 5 }), `${rule}.for: expected string, got 5`],
    ['a wrong type in a map', aRule({ labels: { a: 1 } }), `${rule}.labels.a: expected string, got 1`],
    ['neither of two types', aRule({ expr: true }), `${rule}.expr: expected integer or string, got true`],
    ['a missing field', aRule({ expr: undefined }), `${rule}: must have required property expr`],
    ['a list for an object', aRule({ labels: [] }), `${rule}.labels: expected object, got []`],
    ['a misspelt field in metadata', aRule({}, { label: {} }), 'PrometheusRule.metadata.label: unknown field'],
  ])('refuses %s', (_, object, problem) => {
    expect(manifestProblems(object)).toEqual([problem]);
  });
});
