import { describe, expect, test, vi } from 'vitest';
import type { EnvConfig, GroupFacts, ResourcesConfig } from '../../lib/config/types';
import { planFleet } from '../../lib/plan/plan';
import { aFleet, aFleetLock, aGroup, aPlan, refusal } from '../support/builders';

describe('planFleet', () => {
  test('plans one group for each of the lock, with facts from the lock alone', () => {
    const plan = aPlan({ lock: { groups: 2, serial: 7 } });
    expect(plan).toMatchObject({ name: 'catalog', namespace: 'batch', lineage: '0123456789abcdef', serial: 7 });
    expect(plan.groups.map(({ facts }) => facts)).toEqual([
      { fleet: 'catalog', id: 1, name: 'catalog-0001', from: null, to: '1001', rows: 1_000, capacity: 1_000 },
      { fleet: 'catalog', id: 2, name: 'catalog-0002', from: '1001', to: null, rows: 1_000, capacity: 1_000 },
    ]);
  });

  test('suspends every group when the fleet is suspended, and a retiring one always', () => {
    const retiring = aGroup({ id: 2, state: 'retiring' });
    const lock = { groups: [aGroup({ from: null, to: null }), retiring] };
    const suspended = (suspend?: true) => aPlan({ fleet: { suspend }, lock }).groups.map((group) => group.suspend);
    expect(suspended()).toEqual([false, true]);
    expect(suspended(true)).toEqual([true, true]);
  });

  test('takes the times from the window, or from the schedule', () => {
    const schedule = { cron: '* * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 3 };
    expect(aPlan({ fleet: { schedule }, lock: { groups: 2 } }).groups.map((group) => group.schedule)).toEqual([
      '* * * * *',
      '* * * * *',
    ]);
    expect(aPlan().groups[0]?.schedule).toBe('0 0 * * *');
  });

  test('refuses a window too short for one of its groups', () => {
    const fleet = { window: { closes: '00:20', startsPerMinute: 1 } };
    expect(refusal(() => aPlan({ fleet, lock: { groups: 30 } })).code).toBe('window-too-short');
  });

  test('refuses a name that would leave the CronJob controller no room for its Jobs’ names', () => {
    const name = 'n'.repeat(47);
    const plan = (id: number) => aPlan({ name, lock: { groups: [aGroup({ id, slot: 0, from: null, to: null })] } });
    expect(plan(9_999).groups[0]?.facts.name).toHaveLength(52);
    const error = refusal(() => plan(10_000));
    expect(error.code).toBe('group-invalid');
    expect(error.message).toContain("has 53 characters, a CronJob's name at most 52");
  });
});

describe('env and resources', () => {
  test('are the same for all groups when they are values', () => {
    const { groups } = aPlan({ lock: { groups: 2 } });
    expect(groups.map(({ resources }) => resources)).toEqual([
      { requests: { cpu: '100m', memory: '256Mi' } },
      { requests: { cpu: '100m', memory: '256Mi' } },
    ]);
  });

  test('are asked for each group when they are functions', () => {
    const env = ({ id, name, from, rows }: GroupFacts): EnvConfig => ({ ME: `${id} ${name} ${from} ${rows}` });
    const resources = ({ id }: GroupFacts): ResourcesConfig => ({ limits: { memory: `${id}Gi` } });
    const { groups } = aPlan({ fleet: { job: { env, resources } }, lock: { groups: 2 } });
    expect(groups.map((group) => group.env.at(-1))).toEqual([
      { name: 'ME', value: '1 catalog-0001 null 1000' },
      { name: 'ME', value: '2 catalog-0002 1001 1000' },
    ]);
    expect(groups.map((group) => group.resources)).toEqual([
      { limits: { memory: '1Gi' } },
      { limits: { memory: '2Gi' } },
    ]);
  });

  test('give a function facts of its own, so that it cannot change what others are told', () => {
    const env = vi.fn((group: GroupFacts): EnvConfig => {
      group.name = 'mine';
      return {};
    });
    const [group] = aPlan({ fleet: { job: { env } } }).groups;
    expect(env).toHaveBeenCalledTimes(1);
    expect(group?.facts.name).toBe('catalog-0001');
  });

  test.each<{ what: string; env: unknown; told: string }>([
    { what: 'a reserved name', env: { GROUP_ID: '7' }, told: 'GROUP_ID: expected a name that is not reserved' },
    { what: 'a value of no known form', env: { LEVEL: { secrets: 'db' } }, told: 'got { secrets }' },
    { what: 'nothing', env: undefined, told: 'got nothing' },
    { what: 'a promise', env: Promise.resolve({}), told: 'got a Promise' },
  ])('refuse a function of env that returns $what, naming group and key', ({ env, told }) => {
    const error = refusal(() => aPlan({ fleet: { job: { env: () => env as EnvConfig } } }));
    expect(error.code).toBe('group-invalid');
    expect(error.message).toBe('fleets.catalog.job.env(catalog-0001) returned what it may not');
    expect(error.hint).toContain(told);
  });

  test('refuse a function of resources that returns no quantity, and name every problem', () => {
    const resources = ({ id }: GroupFacts): ResourcesConfig =>
      id === 1 ? {} : { requests: { cpu: 'much' }, limits: { memory: '-1' } };
    const error = refusal(() => aPlan({ fleet: { job: { resources } }, lock: { groups: 3 } }));
    expect(error.message).toBe('fleets.catalog.job.resources(catalog-0002) returned what it may not');
    expect(error.hint).toMatch(/^requests\.cpu: expected .*, got "much"$/m);
    expect(error.hint).toMatch(/^limits\.memory: expected .*, got "-1"$/m);
  });

  test('tell of a function that throws', () => {
    const cause = new Error('no size for this group');
    const env = (): EnvConfig => {
      throw cause;
    };
    const error = refusal(() => planFleet('catalog', aFleet({ job: { env } }), aFleetLock()));
    expect(error).toMatchObject({ code: 'group-invalid', cause });
    expect(error.message).toBe('fleets.catalog.job.env(catalog-0001) failed: no size for this group');
  });
});
