// What a request does, once it is known who sent it and what it is for.

import { parse } from 'yaml';
import type { DeleteOptions, Deletes, Propagation } from './deletes';
import { MONITORING } from './kinds';
import type { Lists } from './lists';
import type { Logs } from './logs';
import { at, type Draft, type Fields, isFields, type KubeObject } from './objects';
import { checkPatchOptions, jsonPatch, mergePatch } from './patch';
import type { Route } from './routes';
import { badRequest, noSuchResource, notAllowed, notFound, type Status, unsupportedMediaType } from './statuses';
import type { Storage } from './storage';
import { strategicMerge } from './strategic-merge';
import { authorize, isAllowed, type User } from './users';
import type { Target, Writes } from './writes';

export interface Parts {
  storage: Storage;
  writes: Writes;
  deletes: Deletes;
  lists: Lists;
  logs: Logs;
}

export interface Question {
  route: Route;
  query: URLSearchParams;
  body: string;
  contentType: string;
  userAgent: string;
  user: User;
}

export interface Answer {
  code: number;
  /** Text is sent as it is, all else as JSON. */
  body: KubeObject | Status | Fields | string;
}

const APPLY = 'application/apply-patch+yaml';
const STRATEGIC_MERGE = 'application/strategic-merge-patch+json';
const PATCHES = ['application/json-patch+json', 'application/merge-patch+json', APPLY];

export function answer(parts: Parts, question: Question): Answer {
  const { kind, name, verb, subresource, namespace } = question.route;
  if (subresource === 'log' && kind.kind === 'Pod' && verb === 'get')
    return { code: 200, body: parts.logs.read(existing(parts, question), question.query) };
  if (subresource !== undefined && !(subresource === 'status' && kind.hasStatus)) throw noSuchResource();
  if (verb === 'list') return { code: 200, body: parts.lists.list(kind, namespace, question.query) };
  if (verb === 'get') return { code: 200, body: existing(parts, question) };
  if ((verb === 'create') !== (name === undefined)) throw notAllowed();
  return write(parts, question);
}

function existing({ storage }: Parts, { route: { kind, namespace, name = '' } }: Question): KubeObject {
  const found = storage.get(kind, namespace, name);
  if (found === undefined) throw notFound(kind, name);
  return found;
}

function write({ writes, deletes, storage }: Parts, question: Question): Answer {
  const { route, query, user } = question;
  const { kind, namespace, name, verb } = route;
  const target: Target = {
    kind,
    namespace,
    name,
    ...(route.subresource === 'status' ? { subresource: 'status' } : {}),
  };
  const dryRun = isDryRun(query.getAll('dryRun'));
  const options = { dryRun, manager: query.get('fieldManager') || managerOf(question.userAgent) };
  if (verb === 'create') return { code: 201, body: writes.create(target, draft(question), options) };
  if (verb === 'update') return { code: 200, body: writes.replace(target, draft(question), options) };
  if (verb === 'delete') {
    const body =
      question.body === '' ? {} : (JSON.parse(question.body) as Partial<DeleteOptions> & { dryRun?: string[] });
    const policy = (query.get('propagationPolicy') ?? undefined) as Propagation | undefined;
    const deleting = { propagationPolicy: policy, ...body, dryRun: dryRun || isDryRun(body.dryRun ?? []) };
    return { code: 200, body: deletes.delete(target, deleting) };
  }
  const type = question.contentType.split(';')[0]?.trim() ?? '';
  // How lists of a custom resource are merged, nobody has said.
  const accepted = kind.group === MONITORING ? PATCHES : [...PATCHES, STRATEGIC_MERGE];
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  checkPatchOptions(type === APPLY, query.get('fieldManager'), query.get('force'));
  if (type === APPLY) {
    // To apply what is not there is to create it, which is a right of its own.
    if (storage.get(kind, namespace, name ?? '') === undefined)
      authorize(user, kind, { verb: 'create', group: kind.group, resource: kind.resource, name, namespace });
    const [body, code] = writes.apply(target, draft(question), { ...options, force: query.get('force') === 'true' });
    return { code, body };
  }
  const patch = parsed(question.body);
  const change = (live: KubeObject) => {
    if (type === PATCHES[0]) return jsonPatch(live, patch) as unknown as Draft;
    if (type !== STRATEGIC_MERGE) return mergePatch(live, patch) as Draft;
    if (!isFields(patch)) throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type map');
    return strategicMerge(kind.kind, live, patch) as unknown as Draft;
  };
  return { code: 200, body: writes.patch(target, change, options) };
}

/** What a user may do, answered to that user. */
export function reviewAccess(user: User, body: string): Answer {
  const review = parsed(body) as Fields;
  const wanted = at(review, 'spec', 'resourceAttributes');
  const {
    verb = '*',
    group = '',
    resource = '*',
    subresource,
    name,
    namespace,
  } = (isFields(wanted) ? wanted : {}) as Record<string, string>;
  const full = subresource ? `${resource}/${subresource}` : resource;
  // Empty is all names, and all namespaces together with what is in none.
  const attributes = { verb, group, resource: full, name: name || undefined, namespace: namespace || undefined };
  return { code: 201, body: { ...review, status: { allowed: isAllowed(user, attributes) } } };
}

function draft({ body }: Question): Draft {
  const object = parsed(body);
  if (!isFields(object)) throw badRequest("couldn't get version/kind; json parse error: unexpected end of JSON input");
  return { metadata: {}, ...object } as Draft;
}

/** JSON, or YAML where that is allowed: most bodies are JSON, which is read much faster. */
function parsed(body: string): unknown {
  try {
    return /^\s*[[{]/.test(body) ? JSON.parse(body) : parse(body);
  } catch {
    throw badRequest('error decoding patch: invalid character looking for beginning of value');
  }
}

function isDryRun(directives: readonly string[]): boolean {
  const unknown = directives.find((directive) => directive !== 'All');
  if (unknown !== undefined) throw badRequest(`invalid dryRun directive: ${unknown}`);
  return directives.length > 0;
}

/** Who does not say which manager he is has the name of his program. */
function managerOf(userAgent: string): string {
  return userAgent.split('/')[0] || 'unknown';
}
