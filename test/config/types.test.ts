// The types a team writes by and the schema that reads them say the same, key for key.

import { describe, expect, test } from 'vitest';
import { byColumn, byKeyRange, byQuery, defineFleets, demoStore } from '../../lib/config/define';
import { fleetsSchema } from '../../lib/config/schema';
import type {
  AfterConfig,
  AlertsConfig,
  ArgoCdConfig,
  AssignConfig,
  BrakesConfig,
  ControllerConfig,
  DeliveryConfig,
  DemoStore,
  EnvConfig,
  FleetConfig,
  FleetsConfig,
  FluxConfig,
  JobConfig,
  KeyRangeOptions,
  PostgresConfig,
  QueryOptions,
  ResourcesConfig,
  ScheduleConfig,
  StepConfig,
  ToolsConfig,
  WindowConfig,
} from '../../lib/config/types';
import { problemsOf } from './written';

// `Required` makes the compiler miss a key here as soon as a type has it.
const postgres: Required<PostgresConfig> = {
  url: 'postgres://user@host:5432/database?sslmode=verify-full',
  connectTimeoutSeconds: 5,
  statementTimeoutSeconds: 600,
  storeId: 'main',
};
const demo: Required<DemoStore> = { kind: 'demo', rows: 10 };
const groups: Required<KeyRangeOptions> = {
  table: 'catalog.items',
  key: 'id',
  capacity: 1_000,
  where: 'deleted_at IS NULL',
  headroom: 0.1,
  recount: 'all',
  retireEmpty: true,
  allowKeysInGit: true,
  bounds: [1_001, '2001'],
};
const query: Required<QueryOptions> = { sql: 'SELECT code, url FROM shop.branches', name: 'code', retireEmpty: true };
const window: Required<WindowConfig> = {
  opens: '22:00',
  closes: '05:00',
  timeZone: 'Asia/Seoul',
  days: 'MON-FRI',
  concurrency: 5,
  jobMinutes: 30,
  startsPerMinute: 10,
  startingDeadlineMinutes: 20,
};
// The two that cannot be together, each without the other.
const waves = { ...window, startsPerMinute: undefined };
const spread = { ...window, concurrency: undefined };
const schedule: Required<ScheduleConfig> = { cron: '*/5 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 4 };
const env: EnvConfig = {
  TEXT: 'info',
  NUMBER: 5,
  SECRET: { secret: 'db', key: 'url' },
  CONFIG: { configMap: 'settings', key: 'level' },
  FIELD: { field: 'metadata.name' },
};
const resources: Required<ResourcesConfig> = { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } };
const job: Required<JobConfig> = {
  image: 'ghcr.io/acme/worker:1.4.2',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: ['registry'],
  command: ['node'],
  args: ['worker.js'],
  env,
  envFrom: [{ configMap: 'settings' }, { secret: 'tokens' }],
  resources,
  retries: 2,
  nonRetryableExitCodes: [64, 3, 64],
  serviceAccountName: 'worker',
  podSecurity: 'restricted',
  runAsUser: 1_000,
  writable: ['/tmp'],
  customize: () => undefined,
};
const step: Required<StepConfig> = {
  name: 'publish',
  image: 'ghcr.io/acme/publish:2.0',
  imagePullPolicy: 'Always',
  command: ['publish'],
  args: ['--all'],
  env,
  envFrom: [{ secret: 'tokens' }],
  resources,
};
const after: Required<AfterConfig> = {
  ...step,
  env,
  resources,
  minutes: 60,
  imagePullSecrets: ['registry'],
  retries: 1,
  podSecurity: 'baseline',
  runAsUser: 0,
  writable: ['/tmp'],
};
delete (after as { name?: string }).name;
const alerts: Required<AlertsConfig> = {
  prometheus: { labels: { release: 'prometheus' }, alertLabels: { team: 'data' } },
  webhook: { secret: 'slack', key: 'url' },
};
const assign: Required<AssignConfig> = { env, apart: true };
const controller: Required<ControllerConfig> = {
  env,
  resources,
  minutesBefore: 90,
  assign,
  removals: 'retired',
};
const tools: Required<ToolsConfig> = { image: 'ghcr.io/acme/cronfleet:1.0.0', runAsUser: 1_000 };
const brakes: Required<BrakesConfig> = { argoCd: true, flux: true, admissionPolicy: true };
const argoCd: Required<ArgoCdConfig> = { namespace: 'argo', server: 'https://10.0.0.1:6443' };
const flux: Required<FluxConfig> = { namespace: 'flux', intervalMinutes: 30, secret: 'git' };
const delivery: Required<DeliveryConfig> = {
  name: 'shop-fleet',
  repository: 'https://git.example.com/shop/fleet.git',
  branch: 'release',
  path: 'teams/shop/deploy',
  folder: 'argo',
  argoCd,
  flux,
};
// The two that cannot be together, one without the other.
const byArgoCd = { ...delivery, flux: undefined };
const byFlux = { ...delivery, argoCd: undefined };
const fleet: Required<FleetConfig> = {
  namespace: 'batch',
  store: postgres,
  groups: byKeyRange(groups),
  window,
  schedule,
  once: true,
  deadlineMinutes: 90,
  job,
  then: [step],
  after,
  alerts,
  controller,
  fold: { compact: true },
  queue: 'nightly',
  brakes,
  labels: { team: 'data' },
  annotations: { 'example.com/owner': 'data' },
  suspend: true,
};
const nightly = {
  ...fleet,
  // It stands in the config without `delivery`.
  controller: undefined,
  window: spread,
  fold: undefined,
  schedule: undefined,
  once: undefined,
  deadlineMinutes: undefined,
};
const inWaves = { ...nightly, window: waves, fold: fleet.fold };
const hourly = { ...nightly, window: undefined, schedule, after: undefined, alerts: { prometheus: true } as const };
const once = {
  ...fleet,
  groups: byQuery({ ...query, retireEmpty: false }),
  ...{ window: undefined, schedule: undefined, after: undefined },
  ...{ alerts: undefined, controller: undefined, fold: undefined, brakes: undefined },
};
const whole: Required<FleetsConfig> = {
  store: postgres,
  dist: 'deploy',
  tools,
  delivery: byArgoCd,
  fleets: { nightly, waves: inWaves, hourly, once },
};

/** A config with a controller, and nothing beside it that would apply as well. */
const controlled = (keys: object) => {
  const filled = byColumn({ table: 'catalog.items', column: 'batch', capacity: 1_000, key: 'id' });
  return { ...whole, delivery: undefined, fleets: { a: { ...nightly, groups: filled, controller: keys } } };
};

describe('a config with every key', () => {
  test('is read', () => {
    expect(problemsOf(defineFleets(whole))).toBe('');
    expect(problemsOf(controlled(controller))).toBe('');
    expect(problemsOf({ ...whole, store: demoStore(demo) })).toBe('');
  });

  test.each<[place: string, keys: object, config: (keys: object) => unknown]>([
    ['the file', whole, (keys) => keys],
    ['a PostgreSQL store', postgres, (store) => ({ ...whole, store })],
    ['tools', tools, (keys) => ({ ...whole, tools: keys })],
    ['delivery', delivery, (keys) => ({ ...whole, delivery: keys })],
    ['Argo CD', argoCd, (keys) => ({ ...whole, delivery: { ...byArgoCd, argoCd: keys } })],
    ['Flux', flux, (keys) => ({ ...whole, delivery: { ...byFlux, flux: keys } })],
    ['a demo store', demo, (store) => ({ ...whole, store })],
    ['a fleet', fleet, (keys) => ({ ...whole, fleets: { a: keys } })],
    ['groups', byKeyRange(groups), (keys) => ({ ...whole, fleets: { a: { ...nightly, groups: keys } } })],
    ['a query', byQuery(query), (keys) => ({ ...whole, fleets: { a: { ...nightly, groups: keys } } })],
    ['a window', window, (keys) => ({ ...whole, fleets: { a: { ...nightly, window: keys } } })],
    ['a schedule', schedule, (keys) => ({ ...whole, fleets: { a: { ...hourly, schedule: keys } } })],
    ['a job', job, (keys) => ({ ...whole, fleets: { a: { ...nightly, job: keys } } })],
    ['a step', step, (keys) => ({ ...whole, fleets: { a: { ...nightly, then: [keys] } } })],
    ['what runs after', after, (keys) => ({ ...whole, fleets: { a: { ...nightly, after: keys } } })],
    ['alerts', alerts, (keys) => ({ ...whole, fleets: { a: { ...nightly, alerts: keys } } })],
    ['a controller', controller, controlled],
    ['what assigns', assign, (keys) => controlled({ ...controller, assign: keys })],
    [
      'rules',
      alerts.prometheus as object,
      (prometheus) => ({ ...whole, fleets: { a: { ...nightly, alerts: { prometheus } } } }),
    ],
    ['brakes', brakes, (keys) => ({ ...whole, fleets: { a: { ...nightly, brakes: keys } } })],
    ['resources', resources, (keys) => ({ ...whole, fleets: { a: { ...nightly, job: { ...job, resources: keys } } } })],
  ])('has all keys that the schema knows in %s', (_, keys, config) => {
    // What is said of an unknown key lists all known ones; the tags that functions of ours write are not for people.
    const told = /unknownWord: expected (?:one of|only) (.*), got an unknown key/.exec(
      problemsOf(config({ ...keys, unknownWord: 1 })),
    );
    const written = Object.keys(keys).filter((key) => key !== 'by' && key !== 'kind');
    expect(told?.[1]?.split(', ').sort()).toEqual(written.sort());
  });
});

describe('a good config', () => {
  test('is read as it is written', () => {
    const read = {
      store: { kind: 'postgres', ...postgres },
      groups: { ...nightly.groups, bounds: ['1001', '2001'] },
    };
    const readEnv = { ...env, NUMBER: '5' };
    const readSteps = {
      then: [{ ...step, env: readEnv, written: Object.keys(step) }],
    };
    const readRules = { labels: {}, alertLabels: {} };
    const readAfter = { ...after, env: readEnv };
    const readJob = {
      ...job,
      env: readEnv,
      nonRetryableExitCodes: [3, 64],
      written: Object.keys(job),
    };
    const { opens: _, closes: __, ...sameInBoth } = window;
    const readWindow = { ...sameInBoth, opensAt: 22 * 60, minutes: 7 * 60 };
    expect(fleetsSchema.parse(whole)).toEqual({
      store: read.store,
      dist: 'deploy',
      tools: whole.tools,
      delivery: byArgoCd,
      fleets: {
        nightly: {
          ...nightly,
          ...read,
          ...readSteps,
          after: readAfter,
          window: { ...readWindow, concurrency: undefined },
          job: readJob,
        },
        // Where there are waves, the default of what spreads starts is of no matter.
        waves: {
          ...inWaves,
          ...read,
          ...readSteps,
          after: readAfter,
          window: { ...readWindow, startsPerMinute: 30 },
          job: readJob,
        },
        hourly: { ...hourly, ...read, ...readSteps, alerts: { prometheus: readRules }, job: readJob },
        once: { ...once, store: read.store, ...readSteps, job: readJob },
      },
    });
  });

  test('gets every default filled in', () => {
    const least: FleetsConfig = {
      store: 'postgres://host/database',
      fleets: {
        catalog: {
          namespace: 'batch',
          groups: byKeyRange({ table: 'items', key: 'id', capacity: 1 }),
          window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
          job: { image: 'worker:1' },
        },
      },
    };
    expect(fleetsSchema.parse(least)).toEqual({
      store: {
        kind: 'postgres',
        url: 'postgres://host/database',
        connectTimeoutSeconds: 10,
        statementTimeoutSeconds: 300,
      },
      dist: 'dist',
      fleets: {
        catalog: {
          namespace: 'batch',
          groups: {
            by: 'keyRange',
            table: 'items',
            key: 'id',
            capacity: 1,
            headroom: 0,
            retireEmpty: false,
            allowKeysInGit: false,
            bounds: [],
          },
          window: {
            opensAt: 0,
            minutes: 300,
            timeZone: 'Asia/Seoul',
            days: '*',
            startsPerMinute: 30,
          },
          job: {
            image: 'worker:1',
            imagePullSecrets: [],
            env: {},
            envFrom: [],
            resources: { requests: { cpu: '100m', memory: '256Mi' } },
            retries: 3,
            nonRetryableExitCodes: [],
            podSecurity: 'restricted',
            writable: [],
            written: ['image'],
          },
          labels: {},
          annotations: {},
        },
      },
    });
  });
});

describe('a strange value in any place', () => {
  const strange: [name: string, value: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['false', false],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a huge number', 1e300],
    ['a bigint', 10n],
    ['an empty text', ''],
    ['white space', ' \n'],
    ['NUL', '\0'],
    ['a word', 'Ünknown'],
    ['an empty list', []],
    ['a list', [undefined, null, {}]],
    ['an object', { someKey: 1 }],
    ['an object without a prototype', Object.create(null)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a promise', Promise.resolve({})],
  ];

  // Each key once: four fleets with all of theirs would say the same four times.
  const least = { namespace: 'batch', groups: byKeyRange(groups), job: { image: 'worker:1' } };
  const each = {
    ...whole,
    fleets: { waves: inWaves, hourly: { ...least, schedule }, once: { ...least, groups: once.groups, once: true } },
  };

  test.each(strange)('is taken, or refused in words: %s', (_, value) => {
    for (const path of placesIn(each)) {
      for (const line of problemsOf(withValue(each, path, value))
        .split('\n')
        .filter(Boolean)) {
        expect(line).toMatch(/^(\S.*: expected \S.*, got \S.*| {2}\S.*)$/);
        expect(line).not.toMatch(/invalid|received|too (small|big)|undefined|\[object|zod/i);
      }
    }
  });
});

/** Paths to every value of an object, its own first: `['fleets', 'nightly', 'job']`. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function withValue(whole: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = Array.isArray(whole) ? [...whole] : { ...(whole as object) };
  (copy as Record<string, unknown>)[key] = withValue((whole as Record<string, unknown>)[key], rest, value);
  return copy;
}
