// The lock, `fleet.lock.json`: the recorded groups of every fleet. See docs/lock-format.md. Text in, text out; files are dist's.

import { z } from 'zod';
import { UserError } from '../errors';
import { risesStrictly } from '../store/key';
import type { Group } from './group';

export const LOCK_VERSION = 1;

/** What the groups of a fleet were made from. Another answer to any of this is another Dataset. */
export interface Source {
  by: 'keyRange';
  /** Identity of the store: `<system identifier or storeId>/<database>`, or `demo`. */
  store: string;
  /** `schema.table`, as SQL would quote it. */
  table: string;
  key: string;
  /** The key's type as `format_type` names it. */
  type: string;
  /** Name and version of a text key's collation. */
  collation?: string;
  where?: string;
}

/** One fleet's part of the lock. */
export interface FleetLock {
  /** A random id, made once: tells this fleet's objects in a cluster from another's of the same name. */
  lineage: string;
  /** Rises by one with each change. */
  serial: number;
  source: Source;
  /** The id of the next group; above all ids ever given. */
  nextId: number;
  /** By id. */
  groups: Group[];
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
const groupSchema = z.strictObject({
  id: z.int().positive(),
  slot: count,
  from: bound,
  to: bound,
  rows: count,
  state: z.enum(['active', 'empty', 'retiring']),
  since: z.iso.datetime(),
});
const fleetLockSchema = z.strictObject({
  lineage: z.string().regex(/^[0-9a-f]{16}$/),
  serial: z.int().positive(),
  source: z.strictObject({
    by: z.literal('keyRange'),
    store: z.string(),
    table: z.string(),
    key: z.string(),
    type: z.string(),
    collation: z.string().optional(),
    where: z.string().optional(),
  }),
  nextId: z.int().positive(),
  groups: z.array(groupSchema).min(1),
});
const lockSchema = z.strictObject({ version: z.literal(LOCK_VERSION), fleets: z.record(z.string(), fleetLockSchema) });

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

/** What keeps a fleet's groups from being a tiling with ids and slots used once; undefined when nothing does. */
export function brokenLaw(fleet: Pick<FleetLock, 'groups' | 'nextId' | 'source'>): string | undefined {
  const { groups, nextId } = fleet;
  const bySlot = new Map<number, Group>();
  for (const [index, group] of groups.entries()) {
    const previous = groups[index - 1];
    if (previous && previous.id === group.id) return `the id ${group.id} is used twice`;
    if (previous && previous.id > group.id)
      return `group ${group.id} stands behind group ${previous.id}; they are sorted by id`;
    if (group.id >= nextId) return `group ${group.id} has an id that nextId (${nextId}) has not reached`;
    const twin = bySlot.get(group.slot);
    bySlot.set(group.slot, group);
    if (twin) return `groups ${twin.id} and ${group.id} share the slot ${group.slot}`;
  }
  const ranges = inKeyOrder(groups);
  if (typeof ranges === 'string') return ranges;
  const bounds = ranges.flatMap((group) => group.from ?? []);
  return risesStrictly(fleet.source.type, bounds) ? undefined : 'the bounds do not rise from group to group';
}

/** The groups that own a range, from the one unbounded below to the one unbounded above; a sentence where they do not tile. */
export function inKeyOrder(groups: readonly Group[]): Group[] | string {
  const owners = groups.filter((group) => group.state !== 'retiring');
  const byFrom = new Map<string | null, Group>();
  for (const group of owners) {
    const twin = byFrom.get(group.from);
    if (twin) return `groups ${twin.id} and ${group.id} overlap: both begin at ${group.from ?? 'the very start'}`;
    byFrom.set(group.from, group);
  }
  const ordered = new Set<Group>();
  let before: Group | undefined;
  let from: string | null = null;
  do {
    const group = byFrom.get(from);
    if (!group && !before) return 'a gap: no group begins at the very start';
    if (!group) return `a gap or overlap: group ${before?.id} ends at ${from}, where no group begins`;
    if (ordered.has(group)) return `an overlap: the range of group ${group.id} comes twice`;
    ordered.add(group);
    before = group;
    from = group.to;
  } while (from !== null);
  const lost = owners.find((group) => !ordered.has(group));
  return lost ? `a gap or overlap: group ${lost.id} begins at ${lost.from}, where no group ends` : [...ordered];
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
        `      "source": ${oneLine(fleet.source)},`,
        `      "nextId": ${fleet.nextId},`,
        `      "groups": [\n${lines}\n      ]`,
        '    }',
      ].join('\n');
    });
  return `{\n  "version": ${lock.version},\n  "fleets": {\n${fleets.join(',\n')}\n  }\n}\n`;
}

function oneLine(value: object): string {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{ ${fields.map(([name, field]) => `${JSON.stringify(name)}: ${JSON.stringify(field)}`).join(', ')} }`;
}
