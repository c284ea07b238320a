// The group map: a ConfigMap that tells programs in the cluster which groups there are.

import { ConfigMap } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { FleetPlan } from '../plan/plan';
import { fleetLabels } from './labels';

/** Under the key `indexes`. */
export const INDEXES_MOVE = 'compact';

export function groupMapName({ name }: Pick<FleetPlan, 'name'>): string {
  return `${name}-groups`;
}

/**
 * Adds ConfigMap `<fleet>-groups`: `serial` of the lock, and `groups`, one JSON object a line with its name and which
 * rows it has, by id: from and to (null is unbounded), value, or the parameters of a query's row; without those that
 * are retiring, whose rows are another's. `indexes: compact` where an index may get another group.
 */
export function addGroupMap(chart: Construct, plan: FleetPlan): ConfigMap {
  const lines = plan.groups
    .filter(({ isRetiring }) => !isRetiring)
    .map(({ facts, share, index }) => `${JSON.stringify({ name: facts.name, ...share, index })}\n`);
  return new ConfigMap(chart, '_groups', {
    metadata: { name: groupMapName(plan), namespace: plan.namespace, labels: fleetLabels(plan) },
    data: {
      serial: String(plan.serial),
      groups: lines.join(''),
      ...(plan.folded?.indexesMove ? { indexes: INDEXES_MOVE } : {}),
    },
  });
}
