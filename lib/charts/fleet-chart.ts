// One chart a fleet. A chart a group would be quadratic: cdk8s validates the whole app for each.

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import type { Timing } from '../plan/timing';
import { addCronJob } from './cron-job';
import { addFoldedCronJob } from './folded-cron-job';
import { addGroupMap } from './group-map';
import { addJob } from './job';

/** All objects of a fleet: its group map, and a CronJob, or a Job that runs once, for each group; of a folded fleet one for all. */
export class FleetChart extends Chart {
  constructor(scope: Construct, plan: FleetPlan) {
    super(scope, plan.name);
    addGroupMap(this, plan);
    if (plan.folded) addFoldedCronJob(this, plan, plan.folded);
    for (const group of plan.stages.ofGroups === 'none' ? [] : plan.groups) {
      if (isScheduled(group)) addCronJob(this, plan, group);
      else addJob(this, plan, group);
    }
  }
}

function isScheduled(group: GroupPlan): group is GroupPlan & Timing {
  return group.schedule !== undefined;
}
