// What the API server fills in, as far as it shows in a difference between what was written and what is there.

import { at, type Fields, isFields, type KubeObject, within } from './objects';
import { canonicalQuantity } from './quantities';

/** Sets defaults in place. Only what is absent is set. */
export function setDefaults(object: KubeObject): void {
  DEFAULTS[object.kind]?.(object);
}

const DEFAULTS: Record<string, (object: KubeObject) => void> = {
  CronJob: (object) => cronJob(within(object, 'spec')),
  Job: job,
  Pod: (object) => pod(within(object, 'spec')),
  RoleBinding: roleBinding,
  Namespace: namespace,
  Secret: (object) => fill(object, { type: 'Opaque' }),
  ResourceQuota: (object) => quantities(at(object, 'spec', 'hard')),
  ValidatingAdmissionPolicy: (object) => {
    fill(within(object, 'spec'), { failurePolicy: 'Fail' });
    matching(within(object, 'spec').matchConstraints);
  },
  ValidatingAdmissionPolicyBinding: (object) => matching(within(object, 'spec').matchResources),
};

function fill(fields: Fields, defaults: Fields): void {
  for (const [field, value] of Object.entries(defaults)) fields[field] ??= value;
}

function namespace(object: KubeObject): void {
  fill(within(object, 'spec'), { finalizers: ['kubernetes'] });
  fill(within(object, 'status'), { phase: 'Active' });
  object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
}

function cronJob(spec: Fields): void {
  fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  const template = within(within(within(spec, 'jobTemplate'), 'spec'), 'template');
  // A Job inside of a CronJob gets the defaults of its pods only; the Job's own come when it is made.
  podTemplate(template);
  policies(within(within(spec, 'jobTemplate'), 'spec'));
}

function job(object: KubeObject): void {
  const spec = within(object, 'spec');
  if (spec.completionMode === undefined) spec.completionMode = 'NonIndexed';
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  // With a limit for each index, the limit for all is as high as it can be.
  fill(spec, { parallelism: 1, backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2147483647 });
  fill(spec, {
    suspend: false,
    podReplacementPolicy: isFields(spec.podFailurePolicy) ? 'Failed' : 'TerminatingOrFailed',
  });
  const labels = at(spec, 'template', 'metadata', 'labels');
  if (isFields(labels) && Object.keys(object.metadata.labels ?? {}).length === 0)
    object.metadata.labels = { ...(labels as Record<string, string>) };
  policies(spec);
  podTemplate(within(spec, 'template'));
}

/** `status` of the pod conditions of a failure policy is True unless it says so. */
function policies(spec: Fields): void {
  for (const rule of list(at(spec, 'podFailurePolicy', 'rules')))
    for (const condition of list(rule.onPodConditions)) fill(condition, { status: 'True' });
}

function podTemplate(template: Fields): void {
  within(template, 'metadata');
  pod(within(template, 'spec'));
}

function pod(spec: Fields): void {
  fill(spec, {
    ...{ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' },
    ...{ terminationGracePeriodSeconds: 30, securityContext: {} },
  });
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName;
  for (const container of [...list(spec.initContainers), ...list(spec.containers)]) setContainer(container);
  for (const volume of list(spec.volumes)) setVolume(volume);
}

function setContainer(container: Fields): void {
  const image = String(container.image ?? '');
  const isLatest = !image.includes('@') && /^[^:]*$|:latest$/.test(image.slice(image.lastIndexOf('/') + 1));
  fill(container, {
    ...{ imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent', resources: {} },
    ...{ terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' },
  });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => container[name])) {
    if (!isFields(probe)) continue;
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    if (isFields(probe.httpGet)) fill(probe.httpGet, { path: '/', scheme: 'HTTP' });
  }
  for (const port of list(container.ports)) fill(port, { protocol: 'TCP' });
  for (const variable of list(container.env)) {
    const fieldRef = at(variable, 'valueFrom', 'fieldRef');
    if (isFields(fieldRef)) fill(fieldRef, { apiVersion: 'v1' });
    // An empty value is not written at all.
    if (variable.value === '') delete variable.value;
  }
  const resources = within(container, 'resources');
  for (const key of ['limits', 'requests']) quantities(resources[key]);
  // A request that is left out is as large as its limit.
  if (isFields(resources.limits)) fill(within(resources, 'requests'), resources.limits);
}

function setVolume(volume: Fields): void {
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected']) {
    const fields = volume[source];
    if (isFields(fields)) fill(fields, { defaultMode: 420 });
  }
  for (const source of list(at(volume, 'projected', 'sources'))) {
    const token = source.serviceAccountToken;
    if (isFields(token)) fill(token, { expirationSeconds: 3600 });
    fieldRefs(at(source, 'downwardAPI', 'items'));
  }
  fieldRefs(at(volume, 'downwardAPI', 'items'));
  const emptyDir = volume.emptyDir;
  if (isFields(emptyDir)) quantities(emptyDir, ['sizeLimit']);
}

function fieldRefs(items: unknown): void {
  for (const { fieldRef } of list(items)) if (isFields(fieldRef)) fill(fieldRef, { apiVersion: 'v1' });
}

function quantities(of: unknown, keys?: readonly string[]): void {
  if (!isFields(of)) return;
  for (const key of keys ?? Object.keys(of)) if (of[key] !== undefined) of[key] = canonicalQuantity(String(of[key]));
}

function roleBinding(binding: KubeObject): void {
  for (const subject of list(binding.subjects)) {
    if (subject.kind !== 'ServiceAccount') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
    else if (subject.apiGroup === '') delete subject.apiGroup;
  }
}

function matching(resources: unknown): void {
  if (!isFields(resources)) return;
  fill(resources, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
  for (const key of ['resourceRules', 'excludeResourceRules'])
    for (const rule of list(resources[key])) fill(rule, { scope: '*' });
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
