import { describe, expect, test } from 'vitest';
import { groupOf, groupsIn, runsAgain } from '../../lib/groups/in-dist';
import { aPlan, groupsAt, manifestsFor, refusal } from '../support/builders';

const files = (...names: string[]) => names.map((name) => ({ path: `fruit/${name}.k8s.yaml` }));

test.each([
  ['fruit/CronJob.fruit-apple.k8s.yaml', { fleet: 'fruit', group: 'fruit-apple' }],
  ['fruit/CronJob.fruit-0001-1a2b3c4d.k8s.yaml', { fleet: 'fruit', group: 'fruit-0001-1a2b3c4d' }],
  ['fruit/Job.fruit-apple-1a2b3c4d.k8s.yaml', { fleet: 'fruit', group: 'fruit-apple' }],
  ['fruit/ConfigMap.fruit-groups.k8s.yaml', undefined],
  ['fruit/CronJob.fruit.k8s.yaml', undefined],
])('the group of %s is %j', (path, group) => {
  expect(groupOf(path)).toEqual(group);
});

test('a Job runs again when it takes the place of another of its group; new ones, same ones and removed ones do not', () => {
  const before = files('Job.fruit-same-00000000', 'Job.fruit-other-00000000', 'Job.fruit-gone-00000000');
  const after = files('Job.fruit-same-00000000', 'Job.fruit-other-11111111', 'Job.fruit-new-00000000');
  expect(runsAgain('fruit', before, after)).toBe(1);
  expect(runsAgain('fruit', before, before)).toBe(0);
  expect(runsAgain('fruit', [], after)).toBe(0);
  expect(runsAgain('fruit', files('CronJob.fruit-same'), after)).toBe(0);
});

describe('groupsIn', () => {
  const dist = (fold: boolean, reshaped?: string) =>
    manifestsFor(
      aPlan({
        fleet: { job: { command: ['work'] }, ...(fold ? { fold: true as const } : {}) },
        lock: { groups: 2, ...(fold ? { shape: 'folded' } : {}), ...(reshaped ? { reshaped } : {}) },
      }),
    );
  const namesIn = (files: ReturnType<typeof dist>) => groupsIn(files).map(({ fleet, group }) => `${fleet} ${group}`);
  const both = ['catalog catalog-0001', 'catalog catalog-0002'];

  test('knows the groups of a folded fleet by its group map, those of others by their files', () => {
    expect(namesIn(dist(false))).toEqual(both);
    expect(namesIn(dist(true))).toEqual(both);
    expect(groupsIn(dist(true)).map(({ path }) => path)).toEqual(
      Array(2).fill('catalog/ConfigMap.catalog-groups.k8s.yaml'),
    );
  });

  test('counts each once while there are objects of both shapes', () => {
    const reshaped = '2026-03-01T12:00:00Z';
    expect(namesIn(dist(true, reshaped))).toEqual(both);
    expect(namesIn(dist(false, reshaped))).toEqual(both);
  });

  test('needs the group map of a folded fleet only', () => {
    const broken = (files: ReturnType<typeof dist>) =>
      files.map(({ path, text }) => ({ path, text: path.includes('-groups.') ? '<<<<<<< ours\n' : text }));
    expect(namesIn(broken(dist(false)))).toEqual(both);
    expect(refusal(() => groupsIn(broken(dist(true)))).code).toBe('output-refused');
  });

  test('finds the names of groups whose shares are not plain text', () => {
    const groups = groupsAt(['a"b', 'c\u2028\td', '{"name":"x"}\n']);
    const lock = { groups, shape: 'folded', source: { type: 'text' } } as const;
    const files = manifestsFor(aPlan({ fleet: { fold: true, job: { command: ['work'] } }, lock }));
    expect(namesIn(files)).toEqual([1, 2, 3, 4].map((id) => `catalog catalog-000${id}`));
  });
});
