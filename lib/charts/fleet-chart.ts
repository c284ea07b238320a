// One chart a fleet. A chart a group would be quadratic: cdk8s validates the whole app for each.

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { FleetPlan } from '../plan/plan';
import { addCronJob } from './cron-job';
import { addGroupMap } from './group-map';

/** All objects of a fleet: its group map and a CronJob for each group. */
export class FleetChart extends Chart {
  constructor(scope: Construct, plan: FleetPlan) {
    super(scope, plan.name);
    addGroupMap(this, plan);
    for (const group of plan.groups) addCronJob(this, plan, group);
  }
}
