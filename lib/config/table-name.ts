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
  const parts = partsOf(text);
  return parts !== undefined && [parts.schema ?? '', parts.name].every(fits) ? parts : undefined;
}

/** The identifier quoted where SQL needs it, for people and for the lock; `parseTableName` reads it back. */
export function printTableName({ schema, name }: TableName): string {
  const word = (identifier: string) =>
    /^[a-z_][a-z0-9_$]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`;
  return schema === undefined ? word(name) : `${word(schema)}.${word(name)}`;
}

/** What to do about a text that `parseTableName` does not read, or undefined. */
export function tableProblem(text: string): string | undefined {
  if (parseTableName(text)) return undefined;
  return partsOf(text) === undefined
    ? 'write catalog.items, or with quotes "Odd Schema"."It""ems"; the database is part of the store’s URL'
    : `schema and table may have ${MAX_IDENTIFIER_BYTES} bytes each`;
}

/** What to do about a text that cannot be a column's name, or undefined. */
export function columnProblem(name: string): string | undefined {
  if (name.trim() === '' || name.includes('\0')) return 'such as id; one column, not a list';
  return fits(name) ? undefined : `a column's name may have ${MAX_IDENTIFIER_BYTES} bytes`;
}

function partsOf(text: string): TableName | undefined {
  const part = /(?:"((?:[^"\0]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))/u.source;
  const match = new RegExp(`^(?:${part}\\.)?${part}$`, 'u').exec(text.trim());
  if (!match) return undefined;
  // PostgreSQL lowers the letters of ASCII alone where a database is UTF-8.
  const lower = (bare: string) => bare.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const word = (quoted?: string, bare?: string) => quoted?.replaceAll('""', '"') ?? (bare && lower(bare));
  const schema = word(match[1], match[2]);
  const name = word(match[3], match[4]) as string;
  return schema === undefined ? { name } : { schema, name };
}

function fits(identifier: string): boolean {
  return Buffer.byteLength(identifier) <= MAX_IDENTIFIER_BYTES;
}
