// What etcd and the watch cache are to the API server: objects, one counter of versions for all of them, and what happened.

import { apiVersionOf, type Kind, kindNamed, qualified } from './kinds';
import type { KubeObject } from './objects';

export interface Happening {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: string;
  object: KubeObject;
  /** As it was before; a watch needs it to tell whether the object was in its selection. */
  before: KubeObject | undefined;
}

export class Storage {
  /** The version of the last write. It starts somewhere above 0, which has a meaning of its own. */
  version = 1000;
  /** Versions up to here are gone; 0 when none is. */
  compacted = 0;
  private readonly objects = new Map<string, KubeObject>();
  private readonly history: Happening[] = [];
  private readonly listeners = new Set<(happening: Happening) => void>();
  private uids = 0;

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.objects.get(keyOf(kind, namespace, name));
  }

  /** All of a kind, in the order in which the API lists them: by namespace, then name. */
  all(kind: Kind, namespace?: string): KubeObject[] {
    const prefix = keyOf(kind, namespace, '');
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  everything(): KubeObject[] {
    return [...this.objects.values()];
  }

  /** Writes a new version of it and tells the watches. What was read before is never changed. */
  write(object: KubeObject): KubeObject {
    const kind = kindNamed(object.kind);
    const { namespace, name } = object.metadata;
    this.version += 1;
    const written = structuredClone(object);
    written.apiVersion = apiVersionOf(kind);
    written.metadata.resourceVersion = String(this.version);
    const key = keyOf(kind, namespace, name);
    const before = this.objects.get(key);
    this.objects.set(key, written);
    this.tell({ type: before === undefined ? 'ADDED' : 'MODIFIED', object: written, before }, kind);
    return written;
  }

  remove(object: KubeObject): void {
    const kind = kindNamed(object.kind);
    const key = keyOf(kind, object.metadata.namespace, object.metadata.name);
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.objects.delete(key);
    this.version += 1;
    // A DELETED event carries the last state with the version of the deletion.
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.version) } };
    this.tell({ type: 'DELETED', object: last, before }, kind);
  }

  /** What happened to a kind after `version`, oldest first. */
  since(kind: Kind, version: number): Happening[] {
    return this.history.filter((past) => past.version > version && past.resource === qualified(kind));
  }

  /** Hears of everything from now on, until the returned function is called. */
  listen(listener: (happening: Happening) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Forgets what happened: the versions so far can no longer be watched or listed from. */
  compact(): void {
    this.compacted = this.version;
    this.history.length = 0;
  }

  /** Distinct in this cluster, and the same in every run. */
  uid(): string {
    this.uids += 1;
    return `00000000-0000-4000-8000-${String(this.uids).padStart(12, '0')}`;
  }

  private tell(happening: Omit<Happening, 'version' | 'resource'>, kind: Kind): void {
    const told = { ...happening, version: this.version, resource: qualified(kind) };
    this.history.push(told);
    for (const listener of [...this.listeners]) listener(told);
  }
}

function keyOf(kind: Kind, namespace: string | undefined, name: string): string {
  const scope = `${qualified(kind)}/`;
  if (!kind.namespaced) return `${scope}${name}`;
  return namespace === undefined ? scope : `${scope}${namespace}/${name}`;
}
