// Deletes, and what becomes of the objects that belong to what is deleted. The garbage collector has no delay here.

import type { ClusterClock } from './clock';
import { kindNamed } from './kinds';
import { type KubeObject, timestamp } from './objects';
import { badRequest, deleted, notFound, refusal, type Status } from './statuses';
import type { Storage } from './storage';
import type { Target } from './writes';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  propagationPolicy?: Propagation;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

const FINALIZERS: Partial<Record<Propagation, string>> = { Foreground: 'foregroundDeletion', Orphan: 'orphan' };

export class Deletes {
  constructor(
    private readonly storage: Storage,
    private readonly clock: ClusterClock,
  ) {}

  /** Answers with a Status when the object is gone at once, else with the object as it waits to be gone. */
  delete({ kind, namespace, name = '' }: Target, options: DeleteOptions): KubeObject | Status {
    const live = this.storage.get(kind, namespace, name);
    if (live === undefined) throw notFound(kind, name);
    checkPreconditions(live, options.preconditions ?? {});
    const policy = options.propagationPolicy ?? (kind.orphansByDefault ? 'Orphan' : 'Background');
    if (!['Background', 'Foreground', 'Orphan'].includes(policy))
      throw badRequest(`invalid propagationPolicy: ${JSON.stringify(policy)}`);
    const gone = deleted(kind, name, live.metadata.uid);
    if (options.dryRun) return kind.returnsDeleted ? live : gone;
    const finalizers = [...(live.metadata.finalizers ?? []), ...(FINALIZERS[policy] ? [FINALIZERS[policy]] : [])];
    if (kind.kind === 'Namespace')
      return this.mark({ ...live, status: { ...live.status, phase: 'Terminating' } }, finalizers);
    if (finalizers.length === 0) {
      this.collect(live, 'Background');
      return kind.returnsDeleted ? live : gone;
    }
    const marked = this.mark(live, finalizers);
    if (live.metadata.finalizers?.length) return marked;
    this.collect(live, policy);
    return marked;
  }

  /** Removes the object and what belongs to it. */
  collect(object: KubeObject, policy: Propagation): void {
    if (policy === 'Background') this.storage.remove(object);
    for (const dependent of this.dependents(object)) {
      const { metadata } = dependent;
      const others = (metadata.ownerReferences ?? []).filter(({ uid }) => uid !== object.metadata.uid);
      if (policy === 'Orphan' || others.length > 0) {
        const { ownerReferences: _, ...rest } = metadata;
        this.storage.write({ ...dependent, metadata: others.length > 0 ? { ...rest, ownerReferences: others } : rest });
      } else if (metadata.finalizers?.length) this.mark(dependent, metadata.finalizers);
      else this.collect(dependent, policy);
    }
    if (policy !== 'Background') this.storage.remove(object);
  }

  private dependents({ metadata: { uid, namespace } }: KubeObject): KubeObject[] {
    return this.storage
      .everything()
      .filter(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.ownerReferences?.some((reference) => reference.uid === uid),
      );
  }

  private mark(object: KubeObject, finalizers: string[]): KubeObject {
    if (object.metadata.deletionTimestamp !== undefined) return object;
    const metadata = {
      ...object.metadata,
      deletionTimestamp: timestamp(this.clock.now()),
      deletionGracePeriodSeconds: 0,
      ...(finalizers.length > 0 ? { finalizers } : {}),
    };
    if (metadata.generation !== undefined) metadata.generation += 1;
    return this.storage.write({ ...object, metadata });
  }
}

function checkPreconditions(
  { kind, metadata }: KubeObject,
  { uid, resourceVersion }: { uid?: string; resourceVersion?: string },
) {
  // Here the API server names the kind where elsewhere it names the resource.
  const { group } = kindNamed(kind);
  const no = (why: string) => {
    const details = { name: metadata.name, ...(group === '' ? {} : { group }), kind };
    const subject = group === '' ? kind : `${kind}.${group}`;
    return refusal(409, 'Conflict', `Operation cannot be fulfilled on ${subject} "${metadata.name}": ${why}`, details);
  };
  if (uid !== undefined && uid !== metadata.uid)
    throw no(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw no(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}
