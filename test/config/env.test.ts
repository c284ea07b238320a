import { describe, expect, test } from 'vitest';
import { fleetsSchema } from '../../lib/config/schema';
import { accepts, job, tells } from './written';

const env = (value: unknown) => job({ env: { A: value } });

describe('env', () => {
  const forms = 'expected a text, a number, { secret, key }, { configMap, key } or { field }';
  const name = (got: string) =>
    `expected the name of a variable, such as LOG_LEVEL: letters, digits, "_", "-" and ".", the first no digit, got the name "${got}"`;
  const reserved = (got: string) => [
    `fleets.catalog.job.env.${got}: expected a name that is not reserved, got the name "${got}"`,
    '  FLEET, FLEET_RUN and GROUP_… are set by cronfleet; choose another',
  ];
  tells([
    ['is true', env(true), `fleets.catalog.job.env.A: ${forms}, got true`],
    ['is null', env(null), `fleets.catalog.job.env.A: ${forms}, got null`],
    ['is NaN', env(Number.NaN), `fleets.catalog.job.env.A: ${forms}, got NaN`],
    ['is a list', env(['x']), `fleets.catalog.job.env.A: ${forms}, got a list`],
    ['is a function', env(() => 'x'), `fleets.catalog.job.env.A: ${forms}, got a function`],
    [
      'is not set here',
      env(undefined),
      [
        `fleets.catalog.job.env.A: ${forms}, got nothing`,
        '  is a variable of this environment not set? Leave the name out, or give it a value',
      ],
    ],
    [
      'is written as in a manifest',
      env({ secretKeyRef: { name: 'db', key: 'url' } }),
      `fleets.catalog.job.env.A: ${forms}, got { secretKeyRef }`,
    ],
    [
      'names a Secret without its key',
      env({ secret: 'db' }),
      'fleets.catalog.job.env.A.key: expected a key of letters, digits, "-", "_" and ".", got nothing',
    ],
    [
      'names a ConfigMap that cannot be, and a key that cannot',
      env({ configMap: 'My_Map', key: 'a b' }),
      [
        'fleets.catalog.job.env.A.configMap: expected the name of a ConfigMap: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends, got "My_Map"',
        'fleets.catalog.job.env.A.key: expected a key of letters, digits, "-", "_" and ".", got "a b"',
      ],
    ],
    [
      'names both',
      env({ secret: 'db', configMap: 'db', key: 'url' }),
      ['fleets.catalog.job.env.A.configMap: expected one of secret, key, got an unknown key', '  leave it out'],
    ],
    [
      'names a field that is none',
      env({ field: 'metadata.nmae' }),
      [
        'fleets.catalog.job.env.A.field: expected a field of the pod, got "metadata.nmae"',
        "  one of metadata.name, metadata.namespace, metadata.uid, metadata.labels['…'], metadata.annotations['…'], spec.nodeName, spec.serviceAccountName, status.podIP, status.podIPs, status.hostIP",
      ],
    ],
    [
      'has bad names',
      job({ env: { '1A': 'x', 'A B': 'x' } }),
      [`fleets.catalog.job.env.1A: ${name('1A')}`, `fleets.catalog.job.env["A B"]: ${name('A B')}`],
    ],
    [
      'has reserved names',
      job({ env: { FLEET: 'x', GROUP_X: 'x', FLEET_RUN: 'x' } }),
      [...reserved('FLEET'), ...reserved('GROUP_X'), ...reserved('FLEET_RUN')],
    ],
    [
      'is a list of a manifest',
      job({ env: [{ name: 'A', value: 'x' }] }),
      'fleets.catalog.job.env: expected an object such as { LOG_LEVEL: "info" }, got a list',
    ],
    [
      'is a whole ConfigMap or Secret of another form',
      job({
        envFrom: [{ configMap: 'a' }, { secretRef: { name: 'b' } }, { secret: 'C' }, { secret: 'd', prefix: 'D_' }],
      }),
      [
        'fleets.catalog.job.envFrom[1]: expected { configMap } or { secret }, got { secretRef }',
        'fleets.catalog.job.envFrom[2].secret: expected the name of a Secret: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends, got "C"',
        'fleets.catalog.job.envFrom[3].prefix: expected only secret, got an unknown key',
        '  leave it out',
      ],
    ],
    [
      'is no list of ConfigMaps and Secrets',
      job({ envFrom: { secret: 'a' } }),
      'fleets.catalog.job.envFrom: expected a list of { configMap } or { secret }, got { secret }',
    ],
  ]);
  accepts([
    ['references', job({ env: { A: { field: "metadata.labels['app']" }, B: { configMap: 'a.b', key: 'c_D.e' } } })],
    ['names near the reserved ones', job({ env: { FLEETS: 'x', GROUPS: 'x', MY_GROUP_ID: '$(GROUP_ID)' } })],
  ]);

  test('keeps its order and writes numbers as texts', () => {
    const read = fleetsSchema.parse(job({ env: { Z: 1, A: 0.5, M: '' } })).fleets.catalog?.job.env;
    expect(Object.entries(read ?? {})).toEqual([
      ['Z', '1'],
      ['A', '0.5'],
      ['M', ''],
    ]);
  });
});
