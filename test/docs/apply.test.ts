// docs/apply.md, held against a cluster: its Roles permit all that an apply needs, and no more.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { applyTo } from '../../lib/apply';
import { desiredOf } from '../../lib/apply/desired';
import { aGroup, aLock, aPlan, type FleetKeys, type FleetLockKeys, manifestsFor } from '../support/builders';
import { aCluster, type Rule } from '../support/cluster';
import { aPace, connected } from '../support/cluster/connected';
import { REPOSITORY } from '../support/project';

const page = readFileSync(join(REPOSITORY, 'docs/apply.md'), 'utf8');
const [least, more] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, text = '']) => parse(text).rules as (Rule & { resources: string[] })[],
) as [(Rule & { resources: string[] })[], (Rule & { resources: string[] })[]];

/** Grows, and lets a group go in two steps: an object of every kind is made, changed or removed. */
const NIGHTS: FleetLockKeys[] = [
  { groups: 2 },
  {
    ...{ serial: 2, nextId: 3 },
    groups: [aGroup({ from: null, to: null }), aGroup({ id: 2, state: 'retiring' })],
  },
  { serial: 3, nextId: 3, groups: [aGroup({ from: null, to: null })] },
];

async function nightsOf(rules: Rule[], fleet: FleetKeys) {
  const double = await aCluster({ users: { deployer: rules.map((rule) => ({ ...rule, namespaces: ['batch'] })) } });
  for (const [night, lock] of NIGHTS.entries()) {
    const plan = aPlan({ lock, fleet: night === 2 ? {} : fleet });
    const desired = desiredOf(aLock(lock), 'fleet.lock.json', [plan], manifestsFor(plan));
    const none: ReadonlySet<string> = new Set();
    await applyTo(await connected(double, aPace(double), { user: 'deployer' }), desired, {
      ...{ inWindow: false, startNow: false, demo: false, dryRun: false, concurrency: 16 },
      ...{ first: none, takeOver: none, rollbackTo: none, removals: none },
    });
  }
  const asked = double.requests.filter(({ status = 0 }) => status < 300);
  return new Set(asked.map(({ verb, resource }) => `${verb} ${resource}`));
}

const permitted = (rules: typeof least) =>
  rules.flatMap(({ verbs, resources }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));

test('the least Role is enough for CronJobs, and each of its verbs is needed', async () => {
  const asked = await nightsOf(least, {});
  // An apply of what is not there yet is a patch that the server also wants `create` for; ConfigMaps stay as they are.
  const unasked = ['create cronjobs', 'create configmaps', 'delete configmaps'];
  expect(
    permitted(least)
      .filter((each) => !asked.has(each))
      .sort(),
  ).toEqual([...unasked].sort());
});

test('both Roles are enough for what waits and alerts', async () => {
  const fleet = { after: { image: 'after:1', minutes: 5 }, alerts: { prometheus: true } } as const;
  const asked = await nightsOf([...least, ...more], fleet);
  const kinds = ['serviceaccounts', 'roles', 'rolebindings', 'prometheusrules'];
  expect([...asked]).toEqual(expect.arrayContaining(kinds.flatMap((kind) => [`patch ${kind}`, `delete ${kind}`])));
});
