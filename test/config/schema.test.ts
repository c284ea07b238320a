// Every kind of bad value, and the words a person gets for it. Jobs, windows and stores have files of their own.

import { describe } from 'vitest';
import { accepts, aFleet, config, fleet, groups, tells } from './written';

describe('the default export', () => {
  const expected = (got: string) => [
    `the default export: expected defineFleets({ store, fleets }), got ${got}`,
    '  write `export default defineFleets({ … })`, with `await` before what takes time',
  ];
  tells([
    ['is missing', undefined, expected('nothing')],
    ['is null', null, expected('null')],
    ['is a function', () => config(), expected('a function')],
    ['is a promise', Promise.resolve(config()), expected('a Promise')],
    ['is a list', [config()], expected('a list')],
    ['is a text', 'fleets', expected('"fleets"')],
    [
      'is empty',
      {},
      [
        'store: expected a PostgreSQL URL, { url } or demoStore({ rows }), got nothing',
        '  is DATABASE_URL not set?',
        'fleets: expected an object with one fleet or more, each by its name, got nothing',
      ],
    ],
  ]);
});

describe('dist', () => {
  const folder = (got: string, todo: string) => [
    `dist: expected a folder inside the folder of the config file, such as "dist", got ${got}`,
    `  ${todo}`,
  ];
  const whole = 'that folder itself holds more than manifests, and dist is replaced at each synth';
  tells([
    ['is empty', config({ dist: '' }), folder('""', whole)],
    ['is the folder itself', config({ dist: '.' }), folder('"."', whole)],
    ['is the folder above', config({ dist: '..' }), folder('".."', 'it must not lead out of that folder')],
    ['leads out', config({ dist: 'a/../../b' }), folder('"a/../../b"', 'it must not lead out of that folder')],
    ['is the root', config({ dist: '/' }), folder('"/"', 'it must not lead out of that folder')],
    ['is absolute', config({ dist: '/srv/dist' }), folder('"/srv/dist"', 'it must not lead out of that folder')],
    [
      'is the scratch folder',
      config({ dist: '.cronfleet/x' }),
      folder('".cronfleet/x"', '.cronfleet is not for manifests'),
    ],
    ['is of Windows', config({ dist: 'a\\b' }), folder('"a\\\\b"', 'write it with "/" and plain names')],
    ['is of the shell', config({ dist: '~/dist' }), folder('"~/dist"', 'write it with "/" and plain names')],
    ['is white space', config({ dist: ' ' }), folder('" "', 'write it with "/" and plain names')],
    [
      'is no text',
      config({ dist: 5 }),
      'dist: expected a folder inside the folder of the config file, such as "dist", got 5',
    ],
  ]);
  accepts([['a folder below', config({ dist: './deploy/prod/' })]]);
});

describe('fleets', () => {
  const rule = 'expected at most 47 lower-case letters, digits and "-", the first a letter, the last no "-"';
  const named = (name: string) => config({ fleets: { [name]: aFleet() } });
  tells([
    ['are none', config({ fleets: {} }), 'fleets: expected at least one fleet, got {}'],
    [
      'are a list',
      config({ fleets: [aFleet()] }),
      'fleets: expected an object with one fleet or more, each by its name, got a list',
    ],
    [
      'have a name with capitals',
      named('Catalog'),
      [`fleets.Catalog: ${rule}, got the name "Catalog"`, `  write "catalog": the CronJobs' names begin with it`],
    ],
    [
      'have a name with other characters',
      named('my catalog_2'),
      [
        `fleets["my catalog_2"]: ${rule}, got the name "my catalog_2"`,
        `  write "my-catalog-2": the CronJobs' names begin with it`,
      ],
    ],
    [
      'have a name that leaves no room for the groups',
      named('a'.repeat(48)),
      [
        `fleets.${'a'.repeat(48)}: ${rule}, got the name "${'a'.repeat(48)}"`,
        "  it has 48 characters, and with `-0001` behind it a CronJob's name may have 52",
      ],
    ],
    [
      'have nothing in them',
      config({ fleets: { catalog: {} } }),
      [
        'fleets.catalog.namespace: expected a namespace: at most 63 lower-case letters, digits and "-", no "-" at either end, got nothing',
        'fleets.catalog.groups: expected byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name }), got nothing',
        'fleets.catalog.job: expected { image, … }, got nothing',
        'fleets.catalog.window: expected one of `window`, `schedule` and `once`, got nothing',
        '  nightly work has a window, other repeated work a schedule',
      ],
    ],
    [
      'are no objects',
      config({ fleets: { catalog: 'items' } }),
      'fleets.catalog: expected { namespace, groups, window, job }, got "items"',
    ],
    [
      'have a namespace that Kubernetes refuses',
      fleet({ namespace: 'Batch_Jobs' }),
      'fleets.catalog.namespace: expected a namespace: at most 63 lower-case letters, digits and "-", no "-" at either end, got "Batch_Jobs"',
    ],
    [
      'have both window and schedule',
      fleet({ schedule: { cron: '0 * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 5 } }),
      [
        'fleets.catalog.schedule: expected one of `window`, `schedule` and `once`, got both',
        '  nightly work has a window, other repeated work a schedule',
      ],
    ],
    [
      'would end a pause set by hand',
      fleet({ suspend: false }),
      [
        'fleets.catalog.suspend: expected true, or no such key, got false',
        '  without it, a pause set by hand in the cluster survives a sync by kubectl or Argo CD',
      ],
    ],
  ]);
  accepts([
    ['the longest name', named('a'.repeat(47))],
    ['a paused fleet', fleet({ suspend: true })],
  ]);
});

describe('groups', () => {
  const capacity = (got: string) =>
    `fleets.catalog.groups.capacity: expected a whole number from 1 to 1,000,000,000,000, got ${got}`;
  const table = (got: string, todo: string) => [
    `fleets.catalog.groups.table: expected a table name as in SQL, got ${got}`,
    `  ${todo}`,
  ];
  const quotes = 'write catalog.items, or with quotes "Odd Schema"."It""ems"; the database is part of the store’s URL';
  tells([
    [
      'are missing',
      fleet({ groups: undefined }),
      'fleets.catalog.groups: expected byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name }), got nothing',
    ],
    [
      'are empty',
      fleet({ groups: {} }),
      'fleets.catalog.groups: expected byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name }), got {}',
    ],
    [
      'are made by hand',
      fleet({ groups: { table: 'items', key: 'id', capacity: 5 } }),
      'fleets.catalog.groups: expected byKeyRange({ table, key, capacity }), byColumn({ table, column }) or byQuery({ sql, name }), got { table, key, capacity }',
    ],
    ['have no capacity', groups({ capacity: undefined }), capacity('nothing')],
    ['have a capacity of 0', groups({ capacity: 0 }), capacity('0')],
    ['have a negative capacity', groups({ capacity: -1 }), capacity('-1')],
    ['have a fractional capacity', groups({ capacity: 1.5 }), capacity('1.5')],
    ['have a huge capacity', groups({ capacity: 1e300 }), capacity('1e+300')],
    ['have a capacity of NaN', groups({ capacity: Number.NaN }), capacity('NaN')],
    ['have a capacity in quotes', groups({ capacity: '1000' }), capacity('"1000"')],
    ['have a capacity that is a bigint', groups({ capacity: 1000n }), capacity('1000n')],
    ['name a table of three parts', groups({ table: 'a.b.c' }), table('"a.b.c"', quotes)],
    ['name a table that is SQL', groups({ table: 'a"; drop table t; --' }), table('"a\\"; drop table t; --"', quotes)],
    [
      'name a table that PostgreSQL would cut',
      groups({ table: 'é'.repeat(32) }),
      table(`"${'é'.repeat(32)}"`, 'schema and table may have 63 bytes each'),
    ],
    [
      'name no key',
      groups({ key: '' }),
      ['fleets.catalog.groups.key: expected a column\'s bare name, got ""', '  such as id; one column, not a list'],
    ],
    [
      'name two keys',
      groups({ key: ['a', 'b'] }),
      "fleets.catalog.groups.key: expected a column's bare name, got a list",
    ],
    [
      'have a filter that ends',
      groups({ where: 'deleted_at IS NULL;' }),
      [
        'fleets.catalog.groups.where: expected one SQL condition such as "deleted_at IS NULL", got "deleted_at IS NULL;"',
        '  it has a semicolon or NUL: take it out',
      ],
    ],
    [
      'leave too much room',
      groups({ headroom: 0.95 }),
      'fleets.catalog.groups.headroom: expected a share from 0 to 0.9, got 0.95',
    ],
    [
      'leave room in percent',
      groups({ headroom: '10%' }),
      'fleets.catalog.groups.headroom: expected a share from 0 to 0.9, got "10%"',
    ],
    [
      'leave room of NaN',
      groups({ headroom: Number.NaN }),
      'fleets.catalog.groups.headroom: expected a share from 0 to 0.9, got NaN',
    ],
    [
      'permit with a word',
      groups({ allowKeysInGit: 'yes' }),
      'fleets.catalog.groups.allowKeysInGit: expected true or false, got "yes"',
    ],
  ]);
  accepts([['the largest capacity', groups({ capacity: 1e12, headroom: 0.9 })]]);
});

describe('labels and annotations', () => {
  const key =
    'expected `name` or `prefix/name`: at most 63 letters, digits, "-", "_" and "." for the name, a DNS name for the prefix';
  tells([
    ['have a bad key', fleet({ labels: { 'a b': 'x' } }), `fleets.catalog.labels["a b"]: ${key}, got the name "a b"`],
    [
      'have a bad prefix',
      fleet({ annotations: { 'Acme/team': 'x' } }),
      `fleets.catalog.annotations["Acme/team"]: ${key}, got the name "Acme/team"`,
    ],
    [
      'take what is cronfleet’s',
      fleet({ labels: { 'cronfleet/fleet': 'x' } }),
      [
        'fleets.catalog.labels["cronfleet/fleet"]: expected a key that is not taken, got the name "cronfleet/fleet"',
        '  cronfleet/…, app.kubernetes.io/managed-by and app.kubernetes.io/instance (Argo CD’s) are; choose another',
      ],
    ],
    [
      'take what is the Job controller’s',
      fleet({ labels: { 'job-name': 'x' } }),
      [
        'fleets.catalog.labels.job-name: expected a key that is not taken, got the name "job-name"',
        '  the Job controller sets this one itself; leave it out',
      ],
    ],
    [
      'have a label that is no text',
      fleet({ labels: { version: 1 } }),
      'fleets.catalog.labels.version: expected a text of at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends, got 1',
    ],
    [
      'have a label with spaces',
      fleet({ labels: { team: 'data team' } }),
      'fleets.catalog.labels.team: expected a text of at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends, got "data team"',
    ],
    [
      'have an annotation that is no text',
      fleet({ annotations: { on: true } }),
      ['fleets.catalog.annotations.on: expected a text, got true', '  put numbers, true and false in quotes'],
    ],
    [
      'are a list',
      fleet({ labels: ['a'] }),
      'fleets.catalog.labels: expected an object such as { team: "data" }, got a list',
    ],
  ]);
  accepts([
    ['any text as annotation', fleet({ annotations: { 'example.com/note': 'any text: "ü"\n' } })],
    ['an empty label', fleet({ labels: { 'app.kubernetes.io/name': 'items', empty: '' } })],
  ]);
});
