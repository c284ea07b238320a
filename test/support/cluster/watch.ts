// Watches: one JSON line for each event, until the time is up, the connection breaks or the client leaves.

import type { ServerResponse } from 'node:http';
import { apiVersionOf, type Kind, qualified } from './kinds';
import { selectorOf } from './lists';
import type { Fields, KubeObject } from './objects';
import { expired, type Refusal } from './statuses';
import type { Happening, Storage } from './storage';

const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

interface Open {
  response: ServerResponse;
  bookmark: (annotations?: Record<string, string>) => void;
  end: () => void;
}

export class Watches {
  private readonly open = new Set<Open>();

  constructor(private readonly storage: Storage) {}

  /** How many are open now. */
  get size(): number {
    return this.open.size;
  }

  /** Answers with the events after the query's resourceVersion; without one, or with 0, with all there is as ADDED first. */
  watch(kind: Kind, namespace: string | undefined, query: URLSearchParams, response: ServerResponse): void {
    const selector = selectorOf(kind, query);
    const isMine = (object: KubeObject | undefined): object is KubeObject =>
      object !== undefined && (namespace === undefined || object.metadata.namespace === namespace) && selector(object);
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
    const version = query.get('resourceVersion') ?? '';
    const isFresh = version === '' || version === '0' || query.get('sendInitialEvents') === 'true';
    if (!isFresh && Number(version) < this.storage.compacted) {
      const gone = expired(`too old resource version: ${version} (${this.storage.compacted})`) as Refusal;
      send('ERROR', gone.status);
      response.end();
      return;
    }
    const tell = (happening: Happening) => {
      const event = happening.resource === qualified(kind) ? eventOf(happening, isMine) : undefined;
      if (event !== undefined) send(...event);
    };
    if (isFresh) for (const object of this.storage.all(kind).filter(isMine)) send('ADDED', object);
    else for (const happening of this.storage.since(kind, Number(version))) tell(happening);
    this.keepOpen(kind, query, response, tell, send);
  }

  /** Breaks every connection in the middle. */
  drop(): void {
    for (const { response } of this.open) response.destroy();
  }

  /** Ends every watch as the server does when its time is up. */
  end(): void {
    for (const { end } of [...this.open]) end();
  }

  /** Ends every watch with an event that says what went wrong. */
  fail(status: number): void {
    for (const { response } of [...this.open]) {
      response.write(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: status } })}\n`);
      response.end();
    }
  }

  /** Tells every watch that asked for bookmarks which version it has seen. */
  bookmark(): void {
    for (const { bookmark } of this.open) bookmark();
  }

  private keepOpen(
    kind: Kind,
    query: URLSearchParams,
    response: ServerResponse,
    tell: (happening: Happening) => void,
    send: (type: string, object: unknown) => void,
  ): void {
    const stop = this.storage.listen(tell);
    const bookmark = (annotations?: Record<string, string>) => {
      if (query.get('allowWatchBookmarks') !== 'true') return;
      const metadata = {
        resourceVersion: String(this.storage.version),
        creationTimestamp: null,
        ...(annotations ? { annotations } : {}),
      };
      send('BOOKMARK', { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata });
    };
    if (query.get('sendInitialEvents') === 'true') bookmark(INITIAL_EVENTS_END);
    const end = () => {
      bookmark();
      stop();
      this.open.delete(opened);
      response.end();
    };
    const opened = { response, bookmark, end };
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    const timer = seconds > 0 ? setTimeout(end, seconds * 1000) : undefined;
    this.open.add(opened);
    response.on('close', () => {
      clearTimeout(timer);
      stop();
      this.open.delete(opened);
    });
  }
}

/** What happened, as a watch of some of the objects sees it: they may come into its selection and leave it. */
function eventOf(
  { object, before, type }: Happening,
  isMine: (object: KubeObject | undefined) => object is KubeObject,
): [string, unknown] | undefined {
  const was = isMine(before);
  const is = type !== 'DELETED' && isMine(object);
  if (is) return [was ? 'MODIFIED' : 'ADDED', object];
  if (!was) return undefined;
  // What leaves is told as it was when it was last in, with the version of what made it leave.
  const metadata: Fields = { ...before.metadata, resourceVersion: object.metadata.resourceVersion };
  return ['DELETED', { ...before, metadata }];
}
