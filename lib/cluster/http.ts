// One request to the API server: JSON out, JSON in. Objects stay as the server sent them: the official client's typed calls drop
// fields they do not know, and turn times into Dates.

import { type Agent, type IncomingMessage, request as insecure } from 'node:http';
import { request as secure } from 'node:https';
import type { Access } from './access';

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/api` on. */
  path: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  /** @default application/json */
  contentType?: string;
  signal?: AbortSignal | undefined;
}

export interface Reply {
  status: number;
  /** Parsed when it is JSON, else text. */
  body: unknown;
  /** Seconds to wait, where the server says so. */
  retryAfter: number | undefined;
  /** It was asked before, and a first try may have been done whatever was answered then. */
  isRepeated?: boolean;
  /** Milliseconds by which this machine's clock is ahead of the server's; whole seconds count. */
  clockAhead?: number;
}

/** Sends a call; what the server answers is a value, only a connection that fails is thrown. */
export type Send = (call: Call) => Promise<Reply>;
/** Sends a call and gives the answer's bytes as they come, however long nothing does. */
export type Open = (call: Call) => Promise<IncomingMessage>;

/** How long a connection may be silent, in milliseconds. */
export const SILENCE = 30_000;

/**
 * Calls through one set of connections that stay open.
 * @param silence milliseconds; what is opened may be silent for longer once its answer has begun
 */
export function connectionsOf(access: Access, silence: number = SILENCE): { send: Send; open: Open } {
  let agent: Agent | undefined;
  const begin = async (call: Call, isStream: boolean): Promise<IncomingMessage> => {
    const { method, path, query = {}, body, contentType = 'application/json', signal } = call;
    const url = new URL(access.server + path);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const options: Parameters<Access['config']['applyToHTTPSOptions']>[0] & { agent?: Agent } = { headers: {} };
    await access.config.applyToHTTPSOptions(options);
    // It makes an agent, with the proxy and the certificates, for each call: the first one serves all, and keeps its connections.
    agent ??= keptAlive(options.agent);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(options.headers as Record<string, string>),
      accept: 'application/json',
      'user-agent': 'cronfleet',
      ...(payload === undefined
        ? {}
        : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(payload)) }),
    };
    const send = url.protocol === 'http:' ? insecure : secure;
    return new Promise((resolve, reject) => {
      let answer: IncomingMessage | undefined;
      const outgoing = send(url, { ...options, agent, method, headers, signal }, (incoming) => {
        answer = incoming;
        if (isStream) outgoing.setTimeout(0);
        resolve(incoming);
      });
      const what = () =>
        `no ${answer === undefined ? 'answer' : 'rest of the answer'} within ${silence / 1000} seconds`;
      outgoing.setTimeout(silence, () => (answer ?? outgoing).destroy(new Error(what())));
      outgoing.once('error', reject);
      outgoing.end(payload);
    });
  };
  const send: Send = async (call) => {
    const incoming = await begin(call, false);
    const text = await textOf(incoming);
    const after = Number(incoming.headers['retry-after']);
    return {
      status: incoming.statusCode ?? 0,
      body: parsed(text),
      retryAfter: Number.isFinite(after) && after > 0 ? after : undefined,
      ...aheadOf(incoming.headers.date),
    };
  };
  return { send, open: (call) => begin(call, true) };
}

export async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function aheadOf(date: string | undefined): Pick<Reply, 'clockAhead'> {
  const there = Date.parse(date ?? '');
  return Number.isNaN(there) ? {} : { clockAhead: Date.now() - there };
}

/** Whole lines as they come; half of one, where the connection was lost, is none. Throws what the connection fails with. */
export async function* linesOf(incoming: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() as string;
    yield* lines.filter((line) => line !== '');
  }
}

function keptAlive(agent: Agent | undefined): Agent | undefined {
  if (agent === undefined) return undefined;
  return Object.assign(agent, { keepAlive: true, maxFreeSockets: 64 });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
