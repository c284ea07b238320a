// The API server's strict field validation, without an API server. Two libraries make it: kubernetes-models knows types, enums
// and required fields and lets unknown fields pass; the official client's models list every field there is.

import * as models from '@kubernetes/client-node';
import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from 'kubernetes-models/admissionregistration.k8s.io/v1';
import { CronJob, Job } from 'kubernetes-models/batch/v1';
import { Role, RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import { ConfigMap, ServiceAccount } from 'kubernetes-models/v1';
import { expect } from 'vitest';
import { customResourceProblems } from './crd-schema';

/** Kinds that are checked, with the class of either library. */
const KINDS: Record<string, { Validated: new (data: never) => { validate(): void }; model: string }> = {
  'batch/v1 CronJob': { Validated: CronJob, model: 'V1CronJob' },
  'batch/v1 Job': { Validated: Job, model: 'V1Job' },
  'v1 ConfigMap': { Validated: ConfigMap, model: 'V1ConfigMap' },
  'v1 ServiceAccount': { Validated: ServiceAccount, model: 'V1ServiceAccount' },
  'rbac.authorization.k8s.io/v1 Role': { Validated: Role, model: 'V1Role' },
  'rbac.authorization.k8s.io/v1 RoleBinding': { Validated: RoleBinding, model: 'V1RoleBinding' },
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy': {
    Validated: ValidatingAdmissionPolicy,
    model: 'V1ValidatingAdmissionPolicy',
  },
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding': {
    Validated: ValidatingAdmissionPolicyBinding,
    model: 'V1ValidatingAdmissionPolicyBinding',
  },
};

/** Kinds that a cluster has from a definition, with the file in imports/crds. */
const CUSTOM_KINDS: Record<string, string> = {
  'monitoring.coreos.com/v1 PrometheusRule': 'prometheusrule.yaml',
  'argoproj.io/v1alpha1 Application': 'argo-cd.yaml',
  'argoproj.io/v1alpha1 AppProject': 'argo-cd.yaml',
  'source.toolkit.fluxcd.io/v1 GitRepository': 'flux.yaml',
  'kustomize.toolkit.fluxcd.io/v1 Kustomization': 'flux.yaml',
};

/** Fails with every problem unless the API server would take the object as it stands, no field ignored. */
export function expectValidManifest(object: unknown): void {
  expect(manifestProblems(object)).toEqual([]);
}

/** What is wrong with a Kubernetes object, a sentence each. */
export function manifestProblems(object: unknown): string[] {
  const { apiVersion, kind, metadata } = object as { apiVersion?: string; kind?: string; metadata?: unknown };
  const definition = CUSTOM_KINDS[`${apiVersion} ${kind}`];
  if (definition)
    return [
      ...customResourceProblems(object as object, definition),
      ...fieldProblems(metadata, 'V1ObjectMeta', `${kind}.metadata`),
    ];
  const known = KINDS[`${apiVersion} ${kind}`];
  if (!known) return [`no schema is known for ${apiVersion} ${kind}`];
  return [...schemaProblems(object, known.Validated), ...fieldProblems(object, known.model, kind as string)];
}

function schemaProblems(object: unknown, Validated: new (data: never) => { validate(): void }): string[] {
  try {
    new Validated(object as never).validate();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

interface Attribute {
  baseName: string;
  type: string;
}

/** Unknown fields at any depth; also wrong types, since fields younger than kubernetes-models are unknown to it. */
function fieldProblems(value: unknown, type: string, place: string): string[] {
  const item = /^Array<(.+)>$/.exec(type)?.[1];
  if (item) {
    if (!Array.isArray(value)) return [`${place}: expected a list, got ${JSON.stringify(value)}`];
    return value.flatMap((inner, index) => fieldProblems(inner, item, `${place}[${index}]`));
  }
  const member = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  const attributes = attributesOf(type);
  if (member || attributes) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return [`${place}: expected an object, got ${JSON.stringify(value)}`];
    return Object.entries(value).flatMap(([name, inner]) => {
      const known = member ?? attributes?.find(({ baseName }) => baseName === name)?.type;
      return known ? fieldProblems(inner, known, `${place}.${name}`) : [`${place}.${name}: unknown field`];
    });
  }
  return isOf(value, type) ? [] : [`${place}: expected ${type}, got ${JSON.stringify(value)}`];
}

function attributesOf(type: string): Attribute[] | undefined {
  const model = (models as unknown as Record<string, { getAttributeTypeMap?(): Attribute[] } | undefined>)[type];
  return model?.getAttributeTypeMap?.();
}

/** Quantities are strings to the models; the API server would take a number too, and then change it. */
function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'IntOrString':
      return typeof value === 'string' || Number.isInteger(value);
    case 'Date':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return Number.isFinite(value);
    default:
      throw new Error(`the client has no model ${type}`);
  }
}
