// Whatever happens to the data, the config, the disk and the lock, in whatever order: the laws hold after every synth.
// Histories are made up by fast-check; a failing one is printed with its seed and replayed by FC_SEED and FC_PATH.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Loaded } from '../lib/config/load';
import { type Config, fleetsSchema } from '../lib/config/schema';
import { UserError } from '../lib/errors';
import type { RangeGroup } from '../lib/groups/group';
import { inKeyOrder } from '../lib/groups/laws';
import { parseLock, type RangeLock } from '../lib/groups/lock';
import { whereOf } from '../lib/plan/environment';
import type { Row, Session, Store } from '../lib/store/session';
import { inSnapshot } from '../lib/store/snapshot';
import { type Outcome, synthesize } from '../lib/synth';
import { withCrash } from './support/crashing-disk';
import { aDatabase } from './support/database';

type Ask = (sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** What can go wrong with a store, as its answers show it. */
const FAILURES = {
  'is unreachable': () => {
    throw new UserError('store-unreachable', 'played by a test');
  },
  'dies in mid-query': async (session: Session, sql: string, values: readonly unknown[]) => {
    if (/AS counted|MATERIALIZED/.test(sql)) throw new UserError('store-lost', 'played by a test');
    return session.query(sql, values);
  },
  'counts below zero': async (session: Session, sql: string, values: readonly unknown[]) =>
    (await session.query(sql, values)).map((row) => ('rows' in row ? { ...row, rows: '-1' } : row)),
  'loses an answer': async (session: Session, sql: string, values: readonly unknown[]) =>
    /AS counted|AS empty|AS wrong|MATERIALIZED/.test(sql) ? [] : session.query(sql, values),
} as const;

type Step =
  | { do: 'insert'; keys: number[] }
  | { do: 'append'; rows: number }
  | { do: 'delete'; from: number; to: number }
  | { do: 'truncate' }
  | { do: 'synth' }
  | { do: 'capacity'; capacity: number }
  | { do: 'days pass'; days: number }
  | { do: 'crash'; at: number }
  | { do: 'store fails'; how: keyof typeof FAILURES }
  | { do: 'edit lock'; how: 'gap' | 'id twice' | 'conflict' | 'half' }
  | { do: 'revert lock' }
  | { do: 'two at once' }
  | { do: 'frozen' };

const key = fc.integer({ min: -60, max: 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('insert' as const), keys: fc.array(key, { minLength: 1, maxLength: 12 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), rows: fc.integer({ min: 1, max: 15 }) }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(key, fc.integer({ min: 0, max: 40 }))
      .map(([from, width]) => ({ do: 'delete' as const, from, to: from + width })),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'truncate' as const }) },
  { weight: 8, arbitrary: fc.constant({ do: 'synth' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('capacity' as const), capacity: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('days pass' as const), days: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), at: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('store fails' as const),
      how: fc.constantFrom(...(Object.keys(FAILURES) as (keyof typeof FAILURES)[])),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('edit lock' as const),
      how: fc.constantFrom('gap' as const, 'id twice' as const, 'conflict' as const, 'half' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'revert lock' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'two at once' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'frozen' as const }) },
);
const policy = fc.record({
  capacity: fc.integer({ min: 2, max: 10 }),
  headroom: fc.constantFrom(0, 0.3),
  retireEmpty: fc.boolean(),
  recount: fc.constantFrom('all' as const, undefined),
});
type Policy = typeof policy extends fc.Arbitrary<infer P> ? P : never;

/** A project on disk, a table, and what a plain list of keys says they should be. */
class History {
  readonly root = mkdtempSync(join(tmpdir(), 'cronfleet-history-'));
  readonly #ask: Ask;
  #policy: Policy;
  #keys: number[] = [];
  #now = new Date('2026-11-20T14:00:00Z');
  /** Every lock there was, oldest first. */
  readonly #locks: string[] = [];
  readonly #everGone = new Set<number>();

  constructor(ask: Ask, firstPolicy: Policy) {
    this.#ask = ask;
    this.#policy = firstPolicy;
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.#ask('TRUNCATE items');
    for (const one of steps) await this.#take(one);
    await this.#synthAndCheck();
  }

  async #take(one: Step): Promise<void> {
    switch (one.do) {
      case 'insert':
        return this.#insert(one.keys);
      case 'append': {
        const top = Math.max(60, ...this.#keys);
        return this.#insert(Array.from({ length: one.rows }, (_, index) => top + 1 + index));
      }
      case 'delete':
        this.#keys = this.#keys.filter((value) => value < one.from || value >= one.to);
        await this.#ask('DELETE FROM items WHERE id >= $1 AND id < $2', [one.from, one.to]);
        return;
      case 'truncate':
        this.#keys = [];
        await this.#ask('TRUNCATE items');
        return;
      case 'capacity':
        this.#policy = { ...this.#policy, capacity: one.capacity };
        return;
      case 'days pass':
        this.#now = new Date(this.#now.getTime() + one.days * 24 * 3_600_000);
        return;
      case 'synth':
        return this.#synthAndCheck();
      case 'crash':
        return this.#crash(one.at);
      case 'store fails':
        return this.#expectNothingWritten(() => this.#synth(new Set(), FAILURES[one.how]));
      case 'edit lock':
        return this.#editLock(one.how);
      case 'revert lock':
        return this.#revertLock();
      case 'two at once': {
        const [first, second] = await Promise.allSettled([this.#synth(), this.#synth()]);
        const refusals = [first, second].flatMap((run) =>
          run.status === 'rejected' ? [(run.reason as UserError).code] : [],
        );
        expect(refusals).toContain('already-running');
        return this.#remember();
      }
      case 'frozen':
        return this.#frozen();
    }
  }

  async #insert(keys: readonly number[]): Promise<void> {
    this.#keys.push(...keys);
    await this.#ask('INSERT INTO items SELECT value::int FROM json_array_elements_text($1::json)', [
      JSON.stringify(keys),
    ]);
  }

  #files(): Record<string, string> {
    const names = existsSync(join(this.root, 'dist'))
      ? readdirSync(join(this.root, 'dist'), { recursive: true, withFileTypes: true })
      : [];
    const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const lock = join(this.root, 'fleet.lock.json');
    return Object.fromEntries(
      [...paths, ...(existsSync(lock) ? [lock] : [])]
        .sort()
        .map((path) => [path.slice(this.root.length + 1), readFileSync(path, 'utf8')]),
    );
  }

  #lock(): RangeLock | undefined {
    const text = this.#files()['fleet.lock.json'];
    return text === undefined ? undefined : (parseLock(text, 'fleet.lock.json').fleets.catalog as RangeLock);
  }

  #synth(
    permitted: ReadonlySet<string> = new Set(),
    failure?: (typeof FAILURES)[keyof typeof FAILURES],
    frozen = false,
  ): Promise<Outcome> {
    const { recount, ...groups } = this.#policy;
    const config = fleetsSchema.parse({
      store: 'postgres://db/shop',
      fleets: {
        catalog: {
          namespace: 'batch',
          groups: { by: 'keyRange', table: 'public.items', key: 'id', ...groups, ...(recount ? { recount } : {}) },
          window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
          job: { image: 'worker:1' },
        },
      },
    }) as Config;
    const loaded: Loaded = {
      config,
      file: 'fleet.config.ts',
      root: this.root,
      lockPath: join(this.root, 'fleet.lock.json'),
      distPath: join(this.root, 'dist'),
    };
    const permits = {
      newGroups: permitted,
      removals: permitted,
      empty: permitted,
      adoptStore: new Set<string>(),
      newLock: new Set<string>(),
    };
    return synthesize(loaded, { ...permits, frozen, cdk8sOutput: undefined, now: this.#now }, () =>
      this.#store(failure),
    );
  }

  #store(failure?: (typeof FAILURES)[keyof typeof FAILURES]): Store {
    return {
      label: 'the test’s store',
      isDemo: false,
      warnings: [],
      snapshot: (work) =>
        inSnapshot({ query: this.#ask }, { statementTimeoutSeconds: 60, storeId: 'test' }, (session) =>
          work(failure ? { ...session, query: async (sql, values) => failure(session, sql, values ?? []) } : session),
        ),
    };
  }

  /** A synth as a person runs it: a guard's refusal changes nothing, and its own token, and no other, permits the change. */
  async #synthAndCheck(): Promise<void> {
    const before = this.#lock();
    const filesBefore = this.#files();
    const permitted = new Set<string>();
    for (;;) {
      const refusal = await this.#synth(permitted).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal === undefined) break;
      if (!(refusal instanceof UserError)) throw refusal;
      expect(['emptied', 'too-many-groups', 'removal']).toContain(refusal.code);
      expect(this.#files()).toEqual(filesBefore);
      const token = /--allow-[a-z-]+=(\S+)/.exec(refusal.hint ?? '')?.[1] as string;
      expect(permitted.has(token)).toBe(false);
      permitted.add(token);
    }
    this.#remember();
    await this.#checkLaws(before, this.#lock() as RangeLock);
    await this.#checkSettled();
  }

  /** Invariants 1 to 5, 7, 8, 10 and 15 of a synth that went well. Tiling itself is checked by parseLock, in #lock. */
  async #checkLaws(before: RangeLock | undefined, after: RangeLock): Promise<void> {
    const ranges = inKeyOrder(after.groups) as RangeGroup[];
    const conditions = ranges.map((group) => `count(*) FILTER (WHERE ${whereOf(group, after.source)})::int`);
    const [row] = await this.#ask(`SELECT json_build_array(${conditions.join(', ')})::text AS counts FROM items`);
    const counts = JSON.parse(row?.counts as string) as number[];
    const holds = (group: RangeGroup) =>
      this.#keys.filter(
        (value) =>
          (group.from === null || value >= Number(group.from)) && (group.to === null || value < Number(group.to)),
      );
    expect(counts).toEqual(ranges.map((group) => holds(group).length));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(this.#keys.length);

    if (this.#policy.recount === 'all') {
      for (const group of ranges.filter((group) => holds(group).length > this.#policy.capacity)) {
        expect(new Set(holds(group)).size, `group ${group.id} is over capacity`).toBe(1);
      }
    }
    const ids = new Set(after.groups.map((group) => group.id));
    for (const id of ids) expect(this.#everGone.has(id), `id ${id} came back`).toBe(false);
    expect(after.nextId).toBeGreaterThan(Math.max(...ids));
    if (before === undefined) return;

    expect(after.lineage).toBe(before.lineage);
    expect(after.serial).toBe(
      before.serial + (JSON.stringify(before) === JSON.stringify({ ...after, serial: before.serial }) ? 0 : 1),
    );
    for (const group of before.groups) {
      const now = after.groups.find(({ id }) => id === group.id);
      if (now === undefined) {
        expect(group.state).toBe('retiring');
        this.#everGone.add(group.id);
        continue;
      }
      expect(now.slot).toBe(group.slot);
    }
    // A bound goes only when a group that met it retires.
    const bounds = (lock: RangeLock) => (inKeyOrder(lock.groups) as RangeGroup[]).flatMap((group) => group.from ?? []);
    const kept = new Set(bounds(after));
    const lost = bounds(before).filter((bound) => !kept.has(bound));
    const retired = after.groups.filter(
      (group) => group.state === 'retiring' && before.groups.find(({ id }) => id === group.id)?.state !== 'retiring',
    );
    for (const bound of lost)
      expect(
        retired.some((group) => group.from === bound || group.to === bound),
        `the bound ${bound} went`,
      ).toBe(true);
    expect(retired.every((group) => holds(group).length === 0)).toBe(true);
  }

  /** Invariants 6, 13 and 17: again is the same, and dist follows from the lock. */
  async #checkSettled(): Promise<void> {
    const files = this.#files();
    expect((await this.#synth()).written).toBe('unchanged');
    expect((await this.#synth(new Set(), undefined, true)).written).toBe('unchanged');
    expect(this.#files()).toEqual(files);
  }

  /** Invariant 12: killed anywhere, lock and dist are whole, and the next run ends where one without a crash would. */
  async #crash(at: number): Promise<void> {
    const folder = (files: Record<string, string>) =>
      Object.entries(files).filter(([path]) => path.startsWith('dist/'));
    const before = this.#files();
    await withCrash(at, () => this.#synth()).catch((error: unknown) => {
      // A guard may refuse before the disk does.
      if (!(error instanceof UserError)) throw error;
    });
    const found = this.#files();
    const isThere = existsSync(join(this.root, 'dist'));
    const waits = existsSync(join(this.root, '.dist.last'));
    // The process that was killed is gone; here it is this one.
    rmSync(join(this.root, '.cronfleet', 'synth.pid'), { force: true });
    this.#remember();
    await this.#synthAndCheck();
    const after = this.#files();
    const whole = [before, after].map((files) => JSON.stringify(folder(files)));
    if (isThere) expect(whole).toContain(JSON.stringify(folder(found)));
    else expect(waits || folder(before).length === 0).toBe(true);
    const lock = 'fleet.lock.json';
    expect([before[lock], after[lock]].map(withoutLineage)).toContain(withoutLineage(found[lock]));
  }

  async #editLock(how: 'gap' | 'id twice' | 'conflict' | 'half'): Promise<void> {
    const path = join(this.root, 'fleet.lock.json');
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    const edited = {
      // Of a group that owns its range; a retiring one's is nobody's any more.
      gap: text.replace(/"to": "-?\d+"(?=, "rows": \d+, "state": "(?:active|empty)")/, '"to": "999999"'),
      'id twice': text.replace(/(\n {8}\{ "id": \d+.*\})(,?\n)/, '$1,$1$2'),
      conflict: text.replace('"serial"', '\n<<<<<<< ours\n"serial"'),
      half: text.slice(0, text.length / 2),
    }[how];
    if (edited === text) return;
    writeFileSync(path, edited);
    await this.#expectNothingWritten(() => this.#synth());
    await this.#expectNothingWritten(() => this.#synth(new Set(), undefined, true));
    writeFileSync(path, text);
  }

  /** A lock of an earlier night, without its dist: refused where it would give an id again; then put back. */
  async #revertLock(): Promise<void> {
    const path = join(this.root, 'fleet.lock.json');
    const older = this.#locks.at(-2);
    if (older === undefined || !existsSync(join(this.root, 'dist'))) return;
    const text = readFileSync(path, 'utf8');
    const nextId = (lock: string) => (parseLock(lock, 'lock').fleets.catalog as RangeLock).nextId;
    const groups = (parseLock(text, 'lock').fleets.catalog as RangeLock).groups;
    if (!groups.some(({ id }) => id >= nextId(older))) return;
    writeFileSync(path, older);
    await this.#expectNothingWritten(() => this.#synth());
    await this.#expectNothingWritten(() => this.#synth(new Set(), undefined, true));
    writeFileSync(path, text);
  }

  async #frozen(): Promise<void> {
    const before = this.#files();
    if (before['fleet.lock.json'] === undefined)
      return this.#expectNothingWritten(() => this.#synth(new Set(), undefined, true));
    await this.#synth(new Set(), undefined, true);
    expect(this.#files()['fleet.lock.json']).toBe(before['fleet.lock.json']);
  }

  async #expectNothingWritten(work: () => Promise<unknown>): Promise<void> {
    const before = this.#files();
    await expect(work()).rejects.toBeInstanceOf(UserError);
    expect(this.#files()).toEqual(before);
  }

  #remember(): void {
    const lock = this.#files()['fleet.lock.json'];
    if (lock !== undefined && lock !== this.#locks.at(-1)) this.#locks.push(lock);
  }
}

/** A thousand find what these do not, in two minutes more: HISTORIES=1000 before a release, and after a change of lib/groups. */
const HISTORIES = Number(process.env.HISTORIES ?? 200);

/** Made anew by each first synth. */
const withoutLineage = (lock: string | undefined) => lock?.replace(/"lineage": "\w+"/, '');

async function histories(ask: Ask, runs: number): Promise<void> {
  await ask('CREATE TABLE IF NOT EXISTS items (id int NOT NULL)');
  await ask('CREATE INDEX IF NOT EXISTS items_id ON items (id)');
  await fc.assert(
    fc.asyncProperty(policy, fc.array(step, { minLength: 4, maxLength: 14 }), async (first, steps) => {
      const history = new History(ask, first);
      try {
        await history.run(steps);
      } finally {
        rmSync(history.root, { recursive: true, force: true });
      }
    }),
    {
      numRuns: runs,
      ...(process.env.FC_SEED ? { seed: Number(process.env.FC_SEED), path: process.env.FC_PATH } : {}),
    },
  );
}

describe('the laws hold through any history', () => {
  const database = aDatabase();
  let pglite: PGlite;
  let client: Client;
  beforeAll(async () => {
    pglite = await PGlite.create();
    client = new Client({ connectionString: database.url() });
    await client.connect();
  });
  afterAll(async () => {
    await pglite.close();
    await client.end();
  });

  test('on PGlite', { timeout: 600_000 }, async () => {
    await histories(async (sql, values) => (await pglite.query<Row>(sql, [...(values ?? [])])).rows, HISTORIES);
  });

  test('on PostgreSQL', { timeout: 600_000 }, async () => {
    await histories(async (sql, values) => (await client.query<Row>(sql, [...(values ?? [])])).rows, HISTORIES / 10);
  });
});
