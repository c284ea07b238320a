// Every request that the cluster was sent, for tests to count.

export interface RequestRecord {
  /** As in rules: get, list, watch, create, update, patch, delete. */
  verb: string;
  /** With a subresource as `pods/log`; the path for discovery and for what is not there. */
  resource: string;
  namespace: string | undefined;
  name: string | undefined;
  query: Record<string, string>;
  /** Undefined for a token that nobody has. */
  user: string | undefined;
  /** As the client named itself. */
  userAgent: string;
  /** Undefined while it runs, and when the connection was broken. */
  status: number | undefined;
}

const WRITES = ['create', 'update', 'patch', 'delete'];

export class Requests {
  readonly all: RequestRecord[] = [];
  /** The greatest number under way at once, watches not counted. */
  mostAtOnce = 0;
  private now = 0;

  add(record: RequestRecord): RequestRecord {
    this.all.push(record);
    return record;
  }

  start(): void {
    this.now += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.now);
  }

  finish(): void {
    this.now -= 1;
  }

  /** Those that asked for a change that stays: dry runs and questions about access are none. */
  writes(): RequestRecord[] {
    return this.all.filter(
      ({ verb, query, resource }) =>
        WRITES.includes(verb) && query.dryRun !== 'All' && resource !== 'selfsubjectaccessreviews',
    );
  }

  clear(): void {
    this.all.length = 0;
    this.mostAtOnce = this.now;
  }
}
