// How problems are told: all at once, in the order of the file, with what came instead.

import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { demoStore } from '../../lib/config/define';
import { invalidConfig, sentences } from '../../lib/config/problems';
import { envSchema, fleetsSchema, resourcesSchema } from '../../lib/config/schema';
import { explain } from '../../lib/errors';
import { aFleet, config, fleet, groups, job, problemsOf, tells } from './written';

test('tells all problems at once, in the order of the file, and what is missing after what is there', () => {
  const written = {
    fleets: {
      Bad: { job: { retries: 99, env: { A: true } }, namespace: 5 },
      good: aFleet({ windwo: {}, suspend: false, window: undefined }),
    },
    dist: '..',
  };
  const result = fleetsSchema.safeParse(written);
  const error = invalidConfig('fleet.config.ts', result.error as NonNullable<typeof result.error>, written);
  expect(error.code).toBe('config-invalid');
  expect(`${error.message}\n${error.hint}`).toMatchInlineSnapshot(`
    "11 problems in fleet.config.ts; nothing was written
    fleets.Bad: expected at most 47 lower-case letters, digits and "-", the first a letter, the last no "-", got the name "Bad"
      write "bad": the CronJobs' names begin with it
    fleets.Bad.job.retries: expected a whole number from 0 to 20, got 99
    fleets.Bad.job.env.A: expected a text, a number, { secret, key }, { configMap, key } or { field }, got true
    fleets.Bad.job.image: expected an image such as "ghcr.io/acme/worker:1.4.2", got nothing
      registry, lower-case name, then :tag or @sha256:digest; no scheme, no spaces
    fleets.Bad.namespace: expected a namespace: at most 63 lower-case letters, digits and "-", no "-" at either end, got 5
    fleets.Bad.groups: expected byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name }), got nothing
    fleets.Bad.window: expected one of \`window\`, \`schedule\` and \`once\`, got nothing
      nightly work has a window, other repeated work a schedule
    fleets.good.windwo: expected one of namespace, store, groups, window, schedule, once, deadlineMinutes, job, then, after, alerts, controller, fold, queue, brakes, labels, annotations, suspend, got an unknown key
      did you mean window?
    fleets.good.suspend: expected true, or no such key, got false
      without it, a pause set by hand in the cluster survives a sync by kubectl or Argo CD
    dist: expected a folder inside the folder of the config file, such as "dist", got ".."
      it must not lead out of that folder
    store: expected a PostgreSQL URL, { url } or demoStore({ rows }), got nothing
      is DATABASE_URL not set?"
  `);
});

test('counts one problem as one', () => {
  const result = fleetsSchema.safeParse(config({ fleets: {} }));
  const error = invalidConfig('fleet.prod.config.ts', result.error as NonNullable<typeof result.error>, {});
  expect(error.message).toBe('1 problem in fleet.prod.config.ts; nothing was written');
});

describe('unknown keys', () => {
  tells([
    [
      'are told with the keys there are and a near one, which then is not missing too',
      { stroe: demoStore({ rows: 10 }), fleets: { catalog: aFleet() } },
      ['stroe: expected one of store, dist, tools, delivery, fleets, got an unknown key', '  did you mean store?'],
    ],
    [
      'are told as missing and unknown when none is near',
      { data: 'postgres://host/db', fleets: { catalog: aFleet() } },
      [
        'data: expected one of store, dist, tools, delivery, fleets, got an unknown key',
        '  leave it out',
        'store: expected a PostgreSQL URL, { url } or demoStore({ rows }), got nothing',
        '  is DATABASE_URL not set?',
      ],
    ],
    [
      'are found in a fleet',
      fleet({ pause: true }),
      [
        'fleets.catalog.pause: expected one of namespace, store, groups, window, schedule, once, deadlineMinutes, job, then, after, alerts, controller, fold, queue, brakes, labels, annotations, suspend, got an unknown key',
        '  leave it out',
      ],
    ],
    [
      'are found in the window, whatever the case of their letters',
      fleet({ window: { opens: '00:00', closes: '05:00', timezone: 'Asia/Seoul' } }),
      [
        'fleets.catalog.window.timezone: expected one of opens, closes, timeZone, days, concurrency, jobMinutes, startsPerMinute, startingDeadlineMinutes, got an unknown key',
        '  did you mean timeZone?',
      ],
    ],
    [
      'are found in the groups, where `by` is not for people',
      groups({ capasity: 5 }),
      [
        'fleets.catalog.groups.capasity: expected one of table, key, capacity, where, headroom, recount, retireEmpty, allowKeysInGit, bounds, got an unknown key',
        '  did you mean capacity?',
      ],
    ],
    [
      'are sent to customize in a job',
      job({ volumes: [] }),
      [
        'fleets.catalog.job.volumes: expected one of image, imagePullPolicy, command, args, envFrom, env, resources, imagePullSecrets, retries, podSecurity, runAsUser, writable, nonRetryableExitCodes, serviceAccountName, customize, got an unknown key',
        '  what has no key here goes into `customize`',
      ],
    ],
    [
      'are found in the store, without their value',
      config({ store: { ulr: 'postgres://user:canary@host/db' } }),
      [
        'store.ulr: expected one of url, connectTimeoutSeconds, statementTimeoutSeconds, storeId, got an unknown key',
        '  did you mean url?',
      ],
    ],
  ]);
});

test('shows the beginning of a long text, and no more than five keys of an object', () => {
  expect(problemsOf(fleet({ namespace: 'X'.repeat(100) }))).toContain(`got "${'X'.repeat(77)}..."`);
  expect(problemsOf(fleet({ namespace: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 } }))).toContain(
    'got { a, b, c, d, e, … }',
  );
});

describe('sentences', () => {
  const told = (schema: z.ZodType, written: unknown, root?: string) =>
    schema.safeParse(written).error?.issues.flatMap((issue) => sentences(issue, written, root));

  test('call the whole value by the name it is given', () => {
    expect(told(envSchema, [])).toEqual([
      'the value: expected an object such as { LOG_LEVEL: "info" }, got an empty list',
    ]);
    expect(told(resourcesSchema, null, 'what it returned')).toEqual([
      'what it returned: expected { requests, limits }, got null',
    ]);
  });

  test('name places within a value without a dot in front', () => {
    expect(told(envSchema, { A: null, 'b c': 'x' })).toEqual([
      expect.stringMatching(/^b c: expected the name of a variable/),
      expect.stringMatching(/^A: expected a text, a number/),
    ]);
  });
});

test.each([
  ['store', config({ store: 'postgres://user:canary@/db' })],
  ['its url', config({ store: { url: 'postgres://user:canary/1@host/db' } })],
  ['a store with a bad key', config({ store: { url: 5, password: 'canary' } })],
  ['an unknown key', config({ stores: 'postgres://user:canary@host/db' })],
  ['the name of a fleet', config({ fleets: { 'postgres://user:canary@host/db': {} } })],
  [
    'a place where no URL belongs',
    job({ image: 'postgres://user:canary@host/db', serviceAccountName: 'password=canary' }),
  ],
])('never shows a password in %s', (_, written) => {
  const result = fleetsSchema.safeParse(written);
  const error = invalidConfig('fleet.config.ts', result.error as NonNullable<typeof result.error>, written);
  expect(explain(error)).not.toContain('canary');
});
