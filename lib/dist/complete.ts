// Whether the app made an object of every group: what a `customize` took out would be deleted from the cluster.

import { UserError } from '../errors';
import type { FleetPlan } from '../plan/plan';
import type { Manifest } from './manifests';

/** @throws UserError `manifest-invalid` when a planned CronJob or Job is not among the manifests */
export function refuseIncomplete(plans: readonly FleetPlan[], manifests: readonly Manifest[]): void {
  const paths = manifests.map(({ path }) => path.replace(/-[0-9a-f]{8}\.k8s\.yaml$/, '.k8s.yaml'));
  const made = new Set([...manifests.map(({ path }) => path), ...paths]);
  for (const plan of plans) {
    const missing = namesOf(plan).filter(
      (name) => !['CronJob', 'Job'].some((kind) => made.has(`${plan.name}/${kind}.${name}.k8s.yaml`)),
    );
    if (missing.length === 0) continue;
    const [first] = missing;
    throw new UserError(
      'manifest-invalid',
      `fleet ${plan.name}: nothing was made of ${missing.length} of its objects, such as ${first}`,
      { hint: 'does `customize` take them out of the app? Nothing was written' },
    );
  }
}

function namesOf({ name, stages, folded, groups }: FleetPlan): string[] {
  const ofGroups = stages.ofGroups === 'none' ? [] : groups.map(({ facts }) => facts.name);
  return folded ? [name, ...ofGroups] : ofGroups;
}
