// The HTTP side: who is it, may he, does he meet a fault, and the answer.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { discovery } from './discovery';
import { type Asked, type Fault, type Faults, refusalOf } from './faults';
import { type Answer, answer, type Parts, reviewAccess } from './handler';
import type { Hold } from './holds';
import { MONITORING } from './kinds';
import type { RequestRecord, Requests } from './requests';
import { type Route, routeOf } from './routes';
import { noSuchResource, Refusal, refusal } from './statuses';
import { authorize, type User, type Users } from './users';
import type { Watches } from './watch';

export interface Settings {
  hasMonitoring: boolean;
  /** Milliseconds that every answer takes longer; for benches. */
  latency: number;
}

export interface Front extends Parts {
  users: Users;
  faults: Faults;
  requests: Requests;
  watches: Watches;
  settings: Settings;
  holds: Hold[];
}

const REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** What a server over TLS shows its clients. */
export interface Certificate {
  key: string;
  cert: string;
}

export function serve(front: Front, certificate: Certificate | undefined): Server {
  const meet = (request: IncomingMessage, response: ServerResponse) => {
    void new Exchange(front, request, response).run();
  };
  return certificate === undefined ? createServer(meet) : createSecureServer(certificate, meet);
}

class Exchange {
  private readonly url: URL;
  private readonly route: Route | undefined;
  private readonly record: RequestRecord;

  constructor(
    private readonly front: Front,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.url = new URL(request.url ?? '/', 'http://cluster');
    this.route = routeOf(request.method ?? 'GET', this.url, front.settings);
    const { kind, subresource, verb = 'get', namespace, name } = this.route ?? {};
    const isReview = this.url.pathname === REVIEW;
    this.record = front.requests.add({
      verb: isReview ? 'create' : verb,
      resource: isReview
        ? 'selfsubjectaccessreviews'
        : kind
          ? [kind.resource, subresource].filter(Boolean).join('/')
          : this.url.pathname,
      ...{ namespace, name, query: Object.fromEntries(this.url.searchParams) },
      ...{ user: undefined, userAgent: request.headers['user-agent'] ?? '', status: undefined },
    });
    if (verb === 'watch') return;
    front.requests.start();
    response.on('close', () => front.requests.finish());
  }

  async run(): Promise<void> {
    try {
      const body = await this.body();
      if (this.front.settings.latency > 0)
        await new Promise((resolve) => setTimeout(resolve, this.front.settings.latency));
      const user = this.front.users.authenticate(this.request.headers.authorization);
      this.record.user = user.name;
      for (const hold of this.front.holds) await hold.pass(this.asked());
      // Who has gone meanwhile does not get his write either.
      if (this.response.destroyed) return;
      if (this.route?.verb === 'watch') {
        this.watch(user);
        return;
      }
      const fault = this.fault();
      if (fault === undefined || fault.applied) this.answerTo(user, body, fault);
      else this.fail(fault);
    } catch (error) {
      this.refuse(error);
    }
  }

  private answerTo(user: User, body: string, fault: Fault | undefined): void {
    const found = this.found(user, body);
    if (fault === undefined) this.send(found);
    else this.fail(fault);
  }

  private found(user: User, body: string): Answer {
    const { headers, method } = this.request;
    if (this.url.pathname === REVIEW && method === 'POST') return reviewAccess(user, body);
    if (this.route === undefined) return this.discovered();
    this.authorize(user, this.route);
    const { 'content-type': contentType = 'application/json', 'user-agent': userAgent = '' } = headers;
    return answer(this.front, { route: this.route, query: this.url.searchParams, body, contentType, userAgent, user });
  }

  private watch(user: User): void {
    const { kind, namespace } = this.authorize(user, this.route as Route);
    const fault = this.fault();
    if (fault !== undefined) {
      this.fail(fault);
      return;
    }
    this.record.status = 200;
    this.front.watches.watch(kind, namespace, this.url.searchParams, this.response);
  }

  private discovered(): Answer {
    const found = this.request.method === 'GET' ? discovery(this.url.pathname, this.front.settings) : undefined;
    if (found !== undefined) return { code: 200, body: found as Answer['body'] };
    const isKnownGroup = /^\/apis?\/((batch|[a-z.]+\.k8s\.io)\/)?v1\//.test(this.url.pathname);
    if (isKnownGroup || (this.front.settings.hasMonitoring && this.url.pathname.includes(MONITORING)))
      throw noSuchResource();
    // No group, no Status either.
    return { code: 404, body: '404 page not found\n' };
  }

  private authorize(user: User, route: Route): Route {
    const { kind, namespace, name, subresource, verb } = route;
    const resource = subresource === undefined ? kind.resource : `${kind.resource}/${subresource}`;
    const inNamespace = kind.kind === 'Namespace' && name !== undefined ? name : namespace;
    authorize(user, kind, { verb, group: kind.group, resource, name, namespace: inNamespace });
    return route;
  }

  private fault(): Fault | undefined {
    return this.front.faults.meet(this.asked());
  }

  private asked(): Asked {
    const { verb, resource, namespace, name, user } = this.record;
    return { verb, resource, namespace, name, user };
  }

  private fail(fault: Fault): void {
    if ('reset' in fault) this.request.socket.destroy();
    else this.refuse(refusalOf(fault));
  }

  private refuse(error: unknown): void {
    // A bug of the double must not look like an answer of the API.
    const { status } =
      error instanceof Refusal ? error : refusal(500, undefined, `bug in the double: ${(error as Error).stack}`);
    const seconds = status.details?.retryAfterSeconds;
    if (seconds !== undefined) this.response.setHeader('Retry-After', String(seconds));
    this.send({ code: status.code, body: status });
  }

  private send({ code, body }: Answer): void {
    this.record.status = code;
    const isText = typeof body === 'string';
    // Its clock is the test's, and no machine's.
    this.response.sendDate = false;
    this.response.writeHead(code, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' });
    this.response.end(isText ? body : JSON.stringify(body));
  }

  private async body(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
}
