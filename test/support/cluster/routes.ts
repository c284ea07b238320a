// Addresses of the API: which kind, which object, and which verb a request is for.

import { KINDS, type Kind, MONITORING } from './kinds';

export interface Route {
  kind: Kind;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  verb: string;
}

const VERBS: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** Undefined for an address of no known kind. */
export function routeOf(method: string, url: URL, { hasMonitoring }: { hasMonitoring: boolean }): Route | undefined {
  const [root, ...parts] = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const group = root === 'api' ? '' : root === 'apis' ? parts.shift() : undefined;
  const version = parts.shift();
  if (group === undefined || (group === MONITORING && !hasMonitoring)) return undefined;
  let namespace: string | undefined;
  // `namespaces/x` is the namespace itself, `namespaces/x/jobs` what is in it.
  if (parts[0] === 'namespaces' && parts.length > 2 && parts[2] !== 'status') namespace = parts.splice(0, 2)[1];
  const [resource, name, subresource] = parts;
  const kind = KINDS.find((known) => known.group === group && known.version === version && known.resource === resource);
  if (kind === undefined) return undefined;
  const isWatch = url.searchParams.get('watch') === 'true' || url.searchParams.get('watch') === '1';
  const reading = name !== undefined ? 'get' : isWatch ? 'watch' : 'list';
  return { kind, namespace, name, subresource, verb: VERBS[method] ?? reading };
}
