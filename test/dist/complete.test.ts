import { JsonPatch } from 'cdk8s';
import { expect, test } from 'vitest';
import type { JobConfig } from '../../lib/config/types';
import { refuseIncomplete } from '../../lib/dist/complete';
import { planFleet } from '../../lib/plan/plan';
import { aFleet, aFleetLock, aPlan, type FleetKeys, manifestsFor, refusal } from '../support/builders';

const customized = (customize: JobConfig['customize']): FleetKeys => ({ job: { customize } });
const check = (fleet: FleetKeys) => {
  const plan = aPlan({ fleet, lock: { groups: 3 } });
  refuseIncomplete([plan], manifestsFor(plan));
};

test('a fleet of which everything was made is let through, in every shape', () => {
  check({});
  check({ fold: true, job: { command: ['work'] } });
  check(customized((cronJob) => cronJob.addJsonPatch(JsonPatch.add('/spec/suspend', true))));
  const once = planFleet('catalog', aFleet({ once: true }), aFleetLock({ groups: 3 }));
  refuseIncomplete([once], manifestsFor(once));
});

test('what a customize says of order leaves no object out, for files have none', () => {
  check(customized((cronJob) => cronJob.addDependency(cronJob)));
});

test('a customize that takes objects out of the app is refused before its CronJobs leave dist', () => {
  const takeOut: JobConfig['customize'] = (cronJob) => cronJob.chart.node.tryRemoveChild(cronJob.node.id);
  const error = refusal(() => check(customized(takeOut)));
  expect(error.code).toBe('manifest-invalid');
  expect(error.message).toBe('fleet catalog: nothing was made of 3 of its objects, such as catalog-0001');
});
