// Whether the recorded groups belong to what the config and the store now say, and what to do where they do not.

import type { Config, Fleet, Query } from '../config/schema';
import { parseTableName, printTableName } from '../config/table-name';
import { UserError } from '../errors';
import { DEMO_IDENTITY } from '../store/demo';
import { isTextKey, isWidening } from '../store/key';
import type { FleetLock, QuerySource, Source } from './lock';
import { hashOfSql } from './queries';

/**
 * The recorded groups to go on with; undefined for a new fleet, for groups of the demo once there is a real store, and for
 * groups that the person drops.
 * @throws UserError `another-store` when a real store's groups meet the demo
 */
export function groupsToKeep(
  name: string,
  store: Config['store'],
  recorded: FleetLock | undefined,
  newLock: ReadonlySet<string>,
): FleetLock | undefined {
  if (recorded === undefined || newLock.has(name)) return undefined;
  if (recorded.source.store === DEMO_IDENTITY) return store.kind === 'demo' ? recorded : undefined;
  if (store.kind === 'demo') {
    throw new UserError(
      'another-store',
      `fleet ${name}: the lock's groups come from a PostgreSQL store (${recorded.source.store}), the config now names the demo store`,
      {
        hint: `is DATABASE_URL not set? Set it, or render from the lock alone with FLEET_FROZEN=1.\nTo drop the groups and begin anew: FLEET_NEW_LOCK=${name}`,
      },
    );
  }
  return recorded;
}

/**
 * Refuses a config that speaks of other rows than the lock; all that can be known without the store.
 * @throws UserError `lock-mismatch`
 */
export function refuseOtherDataset(name: string, fleet: Fleet, recorded: FleetLock, lockFile: string): void {
  const differences = datasetDifferences(fleet.groups, recorded.source);
  if (differences.length === 0) return;
  throw new UserError('lock-mismatch', `fleet ${name}: ${differences.join('; ')} (${lockFile})`, {
    hint: `the recorded groups mean nothing on other rows. Undo the change, give the fleet a new name,\nor drop its groups and begin anew with FLEET_NEW_LOCK=${name}`,
  });
}

function datasetDifferences(groups: Fleet['groups'], source: Source): string[] {
  const differ = (what: string, configured: string, recorded: string) =>
    configured === recorded ? [] : [`${what} is ${configured} in the config and ${recorded} in the lock`];
  if (groups.by === 'keyRange' && source.by === 'keyRange') {
    return [
      ...differ('table', likeRecorded(groups.table, source.table), source.table),
      ...differ('key', groups.key, source.key),
    ];
  }
  if (groups.by === 'column' && source.by === 'column') {
    return [
      ...differ('table', likeRecorded(groups.table, source.table), source.table),
      ...differ('column', groups.column, source.column),
    ];
  }
  return differ('grouping', groups.by, source.by);
}

/**
 * Frozen only. `where` is part of GROUP_WHERE, so a manifest rendered with a new one would speak of rows nobody counted; what a
 * new query makes of the groups, only the store can tell.
 */
export function refuseOtherFilter(name: string, fleet: Fleet, recorded: FleetLock): void {
  if (fleet.groups.by === 'query' && recorded.source.by === 'query')
    refuseOtherQuery(name, fleet.groups, recorded.source);
  const configured = 'where' in fleet.groups ? fleet.groups.where : undefined;
  const known = 'where' in recorded.source ? recorded.source.where : undefined;
  if (configured === known) return;
  throw new UserError(
    'lock-mismatch',
    `fleet ${name}: \`where\` is ${JSON.stringify(configured ?? null)} in the config and ${JSON.stringify(known ?? null)} in the lock`,
    {
      hint: 'run synth once without FLEET_FROZEN, so that the store is asked and the lock follows',
    },
  );
}

function refuseOtherQuery(fleet: string, { sql, name }: Query, recorded: QuerySource): void {
  const differences = [
    ...(hashOfSql(sql) === recorded.sql ? [] : ['the SQL is not the one the lock was made from']),
    ...(name === recorded.name ? [] : [`name is ${name} in the config and ${recorded.name} in the lock`]),
  ];
  if (differences.length === 0) return;
  throw new UserError('lock-mismatch', `fleet ${fleet}: ${differences.join('; ')}`, {
    hint: 'run synth once without FLEET_FROZEN, so that the store is asked; groups whose names stay keep their ids',
  });
}

/**
 * Refuses answers of another store than the one the groups were made from.
 * @param observed the source that the store's answer would give the lock
 * @throws UserError `another-store`, or `lock-mismatch` when table, type or collation changed
 */
export function refuseOtherStore(name: string, recorded: Source, observed: Source, adopted: ReadonlySet<string>): void {
  refuseOtherColumn(name, recorded, observed);
  if (adopted.has(name)) return;
  if (observed.store !== recorded.store) {
    throw new UserError(
      'another-store',
      `fleet ${name}: the lock's groups come from store ${recorded.store}, this is store ${observed.store}`,
      {
        hint: `is DATABASE_URL the right one? If the data moved here, keep the groups with FLEET_ADOPT_STORE=${name}`,
      },
    );
  }
  if (recorded.by !== 'keyRange' || observed.by !== 'keyRange' || !isTextKey(observed.type)) return;
  if (observed.collation !== recorded.collation) {
    throw new UserError(
      'another-store',
      `fleet ${name}: ${observed.key} is ordered by ${observed.collation} in the store and by ${recorded.collation} in the lock`,
      {
        hint: `rows may have changed groups. Once indexes are rebuilt, keep the groups with FLEET_ADOPT_STORE=${name}`,
      },
    );
  }
}

function refuseOtherColumn(name: string, recorded: Source, observed: Source): void {
  if (recorded.by === 'query' || observed.by === 'query') return;
  if (observed.table !== recorded.table) {
    throw new UserError(
      'lock-mismatch',
      `fleet ${name}: the table is ${observed.table} in the store and ${recorded.table} in the lock`,
      {
        hint: `write the table with its schema in the config, or begin anew with FLEET_NEW_LOCK=${name}`,
      },
    );
  }
  if (observed.type !== recorded.type && !isWidening(recorded.type, observed.type)) {
    const column = 'key' in observed ? observed.key : observed.column;
    throw new UserError(
      'lock-mismatch',
      `fleet ${name}: ${column} is ${observed.type} in the store and ${recorded.type} in the lock`,
      {
        hint: `the recorded values may order or compare differently. Begin anew with FLEET_NEW_LOCK=${name}`,
      },
    );
  }
}

/** A table without a schema in the config was looked up in the store's search_path; its name is what can be compared. */
function likeRecorded(configured: string, recorded: string): string {
  const wanted = parseTableName(configured);
  const known = parseTableName(recorded);
  if (wanted === undefined || known === undefined) return configured;
  return wanted.schema === undefined && wanted.name === known.name ? recorded : printTableName(wanted);
}
