// Everything that the API says no with: Status objects, worded as the API server words them.

import { apiVersionOf, type Kind, qualified } from './kinds';

export interface Cause {
  reason: string;
  message: string;
  field: string;
}

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: Cause[];
    retryAfterSeconds?: number;
  };
  code?: number;
}

/** A refusal, thrown from wherever it is found. */
export class Refusal extends Error {
  constructor(readonly status: Status & { code: number }) {
    super(status.message);
  }
}

export function refusal(
  code: number,
  reason: string | undefined,
  message: string,
  details?: Status['details'],
  metadata: Status['metadata'] = {},
): Refusal {
  return new Refusal({
    ...{ kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message },
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

type Named = Pick<Kind, 'group' | 'resource'>;

function naming({ group, resource }: Named, name?: string): NonNullable<Status['details']> {
  return { ...(name ? { name } : {}), ...(group === '' ? {} : { group }), kind: resource };
}

export function notFound(kind: Named, name: string): Refusal {
  return refusal(404, 'NotFound', `${qualified(kind)} "${name}" not found`, naming(kind, name));
}

export function alreadyExists(kind: Named, name: string): Refusal {
  return refusal(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, naming(kind, name));
}

export function conflict(kind: Named, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return refusal(409, 'Conflict', message, naming(kind, name));
}

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again' as const;

export function forbidden(kind: Named, name: string | undefined, why: string, causes?: Cause[]): Refusal {
  const subject = name ? `${qualified(kind)} "${name}"` : qualified(kind);
  const details = { ...naming(kind, name), ...(causes === undefined ? {} : { causes }) };
  return refusal(403, 'Forbidden', `${subject} is forbidden: ${why}`, details);
}

export function unauthorized(): Refusal {
  return refusal(401, 'Unauthorized', 'Unauthorized');
}

export function badRequest(message: string): Refusal {
  return refusal(400, 'BadRequest', message);
}

export function expired(message: string, next?: string): Refusal {
  return refusal(410, 'Expired', message, undefined, next === undefined ? {} : { continue: next });
}

/** The server knows the group but not the resource. */
export function noSuchResource(): Refusal {
  return refusal(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function notAllowed(): Refusal {
  const message = 'the server does not allow this method on the requested resource';
  return refusal(405, 'MethodNotAllowed', message, {});
}

export function unsupportedMediaType(accepted: readonly string[]): Refusal {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return refusal(415, 'UnsupportedMediaType', message);
}

/** All problems of an object at once. Causes' messages are without their field, the Status' own is with. */
export function invalid(kind: Pick<Kind, 'group' | 'kind'>, name: string, causes: Cause[]): Refusal {
  const subject = `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid`;
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const message = `${subject}: ${lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`}`;
  const group = kind.group === '' ? {} : { group: kind.group };
  const details = { ...(name === '' ? {} : { name }), ...group, kind: kind.kind, causes };
  return refusal(422, 'Invalid', message, details);
}

/** A delete that was done at once. */
export function deleted(kind: Kind, name: string, uid: string): Status {
  const metadata = {};
  return {
    ...{ kind: 'Status', apiVersion: 'v1', metadata, status: 'Success' },
    details: { ...naming(kind, name), uid },
  };
}

/** Of a resource version that nobody can know yet. */
export function tooLarge(wanted: number, current: number): Refusal {
  const message = `Too large resource version: ${wanted}, current: ${current}`;
  const cause = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' };
  return refusal(504, 'Timeout', `Timeout: ${message}`, { causes: [cause], retryAfterSeconds: 1 });
}

/** As the body names an object of another kind than its address does. */
export function otherKind(kind: Kind, said: string): Refusal {
  return badRequest(`${said} in version "${apiVersionOf(kind)}" cannot be handled as a ${kind.kind}`);
}
