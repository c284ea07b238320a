// The types of cdk8s-plus-27 as what they become in a manifest.

import type { k8s } from 'cdk8s-plus-27';

/**
 * `T` as JSON has it: text or numbers for quantities and ports, fields by Kubernetes' own names. Manifests are held against these types
 * and written as they are; the typed objects would copy each field by field, without those that Kubernetes got after 1.27
 * (docs/performance.md).
 */
export type Plain<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : // Quantity and IntOrString are one to TypeScript; both hold a value and nothing else.
      [T, k8s.Quantity] extends [k8s.Quantity, T]
      ? string | number
      : T extends object
        ? { [K in keyof T as K extends keyof Renamed ? Renamed[K] : K]: Plain<T[K]> }
        : T;

/** Of those fields that cdk8s-plus-27 spells in its own way, what is used here. */
interface Renamed {
  downwardApi: 'downwardAPI';
}

/** A whole manifest of the kind that `T` are the properties of. */
export type PlainObject<T> = Plain<T> & { apiVersion: string; kind: string };
