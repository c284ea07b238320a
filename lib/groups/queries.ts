// Groups that are the rows of a query. A row is known by its name: what else it says may change, its id does not.

import { createHash } from 'node:crypto';
import { wholeRunPassed } from '../config/nights';
import type { Fleet, Query } from '../config/schema';
import { UserError } from '../errors';
import type { QueryObservation, QueryQuestion } from '../store/query';
import { number } from '../text';
import { type Allocation, noteEmptiness, removeRetired, succeed, timestamp, type World } from './allocation';
import { freeSlots, groupName, type QueryGroup } from './group';
import type { QueryLock } from './lock';

const MAX_GROUPS = 10_000;
/** Of a CronJob: the controller appends 11 characters for its Jobs. A Job that runs once has a hash of 9 behind it, and at most 63. */
const MAX_NAME = 52;
/** What follows GROUP_ and is told to groups of one kind or another; `index` is a folded fleet's, in the group map. */
const RESERVED = ['ID', 'NAME', 'FROM', 'TO', 'WHERE', 'VALUE', 'INDEX'];

/** What to ask the store about a fleet. */
export function queryQuestion(fleet: string, { sql, name }: Query): QueryQuestion {
  return { by: 'query', place: `fleets.${fleet}.groups`, sql, name, maxRows: MAX_GROUPS };
}

/** SHA-256 of the SQL, as the lock records it. */
export function hashOfSql(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}

/** A column's name as the end of a variable's: `shop url` is told as GROUP_SHOP_URL. */
export function variableOf(column: string): string {
  return column.replace(/[^A-Za-z0-9_]/gu, '_').toUpperCase();
}

/**
 * The fleet's groups as they are from now on: those of recorded names keep id and slot, new names come behind them in the
 * order of the query. A group whose row is gone stays, noted as empty, and is retired where that is wanted; of a fleet that
 * runs once it goes.
 * @throws UserError `group-invalid` for a name or column that cannot be used, `emptied` for a query without rows, `too-many-groups`
 */
export function allocateQuery(
  name: string,
  fleet: Fleet & { groups: Query },
  recorded: QueryLock | undefined,
  observation: QueryObservation,
  world: World,
): Allocation {
  const { now } = world;
  refuseSize(name, recorded, observation);
  refuseColumns(name, Object.keys(observation.rows[0]?.params ?? {}));
  const rows = namedRows(name, fleet.groups.name, observation);
  const isGone = (group: QueryGroup) => !rows.has(group.name);

  const before = recorded?.groups ?? [];
  const revived = before.map((group) => (isGone(group) ? group : revive(group, now)));
  const kept = fleet.once
    ? { groups: revived.filter((group) => !isGone(group)), removed: revived.filter(isGone).map(({ id }) => id) }
    : removeRetired(revived, (since) => wholeRunPassed(fleet, since, now));
  const noted = noteEmptiness(kept.groups, isGone, now);
  const retired = fleet.groups.retireEmpty ? noted.groups.filter(({ state }) => state === 'empty') : [];
  const old = noted.groups.map((group): QueryGroup => {
    if (retired.includes(group)) return { ...group, state: 'retiring', since: timestamp(now) };
    return { ...group, params: rows.get(group.name) ?? group.params };
  });
  const added = newGroups(old, recorded?.nextId ?? 1, rows, now);
  const lock = succeed<QueryLock>(
    recorded,
    {
      source: { by: 'query', store: observation.store, sql: hashOfSql(fleet.groups.sql), name: fleet.groups.name },
      nextId: (recorded?.nextId ?? 1) + added.length,
      groups: [...old, ...added],
    },
    world,
  );
  const paramsBefore = new Map(before.map(({ id, params }) => [id, JSON.stringify(params)]));
  return {
    lock,
    added: added.map(({ id }) => id),
    changed: old.filter(({ id, params }) => paramsBefore.get(id) !== JSON.stringify(params)).map(({ id }) => id),
    emptied: noted.emptied,
    retired: retired.map(({ id }) => id),
    removed: kept.removed,
    rowsCounted: observation.rows.length,
    warnings: [],
  };
}

/** A row that comes back before its group was removed is that group again. */
function revive(group: QueryGroup, now: Date): QueryGroup {
  return group.state === 'retiring' ? { ...group, state: 'active', since: timestamp(now) } : group;
}

function newGroups(
  old: readonly QueryGroup[],
  nextId: number,
  rows: ReadonlyMap<string, QueryGroup['params']>,
  now: Date,
): QueryGroup[] {
  const known = new Set(old.map((group) => group.name));
  const slots = freeSlots(old);
  return [...rows]
    .filter(([name]) => !known.has(name))
    .map(([name, params], index) => ({
      id: nextId + index,
      slot: slots.next().value,
      name,
      params,
      rows: 1,
      state: 'active',
      since: timestamp(now),
    }));
}

function refuseSize(fleet: string, recorded: QueryLock | undefined, { rows, complete }: QueryObservation): void {
  const place = `fleets.${fleet}.groups`;
  if (!complete) {
    throw new UserError('too-many-groups', `${place}: the query has more than ${number(MAX_GROUPS)} rows`, {
      hint: 'each row is a Kubernetes object; group the rows in SQL, or cut them with byKeyRange',
    });
  }
  if (rows.length > 0) return;
  const groups = recorded?.groups.length ?? 0;
  const were = groups === 0 ? '' : `; ${number(groups)} groups are recorded`;
  throw new UserError('emptied', `${place}: the query has no rows, and a fleet has one group or more${were}`, {
    hint:
      groups === 0
        ? 'is it the right database?'
        : 'is it the right database, and are its tables filled? To end the fleet, take it out of the config',
  });
}

/** Each column is told as a variable and stands in an annotation of that name. */
function refuseColumns(fleet: string, columns: readonly string[]): void {
  const seen = new Map<string, string>();
  const refuse = (what: string) =>
    new UserError('group-invalid', `fleets.${fleet}.groups.sql: ${what}`, {
      hint: 'give it another name in the query: SELECT id AS shop_id, …',
    });
  for (const column of columns) {
    const variable = variableOf(column);
    const shown = JSON.stringify(column);
    if (!/^[A-Z0-9](\w*[A-Z0-9])?$/.test(variable))
      throw refuse(`the column ${shown} does not begin and end with a letter or digit of ASCII`);
    if (RESERVED.includes(variable))
      throw refuse(`the column ${shown} would be told as GROUP_${variable}, which is cronfleet's own`);
    const twin = seen.get(variable);
    if (twin !== undefined)
      throw refuse(`the columns ${JSON.stringify(twin)} and ${shown} would both be told as GROUP_${variable}`);
    seen.set(variable, column);
  }
}

/** The rows' parameters by their names as Kubernetes takes them, in the order of the query. */
function namedRows(fleet: string, column: string, { rows }: QueryObservation): Map<string, QueryGroup['params']> {
  const refuse = (what: string, hint: string) =>
    new UserError('group-invalid', `fleets.${fleet}.groups: ${what}`, { hint });
  const named = new Map<string, QueryGroup['params']>();
  const written = new Map<string, string>();
  for (const [index, { name, params }] of rows.entries()) {
    const row = `row ${number(index + 1)} of the query`;
    if (name === null) throw refuse(`${row} has no ${column} (NULL)`, `leave it out: WHERE ${column} IS NOT NULL`);
    const shown = JSON.stringify(name);
    const clean = cleaned(name);
    if (clean === '')
      throw refuse(`${row} has the ${column} ${shown}, in which Kubernetes takes no character`, NAMES_HINT);
    const twin = written.get(clean);
    if (twin !== undefined)
      throw refuse(
        `the rows ${twin} and ${index + 1} (${shown}) would both be the group ${fleet}-${clean}`,
        NAMES_HINT,
      );
    const whole = groupName(fleet, { id: 0, name: clean });
    if (whole.length > MAX_NAME) {
      const what = `${whole} (${column} ${shown}) has ${whole.length} characters, the name of a group at most ${MAX_NAME}`;
      throw refuse(what, 'give the row or the fleet a shorter name');
    }
    written.set(clean, `${index + 1} (${shown})`);
    named.set(clean, params);
  }
  return named;
}

const NAMES_HINT =
  'names are made of a to z, 0 to 9 and "-"; give each row a name of its own in SQL, such as a code or id';

/** What Kubernetes takes of a name: small letters, digits, and "-" for whatever else stands between them. */
function cleaned(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
