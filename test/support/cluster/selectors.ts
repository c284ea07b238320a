// labelSelector and fieldSelector of lists and watches.

import { at, type KubeObject } from './objects';
import { badRequest } from './statuses';

export type Selector = (object: KubeObject) => boolean;

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const VALUE = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?';
const FORMS: [RegExp, (key: string, values: string) => (label: string | undefined) => boolean][] = [
  [
    new RegExp(`^(${KEY})\\s+(in)\\s*\\(([^()]*)\\)$`),
    (_, values) => (label) => label !== undefined && split(values).includes(label),
  ],
  [
    new RegExp(`^(${KEY})\\s+(notin)\\s*\\(([^()]*)\\)$`),
    (_, values) => (label) => label === undefined || !split(values).includes(label),
  ],
  // An object without the label is selected by !=, as by notin.
  [new RegExp(`^(${KEY})\\s*(!=)\\s*(${VALUE})$`), (_, value) => (label) => label !== value],
  [new RegExp(`^(${KEY})\\s*(==?)\\s*(${VALUE})$`), (_, value) => (label) => label === value],
  [new RegExp(`^(${KEY})()()$`), () => (label) => label !== undefined],
];

function split(values: string): string[] {
  return values.split(',').map((value) => value.trim());
}

/** Throws 400 for what cannot be read. */
export function labelSelector(text: string): Selector {
  const tests = text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => requirement(part, text));
  return ({ metadata }) => tests.every((test) => test(metadata.labels ?? {}));
}

function requirement(part: string, text: string): (labels: Record<string, string>) => boolean {
  if (part.startsWith('!')) {
    const key = part.slice(1).trim();
    if (!new RegExp(`^${KEY}$`).test(key)) throw unreadable(text);
    return (labels) => labels[key] === undefined;
  }
  for (const [form, make] of FORMS) {
    const [, key, , values] = form.exec(part) ?? [];
    if (key === undefined) continue;
    const test = make(key, values ?? '');
    return (labels) => test(labels[key]);
  }
  throw unreadable(text);
}

function unreadable(text: string): Error {
  return badRequest(`unable to parse requirement: found '${text}', expected: a label selector`);
}

const EVERY_KIND = ['metadata.name', 'metadata.namespace'];
const FIELDS: Record<string, string[]> = {
  Pod: ['status.phase', 'status.podIP', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName'],
  Job: ['status.successful'],
  Event: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (field) => `involvedObject.${field}`,
    ),
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
};

/** Throws 400 for a field that the API server does not select by. */
export function fieldSelector(kind: string, text: string): Selector {
  const tests = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, field, operator, value] = /^([^=!]+)(!=|==?)(.*)$/.exec(part) ?? [];
      if (field === undefined) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
      if (![...EVERY_KIND, ...(FIELDS[kind] ?? [])].includes(field))
        throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
      return (object: KubeObject) => ((at(object, ...field.split('.')) ?? '') === value) === (operator !== '!=');
    });
  return (object) => tests.every((test) => test(object));
}
