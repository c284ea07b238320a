// Who may do what: bearer tokens, and rules as Roles have them.

import type { Kind } from './kinds';
import { forbidden, unauthorized } from './statuses';

/** As a rule of a Role. `*` is all. What is left out is `['*']`, but for `namespaces`, which without it is all and the cluster's own. */
export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  /** With subresources as `pods/log`. */
  resources?: string[];
  resourceNames?: string[];
  namespaces?: string[];
}

export interface User {
  name: string;
  token: string;
  /** Undefined is everything. */
  rules: Rule[] | undefined;
}

export interface Attributes {
  verb: string;
  group: string;
  /** `pods/log` for a subresource. */
  resource: string;
  name?: string | undefined;
  namespace?: string | undefined;
}

export class Users {
  private readonly users = new Map<string, User>();
  private tokens = 0;

  /** A user known before gets these rules and keeps its token. */
  add(name: string, rules: Rule[] | undefined): User {
    const user = { name, token: this.users.get(name)?.token ?? this.newToken(name), rules };
    this.users.set(name, user);
    return user;
  }

  named(name: string): User {
    const user = this.users.get(name);
    if (user === undefined) throw new Error(`The cluster has no user ${name}`);
    return user;
  }

  /** A new token; the one before is unknown from now on. */
  rotate(name: string): string {
    const user = this.named(name);
    user.token = this.newToken(name);
    return user.token;
  }

  /** Throws 401 for a header without a token that is known now. */
  authenticate(header: string | undefined): User {
    const token = /^Bearer (.*)$/.exec(header ?? '')?.[1];
    const user = [...this.users.values()].find((known) => known.token === token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  private newToken(name: string): string {
    this.tokens += 1;
    return `${name.replaceAll(/[^a-z0-9]/g, '-')}-token-${this.tokens}`;
  }
}

/** Throws 403 unless a rule allows it. */
export function authorize(user: User, kind: Kind, attributes: Attributes): void {
  if (isAllowed(user, attributes)) return;
  const { verb, group, resource, name, namespace } = attributes;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = `resource "${resource}" in API group "${group}" ${where}`;
  throw forbidden(kind, name, `User "${user.name}" cannot ${verb} ${what}`);
}

export function isAllowed({ rules }: User, { verb, group, resource, name, namespace }: Attributes): boolean {
  if (rules === undefined) return true;
  const has = (allowed: string[] | undefined, wanted: string | undefined) =>
    allowed === undefined || allowed.includes('*') || (wanted !== undefined && allowed.includes(wanted));
  return rules.some(
    (rule) =>
      has(rule.verbs, verb) &&
      has(rule.apiGroups, group) &&
      has(rule.resources, resource) &&
      has(rule.resourceNames, name) &&
      has(rule.namespaces, namespace),
  );
}
