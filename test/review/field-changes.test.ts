import { describe, expect, test } from 'vitest';
import type { EnvConfig } from '../../lib/config/types';
import { objectChanges } from '../../lib/review/field-changes';
import { aPlan, type FleetKeys, type FleetLockKeys, manifestsFor } from '../support/builders';

const filesOf = (fleet: FleetKeys = {}, lock: FleetLockKeys = { groups: 3 }) => manifestsFor(aPlan({ fleet, lock }));
const names = ['catalog-0001', 'catalog-0002', 'catalog-0003'];
const CONTAINER = 'spec.jobTemplate.spec.template.spec.containers[job]';

describe('objectChanges', () => {
  test('of the same files are none', () => {
    expect(objectChanges(filesOf(), filesOf())).toEqual({ added: [], removed: [], fields: [] });
  });

  test('tell a change that is alike in all objects once', () => {
    const { fields } = objectChanges(filesOf(), filesOf({ job: { image: 'worker:2' } }));
    expect(fields).toEqual([
      {
        kind: 'CronJob',
        field: `${CONTAINER}.image`,
        before: '"worker:1"',
        after: '"worker:2"',
        objects: names,
        of: 3,
      },
    ]);
  });

  test('tell changes of single objects apart from those of all, the widest first', () => {
    const changed = filesOf({
      job: { image: 'worker:2', env: ({ id }): EnvConfig => (id === 2 ? { SLOW: '1' } : {}) },
    });
    const { fields } = objectChanges(filesOf(), changed);
    expect(fields.map(({ field, objects }) => [field, objects])).toEqual([
      [`${CONTAINER}.image`, names],
      [`${CONTAINER}.env[SLOW].value`, ['catalog-0002']],
    ]);
  });

  test('know items of a list by their names, so that one in front moves no other', () => {
    const env = (names: string[]) => ({ job: { env: Object.fromEntries(names.map((name) => [name, 'x'])) } });
    const { fields } = objectChanges(filesOf(env(['B'])), filesOf(env(['A', 'B'])));
    expect(fields.map(({ field }) => field)).toEqual([`${CONTAINER}.env[A].value`]);
  });

  test('tell that the order has changed, also where values change with it and where a group’s rows do', () => {
    const order = (env: EnvConfig, image = 'worker:1', lock?: FleetLockKeys) => filesOf({ job: { image, env } }, lock);
    const before = order({ A: 'x', B: '$(A)' });
    const { fields } = objectChanges(before, order({ B: '$(A)', A: 'x' }));
    const moved = { field: `order of ${CONTAINER}.env`, before: '["A","B"]', after: '["B","A"]', objects: names };
    expect(fields).toMatchObject([moved]);
    const both = objectChanges(before, order({ B: '$(A)', A: 'x' }, 'worker:2'));
    expect(both.fields.map(({ field }) => field)).toEqual([`${CONTAINER}.image`, `order of ${CONTAINER}.env`]);
    const grown = order({ B: '$(A)', A: 'x' }, 'worker:1', { groups: 4 });
    const { fields: beside } = objectChanges(before, grown, new Set(names));
    expect(beside.find(({ kind }) => kind === 'CronJob')).toMatchObject(moved);
  });

  test('tell what changes in the first of two items of one name', () => {
    const mounted = (path: string) => [
      {
        path: 'catalog/CronJob.a.k8s.yaml',
        text: `mounts:\n- { name: data, mountPath: ${path} }\n- { name: data, mountPath: /b }\n`,
      },
    ];
    expect(objectChanges(mounted('/a'), mounted('/c')).fields).toMatchObject([
      { field: 'mounts[data].mountPath', before: '"/a"', after: '"/c"' },
    ]);
  });

  test('leave out what a group’s new rows say already', () => {
    const before = filesOf();
    const after = filesOf({}, { groups: 4 });
    const { added, fields } = objectChanges(before, after, new Set(['catalog-0003']));
    expect(added).toEqual(['catalog/CronJob.catalog-0004.k8s.yaml']);
    expect(fields.map(({ kind, field }) => [kind, field])).toEqual([['ConfigMap', 'data.groups']]);
    expect(objectChanges(before, after).fields.length).toBeGreaterThan(2);
  });

  test('name objects that went', () => {
    expect(objectChanges(filesOf(), filesOf({}, { groups: 2 })).removed).toEqual([
      'catalog/CronJob.catalog-0003.k8s.yaml',
    ]);
  });
});
