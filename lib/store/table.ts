// Looks a fleet's table and key up in the catalog, once, so that every later question names exactly one relation.

import { parseTableName, printTableName } from '../config/table-name';
import { UserError } from '../errors';
import { isTextKey, KEY_TYPES, quoteIdentifier } from './key';
import type { Row, Session } from './session';

/** A table and its key, as the catalog has them. */
export interface KeyColumn {
  /** `schema.table`, quoted where needed, as the lock records it. */
  table: string;
  /** The same, always quoted, for SQL. */
  relation: string;
  key: string;
  /** As `format_type` names it, see KEY_TYPES. */
  type: string;
  /** Of text keys: name and version of the collation that orders them, such as `en_US.utf8@2.36`. */
  collation: string | null;
  /** `COLLATE …` of the column, for comparing bare literals; empty for keys that are not text. */
  collate: string;
  /** False when no index leads with the key. Views have none of their own, so theirs is true. */
  indexed: boolean;
}

/** What the config calls the column, and what it takes from the rows to the lock. */
const CALLED = {
  key: {
    instead: 'choose another column that orders the rows',
    inGit: 'bounds of its groups, which are values of rows,',
  },
  column: { instead: 'choose another column that names the groups', inGit: 'its values' },
} as const;

/**
 * @param place where the config names the table, such as `fleets.catalog.groups`
 * @param called under which key of the config it stands
 * @throws UserError `table-unknown`, `column-unknown`, `permission-denied`, `key-unsupported`, `text-key`
 */
export async function findKeyColumn(
  session: Session,
  place: string,
  wanted: { table: string; key: string; allowKeysInGit: boolean },
  called: keyof typeof CALLED = 'key',
): Promise<KeyColumn> {
  const table = await findTable(session, place, wanted.table);
  const name = printTableName({ schema: table.schema as string, name: table.name as string });
  const column = await findColumn(session, table.oid as string, wanted.key);
  if (column === undefined) {
    throw new UserError('column-unknown', `${place}.${called}: expected a column of ${name}, got "${wanted.key}"`, {
      hint: `its columns are ${await columnsOf(session, table.oid as string)}; names are case-sensitive`,
    });
  }
  if (table.usable !== 'true' || column.readable !== 'true') {
    const role = quoteIdentifier(table.role as string);
    const grants = [
      `GRANT USAGE ON SCHEMA ${quoteIdentifier(table.schema as string)} TO ${role};`,
      `GRANT SELECT (${quoteIdentifier(wanted.key)}) ON ${name} TO ${role};`,
    ];
    throw new UserError(
      'permission-denied',
      `${place}: the store's role ${table.role} may not read ${name}.${wanted.key}`,
      {
        hint: grants.join('\n'),
      },
    );
  }
  const type = column.type as string;
  if (!(type in KEY_TYPES)) {
    throw new UserError(
      'key-unsupported',
      `${place}.${called}: expected a ${called} of type ${Object.keys(KEY_TYPES).join(', ')}, got ${wanted.key} ${type}`,
      {
        hint: CALLED[called].instead,
      },
    );
  }
  if (isTextKey(type) && !wanted.allowKeysInGit) {
    throw new UserError(
      'text-key',
      `${place}.${called}: ${wanted.key} is ${type}, and ${CALLED[called].inGit} would stand in git for ever`,
      {
        hint: 'use a surrogate key (an integer or uuid), or permit it with allowKeysInGit: true',
      },
    );
  }
  return {
    table: name,
    relation: `${quoteIdentifier(table.schema as string)}.${quoteIdentifier(table.name as string)}`,
    key: wanted.key,
    type,
    collation: isTextKey(type) ? await collationOf(session, column) : null,
    collate: isTextKey(type)
      ? `COLLATE ${quoteIdentifier(column.coll_schema as string)}.${quoteIdentifier(column.coll_name as string)}`
      : '',
    indexed: column.indexed === 'true' || !['r', 'p', 'm'].includes(table.kind as string),
  };
}

async function findTable(session: Session, place: string, text: string): Promise<Row> {
  const { schema, name } = parseTableName(text) as NonNullable<ReturnType<typeof parseTableName>>;
  const schemas = schema === undefined ? session.schemas : [schema];
  const [table] = await session.query(
    `SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
            has_schema_privilege(n.oid, 'USAGE')::text AS usable, current_user::text AS role
       FROM json_array_elements_text($1::json) WITH ORDINALITY AS path (schema, position)
       JOIN pg_namespace n ON n.nspname = path.schema
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      ORDER BY path.position LIMIT 1`,
    [JSON.stringify(schemas), name],
  );
  if (table !== undefined) return table;
  const [elsewhere] = await session.query(
    `SELECT string_agg(quote_ident(n.nspname) || '.' || quote_ident(c.relname), ', ' ORDER BY n.nspname) AS names
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE lower(c.relname) = lower($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [name],
  );
  const searched = schema === undefined ? ` in the schemas ${schemas.join(', ')}` : '';
  throw new UserError(
    'table-unknown',
    `${place}.table: expected a table or view of the store, got ${text}, which is not there${searched}`,
    {
      hint: elsewhere?.names
        ? `did you mean ${elsewhere.names}? Names with capitals need quotes, as in SQL`
        : 'write schema and name as in SQL; for your own table, set DATABASE_URL to your own database',
    },
  );
}

async function findColumn(session: Session, table: string, column: string): Promise<Row | undefined> {
  const [row] = await session.query(
    `SELECT format_type(a.atttypid, NULL) AS type, 
            has_column_privilege(a.attrelid, a.attnum, 'SELECT')::text AS readable,
            l.oid::text AS coll_oid, l.collname::text AS coll_name, ln.nspname::text AS coll_schema,
            EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
                     WHERE i.indrelid = a.attrelid AND i.indisvalid AND m.amname = 'btree'
                       AND i.indkey[0] = a.attnum AND i.indpred IS NULL)::text AS indexed
       FROM pg_attribute a
       LEFT JOIN pg_collation l ON l.oid = a.attcollation
       LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
      WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
    [table, column],
  );
  return row;
}

async function columnsOf(session: Session, table: string): Promise<string> {
  const [row] = await session.query(
    `SELECT string_agg(attname, ', ' ORDER BY attnum) AS names FROM pg_attribute
      WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return row?.names ?? 'none';
}

/** A new version of the C library or ICU may order texts anew, and rows would change groups: the lock keeps what it was. */
async function collationOf(session: Session, column: Row): Promise<string> {
  const isDefault = column.coll_name === 'default';
  const [row] = isDefault
    ? await session.query(
        // Its version can be asked for since PostgreSQL 15.
        `SELECT datcollate::text AS name, ${(await majorVersion(session)) >= 15 ? 'pg_database_collation_actual_version(oid)' : 'NULL'}::text AS version
           FROM pg_database WHERE datname = current_database()`,
      )
    : await session.query('SELECT $1::text AS name, pg_collation_actual_version($2::oid)::text AS version', [
        column.coll_name,
        column.coll_oid,
      ]);
  return row?.version ? `${row.name}@${row.version}` : `${row?.name}`;
}

async function majorVersion(session: Session): Promise<number> {
  const [row] = await session.query(`SELECT current_setting('server_version_num') AS number`);
  return Math.floor(Number(row?.number) / 10_000);
}
