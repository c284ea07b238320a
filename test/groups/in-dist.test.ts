import { expect, test } from 'vitest';
import { groupOf, runsAgain } from '../../lib/groups/in-dist';

const files = (...names: string[]) => names.map((name) => ({ path: `fruit/${name}.k8s.yaml` }));

test.each([
  ['fruit/CronJob.fruit-apple.k8s.yaml', { fleet: 'fruit', group: 'fruit-apple' }],
  ['fruit/CronJob.fruit-0001-1a2b3c4d.k8s.yaml', { fleet: 'fruit', group: 'fruit-0001-1a2b3c4d' }],
  ['fruit/Job.fruit-apple-1a2b3c4d.k8s.yaml', { fleet: 'fruit', group: 'fruit-apple' }],
  ['fruit/ConfigMap.fruit-groups.k8s.yaml', undefined],
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
