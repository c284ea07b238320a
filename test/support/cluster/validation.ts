// What the API server does not accept, as far as a fleet can meet it. Every check returns its causes; all are told at once.

import type { Kind } from './kinds';
import { bad, DNS_SUBDOMAIN, keyCauses, labelCauses, NAME_RULE } from './names';
import { at, type Fields, isFields, isSame, type KubeObject } from './objects';
import { cronScheduleProblem } from './schedules';
import { type Cause, invalid } from './statuses';

const MIB = 1024 * 1024;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Throws 422 with a cause for each problem. `before` is undefined when the object is created. */
export function validate(kind: Kind, object: KubeObject, before?: KubeObject): void {
  const causes = [...metadata(kind, object, before), ...(CHECKS[kind.kind]?.(object, before) ?? [])];
  if (causes.length > 0) throw invalid(kind, object.metadata.name, causes);
}

const CHECKS: Record<string, (object: KubeObject, before?: KubeObject) => Cause[]> = {
  CronJob: cronJob,
  Job: job,
  ConfigMap: configMap,
  Pod: (pod) => podSpec(pod.spec, 'spec', ['Always', 'OnFailure', 'Never']),
};

function missing(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function metadata(kind: Kind, { metadata }: KubeObject, before?: KubeObject): Cause[] {
  const { name, labels, annotations } = metadata;
  const causes = [...labelCauses(labels, 'metadata.labels')];
  const form = kind.kind === 'Namespace' ? DNS_LABEL : DNS_SUBDOMAIN;
  // Roles may have any name that can stand in a path.
  if (kind.group !== 'rbac.authorization.k8s.io' && !form.test(name))
    causes.push(bad('metadata.name', name, NAME_RULE));
  if (name.length > 253) causes.push(bad('metadata.name', name, 'must be no more than 253 characters'));
  for (const key of Object.keys(annotations ?? {}))
    causes.push(...keyCauses(key.toLowerCase(), 'metadata.annotations', key));
  const size = Object.entries(annotations ?? {}).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  if (size > 256 * 1024)
    causes.push({
      reason: 'FieldValueTooLong',
      message: 'Too long: may not be more than 262144 bytes',
      field: 'metadata.annotations',
    });
  if (before !== undefined && metadata.uid !== before.metadata.uid)
    causes.push(bad('metadata.uid', metadata.uid, 'field is immutable'));
  return causes;
}

function cronJob({ metadata: { name }, spec = {} }: KubeObject, before?: KubeObject): Cause[] {
  const causes: Cause[] = [];
  // The Jobs' names are 11 characters longer, and no more than 63. Old ones may stay.
  if (before === undefined && name.length > 52)
    causes.push(bad('metadata.name', name, 'must be no more than 52 characters'));
  const { schedule, timeZone, concurrencyPolicy } = spec;
  if (typeof schedule !== 'string' || schedule === '') causes.push(missing('spec.schedule'));
  else {
    const problem = cronScheduleProblem(schedule);
    if (problem !== undefined) causes.push(bad('spec.schedule', schedule, problem));
    else if (schedule.includes('TZ') && !String(before?.spec?.schedule).includes('TZ'))
      causes.push(bad('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  }
  if (timeZone !== undefined) causes.push(...zoneCauses(timeZone));
  if (!['Allow', 'Forbid', 'Replace'].includes(String(concurrencyPolicy)))
    causes.push(unsupported('spec.concurrencyPolicy', concurrencyPolicy, ['Allow', 'Forbid', 'Replace']));
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
    causes.push(...notNegative(spec[field], `spec.${field}`));
  const template = (spec.jobTemplate ?? {}) as Fields;
  causes.push(...labelCauses(at(template, 'metadata', 'labels'), 'spec.jobTemplate.metadata.labels'));
  return [...causes, ...jobSpec((template.spec ?? {}) as Fields, 'spec.jobTemplate.spec')];
}

function zoneCauses(zone: unknown): Cause[] {
  const field = 'spec.timeZone';
  if (zone === '') return [bad(field, zone, 'timeZone must be nil or non-empty string')];
  if (String(zone).toLowerCase() === 'local')
    return [bad(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isZone(String(zone)) ? [] : [bad(field, zone, `unknown time zone ${zone}`)];
}

/** Asking Intl takes longer than all other checks together. */
const ZONES = new Map<string, boolean>();

function isZone(zone: string): boolean {
  if (!ZONES.has(zone)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      ZONES.set(zone, true);
    } catch {
      ZONES.set(zone, false);
    }
  }
  return ZONES.get(zone) as boolean;
}

function job(object: KubeObject, before?: KubeObject): Cause[] {
  const { spec = {}, metadata } = object;
  const causes = jobSpec(spec, 'spec');
  // Pods carry the name in a label.
  if (before === undefined && metadata.name.length > 63)
    causes.push(bad('metadata.name', metadata.name, 'must be no more than 63 characters'));
  if (before === undefined) return [...causes, ...selection(object)];
  const isIndexed = spec.completionMode === 'Indexed';
  for (const field of [
    'completions',
    'selector',
    'template',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
  ]) {
    // An indexed Job may be made larger or smaller together with its parallelism.
    if (field === 'completions' && isIndexed && spec.completions === spec.parallelism) continue;
    // A Job that is suspended and has not started may get other resources, which the double does not tell apart.
    if (!isSame(spec[field], before.spec?.[field]))
      causes.push(bad(`spec.${field}`, spec[field] ?? null, 'field is immutable'));
  }
  return causes;
}

/** By which a Job finds its Pods. */
export function ownPodLabels(uid: string, name: string): Record<string, string> {
  return {
    ...{ 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name },
    ...{ 'controller-uid': uid, 'job-name': name },
  };
}

/** A Job made of another Job must not bring that one's uid and name along. */
function selection({ metadata: { uid, name }, spec = {} }: KubeObject): Cause[] {
  if (spec.manualSelector === true) return [];
  const labels = (at(spec, 'template', 'metadata', 'labels') ?? {}) as Fields;
  const own = ownPodLabels(uid, name);
  const causes = Object.entries(own)
    .filter(([label, value]) => labels[label] !== value)
    .map(([label, value]) => bad(`spec.template.metadata.labels[${label}]`, labels, `must be '${value}'`));
  const selected = Object.entries((at(spec, 'selector', 'matchLabels') ?? {}) as Fields);
  if (selected.some(([label, value]) => own[label] !== value))
    causes.push(bad('spec.selector', spec.selector, '`selector` not auto-generated'));
  return causes;
}

function jobSpec(spec: Fields, field: string): Cause[] {
  const causes: Cause[] = [];
  for (const number of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
  ])
    causes.push(...notNegative(spec[number], `${field}.${number}`));
  if (spec.completionMode === 'Indexed' && spec.completions === undefined)
    causes.push({
      reason: 'FieldValueRequired',
      message: 'Required value: when completion mode is Indexed',
      field: `${field}.completions`,
    });
  const template = (spec.template ?? {}) as Fields;
  causes.push(...labelCauses(at(template, 'metadata', 'labels'), `${field}.template.metadata.labels`));
  return [...causes, ...podSpec(template.spec, `${field}.template.spec`, ['OnFailure', 'Never'])];
}

function podSpec(spec: unknown, field: string, restartPolicies: readonly string[]): Cause[] {
  const { containers, restartPolicy } = (isFields(spec) ? spec : {}) as {
    containers?: Fields[];
    restartPolicy?: string;
  };
  const causes: Cause[] = [];
  if (!Array.isArray(containers) || containers.length === 0) causes.push(missing(`${field}.containers`));
  else {
    containers.forEach(({ name, image, env }, index) => {
      if (!name) causes.push(missing(`${field}.containers[${index}].name`));
      if (!image) causes.push(missing(`${field}.containers[${index}].image`));
      causes.push(...envCauses(env, `${field}.containers[${index}].env`));
    });
  }
  if (!restartPolicies.includes(String(restartPolicy)))
    causes.push(unsupported(`${field}.restartPolicy`, restartPolicy, restartPolicies));
  return causes;
}

/** As an apply leaves it behind that turns a value of another manager into a reference. */
function envCauses(env: unknown, field: string): Cause[] {
  if (!Array.isArray(env)) return [];
  return env.flatMap(({ value, valueFrom }: Fields, index) =>
    value && valueFrom
      ? [bad(`${field}[${index}].valueFrom`, '', 'may not be specified when `value` is not empty')]
      : [],
  );
}

function configMap(object: KubeObject, before?: KubeObject): Cause[] {
  const causes: Cause[] = [];
  if (before?.immutable === true) {
    const field = ['data', 'binaryData', 'immutable'].filter((key) => !isSame(object[key], before[key]));
    for (const key of field) {
      const message = 'Forbidden: field is immutable when `immutable` is set';
      causes.push({ reason: 'FieldValueForbidden', message, field: key });
    }
  }
  for (const key of Object.keys((object.data ?? {}) as Fields))
    if (!/^[-._a-zA-Z0-9]+$/.test(key))
      causes.push(
        bad(`data[${key}]`, key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"),
      );
  const size = [object.data, object.binaryData]
    .flatMap((data) => Object.values((data ?? {}) as Record<string, string>))
    .reduce((sum, value) => sum + bytes(value), 0);
  if (size > MIB)
    causes.push({ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${MIB} bytes`, field: '' });
  return causes;
}

function notNegative(value: unknown, field: string): Cause[] {
  return typeof value === 'number' && value < 0 ? [bad(field, value, 'must be greater than or equal to 0')] : [];
}

function unsupported(field: string, value: unknown, values: readonly string[]): Cause {
  const message = `Unsupported value: ${JSON.stringify(value ?? '')}: supported values: ${values.map((is) => `"${is}"`).join(', ')}`;
  return { reason: 'FieldValueNotSupported', message, field };
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
