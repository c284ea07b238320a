// Who looks after an object beside us: two who both apply it would undo each other's work for ever.

import type { KubernetesObject } from '@kubernetes/client-node';

export interface Owner {
  tool: 'Argo CD' | 'Flux' | 'Helm';
  /** Its Application, Kustomization or release, where the object says so. */
  name: string | undefined;
}

/** The tool that made the object and keeps it as it is; undefined for none. */
export function ownerOf({ metadata = {} }: KubernetesObject): Owner | undefined {
  const { labels = {}, annotations = {}, managedFields = [] } = metadata;
  // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
  const tracked = annotations['argocd.argoproj.io/tracking-id'];
  if (tracked !== undefined) return { tool: 'Argo CD', name: tracked.split(':')[0] };
  const instance = labels['app.kubernetes.io/instance'];
  // That label is anybody's; with Argo CD's hand in the fields it is Argo CD's.
  if (instance !== undefined && managedFields.some(({ manager }) => manager?.startsWith('argocd')))
    return { tool: 'Argo CD', name: instance };
  const flux = labels['kustomize.toolkit.fluxcd.io/name'] ?? labels['helm.toolkit.fluxcd.io/name'];
  if (flux !== undefined) return { tool: 'Flux', name: flux };
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined || labels['app.kubernetes.io/managed-by'] === 'Helm')
    return { tool: 'Helm', name: release };
  return undefined;
}
