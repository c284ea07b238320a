// What clients ask to learn what the server serves.

import { apiVersionOf, KINDS, type Kind, MONITORING } from './kinds';
import type { Fields } from './objects';

export const VERSION = { major: '1', minor: '36', gitVersion: 'v1.36.0', platform: 'linux/amd64' } as const;

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** The answer to a GET of one of discovery's addresses; undefined for any other address. */
export function discovery(path: string, { hasMonitoring }: { hasMonitoring: boolean }): unknown {
  const kinds = KINDS.filter(({ group }) => hasMonitoring || group !== MONITORING);
  if (path === '/version') return VERSION;
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  const groups = [...new Set([...kinds.map(({ group }) => group), 'authorization.k8s.io'])].filter(
    (group) => group !== '',
  );
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
  const [, group] = /^\/apis\/([^/]+)$/.exec(path) ?? [];
  if (group !== undefined && groups.includes(group)) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  const [, groupVersion] = /^\/apis?\/((?:[^/]+\/)?v1)$/.exec(path) ?? [];
  if (groupVersion === undefined) return undefined;
  const served = kinds.filter((kind) => apiVersionOf(kind) === groupVersion).flatMap(resourcesOf);
  if (groupVersion === 'authorization.k8s.io/v1') served.push(REVIEW);
  return served.length === 0
    ? undefined
    : { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served };
}

const REVIEW = {
  ...{ name: 'selfsubjectaccessreviews', singularName: 'selfsubjectaccessreview', namespaced: false },
  ...{ kind: 'SelfSubjectAccessReview', verbs: ['create'] },
};

function groupOf(name: string): Fields {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resourcesOf({ kind, resource, namespaced, hasStatus, shortNames }: Kind) {
  const own = { name: resource, singularName: kind.toLowerCase(), namespaced, kind, verbs: VERBS };
  const status = { ...own, name: `${resource}/status`, singularName: '', verbs: ['get', 'patch', 'update'] };
  const log = { ...own, name: 'pods/log', singularName: '', verbs: ['get'] };
  return [
    shortNames === undefined ? own : { ...own, shortNames },
    ...(hasStatus ? [status] : []),
    ...(kind === 'Pod' ? [log] : []),
  ];
}
