// Objects that a test puts into the cluster beside the API.

import type { ClusterClock } from './clock';
import { apiVersionOf, kindNamed } from './kinds';
import type { Draft, KubeObject } from './objects';
import type { Storage } from './storage';
import type { Target, Writes } from './writes';

export interface PutOptions {
  /** Who owns the fields; `seed` by default. */
  manager?: string;
  /** How it owns them; `Update` by default. */
  operation?: 'Apply' | 'Update';
  subresource?: 'status';
  /** What the clock showed when it was created, if not what it shows now. */
  createdAt?: Date;
}

export class Seeds {
  constructor(
    private readonly storage: Storage,
    private readonly clock: ClusterClock,
    private readonly writes: Writes,
  ) {}

  put(object: Draft, { createdAt, ...options }: PutOptions): KubeObject {
    const now = this.clock.now();
    this.clock.set(createdAt ?? now);
    try {
      return structuredClone(this.write(object, options));
    } finally {
      this.clock.set(now);
    }
  }

  private write(object: Draft, { manager = 'seed', operation = 'Update', subresource }: PutOptions): KubeObject {
    const kind = kindNamed(object.kind);
    const { name, namespace, deletionTimestamp } = object.metadata;
    const draft: Draft = { ...object, apiVersion: apiVersionOf(kind), metadata: { ...object.metadata } };
    for (const field of ['resourceVersion', 'uid', 'managedFields', 'deletionTimestamp'] as const)
      delete draft.metadata[field];
    const target: Target = { kind, namespace, name };
    const options = { manager, dryRun: false };
    if (subresource !== undefined) return this.writes.patch({ ...target, subresource }, () => draft, options);
    const isThere = name !== undefined && this.storage.get(kind, namespace, name) !== undefined;
    let done: KubeObject;
    if (operation === 'Apply') [done] = this.writes.apply(target, draft, { ...options, force: true });
    else if (isThere) done = this.writes.patch(target, () => draft, options);
    else done = this.writes.create({ ...target, name: undefined }, draft, options);
    // Status takes a write of its own, and the API lets nobody say that an object is being deleted.
    if (kind.hasStatus && object.status !== undefined) {
      const ofStatus: Target = { ...target, name: done.metadata.name, subresource: 'status' };
      done = this.writes.patch(ofStatus, (live) => ({ ...live, status: object.status }), options);
    }
    if (deletionTimestamp === undefined) return done;
    return this.storage.write({ ...done, metadata: { ...done.metadata, deletionTimestamp } });
  }
}
