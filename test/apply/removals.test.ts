import type { KubernetesObject } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { leftovers } from '../../lib/apply/removals';
import { aLock } from '../support/builders';

const LINEAGE = '0123456789abcdef';

function anObject(name: string, labels: Record<string, string> = {}, metadata: object = {}): KubernetesObject {
  const ours = { 'cronfleet/fleet': 'catalog', 'cronfleet/lineage': LINEAGE, ...labels };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'batch', labels: ours, ...metadata } };
}

const CRON_JOB = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'catalog-0001', uid: '1' };

test.each<[string, KubernetesObject, boolean]>([
  ['our fleet and lineage, which dist does not have', anObject('gone'), true],
  ['what dist has', anObject('kept'), false],
  ['another lineage', anObject('gone', { 'cronfleet/lineage': 'fedcba9876543210' }), false],
  ['a fleet that the lock does not know', anObject('gone', { 'cronfleet/fleet': 'orders' }), false],
  ['a CronJob', anObject('gone', {}, { ownerReferences: [CRON_JOB] }), false],
  ['a rerun', anObject('gone', {}, { annotations: { 'cronfleet/rerun-of': '2026-03-01T00:00:00Z' } }), false],
])('whether it is left over: an object of %s', (_, object, isLeftOver) => {
  const desired = { lock: aLock(), objects: [anObject('kept')] };
  const found = leftovers(desired, { objects: [object] }, { takeOver: new Set() });
  expect(found).toEqual(isLeftOver ? [object] : []);
});
