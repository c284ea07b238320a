// The lock, `fleet.lock.json`: the recorded groups of every fleet. See docs/lock-format.md. Text in, text out; files are dist's.

import * as z from 'zod';
import { choice, isPlainObject } from '../config/shapes';
import { UserError } from '../errors';
import { KEY_TYPES } from '../store/key';
import type { ColumnGroup, Group, QueryGroup, RangeGroup } from './group';
import { brokenLaw } from './laws';

export const LOCK_VERSION = 1;

/** What the groups of a fleet were made from. Another answer to any of this is another Dataset. */
export type Source = RangeSource | ColumnSource | QuerySource;

interface CommonSource {
  /** Identity of the store: `<system identifier or storeId>/<database>`, or `demo`. */
  store: string;
}

export interface RangeSource extends CommonSource {
  by: 'keyRange';
  /** `schema.table`, as SQL would quote it. */
  table: string;
  key: string;
  /** The key's type as `format_type` names it. */
  type: string;
  /** Name and version of a text key's collation. */
  collation?: string;
  where?: string;
}

export interface ColumnSource extends CommonSource {
  by: 'column';
  table: string;
  column: string;
  /** The column's type as `format_type` names it. */
  type: string;
}

export interface QuerySource extends CommonSource {
  by: 'query';
  /** SHA-256 of the SQL, hexadecimal. */
  sql: string;
  /** The column that names the groups. */
  name: string;
}

/** One fleet's part of the lock. */
interface LockOf<S extends Source, G extends Group> {
  /** A random id, made once: tells this fleet's objects in a cluster from another's of the same name. */
  lineage: string;
  /** Rises by one with each change. */
  serial: number;
  /** One CronJob for all groups; absent, one for each. */
  shape?: 'folded' | undefined;
  /** When the shape was last another, ISO 8601 in UTC; there as long as that shape's objects stay beside, suspended. */
  reshaped?: string | undefined;
  source: S;
  /** The id of the next group; above all ids ever given. */
  nextId: number;
  /** By id. */
  groups: G[];
}

export interface RangeLock extends LockOf<RangeSource, RangeGroup> {
  /** Capacity, and the most rows a group was given, when all groups were last held against them. Other figures make synth count once. */
  capacity: number;
  rowsPerGroup: number;
}
export type ColumnLock = LockOf<ColumnSource, ColumnGroup>;
export type QueryLock = LockOf<QuerySource, QueryGroup>;
export type FleetLock = RangeLock | ColumnLock | QueryLock;

export function isRangeLock(lock: FleetLock): lock is RangeLock {
  return lock.source.by === 'keyRange';
}

export interface Lock {
  version: typeof LOCK_VERSION;
  fleets: Record<string, FleetLock>;
}

/** The lock of a project that has never been synthesized. */
export function emptyLock(): Lock {
  return { version: LOCK_VERSION, fleets: {} };
}

const count = z.int().nonnegative();
const bound = z.string().nullable();
const id = { id: z.int().positive(), slot: count };
const state = { rows: count, state: z.enum(['active', 'empty', 'retiring']), since: z.iso.datetime() };
const lockOf = <S extends z.ZodType, G extends z.ZodType>(source: S, group: G, fewest = 1) =>
  z.strictObject({
    lineage: z.string().regex(/^[0-9a-f]{16}$/),
    serial: z.int().positive(),
    shape: z.literal('folded').optional(),
    reshaped: z.iso.datetime().optional(),
    source,
    nextId: z.int().positive(),
    groups: z.array(group).min(fewest),
  });
const text = z.string();
/** Literals are cast to it, also by a frozen run, which cannot ask whether the store has it. */
const keyType = text.refine((type) => Object.hasOwn(KEY_TYPES, type), 'a type a key may have');
const rangeLock = lockOf(
  z.strictObject({
    by: z.literal('keyRange'),
    store: text,
    table: text,
    key: text,
    type: keyType,
    collation: text.optional(),
    where: text.optional(),
  }),
  z.strictObject({ ...id, from: bound, to: bound, ...state }),
).extend({ capacity: z.int().positive(), rowsPerGroup: z.int().positive() });
const columnLock = lockOf(
  z.strictObject({ by: z.literal('column'), store: text, table: text, column: text, type: keyType }),
  z.strictObject({ ...id, value: text, ...state }),
  // A column in which no row has a value yet.
  0,
);
const queryLock = lockOf(
  z.strictObject({ by: z.literal('query'), store: text, sql: text, name: text }),
  z.strictObject({ ...id, name: text, params: z.record(text, text.nullable()), ...state }),
);
const fleetLock = choice('a fleet of `source.by` keyRange, column or query', (value) => {
  const source = isPlainObject(value) && isPlainObject(value.source) ? value.source : {};
  return Object.entries({ keyRange: rangeLock, column: columnLock, query: queryLock }).find(
    ([by]) => by === source.by,
  )?.[1];
}) as unknown as z.ZodType<FleetLock>;
const lockSchema = z.strictObject({ version: z.literal(LOCK_VERSION), fleets: z.record(z.string(), fleetLock) });

/**
 * Reads a lock and makes sure that it keeps the laws: ids used once, slots used once, ranges that tile.
 * @param file name for messages
 * @throws UserError `lock-conflict` (merge markers), `lock-version`, `lock-invalid` (with fleet and group)
 */
export function parseLock(text: string, file: string): Lock {
  const restore = `restore it with \`git checkout -- ${file}\`, then run synth`;
  if (/^(<{7}|={7}|>{7})/m.test(text)) {
    throw new UserError('lock-conflict', `${file} has merge-conflict markers`, {
      hint: `take the side of the branch you merge into (git checkout --ours ${file}), then run synth: it adds what the other side had grown`,
    });
  }
  const invalid = (what: string, cause?: unknown) =>
    new UserError('lock-invalid', `${file}: ${what}`, { hint: `the lock is not edited by hand; ${restore}`, cause });
  const raw = parseJson(text, invalid);
  const version = (raw as { version?: unknown } | null)?.version;
  if (version !== LOCK_VERSION) {
    throw new UserError(
      'lock-version',
      `${file}: expected version ${LOCK_VERSION}, got ${JSON.stringify(version) ?? 'none'}`,
      {
        hint: `it was written by another version of cronfleet: use that one, or ${restore}`,
      },
    );
  }
  const result = lockSchema.safeParse(raw);
  if (!result.success) {
    const issue = result.error.issues[0] as z.core.$ZodIssue;
    throw invalid(`${issue.path.join('.')}: ${issue.message}`, result.error);
  }
  for (const [name, fleet] of Object.entries(result.data.fleets)) {
    const problem = brokenLaw(fleet);
    if (problem) throw invalid(`fleet ${name}: ${problem}`);
  }
  return result.data;
}

function parseJson(text: string, invalid: (what: string, cause?: unknown) => UserError): unknown {
  if (text.startsWith('\uFEFF')) throw invalid('it begins with a byte order mark');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`not JSON: ${(cause as Error).message}`, cause);
  }
}

/** The lock as text: stable bytes, one group a line, fleets by name. `parseLock` reads the same lock back. */
export function printLock(lock: Lock): string {
  const fleets = Object.entries(lock.fleets)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fleet]) => {
      const lines = fleet.groups.map((group) => `        ${oneLine(group)}`).join(',\n');
      return [
        `    ${JSON.stringify(name)}: {`,
        `      "lineage": ${JSON.stringify(fleet.lineage)},`,
        `      "serial": ${fleet.serial},`,
        ...(fleet.shape === undefined ? [] : [`      "shape": ${JSON.stringify(fleet.shape)},`]),
        ...(fleet.reshaped === undefined ? [] : [`      "reshaped": ${JSON.stringify(fleet.reshaped)},`]),
        `      "source": ${oneLine(fleet.source)},`,
        ...(isRangeLock(fleet)
          ? [`      "capacity": ${fleet.capacity},`, `      "rowsPerGroup": ${fleet.rowsPerGroup},`]
          : []),
        `      "nextId": ${fleet.nextId},`,
        `      "groups": ${lines === '' ? '[]' : `[\n${lines}\n      ]`}`,
        '    }',
      ].join('\n');
    });
  return `{\n  "version": ${lock.version},\n  "fleets": {\n${fleets.join(',\n')}\n  }\n}\n`;
}

function oneLine(value: object): string {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{ ${fields.map(([name, field]) => `${JSON.stringify(name)}: ${JSON.stringify(field)}`).join(', ')} }`;
}
