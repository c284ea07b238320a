// Every write but deletes: what a create, a replace, a patch or an apply makes of an object before it is stored.

import { apply } from './apply';
import type { ClusterClock } from './clock';
import { setDefaults } from './defaults';
import { apiVersionOf, type Kind } from './kinds';
import { afterUpdate, isNoChange, type Manager, ownershipsOf, setOwnerships } from './managers';
import { admitToNamespace } from './namespaces';
import { type Draft, type Fields, isSame, type KubeObject, type Metadata, timestamp, within } from './objects';
import { alreadyExists, badRequest, conflict, invalid, MODIFIED, notFound, otherKind, refusal } from './statuses';
import type { Storage } from './storage';
import { ownPodLabels, validate } from './validation';

export interface Target {
  kind: Kind;
  namespace: string | undefined;
  /** Undefined in a create. */
  name: string | undefined;
  subresource?: 'status';
}

export interface WriteOptions {
  manager: string;
  dryRun: boolean;
}

/** Metadata that only the server writes. */
const OWN = ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

export class Writes {
  private generated = 0;

  constructor(
    private readonly storage: Storage,
    private readonly clock: ClusterClock,
  ) {}

  create(target: Target, body: Draft, options: WriteOptions): KubeObject {
    if (body.metadata?.resourceVersion)
      throw refusal(500, undefined, 'resourceVersion should not be set on objects to be created');
    const object = this.fresh(target, body);
    const manager = this.manager(target, options, 'Update');
    // Nobody owns the status that the server starts with.
    const written = target.kind.hasStatus ? { ...object, status: undefined } : object;
    return this.store(target, object, options, () => afterUpdate(undefined, written, manager, this.time()));
  }

  replace(target: Target, body: Draft, options: WriteOptions): KubeObject {
    this.checkAddress(target, body);
    const live = this.live(target);
    if (target.kind.needsVersion && !body.metadata?.resourceVersion) {
      const why = 'Invalid value: 0: must be specified for an update';
      throw invalid(target.kind, live.metadata.name, [
        { reason: 'FieldValueInvalid', message: why, field: 'metadata.resourceVersion' },
      ]);
    }
    return this.update(target, live, body, options);
  }

  /** `change` makes the new object of a copy of the live one. */
  patch(target: Target, change: (live: KubeObject) => Draft, options: WriteOptions): KubeObject {
    const live = this.live(target);
    const changed = change(structuredClone(live));
    this.checkAddress(target, changed);
    return this.update(target, live, changed, options);
  }

  /** Server-side apply; it creates what is not there. */
  apply(
    target: Target,
    body: Draft,
    { force, ...options }: WriteOptions & { force: boolean },
  ): [KubeObject, 200 | 201] {
    this.checkAddress(target, body);
    const { kind, namespace, subresource } = target;
    const name = target.name as string;
    if (body.metadata?.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
    const manager = this.manager(target, options, 'Apply');
    const applied = withoutForeign(kind, body, subresource);
    const live = this.storage.get(kind, namespace, name);
    const time = this.time();
    const version = body.metadata?.resourceVersion;
    if (live === undefined) {
      if (subresource !== undefined) throw notFound(kind, name);
      if (body.metadata?.uid) {
        const why = `uid mismatch: the provided object specified uid ${body.metadata.uid}, and no existing object was found`;
        throw conflict(kind, name, why);
      }
      if (version) throw conflict(kind, name, MODIFIED);
      const empty = { apiVersion: body.apiVersion, kind: kind.kind, metadata: { name } } as KubeObject;
      const merged = apply(empty, applied, manager, { force, time });
      const object = this.fresh(target, merged);
      return [this.store(target, object, options, () => ownershipsOf(merged)), 201];
    }
    if (version && version !== live.metadata.resourceVersion) throw conflict(kind, name, MODIFIED);
    const merged = apply(live, applied, manager, { force, time });
    merged.metadata.resourceVersion = live.metadata.resourceVersion;
    return [this.update(target, live, merged, options, merged), 200];
  }

  private update(
    target: Target,
    live: KubeObject,
    body: Draft,
    options: WriteOptions,
    applied?: KubeObject,
  ): KubeObject {
    const { kind, subresource } = target;
    const { name } = live.metadata;
    const { resourceVersion, uid } = body.metadata ?? {};
    if (uid && uid !== live.metadata.uid)
      throw conflict(
        kind,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
      );
    if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) throw conflict(kind, name, MODIFIED);
    const metadata = { ...structuredClone(body.metadata), name } as Metadata;
    for (const field of [...OWN, 'namespace', 'resourceVersion', 'managedFields'] as const) {
      if (live.metadata[field] === undefined) delete metadata[field];
      else Object.assign(metadata, { [field]: live.metadata[field] });
    }
    const object = {
      ...structuredClone(body),
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata,
    } as KubeObject;
    if (kind.hasStatus && subresource === undefined) restore(object, live, 'status');
    if (subresource === 'status')
      for (const field of new Set([...Object.keys(live), ...Object.keys(object)]))
        if (field !== 'status' && field !== 'metadata') restore(object, live, field);
    setDefaults(object);
    if (kind.hasGeneration && !isSame(object.spec, live.spec))
      metadata.generation = (live.metadata.generation ?? 0) + 1;
    validate(kind, object, live);
    const manager = this.manager(target, options, 'Update');
    const time = this.time();
    setOwnerships(object, applied === undefined ? afterUpdate(live, object, manager, time) : ownershipsOf(applied));
    if (isNoChange(live, object)) return live;
    if (options.dryRun) return object;
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      this.storage.remove(object);
      return object;
    }
    return this.storage.write(object);
  }

  /** A new object with all that the server gives to it. */
  private fresh(target: Target, body: Draft): KubeObject {
    const { kind, namespace } = target;
    this.checkAddress(target, body);
    const metadata = { ...structuredClone(body.metadata) } as Metadata;
    metadata.name = metadata.name || this.generateName(kind, metadata.generateName);
    if (kind.namespaced && namespace !== undefined) metadata.namespace = namespace;
    admitToNamespace(this.storage, kind, metadata);
    for (const field of [...OWN, 'managedFields'] as const) delete metadata[field];
    Object.assign(metadata, { uid: this.storage.uid(), creationTimestamp: this.time() });
    if (kind.hasGeneration) metadata.generation = 1;
    const object = {
      ...structuredClone(body),
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata,
    } as KubeObject;
    if (kind.hasStatus) object.status = kind.kind === 'Pod' ? { phase: 'Pending', qosClass: 'BestEffort' } : {};
    setDefaults(object);
    if (kind.kind === 'Job') selectOwnPods(object);
    validate(kind, object);
    return object;
  }

  private store(
    { kind, namespace }: Target,
    object: KubeObject,
    { dryRun }: WriteOptions,
    ownerships: () => ReturnType<typeof ownershipsOf>,
  ): KubeObject {
    const { name } = object.metadata;
    if (this.storage.get(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
    setOwnerships(object, ownerships());
    return dryRun ? object : this.storage.write(object);
  }

  private live({ kind, namespace, name = '' }: Target): KubeObject {
    const live = this.storage.get(kind, namespace, name);
    if (live === undefined) throw notFound(kind, name);
    return live;
  }

  private checkAddress({ kind, namespace, name }: Target, body: Draft): void {
    if (body.kind !== kind.kind || body.apiVersion !== apiVersionOf(kind)) throw otherKind(kind, String(body.kind));
    const said = body.metadata ?? {};
    if (namespace !== undefined && said.namespace && said.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    if (name !== undefined && said.name && said.name !== name)
      throw badRequest(`the name of the object (${said.name}) does not match the name on the URL (${name})`);
  }

  private generateName(kind: Kind, prefix: string | undefined): string {
    if (!prefix) {
      const message = 'Required value: name or generateName is required';
      throw invalid(kind, '', [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }]);
    }
    this.generated += 1;
    return `${prefix}${this.generated.toString(36).padStart(5, 'x')}`;
  }

  private manager({ kind, subresource }: Target, { manager }: WriteOptions, operation: Manager['operation']): Manager {
    return { manager, operation, apiVersion: apiVersionOf(kind), ...(subresource ? { subresource } : {}) };
  }

  private time(): string {
    return timestamp(this.clock.now());
  }
}

function restore(object: KubeObject, live: KubeObject, field: string): void {
  if (live[field] === undefined) delete object[field];
  else object[field] = structuredClone(live[field]);
}

/** What an apply to the object or to its status says of the other is left out, as is what belongs to the server. */
function withoutForeign(kind: Kind, body: Draft, subresource: 'status' | undefined): Fields {
  const applied: Fields = structuredClone(body);
  if (subresource === 'status') {
    for (const field of Object.keys(applied)) if (field !== 'status') delete applied[field];
    return applied;
  }
  if (kind.hasStatus) delete applied.status;
  const metadata = within(applied, 'metadata');
  for (const field of [...OWN, 'resourceVersion']) delete metadata[field];
  return applied;
}

/** A Job finds its Pods by its own uid, with the labels of today and those of old. What is there stays, and is validated. */
function selectOwnPods({ metadata: { uid, name }, spec = {} }: KubeObject): void {
  if (spec.manualSelector === true) return;
  within(within(spec, 'selector'), 'matchLabels')['batch.kubernetes.io/controller-uid'] ??= uid;
  const labels = within(within(within(spec, 'template'), 'metadata'), 'labels');
  for (const [label, value] of Object.entries(ownPodLabels(uid, name))) labels[label] ??= value;
}
