// A cluster as cronfleet uses it: lists in pages, single objects, server-side apply, watches and logs. Every refusal is a
// UserError; what the server is too busy for is tried again.

import { type Access, type AccessOptions, accessTo } from './access';
import { refusalOf, refuseClockOff, unreachable } from './failures';
import { type Call, connectionsOf, linesOf, type Reply, SILENCE, textOf } from './http';
import { apiVersionOf, type Kind, PODS, pathOf } from './kinds';
import { APPLY, type Pace, patiently } from './retry';

/** The manager of fields that cronfleet sets. */
export const FIELD_MANAGER = 'cronfleet';
/** Objects a page. As kubectl does. */
const PAGE = 500;
/** After which the server ends a watch by itself. */
const WATCH_SECONDS = 300;
/** A connection that died unseen never ends: then we do, in milliseconds. */
const WATCH_DEADLINE = (WATCH_SECONDS + 30) * 1000;

/** What every object has; times in it are text, as the server sends them. */
export interface AnyObject {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string; resourceVersion?: string };
}

export interface Selection {
  labelSelector?: string;
  fieldSelector?: string;
}

/** Objects of one moment. */
export interface Listed<T> {
  items: T[];
  /** From which a watch goes on. */
  resourceVersion: string;
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

export interface Writing {
  /** Ask the server what would become of it, and change nothing. */
  dryRun?: boolean;
}

export interface Cluster {
  access: Access;
  pace: Pace;
  /** All pages, as of one moment. @param namespace undefined: of all namespaces, or of what lies in none */
  list<T extends AnyObject>(kind: Kind, namespace: string | undefined, selection?: Selection): Promise<Listed<T>>;
  /** Undefined when it is not there. */
  get<T extends AnyObject>(kind: Kind, namespace: string | undefined, name: string): Promise<T | undefined>;
  /** Server-side apply without force: a conflict with another manager is a refusal with status 409. */
  apply<T extends AnyObject>(kind: Kind, object: AnyObject, writing?: Writing): Promise<T>;
  create<T extends AnyObject>(kind: Kind, object: AnyObject, writing?: Writing): Promise<T>;
  /** Refused with 409 when the object has changed since it was read. */
  replace<T extends AnyObject>(kind: Kind, object: AnyObject): Promise<T>;
  /** False when it was gone already. With `uid`, another object of that name is left alone (409). */
  remove(kind: Kind, namespace: string | undefined, name: string, uid?: string, writing?: Writing): Promise<boolean>;
  /** Calls back for each change until the connection ends. @returns `expired` when changes since `resourceVersion` are not to be had */
  watch<T extends AnyObject>(
    kind: Kind,
    namespace: string,
    selection: Selection & { resourceVersion: string },
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<'ended' | 'expired'>;
  /** A container's last lines. Undefined when there are none to be had. */
  log(namespace: string, pod: string, container: string, lines: number): Promise<string | undefined>;
}

/** Real time and chance. */
export const REAL_PACE: Pace = {
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, milliseconds);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
    }),
  random: Math.random,
  now: () => new Date(),
};

/** How long a connection is waited on that gives no sign of life, in milliseconds. */
export interface Patience {
  silence: number;
  /** A watch, from its beginning. */
  watch: number;
}

/** @throws UserError `cluster-config`; nothing is asked yet */
export async function connect(
  options: AccessOptions,
  pace: Pace = REAL_PACE,
  patience: Patience = { silence: SILENCE, watch: WATCH_DEADLINE },
): Promise<Cluster> {
  const access = await accessTo(options);
  let connections = connectionsOf(access, patience.silence);
  const patient = patiently((call) => connections.send(call), pace);

  /** Credentials that are read from a file or a program may be new ones. */
  const sendAs = async (call: Call): Promise<Reply> => {
    const reply = await patient(call);
    if (reply.status !== 401) return reply;
    connections = connectionsOf({ ...access, config: (await accessTo(options)).config }, patience.silence);
    return patient(call);
  };

  async function ask(call: Call, doing: string, accept: readonly number[] = []): Promise<Reply> {
    const reply = await sendAs(call).catch((error: unknown) => {
      if (call.signal?.aborted) throw error;
      throw unreachable(error, access);
    });
    refuseClockOff(reply, access);
    if ((reply.status >= 200 && reply.status < 300) || accept.includes(reply.status)) return reply;
    throw refusalOf(reply, doing, access);
  }

  const write = async (method: Call['method'], kind: Kind, object: AnyObject, query: Call['query'], type?: string) => {
    const { name, namespace } = object.metadata ?? {};
    const path = pathOf(kind, namespace, method === 'POST' ? undefined : name);
    const doing = `${method === 'POST' ? 'create' : 'change'} ${kind.kind} ${name}`;
    const { body } = await ask({ method, path, query, body: object, ...(type ? { contentType: type } : {}) }, doing);
    return body as AnyObject;
  };
  const dry = ({ dryRun }: Writing = {}) => ({ fieldManager: FIELD_MANAGER, dryRun: dryRun ? 'All' : undefined });

  return {
    access,
    pace,
    async list<T extends AnyObject>(kind: Kind, namespace: string | undefined, selection: Selection = {}) {
      const path = pathOf(kind, namespace);
      const doing = `list ${kind.plural}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
      for (let restarts = 0; ; restarts += 1) {
        const items: T[] = [];
        let next: string | undefined;
        for (;;) {
          const query = { ...selection, limit: String(PAGE), continue: next };
          const { status, body } = await ask({ method: 'GET', path, query }, doing, restarts < 3 ? [410] : []);
          // The rest of the pages is of a moment the server has forgotten.
          if (status === 410) break;
          const { metadata, items: page } = body as {
            metadata?: { continue?: string; resourceVersion?: string };
            items?: T[];
          };
          // Items of a list do not say what they are.
          for (const item of page ?? []) items.push({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...item });
          next = metadata?.continue || undefined;
          if (next === undefined) return { items, resourceVersion: metadata?.resourceVersion ?? '' };
        }
      }
    },
    async get<T extends AnyObject>(kind: Kind, namespace: string | undefined, name: string) {
      const call: Call = { method: 'GET', path: pathOf(kind, namespace, name) };
      const { status, body } = await ask(call, `get ${kind.kind} ${name}`, [404]);
      return status === 404 ? undefined : (body as T);
    },
    async apply<T extends AnyObject>(kind: Kind, object: AnyObject, writing?: Writing) {
      return (await write('PATCH', kind, object, dry(writing), APPLY)) as T;
    },
    async create<T extends AnyObject>(kind: Kind, object: AnyObject, writing?: Writing) {
      return (await write('POST', kind, object, dry(writing))) as T;
    },
    async replace<T extends AnyObject>(kind: Kind, object: AnyObject) {
      return (await write('PUT', kind, object, dry())) as T;
    },
    async remove(kind, namespace, name, uid, writing) {
      const { status } = await ask(
        {
          method: 'DELETE',
          path: pathOf(kind, namespace, name),
          query: { dryRun: writing?.dryRun ? 'All' : undefined },
          body: {
            propagationPolicy: 'Background',
            ...(uid === undefined ? {} : { preconditions: { uid } }),
          },
        },
        `delete ${kind.kind} ${name}`,
        [404],
      );
      return status !== 404;
    },
    async watch<T extends AnyObject>(
      kind: Kind,
      namespace: string,
      selection: Selection & { resourceVersion: string },
      onEvent: (event: WatchEvent<T>) => void,
      signal: AbortSignal,
    ) {
      const query = { ...selection, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(WATCH_SECONDS) };
      const deadline = AbortSignal.timeout(patience.watch);
      const call: Call = {
        ...{ method: 'GET', path: pathOf(kind, namespace), query },
        signal: AbortSignal.any([signal, deadline]),
      };
      try {
        const incoming = await connections.open(call);
        if (incoming.statusCode === 410) {
          incoming.resume();
          return 'expired';
        }
        if (incoming.statusCode !== 200) {
          const status = incoming.statusCode ?? 0;
          const body: unknown = JSON.parse((await textOf(incoming)) || '{}');
          throw refusalOf({ status, body, retryAfter: undefined }, `watch ${kind.plural}`, access);
        }
        for await (const line of linesOf(incoming)) {
          const event = JSON.parse(line) as { type: string; object: T };
          // Whatever it was: from this version on, the server may say the same for ever.
          if (event.type === 'ERROR') return 'expired';
          onEvent(event as WatchEvent<T>);
        }
      } catch (error) {
        if (!deadline.aborted || signal.aborted) throw error;
      }
      return 'ended';
    },
    async log(namespace, pod, container, lines) {
      const path = `${pathOf(PODS, namespace, pod)}/log`;
      const query = { container, tailLines: String(lines) };
      const { status, body } = await ask({ method: 'GET', path, query }, `read the log of pod ${pod}`, [400, 404]);
      return status === 200 ? String(body) : undefined;
    },
  };
}
