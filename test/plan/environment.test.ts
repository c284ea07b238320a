import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownVariables, teamVariables, whereOf } from '../../lib/plan/environment';
import { aFleetLock, aGroup, aPlan } from '../support/builders';
import { expand } from '../support/pod-env';

const { source } = aFleetLock();
const own = (group = aGroup(), of = source) => ownVariables('catalog', 'catalog-0001', group, of);
const textOf = (name: string, variables = own()) => {
  const variable = variables.find((each) => each.name === name);
  return variable && 'value' in variable ? variable.value : undefined;
};

describe('ownVariables', () => {
  test('tells a container its fleet, its group and its rows', () => {
    expect(own()).toEqual([
      { name: 'FLEET', value: 'catalog' },
      { name: 'GROUP_ID', value: '1' },
      { name: 'GROUP_NAME', value: 'catalog-0001' },
      { name: 'GROUP_FROM', value: '1001' },
      { name: 'GROUP_TO', value: '2001' },
      { name: 'GROUP_WHERE', value: `("id" >= '1001'::bigint AND "id" < '2001'::bigint)` },
      { name: 'FLEET_RUN', field: "metadata.labels['batch.kubernetes.io/job-name']" },
    ]);
  });

  test('leaves an unbounded side empty', () => {
    const all = own(aGroup({ from: null, to: null }));
    expect([textOf('GROUP_FROM', all), textOf('GROUP_TO', all), textOf('GROUP_WHERE', all)]).toEqual(['', '', 'TRUE']);
  });

  test.each([
    ['$(GROUP_ID)', '$$(GROUP_ID)'],
    ['$$(GROUP_ID)', '$$$$(GROUP_ID)'],
    ['US$$', 'US$$$$'],
    ['$é', '$$é'],
  ])('escapes %s of the store, so that Kubernetes does not expand it', (from, escaped) => {
    const variables = own(aGroup({ from }), { ...source, type: 'text' });
    expect(textOf('GROUP_FROM', variables)).toBe(escaped);
    expect(textOf('GROUP_WHERE', variables)).toContain(`'${escaped}'::text`);
  });

  test('gives a container the very bounds of the store, whatever they hold', () => {
    const odd = fc.array(fc.constantFrom('$', '(', ')', 'GROUP_ID', 'a', ' ', '\\', "'"), { maxLength: 8 });
    fc.assert(
      fc.property(odd, (parts) => {
        const from = parts.join('');
        const variables = own(aGroup({ from }), { ...source, type: 'text' });
        expect(expand(textOf('GROUP_FROM', variables) as string, { GROUP_ID: 'expanded' })).toBe(from);
      }),
    );
  });
});

describe('teamVariables', () => {
  test('keeps the order of the config, and leaves $(…) of the team to Kubernetes', () => {
    expect(
      teamVariables({
        OUT: '/data/$(GROUP_ID)',
        PASSWORD: { secret: 'db', key: 'password' },
        LEVEL: { configMap: 'settings', key: 'level' },
        NODE: { field: 'spec.nodeName' },
      }),
    ).toEqual([
      { name: 'OUT', value: '/data/$(GROUP_ID)' },
      { name: 'PASSWORD', secret: 'db', key: 'password' },
      { name: 'LEVEL', configMap: 'settings', key: 'level' },
      { name: 'NODE', field: 'spec.nodeName' },
    ]);
  });

  test('stand beside cronfleet’s own, whose values they may use', () => {
    const [group] = aPlan({ fleet: { job: { env: { A: '$(GROUP_ID)', B: 2 } } } }).groups;
    expect(group?.told.map(({ name }) => name)).toEqual(own().map(({ name }) => name));
    expect(group?.env).toEqual([
      { name: 'A', value: '$(GROUP_ID)' },
      { name: 'B', value: '2' },
    ]);
  });
});

describe('whereOf', () => {
  test.each([
    { from: null, to: null, where: undefined, sql: 'TRUE' },
    { from: null, to: '9', where: undefined, sql: `("id" < '9'::bigint)` },
    { from: '1', to: null, where: undefined, sql: `("id" >= '1'::bigint)` },
    { from: null, to: null, where: 'a OR b', sql: '(a OR b)' },
    { from: '1', to: '9', where: 'a OR b', sql: `("id" >= '1'::bigint AND "id" < '9'::bigint) AND (a OR b)` },
  ])('from $from to $to where $where is $sql', ({ from, to, where, sql }) => {
    expect(whereOf({ from, to }, { ...source, ...(where ? { where } : {}) })).toBe(sql);
  });

  test('quotes column and bounds', () => {
    const odd = { ...source, key: 'The "Key"', type: 'text' };
    expect(whereOf({ from: "O'Neil", to: 'a\\b' }, odd)).toBe(
      `("The ""Key""" >= 'O''Neil'::text AND "The ""Key""" < E'a\\\\b'::text)`,
    );
  });
});
