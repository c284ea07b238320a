// What fleet.config.ts may say, and what the rest of the house reads: checked, with every default filled in.
// ./types.ts is the same for the editor; ./problems.ts tells a person what is wrong.

import { z } from 'zod';
import { alerts } from './alerts';
import { deadlineRule } from './backoff';
import { delivery, foldersApart } from './delivery';
import { filterProblem, queryProblem } from './filter';
import { foldRules } from './fold';
import { folderProblem } from './folder';
import { job } from './job';
import { fleetName, imageReference, labelValue, MAX_FLEET_NAME, metadataKey, namespace } from './kubernetes-names';
import { type Broken, choice, isPlainObject, named, only, text, textWithout, whole } from './shapes';
import { after, steps } from './steps';
import { urlProblem } from './store-url';
import { columnProblem, tableProblem } from './table-name';
import { schedule, window } from './window';

export type { Alerts, PrometheusAlerts } from './alerts';
export type { ArgoCd, Delivery, Flux } from './delivery';
export { type Env, envSchema } from './env';
export { type Resources, resourcesSchema } from './resources';
export type { After, Step } from './steps';
export type { Schedule, Window } from './window';

const MAX_CAPACITY = 1_000_000_000_000;
/** `-after` and `-alert` are one longer than `-0001`. */
const MAX_WAITING_FLEET_NAME = MAX_FLEET_NAME - 1;

const URL_EXPECTED = 'a PostgreSQL URL such as postgres://host:5432/database';
// A line break behind it is common where it comes from a file.
const url = z.string(URL_EXPECTED).trim().pipe(textWithout(URL_EXPECTED, urlProblem));
const postgres = only({
  url,
  connectTimeoutSeconds: whole(1, 600).default(10),
  statementTimeoutSeconds: whole(1, 86_400).default(300),
  storeId: text('an id of at most 63 letters, digits, "-", "_" and "."', /^[-._A-Za-z0-9]{1,63}$/).optional(),
}).transform((settings) => ({ kind: 'postgres' as const, ...settings }));

const demo = only({ kind: z.literal('demo'), rows: whole(0, 1_000_000) });

const store = choice(
  (value) =>
    `a PostgreSQL URL, { url } or demoStore({ rows })${value === undefined ? '\nis DATABASE_URL not set?' : ''}`,
  (value) => {
    if (typeof value === 'string') return url.transform((bare) => postgres.parse({ url: bare }));
    if (!isPlainObject(value)) return undefined;
    return value.kind === 'demo' ? demo : postgres;
  },
);

const bound = z.union([z.string(), z.number().refine(Number.isSafeInteger).transform(String)], {
  error: 'a key as text, or a whole number\nquote what is no whole number, and what is above 9,007,199,254,740,991',
});
const keyRange = only({
  by: z.literal('keyRange'),
  table: textWithout('a table name as in SQL', tableProblem),
  key: textWithout("a column's bare name", columnProblem),
  capacity: whole(1, MAX_CAPACITY),
  where: textWithout('one SQL condition such as "deleted_at IS NULL"', filterProblem).optional(),
  headroom: z
    .number('a share from 0 to 0.9')
    .refine((share) => share >= 0 && share <= 0.9, 'a share from 0 to 0.9')
    .default(0),
  recount: z.literal('all', '"all", or no such key').optional(),
  retireEmpty: z.boolean('true or false').default(false),
  allowKeysInGit: z.boolean('true or false').default(false),
  bounds: z.array(bound, 'a list of keys such as [1_000_001, 2_000_001]').default([]),
});

const column = only(
  {
    by: z.literal('column'),
    table: textWithout('a table name as in SQL', tableProblem),
    column: textWithout("a column's bare name", columnProblem),
    capacity: whole(1, MAX_CAPACITY).optional(),
    key: textWithout("a column's bare name", columnProblem).optional(),
    retireEmpty: z.boolean('true or false').default(false),
    allowKeysInGit: z.boolean('true or false').default(false),
  },
  { rule: capacityWithKey },
);

const query = only({
  by: z.literal('query'),
  // A semicolon behind it is habit.
  sql: textWithout('one SELECT statement', queryProblem).transform((sql) => sql.trim().replace(/\s*;$/, '')),
  name: textWithout("a column's bare name", columnProblem),
  retireEmpty: z.boolean('true or false').default(false),
});

/** They are there for `cronfleet assign`, which fills groups up to the one and walks the rows by the other. */
function capacityWithKey({ capacity, key, column }: Record<string, unknown>): Broken[] {
  const todo = '`cronfleet assign` needs both `capacity` and `key`; without it, leave both out';
  if (capacity !== undefined && key === undefined)
    return [{ path: ['key'], message: `a column with a unique index beside \`capacity\`\n${todo}` }];
  if (key !== undefined && capacity === undefined)
    return [{ path: ['capacity'], message: `a number of rows beside \`key\`\n${todo}` }];
  if (key === undefined || key !== column) return [];
  return [{ path: ['key'], message: 'another column than `column`\nthe key tells rows apart, such as "id"' }];
}

const groups = choice<typeof keyRange | typeof column | typeof query>(
  'byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name })',
  (value) => {
    switch (isPlainObject(value) && value.by) {
      case 'keyRange':
        return keyRange;
      case 'column':
        return column;
      case 'query':
        return query;
      default:
        return undefined;
    }
  },
);

const annotationValue = z.string('a text\nput numbers, true and false in quotes');

const fold = choice('true or { compact: true }', (value) => {
  if (value === true) return z.literal(true).transform(() => ({ compact: false }));
  return isPlainObject(value) ? only({ compact: z.literal(true, 'true, or no such key') }) : undefined;
});

const on = z.literal(true, 'true, or no such key').optional();
const brakes = only({ argoCd: on, flux: on, admissionPolicy: on }, { rule: someBrake });

const fleet = only(
  {
    namespace,
    store: store.optional(),
    groups,
    window: window.optional(),
    schedule: schedule.optional(),
    once: z.literal(true, 'true, or no such key').optional(),
    deadlineMinutes: whole(1, 10_080).optional(),
    job,
    then: steps.optional(),
    after: after.optional(),
    alerts: alerts.optional(),
    fold: fold.optional(),
    queue: text(
      'the name of a LocalQueue in the fleet\'s namespace: at most 63 lower-case letters, digits and "-"',
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    ).optional(),
    brakes: brakes.optional(),
    labels: named('an object such as { team: "data" }', metadataKey, labelValue).default({}),
    annotations: named('an object such as { "example.com/owner": "data" }', metadataKey, annotationValue).default({}),
    suspend: z
      .literal(true, 'true, or no such key\nwithout it, a pause set by hand in the cluster survives a sync')
      .optional(),
  },
  {
    expected: '{ namespace, groups, window, job }',
    rule: (written) => [
      ...whenRule(written),
      ...needsWindow(written),
      ...needsCronJobs(written),
      ...needsRequests(written),
      ...foldRules(written),
    ],
  },
);

/** What waits for a window to close has nothing to wait for without one. */
function needsWindow(written: Record<string, unknown>): Broken[] {
  if (written.window !== undefined) return [];
  const { alerts } = written;
  const webhook = isPlainObject(alerts) && alerts.webhook !== undefined ? [['alerts', 'webhook']] : [];
  return [...(written.after === undefined ? [] : [['after']]), ...webhook].map((path) => ({
    path,
    message: 'no such key without `window`\nit opens with the window and waits until all groups are done',
  }));
}

/** What speaks of CronJobs is contradicted by `once`, which makes none. */
function needsCronJobs({ once, ...written }: Record<string, unknown>): Broken[] {
  if (once !== true) return [];
  return ['alerts', 'brakes', 'fold']
    .filter((key) => written[key] !== undefined)
    .map((key) => ({ path: [key], message: 'no such key with `once`\nit is about CronJobs, and `once` makes none' }));
}

/** Kueue reckons with requests, and admits nothing without them. */
function needsRequests({ queue, job, then: steps }: Record<string, unknown>): Broken[] {
  if (queue === undefined) return [];
  const containers = [{ at: ['job'] as Broken['path'], written: job }];
  if (Array.isArray(steps)) containers.push(...steps.map((written, index) => ({ at: ['then', index], written })));
  return containers.flatMap(({ at, written }) => {
    const resources = isPlainObject(written) ? written.resources : undefined;
    if (!isPlainObject(resources) || resources.requests !== undefined || resources.limits !== undefined) return [];
    return [
      {
        path: [...at, 'resources'],
        message: 'requests beside `queue`\nKueue reckons with them: write them, or leave resources out',
      },
    ];
  });
}

function someBrake(written: Record<string, unknown>): Broken[] {
  if (Object.values(written).some((value) => value !== undefined)) return [];
  return [
    { path: [], message: 'argoCd, flux, admissionPolicy or some of them\nleave brakes out where none is wanted' },
  ];
}

const WHEN = ['window', 'schedule', 'once'] as const;

function whenRule(written: Record<string, unknown>): Broken[] {
  // `once: false` is told by its own key.
  const said = WHEN.filter((key) => written[key] !== undefined && written[key] !== false);
  const message = 'one of `window`, `schedule` and `once`\nnightly work has a window, other repeated work a schedule';
  if (said.length === 0) return written.once === false ? [] : [{ path: ['window'], message }];
  if (said.length > 1) return [{ path: [said.at(-1) as string], message, got: said.length === 2 ? 'both' : 'all' }];
  return [...(written.once === undefined ? deadlineWithoutOnce : retireWithOnce)(written), ...deadlineRule(written)];
}

function deadlineWithoutOnce({ deadlineMinutes }: Record<string, unknown>): Broken[] {
  if (deadlineMinutes === undefined) return [];
  const todo = 'a schedule has its own, and a window ends all runs when it closes';
  return [{ path: ['deadlineMinutes'], message: `no such key without \`once\`\n${todo}` }];
}

function retireWithOnce({ groups }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(groups) || groups.retireEmpty !== true) return [];
  const todo = 'leave it out: what runs once has no next night to retire before';
  return [{ path: ['groups', 'retireEmpty'], message: `no such key with \`once\`\n${todo}` }];
}

const dist = textWithout('a folder inside the folder of the config file, such as "dist"', (path) =>
  folderProblem(path),
);

/** The whole file. */
export const fleetsSchema = only(
  {
    store,
    dist: dist.default('dist'),
    tools: only({
      image: imageReference,
      runAsUser: whole(1, 2_147_483_647, 'the number that `id -u` prints in the image').optional(),
    }).optional(),
    delivery: delivery.optional(),
    fleets: named('an object with one fleet or more, each by its name', fleetName, fleet),
  },
  {
    expected:
      'defineFleets({ store, fleets })\nwrite `export default defineFleets({ … })`, with `await` before what takes time',
    rule: (written) => [
      ...someFleet(written),
      ...needsTools(written),
      ...takenNames(written),
      ...foldersApart(written),
    ],
  },
);

function someFleet({ fleets }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(fleets) || Object.keys(fleets).length > 0) return [];
  return [{ path: ['fleets'], message: 'at least one fleet' }];
}

/** CronJobs that are no group's have names too: of 52 characters at most, and none that a group of another fleet may come to have. */
function takenNames({ fleets }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(fleets)) return [];
  const written = Object.entries(fleets).flatMap(([name, fleet]) => (isPlainObject(fleet) ? [{ name, fleet }] : []));
  return written.flatMap(({ name, fleet }) => {
    const isGroupOf = written.find(
      (other) =>
        name.startsWith(`${other.name}-`) &&
        /^\d{4,}$/.test(name.slice(other.name.length + 1)) &&
        other.fleet.namespace === fleet.namespace,
    );
    const clash =
      fleet.fold !== undefined && isGroupOf
        ? [
            {
              path: ['fleets', name],
              message: `a folded fleet whose name is no group's\nfleet ${isGroupOf.name} may have a group of that name: choose another`,
              got: `the name ${JSON.stringify(name)}`,
            },
          ]
        : [];
    const waits = fleet.after !== undefined || (isPlainObject(fleet.alerts) && fleet.alerts.webhook !== undefined);
    const long =
      waits && name.length > MAX_WAITING_FLEET_NAME && name.length <= MAX_FLEET_NAME
        ? [
            {
              path: ['fleets', name],
              message: `a name of at most ${MAX_WAITING_FLEET_NAME} characters beside \`after\` or \`alerts.webhook\`\nwith \`-after\` behind it a CronJob's name may have 52`,
              got: `${name.length} characters`,
            },
          ]
        : [];
    return [...clash, ...long];
  });
}

/** What runs cronfleet in the cluster must know its image. */
function needsTools({ fleets, tools }: Record<string, unknown>): Broken[] {
  if (tools !== undefined || !isPlainObject(fleets)) return [];
  const users = Object.entries(fleets).flatMap(([name, fleet]) => {
    if (!isPlainObject(fleet)) return [];
    const webhook = isPlainObject(fleet.alerts) && fleet.alerts.webhook !== undefined;
    return [
      ...(fleet.after === undefined ? [] : [`fleets.${name}.after`]),
      ...(webhook ? [`fleets.${name}.alerts.webhook`] : []),
    ];
  });
  if (users.length === 0) return [];
  const todo = `the image of cronfleet itself, which ${users.join(' and ')} run${users.length === 1 ? 's' : ''} in the cluster`;
  return [{ path: ['tools'], message: `{ image }\n${todo}` }];
}

export type Config = z.output<typeof fleetsSchema>;
export type Fleet = Config['fleets'][string];
export type Store = Config['store'];
export type KeyRange = Extract<Fleet['groups'], { by: 'keyRange' }>;
export type Column = Extract<Fleet['groups'], { by: 'column' }>;
export type Query = Extract<Fleet['groups'], { by: 'query' }>;
export type Job = Fleet['job'];
