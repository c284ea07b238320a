// Reads a table name as SQL reads it.

/** Longest identifier PostgreSQL keeps; it cuts longer ones without a word, and would then name another table. */
export const MAX_IDENTIFIER_BYTES = 63;

export interface TableName {
  /** Absent when the name is to be looked up in the connection's search_path. */
  schema?: string;
  name: string;
}

/** `catalog.items` or `"Odd Schema"."It""ems"` in its parts: bare words in lower case, quoted ones as they are. Undefined when it is neither. */
export function parseTableName(text: string): TableName | undefined {
  const part = /(?:"((?:[^"\0]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))/u.source;
  const match = new RegExp(`^(?:${part}\\.)?${part}$`, 'u').exec(text.trim());
  if (!match) return undefined;
  const word = (quoted?: string, bare?: string) => quoted?.replaceAll('""', '"') ?? bare?.toLowerCase();
  const schema = word(match[1], match[2]);
  const name = word(match[3], match[4]) as string;
  if ([schema ?? '', name].some((identifier) => Buffer.byteLength(identifier) > MAX_IDENTIFIER_BYTES)) return undefined;
  return schema === undefined ? { name } : { schema, name };
}

/** The identifier quoted where SQL needs it, for people and for the lock; `parseTableName` reads it back. */
export function printTableName({ schema, name }: TableName): string {
  const word = (identifier: string) =>
    /^[a-z_][a-z0-9_$]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`;
  return schema === undefined ? word(name) : `${word(schema)}.${word(name)}`;
}
