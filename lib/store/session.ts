// One conversation with a store: a read-only snapshot in which every question sees the same rows.

/** Every value is text or null, as our SQL casts it, so that drivers cannot disagree or round. */
export type Row = Record<string, string | null>;

/** What a driver has to offer: one statement, positional parameters. */
export interface Connection {
  query(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** An open snapshot. */
export interface Session extends Connection {
  /** Schemas in which a table name without one is looked up, in order. */
  readonly schemas: readonly string[];
  /** `<system identifier or storeId>/<database>`, or `demo`. */
  readonly identity: string;
}

/** A store that can be asked. */
export interface Store {
  /** What a person calls it: `postgres://user@host:5432/db`, never with a password. */
  readonly label: string;
  readonly isDemo: boolean;
  /** Things about the store a person should know, such as a connection without verified TLS. */
  readonly warnings: readonly string[];
  /** Opens a snapshot, hands it to `work`, and ends it; nothing can be written in it. */
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>;
}
