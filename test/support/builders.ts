// One builder for each noun. What a test does not name is boring.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject, V1ConfigMap, V1CronJob } from '@kubernetes/client-node';
import { App } from 'cdk8s';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { FleetChart } from '../../lib/charts/fleet-chart';
import { type Fleet, fleetsSchema, type KeyRange, type Query } from '../../lib/config/schema';
import type {
  FleetConfig,
  GroupFacts,
  JobConfig,
  KeyRangeOptions,
  QueryOptions,
  WindowConfig,
} from '../../lib/config/types';
import { type Manifest, manifestsOf } from '../../lib/dist/manifests';
import { UserError } from '../../lib/errors';
import type { QueryGroup, RangeGroup } from '../../lib/groups/group';
import type { ColumnLock, Lock, QueryLock, RangeLock, RangeSource } from '../../lib/groups/lock';
import { hashOfSql } from '../../lib/groups/queries';
import { type FleetPlan, planFleet } from '../../lib/plan/plan';
import type { Piece, RangeObservation, SeenRange } from '../../lib/store/ranges';

export interface FleetKeys extends Partial<Omit<FleetConfig, 'groups' | 'window' | 'job'>> {
  groups?: Partial<KeyRangeOptions> | Partial<QueryOptions>;
  window?: Partial<WindowConfig>;
  job?: Partial<JobConfig>;
}

/** The image of cronfleet itself. */
const TOOLS = { image: 'ghcr.io/acme/cronfleet:1.0.0' };

/** A fleet as the config schema reads it: a window from 00:00 to 05:00 in Seoul, unless it has a schedule or runs once. */
export function aFleet({ groups, window, job, ...keys }: FleetKeys = {}): Fleet & { groups: KeyRange } {
  const fleet = {
    namespace: 'batch',
    groups: { by: 'keyRange', table: 'catalog.items', key: 'id', capacity: 1_000, ...groups },
    ...(keys.schedule || keys.once
      ? {}
      : { window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul', ...window } }),
    job: { image: 'worker:1', ...job },
    ...keys,
  };
  return fleetsSchema.parse({ store: 'postgres://postgres@db/shop', tools: TOOLS, fleets: { catalog: fleet } }).fleets
    .catalog as Fleet & { groups: KeyRange };
}

/** The same, with a group for each row of a query. */
export function aQueryFleet({ groups, ...keys }: FleetKeys = {}): Fleet & { groups: Query } {
  const query = { by: 'query', ...A_QUERY, ...groups };
  const nightly = { window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul', ...keys.window } };
  const fleet = {
    namespace: 'batch',
    groups: query,
    ...keys,
    ...(keys.schedule || keys.once ? {} : nightly),
    job: { image: 'worker:1', ...keys.job },
  };
  const { fleets } = fleetsSchema.parse({
    store: 'postgres://postgres@db/shop',
    tools: TOOLS,
    fleets: { fruit: fleet },
  });
  return fleets.fruit as Fleet & { groups: Query };
}

const A_QUERY = { sql: 'SELECT name, url FROM shop.fruit', name: 'name' };

/** The lock of that fleet: these rows, by name. */
export function aQueryLock(rows: Record<string, QueryGroup['params']>, keys: Partial<QueryLock> = {}): QueryLock {
  const since = '2026-01-01T00:00:00Z';
  const groups = Object.entries(rows).map(([name, params], index): QueryGroup => {
    return { id: index + 1, slot: index, name, params, rows: 1, state: 'active', since };
  });
  return {
    lineage: '0123456789abcdef',
    serial: 1,
    source: { by: 'query', store: '7000000000000000001/shop', sql: hashOfSql(A_QUERY.sql), name: A_QUERY.name },
    nextId: groups.length + 1,
    groups,
    ...keys,
  };
}

/** A group in the middle of the key space; `slot` follows `id`. */
export function aGroup(keys: Partial<RangeGroup> = {}): RangeGroup {
  const { id = 1 } = keys;
  return {
    id,
    slot: id - 1,
    from: '1001',
    to: '2001',
    rows: 1_000,
    state: 'active',
    since: '2026-01-01T00:00:00Z',
    ...keys,
  };
}

/** Groups with ids and slots from 1 and 0 that tile the key space at these bounds: `['5']` makes two. */
export function groupsAt(bounds: readonly string[]): RangeGroup[] {
  const froms = [null, ...bounds];
  return froms.map((from, index) => aGroup({ id: index + 1, from, to: bounds[index] ?? null }));
}

export interface FleetLockKeys extends Partial<Omit<RangeLock, 'groups' | 'source'>> {
  /** How many, cut at 1001, 2001 …; or which. */
  groups?: number | RangeGroup[];
  source?: Partial<RangeSource>;
}

/** A fleet's part of the lock: one group that holds everything. */
export function aFleetLock({ groups = 1, source, ...keys }: FleetLockKeys = {}): RangeLock {
  const made =
    typeof groups === 'number' ? groupsAt(Array.from({ length: groups - 1 }, (_, index) => `${index + 1}001`)) : groups;
  return {
    lineage: '0123456789abcdef',
    serial: 1,
    source: {
      by: 'keyRange',
      store: '7000000000000000001/shop',
      table: 'catalog.items',
      key: 'id',
      type: 'bigint',
      ...source,
    },
    capacity: 1_000,
    rowsPerGroup: 1_000,
    nextId: Math.max(0, ...made.map((group) => group.id)) + 1,
    groups: made,
    ...keys,
  };
}

/** A lock of one fleet, `catalog`. */
export function aLock(keys: FleetLockKeys = {}): Lock {
  return { version: 1, fleets: { catalog: aFleetLock(keys) } };
}

/**
 * What the store says of a fleet. `rows` are those of the last range, piece by piece: `[1000, 20]`; pieces are cut at 1001, 2001 …
 * from `from` on. `closed` are the ranges before it, seen with rows and not counted unless it says otherwise.
 */
export function anObservation({
  rows = [1_000, 1_000, 1_000],
  from = null,
  closed = [],
  ...keys
}: Partial<RangeObservation> & { rows?: number[]; from?: string | null; closed?: SeenRange[] } = {}): RangeObservation {
  const first = from === null ? 0 : Number(from) - 1;
  const bound = (at: number) => String(first + 1_000 * at + 1);
  const pieces = rows.map((count, index): Piece => {
    return {
      from: index === 0 ? from : bound(index),
      to: index === rows.length - 1 ? null : bound(index + 1),
      rows: count,
    };
  });
  const last: SeenRange = { from, to: null, isEmpty: rows.every((count) => count === 0), pieces };
  const column = { table: 'catalog.items', key: 'id', type: 'bigint', collation: null, indexed: true };
  return {
    by: 'keyRange',
    column,
    store: '7000000000000000001/shop',
    ranges: [...closed, last],
    complete: true,
    ...keys,
  };
}

/** What functions of a config are told of a group. */
export function someFacts(keys: Partial<GroupFacts> = {}): GroupFacts {
  return { fleet: 'catalog', id: 1, name: 'catalog-0001', from: null, to: null, rows: 1_000, ...keys };
}

/** The plan of fleet `catalog`. */
export function aPlan({
  name = 'catalog',
  fleet,
  lock,
}: {
  name?: string;
  fleet?: FleetKeys;
  lock?: FleetLockKeys;
} = {}): FleetPlan {
  const shape = fleet?.fold ? ({ shape: 'folded' } as const) : {};
  return planFleet(name, aFleet(fleet), aFleetLock({ ...shape, ...lock }), TOOLS);
}

/** The plan of fleet `catalog` that is grouped by a column which `cronfleet assign` fills, with one group. */
export function aColumnPlan(keys: FleetKeys = {}): FleetPlan {
  const groups = { by: 'column', table: 'catalog.items', column: 'batch', key: 'id', capacity: 1_000 };
  const fleet = { namespace: 'batch', window: A_WINDOW, job: { image: 'worker:1' }, ...keys, groups };
  const { fleets } = fleetsSchema.parse({
    store: 'postgres://postgres@db/shop',
    tools: TOOLS,
    fleets: { catalog: fleet },
  });
  const source = { by: 'column', store: 's/shop', table: 'catalog.items', column: 'batch', type: 'integer' } as const;
  const group = { id: 1, slot: 0, value: '1', rows: 1, state: 'active', since: '2026-01-01T00:00:00Z' } as const;
  const lock: ColumnLock = { lineage: '0123456789abcdef', serial: 1, source, nextId: 2, groups: [group] };
  return planFleet('catalog', fleets.catalog as Fleet, lock, TOOLS);
}

const A_WINDOW = { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' };

/** The files that are written for a plan. */
export function manifestsFor(plan: FleetPlan): Manifest[] {
  const app = new App();
  new FleetChart(app, plan);
  return manifestsOf(app);
}

/** What a reader of those files sees: all objects, the group map, and the groups' CronJobs by id. */
export function objectsFor(plan: FleetPlan): { all: KubernetesObject[]; groupMap: V1ConfigMap; cronJobs: V1CronJob[] } {
  const all = manifestsFor(plan).map(({ text }) => parse(text) as KubernetesObject);
  const cronJobs = all.filter(({ kind, metadata }) => kind === 'CronJob' && metadata?.labels?.['cronfleet/group']);
  return { all, groupMap: all[0] as V1ConfigMap, cronJobs: cronJobs as V1CronJob[] };
}

/** A manifest as it stands in dist; `text` is beside the label by which it is known as ours. */
export function aManifest(path = 'catalog/ConfigMap.catalog-groups.k8s.yaml', text = 'data: {}'): Manifest {
  return { path, text: `metadata:\n  labels:\n    app.kubernetes.io/managed-by: cronfleet\n${text}\n` };
}

/** An empty folder, gone after the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cronfleet-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The error `work` refuses with; anything else fails the test. */
export function refusal(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('expected a refusal, got none');
}
