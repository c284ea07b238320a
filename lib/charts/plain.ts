// The types of cdk8s-plus-27 as what they become in a manifest.

import type { k8s } from 'cdk8s-plus-27';

/**
 * `T` as JSON has it: text for quantities, fields by Kubernetes' own names. Manifests are held against these types and written as they
 * are; the typed objects would copy each field by field, without those that Kubernetes got after 1.27, and take as long for it as
 * cdk8s for all the rest (docs/performance.md).
 */
export type Plain<T> = [T, k8s.Quantity] extends [k8s.Quantity, T]
  ? string
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [K in keyof T as K extends keyof Renamed ? Renamed[K] : K]: Plain<T[K]> }
      : T;

/** Of those fields that cdk8s-plus-27 spells in its own way, what is used here. */
interface Renamed {
  downwardApi: 'downwardAPI';
}
