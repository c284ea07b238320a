// Into which namespaces something new may come.

import { type Kind, kindNamed } from './kinds';
import type { Metadata } from './objects';
import { forbidden, notFound } from './statuses';
import type { Storage } from './storage';

/** Throws 404 for a namespace that is not there, and 403 for one that is being deleted. */
export function admitToNamespace(storage: Storage, kind: Kind, { name, namespace }: Metadata): void {
  if (!kind.namespaced || namespace === undefined) return;
  const namespaces = kindNamed('Namespace');
  const found = storage.get(namespaces, undefined, namespace);
  if (found === undefined) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined && found.status?.phase !== 'Terminating') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
}
