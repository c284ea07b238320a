// Lists, whole or page by page: every page of a list is of one moment.

import { apiVersionOf, type Kind, MONITORING, qualified } from './kinds';
import type { Fields, KubeObject } from './objects';
import { fieldSelector, labelSelector, type Selector } from './selectors';
import { badRequest, expired, tooLarge } from './statuses';
import type { Storage } from './storage';

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Which objects a list or watch asks for. */
export function selectorOf({ kind }: Kind, query: URLSearchParams): Selector {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(kind, query.get('fieldSelector') ?? '');
  return (object) => labels(object) && fields(object);
}

export class Lists {
  /** What the pages that are still to be asked for are of, by resource and version. */
  private readonly moments = new Map<string, KubeObject[]>();

  constructor(private readonly storage: Storage) {}

  list(kind: Kind, namespace: string | undefined, query: URLSearchParams): Fields {
    const limit = Number(query.get('limit') ?? 0);
    const token = query.get('continue');
    const version = query.get('resourceVersion') ?? '';
    if (token && version !== '' && version !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    this.checkVersion(version, query.get('resourceVersionMatch'));
    const start = token ? this.decode(token) : { version: this.storage.version, after: '' };
    const moment = this.moment(kind, start.version);
    const selected = moment
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(selectorOf(kind, query))
      .filter((object) => keyOf(object) > start.after);
    const page = limit > 0 ? selected.slice(0, limit) : selected;
    const left = selected.length - page.length;
    if (left > 0) this.moments.set(momentKey(kind, start.version), moment);
    const hasSelector = query.get('labelSelector') || query.get('fieldSelector');
    return {
      kind: `${kind.kind}List`,
      apiVersion: apiVersionOf(kind),
      metadata: {
        resourceVersion: String(start.version),
        ...(left > 0 ? { continue: encode(start.version, keyOf(page.at(-1) as KubeObject)) } : {}),
        ...(left > 0 && !hasSelector ? { remainingItemCount: left } : {}),
      },
      items: page.map((object) => item(kind, object)),
    };
  }

  /** Pages that are still to be asked for are gone. */
  forget(): void {
    this.moments.clear();
  }

  private moment(kind: Kind, version: number): KubeObject[] {
    return this.moments.get(momentKey(kind, version)) ?? this.storage.all(kind);
  }

  private checkVersion(version: string, match: string | null): void {
    if (version === '' || version === '0') return;
    if (!/^\d+$/.test(version)) throw badRequest(`Invalid value: "${version}": invalid resource version`);
    if (Number(version) > this.storage.version) throw tooLarge(Number(version), this.storage.version);
    if (match === 'Exact' && Number(version) < this.storage.version)
      throw expired('The resourceVersion for the provided list is too old.');
  }

  private decode(token: string): { version: number; after: string } {
    let found: { rv: number; start: string };
    try {
      found = JSON.parse(Buffer.from(token, 'base64url').toString());
    } catch {
      throw badRequest('continue key is not valid: illegal base64 data');
    }
    if (found.rv > 0 && found.rv <= this.storage.compacted) throw expired(TOO_OLD, encode(-1, found.start));
    // A token that gives up consistency goes on with what there is now.
    return { version: found.rv > 0 ? found.rv : this.storage.version, after: found.start };
  }
}

/** Items of the API's own kinds do not say their kind; those of a CRD do. */
function item({ group }: Kind, object: KubeObject): Fields {
  if (group === MONITORING) return object;
  const { apiVersion: _, kind: __, ...rest } = object;
  return rest;
}

function encode(version: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start })).toString('base64url');
}

function momentKey(kind: Kind, version: number): string {
  return `${qualified(kind)}@${version}`;
}

function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}
