// Whether the recorded groups belong to what the config and the store now say, and what to do where they do not.

import type { Config, Fleet } from '../config/schema';
import { parseTableName, printTableName } from '../config/table-name';
import { UserError } from '../errors';
import { DEMO_IDENTITY } from '../store/demo';
import { isTextKey, isWidening } from '../store/key';
import type { RangeObservation } from '../store/ranges';
import type { FleetLock } from './lock';

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
  const { table, key } = fleet.groups;
  const { source } = recorded;
  const differences = [
    ...(sameTable(table, source.table) ? [] : [`table is ${table} in the config and ${source.table} in the lock`]),
    ...(key === source.key ? [] : [`key is ${key} in the config and ${source.key} in the lock`]),
  ];
  if (differences.length === 0) return;
  throw new UserError('lock-mismatch', `fleet ${name}: ${differences.join('; ')} (${lockFile})`, {
    hint: `the recorded ranges mean nothing on another key. Undo the change, give the fleet a new name,\nor drop its groups and begin anew with FLEET_NEW_LOCK=${name}`,
  });
}

/** Frozen only: `where` is part of GROUP_WHERE, so a manifest rendered with a new one would speak of rows nobody counted. */
export function refuseOtherFilter(name: string, fleet: Fleet, recorded: FleetLock): void {
  if (fleet.groups.where === recorded.source.where) return;
  throw new UserError(
    'lock-mismatch',
    `fleet ${name}: \`where\` is ${JSON.stringify(fleet.groups.where ?? null)} in the config and ${JSON.stringify(recorded.source.where ?? null)} in the lock`,
    {
      hint: 'run synth once without FLEET_FROZEN, so that the store is asked and the lock follows',
    },
  );
}

/**
 * Refuses answers of another store than the one the groups were made from.
 * @throws UserError `another-store`, or `lock-mismatch` when the key's type or collation changed
 */
export function refuseOtherStore(
  name: string,
  recorded: FleetLock,
  observation: RangeObservation,
  adopted: ReadonlySet<string>,
): void {
  const { source } = recorded;
  const { column, store } = observation;
  if (column.table !== source.table) {
    throw new UserError(
      'lock-mismatch',
      `fleet ${name}: the table is ${column.table} in the store and ${source.table} in the lock`,
      {
        hint: `write the table with its schema in the config, or begin anew with FLEET_NEW_LOCK=${name}`,
      },
    );
  }
  if (column.type !== source.type && !isWidening(source.type, column.type)) {
    throw new UserError(
      'lock-mismatch',
      `fleet ${name}: ${column.key} is ${column.type} in the store and ${source.type} in the lock`,
      {
        hint: `the recorded bounds may order differently. Begin anew with FLEET_NEW_LOCK=${name}`,
      },
    );
  }
  if (adopted.has(name)) return;
  if (store !== source.store) {
    throw new UserError(
      'another-store',
      `fleet ${name}: the lock's groups come from store ${source.store}, this is store ${store}`,
      {
        hint: `is DATABASE_URL the right one? If the data moved here, keep the groups with FLEET_ADOPT_STORE=${name}`,
      },
    );
  }
  if (isTextKey(column.type) && (column.collation ?? undefined) !== source.collation) {
    throw new UserError(
      'another-store',
      `fleet ${name}: ${column.key} is ordered by ${column.collation} in the store and by ${source.collation} in the lock`,
      {
        hint: `rows may have changed groups. Once indexes are rebuilt, keep the groups with FLEET_ADOPT_STORE=${name}`,
      },
    );
  }
}

/** A table without a schema in the config was looked up in the store's search_path; its name is what can be compared. */
function sameTable(configured: string, recorded: string): boolean {
  const wanted = parseTableName(configured);
  const known = parseTableName(recorded);
  if (wanted === undefined || known === undefined) return false;
  return printTableName(wanted) === printTableName(wanted.schema === undefined ? { name: known.name } : known);
}
