import type { k8s } from 'cdk8s-plus-27';
import { expectTypeOf, test } from 'vitest';
import type { Plain, PlainObject } from '../../lib/charts/plain';

test('quantities, ports and times are what JSON has, required or not, in lists too', () => {
  expectTypeOf<Plain<k8s.EmptyDirVolumeSource>['sizeLimit']>().toEqualTypeOf<string | number | undefined>();
  expectTypeOf<Plain<k8s.HttpGetAction>['port']>().toEqualTypeOf<string | number>();
  expectTypeOf<Plain<k8s.ObjectMeta>['creationTimestamp']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Plain<k8s.PodSecurityContext>['sysctls']>().toEqualTypeOf<
    { readonly name: string; readonly value: string }[] | undefined
  >();
});

test('fields have Kubernetes’ own names', () => {
  expectTypeOf<Plain<k8s.Volume>>().toHaveProperty('downwardAPI');
  expectTypeOf<Plain<k8s.Volume>>().not.toHaveProperty('downwardApi');
});

test('a manifest has no other fields than its kind', () => {
  type CronJob = PlainObject<k8s.KubeCronJobProps>;
  // @ts-expect-error: a field that is misspelt
  const manifest: CronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metdata: {} };
  expectTypeOf(manifest).toEqualTypeOf<CronJob>();
});
