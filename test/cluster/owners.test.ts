import { expect, test } from 'vitest';
import { ownerOf } from '../../lib/cluster/owners';

const argoCd = [{ manager: 'argocd-controller', operation: 'Apply' }];

test.each([
  [
    'Argo CD by its annotation',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:batch/CronJob:batch/a' } },
    { tool: 'Argo CD', name: 'shop' },
  ],
  [
    'Argo CD by its label and its hand in the fields',
    { labels: { 'app.kubernetes.io/instance': 'shop' }, managedFields: argoCd },
    { tool: 'Argo CD', name: 'shop' },
  ],
  ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'fleet' } }, { tool: 'Flux', name: 'fleet' }],
  ['Flux with Helm', { labels: { 'helm.toolkit.fluxcd.io/name': 'fleet' } }, { tool: 'Flux', name: 'fleet' }],
  ['Helm by its annotation', { annotations: { 'meta.helm.sh/release-name': 'r' } }, { tool: 'Helm', name: 'r' }],
  ['Helm by its label', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, { tool: 'Helm', name: undefined }],
  ['nobody with a label that anybody may use', { labels: { 'app.kubernetes.io/instance': 'shop' } }, undefined],
  ['nobody with our label', { labels: { 'app.kubernetes.io/managed-by': 'cronfleet' } }, undefined],
])('an object is of %s', (_, metadata, owner) => {
  expect(ownerOf({ metadata } as never)).toEqual(owner);
});
