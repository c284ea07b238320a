// What fleet.config.ts may say, and what the rest of the house reads: checked, with every default filled in.
// A message is what was expected; after a line break comes what to do. ./problems.ts adds the place and what came instead.

import type { ApiObject } from 'cdk8s';
import { z } from 'zod';
import { cronProblem, parseDays } from './cron';
import { filterProblem } from './filter';
import { MAX_IDENTIFIER_BYTES, parseTableName } from './table-name';
import { isTimeZone, parseTimeOfDay, printTimeOfDay } from './time';
import type { GroupFacts } from './types';

/** A CronJob's name may have 52 characters, since the controller appends 11 to name its Jobs; ours end in `-0001`. */
export const MAX_FLEET_NAME = 47;
const MAX_CAPACITY = 1_000_000_000_000;

/** An object with these keys only; others are named together with the ones there are. */
function only<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `only the keys ${Object.keys(shape).join(', ')}` : undefined,
  });
}

const text = z.string().min(1, 'a text that is not empty');
const whole = (min: number, max: number) => {
  const expected = `a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
  return z.number(expected).int(expected).min(min, expected).max(max, expected);
};

const dnsLabel = (max: number) =>
  z
    .string()
    .max(max, `at most ${max} characters`)
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      'a DNS label: lower-case letters, digits and "-", a letter or digit at both ends',
    );
const dnsName = z
  .string()
  .max(253, 'at most 253 characters')
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'a DNS name: lower-case letters, digits, "-" and "."');
const dataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, 'a key of letters, digits, "-", "_" and "."');

const metadataKey = z
  .string()
  .regex(
    /^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
    'a Kubernetes label key: `name` or `prefix/name`',
  )
  .refine((key) => !/^(cronfleet\/|app\.kubernetes\.io\/(managed-by|instance)$)/.test(key), {
    error:
      'a key that is not cronfleet’s own\ncronfleet/…, app.kubernetes.io/managed-by and app.kubernetes.io/instance (Argo CD’s) are taken',
  });
const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/,
    'a label value: at most 63 letters, digits, "-", "_" and "."',
  );

const quantity = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|e\d+)?$/)], {
    error: 'a Kubernetes quantity such as "500m" or "1Gi"',
  })
  .transform(String);
/** One container's resources. */
export const resourcesSchema = only({
  requests: z.record(text, quantity).optional(),
  limits: z.record(text, quantity).optional(),
});
export type Resources = z.output<typeof resourcesSchema>;

const envName = z
  .string()
  .regex(
    /^[-._a-zA-Z][-._a-zA-Z0-9]*$/,
    'an environment name: letters, digits, "_", "-", ".", not starting with a digit',
  )
  .refine((name) => !/^(FLEET|FLEET_RUN|GROUP_.*)$/.test(name), {
    error: 'a name that is not reserved\nFLEET, FLEET_RUN and GROUP_… are set by cronfleet; choose another name',
  });
const envValue = z.union(
  [
    z.string(),
    z.number().transform(String),
    only({ secret: dnsName, key: dataKey }),
    only({ configMap: dnsName, key: dataKey }),
    only({ field: text }),
  ],
  { error: 'a string, a number, { secret, key }, { configMap, key } or { field }' },
);
/** A container's environment, in the order it was written. */
export const envSchema = z.record(envName, envValue);
export type Env = z.output<typeof envSchema>;

const aFunction = <F extends (...args: never[]) => unknown>(expected: string) =>
  z.custom<F>((value) => typeof value === 'function', expected);

const job = only({
  image: z.string().regex(/^\S+$/, 'an image reference without spaces'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never'], '"Always", "IfNotPresent" or "Never"').optional(),
  imagePullSecrets: z.array(dnsName).default([]),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: eitherFunctionOr<(group: GroupFacts) => unknown, typeof envSchema>(envSchema).default({}),
  envFrom: z
    .array(z.union([only({ configMap: dnsName }), only({ secret: dnsName })], { error: '{ configMap } or { secret }' }))
    .default([]),
  resources: eitherFunctionOr<(group: GroupFacts) => unknown, typeof resourcesSchema>(resourcesSchema).default({
    requests: { cpu: '100m', memory: '256Mi' },
  }),
  retries: whole(0, 20).default(3),
  nonRetryableExitCodes: z
    .array(whole(1, 255))
    .max(255)
    .default([])
    // The API server wants them sorted and unique.
    .transform((codes) => [...new Set(codes)].sort((a, b) => a - b)),
  serviceAccountName: dnsName.optional(),
  podSecurity: z.enum(['restricted', 'baseline'], '"restricted" or "baseline"').default('restricted'),
  runAsUser: whole(0, 2_147_483_647).optional(),
  writable: z
    .array(z.string().regex(/^\/[^:]*[^:/]$/, 'an absolute path that is not the root, such as "/tmp"'))
    .refine((paths) => new Set(paths).size === paths.length, 'each path once')
    .default([]),
  customize: aFunction<(cronJob: ApiObject, group: GroupFacts) => void>(
    'a function of the CronJob and the group',
  ).optional(),
}).refine((value) => !(value.podSecurity === 'restricted' && value.runAsUser === 0), {
  path: ['runAsUser'],
  error:
    'a user other than 0 under podSecurity "restricted"\nuse an image with another user, or podSecurity: \'baseline\'',
});

/** A function is kept as it is; anything else is read by `schema`, with that schema's own problems. */
function eitherFunctionOr<F, S extends z.ZodType>(schema: S) {
  return z.unknown().transform((value, context): F | z.output<S> => {
    if (typeof value === 'function') return value as F;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    context.issues.push(...result.error.issues.map((issue) => ({ ...issue, input: value }) as z.core.$ZodRawIssue));
    return z.NEVER;
  });
}

const timeZone = z.string().refine(isTimeZone, {
  error: 'an IANA time zone such as "Asia/Seoul" or "Etc/UTC"\nnames are case-sensitive in Kubernetes',
});
const timeOfDay = (forms: string) =>
  z
    .string()
    .refine((value) => parseTimeOfDay(value) !== undefined, {
      error: `${forms}\nuse 24-hour times such as "05:30"`,
      abort: true,
    })
    .transform((value) => parseTimeOfDay(value) as NonNullable<ReturnType<typeof parseTimeOfDay>>);

const window = only({
  opens: timeOfDay('HH:MM').refine((time) => !time.nextDay, 'HH:MM\nonly `closes` can be on the next day'),
  closes: timeOfDay('HH:MM or "HH:MM next day"'),
  timeZone,
  days: z
    .string()
    .refine((days) => parseDays(days) !== undefined, {
      error: 'a day-of-week field of cron, such as "1-5" or "MON-FRI"\nSunday is 0 or SUN, never 7',
    })
    .default('*'),
  startsPerMinute: whole(1, 1_000).default(30),
  startingDeadlineMinutes: whole(1, 1_440).default(10),
}).transform((value, context) => {
  const { opens, closes, ...rest } = value;
  const overMidnight = closes.nextDay || closes.minutes < opens.minutes;
  const length = closes.minutes - opens.minutes + (overMidnight ? 1440 : 0);
  const understood = `${+(length / 60).toFixed(2)} hours`;
  if (length === 0) {
    context.addIssue({
      code: 'custom',
      path: ['closes'],
      message: 'a time other than `opens`\nfor a whole day write "HH:MM next day"',
    });
  } else if (length > 1440) {
    context.addIssue({ code: 'custom', path: ['closes'], message: 'a window of at most 24 hours' });
  } else if (overMidnight && !closes.nextDay && length > 720) {
    context.addIssue({
      code: 'custom',
      path: ['closes'],
      message: `a time after \`opens\`, or at most 12 hours later over midnight; this would be ${understood}\nif that is meant, write closes: "${printTimeOfDay(closes.minutes)} next day"; if not, swap opens and closes`,
    });
  }
  return { ...rest, opensAt: opens.minutes, minutes: length };
});

const schedule = only({
  cron: z.string().superRefine((line, context) => {
    const problem = cronProblem(line);
    if (problem) {
      const hint = 'five fields: minute hour day month weekday, such as "*/5 * * * *"; the zone goes into timeZone';
      context.addIssue({ code: 'custom', message: `a cron line Kubernetes accepts, not ${problem}\n${hint}` });
    }
  }),
  timeZone,
  deadlineMinutes: whole(1, 10_080),
});

const keyRange = only({
  by: z.literal('keyRange'),
  table: z.string().refine((name) => parseTableName(name) !== undefined, {
    error: `a table name as in SQL, each part at most ${MAX_IDENTIFIER_BYTES} bytes\nwrite catalog.items, or "Odd Schema"."It""ems" with quotes`,
  }),
  key: text
    .refine(
      (name) => Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES,
      `a column name of at most ${MAX_IDENTIFIER_BYTES} bytes`,
    )
    .refine((name) => !name.includes('\0'), 'a column name'),
  capacity: whole(1, MAX_CAPACITY),
  where: z
    .string()
    .superRefine((condition, context) => {
      const problem = filterProblem(condition);
      if (problem) context.addIssue({ code: 'custom', message: `one SQL condition, not ${problem}` });
    })
    .optional(),
  headroom: z.number().min(0, 'a share from 0 to 0.9').max(0.9, 'a share from 0 to 0.9').default(0),
  allowKeysInGit: z.boolean().default(false),
});

const fleet = only({
  namespace: dnsLabel(63),
  groups: z
    .custom<{ by: string }>((value) => isObject(value) && value.by === 'keyRange', {
      error: 'byKeyRange({ table, key, capacity })',
      abort: true,
    })
    .pipe(keyRange),
  window: window.optional(),
  schedule: schedule.optional(),
  job,
  labels: z.record(metadataKey, labelValue).default({}),
  annotations: z.record(metadataKey, z.string()).default({}),
  suspend: z
    .literal(true, 'true, or the key left out\nleft out, a pause set by hand in the cluster survives a sync')
    .optional(),
}).superRefine((value, context) => {
  if ((value.window === undefined) === (value.schedule === undefined)) {
    const path = [value.window ? 'schedule' : 'window'];
    context.addIssue({
      code: 'custom',
      path,
      message: 'either `window` or `schedule`\nnightly work has a window, all other a schedule',
    });
  }
});

const seconds = (max: number, by: number) => whole(1, max).default(by);
const postgres = only({
  url: z.string().superRefine(checkUrl),
  connectTimeoutSeconds: seconds(600, 10),
  statementTimeoutSeconds: seconds(86_400, 300),
  storeId: z
    .string()
    .regex(/^[-._A-Za-z0-9]{1,63}$/, 'an id of letters, digits, "-", "_" and "."')
    .optional(),
}).transform((value) => ({ kind: 'postgres' as const, ...value }));
const demo = only({ kind: z.literal('demo'), rows: whole(0, 1_000_000) });

const store = z.unknown().transform((value, context): z.output<typeof postgres> | z.output<typeof demo> => {
  if (typeof value !== 'string' && !isObject(value)) {
    context.addIssue({ code: 'custom', message: 'a PostgreSQL URL, { url } or demoStore({ rows })' });
    return z.NEVER;
  }
  const schema = isObject(value) && value.kind === 'demo' ? demo : postgres;
  const result = schema.safeParse(typeof value === 'string' ? { url: value } : value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    // A bare URL has no `url` key to point at.
    const path = typeof value === 'string' ? [] : issue.path;
    context.issues.push({ ...issue, path, input: value } as z.core.$ZodRawIssue);
  }
  return z.NEVER;
});

/** Refuses what `pg` would quietly replace by localhost, and what it would stumble over later with the password in its message. */
function checkUrl(url: string, context: z.RefinementCtx<string>): void {
  const expected = 'postgres://user@host:5432/database';
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  const parsed = readUrl(url);
  if (url.trim() === '') {
    refuse(`${expected}\nis DATABASE_URL set but empty? Unset it to use the demo store`);
  } else if (!/^postgres(ql)?:\/\//.test(url)) {
    refuse(`${expected}\nthe URL must start with postgres:// or postgresql://`);
  } else if (parsed === undefined) {
    refuse(
      `${expected}\npercent-encode special characters in the password: "@" is %40, "/" is %2F, "#" is %23, "%" is %25`,
    );
  } else if (!(parsed.searchParams.get('host') ?? parsed.hostname)) {
    refuse(`${expected}, with a host\nwithout one the driver would silently connect to localhost`);
  }
}

/** The URL in its parts, or undefined. A socket's URL, `postgres://user@/db?host=/run/postgresql`, has an empty host name. */
function readUrl(url: string): URL | undefined {
  try {
    // The URL standard refuses user info without a host.
    const parsed = new URL(url.replace(/^(\w+:\/\/)[^/?]*@(?=[/?]|$)/, '$1'));
    decodeURIComponent(parsed.username + parsed.password + parsed.pathname);
    return parsed;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const fleetName = dnsLabel(MAX_FLEET_NAME).regex(/^[a-z]/, 'a name that starts with a letter');
/** The whole file. */
export const fleetsSchema = only({
  store,
  dist: z
    .string()
    .refine(
      (path) => path !== '' && !path.startsWith('/') && !/^(\.\/?)*$/.test(path) && !path.split('/').includes('..'),
      {
        error: 'a folder inside the folder of the config file, such as "dist"',
      },
    )
    .default('dist'),
  fleets: z.record(fleetName, fleet).refine((fleets) => Object.keys(fleets).length > 0, 'at least one fleet'),
});

export type Config = z.output<typeof fleetsSchema>;
export type Fleet = Config['fleets'][string];
export type Store = Config['store'];
export type Window = NonNullable<Fleet['window']>;
export type Schedule = NonNullable<Fleet['schedule']>;
export type KeyRange = Fleet['groups'];
export type Job = Fleet['job'];
