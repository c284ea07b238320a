// The types a key may have, and how its values stand in SQL. Values are text from end to end: no number or Date would keep them whole.

/** Key types by the name `format_type` gives them, with the type a literal is cast to. */
export const KEY_TYPES: Readonly<Record<string, string>> = {
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  numeric: 'numeric',
  uuid: 'uuid',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  text: 'text',
  'character varying': 'text',
};

const INTEGERS = ['smallint', 'integer', 'bigint'];

/** The highest value of each integer type. */
export const HIGHEST: Readonly<Record<string, bigint>> = {
  smallint: 2n ** 15n - 1n,
  integer: 2n ** 31n - 1n,
  bigint: 2n ** 63n - 1n,
};

/** True for the types whose values are people's words, and so land in git as bounds only when that is permitted. */
export function isTextKey(type: string): boolean {
  return KEY_TYPES[type] === 'text';
}

/** True when every value of `from` is the same value of `to`, in the same order and the same text. */
export function isWidening(from: string, to: string): boolean {
  return INTEGERS.includes(from) && [...INTEGERS, 'numeric'].indexOf(to) > INTEGERS.indexOf(from);
}

/** True when `bounds` rise strictly, as far as that can be told without the store: integers only; other types are left to SQL. */
export function risesStrictly(type: string, bounds: readonly string[]): boolean {
  if (!INTEGERS.includes(type)) return true;
  if (!bounds.every((bound) => /^-?\d+$/.test(bound))) return false;
  return bounds.every((bound, index) => index === 0 || BigInt(bounds[index - 1] as string) < BigInt(bound));
}

/** An identifier as SQL reads it back, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a SQL literal; `E''` where a backslash would depend on standard_conforming_strings. */
function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** A key range as a SQL condition: `"id" >= '1'::bigint AND "id" < '9'::bigint`; undefined when it is unbounded on both sides. */
export function rangeCondition(key: string, type: string, from: string | null, to: string | null): string | undefined {
  const column = quoteIdentifier(key);
  const parts = [
    ...(from === null ? [] : [`${column} >= ${typedLiteral(type, from)}`]),
    ...(to === null ? [] : [`${column} < ${typedLiteral(type, to)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' AND ');
}

/** The rows with one value as a SQL condition: `"region" = 'eu'::text`. */
export function valueCondition(column: string, type: string, value: string): string {
  return `${quoteIdentifier(column)} = ${typedLiteral(type, value)}`;
}

function typedLiteral(type: string, value: string): string {
  return `${quoteLiteral(value)}::${KEY_TYPES[type]}`;
}
