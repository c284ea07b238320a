// One chart a fleet. A chart a group would be quadratic: cdk8s validates the whole app for each.

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import type { Timing } from '../plan/timing';
import { addCronJob } from './cron-job';
import { addGroupMap } from './group-map';
import { addJob } from './job';
import { addPrometheusRule } from './prometheus-rule';

/** All objects of a fleet: its group map, a CronJob, or a Job that runs once, for each group, and its alerts. */
export class FleetChart extends Chart {
  constructor(scope: Construct, plan: FleetPlan) {
    super(scope, plan.name);
    addGroupMap(this, plan);
    for (const group of plan.groups) {
      if (isScheduled(group)) addCronJob(this, plan, group);
      else addJob(this, plan, group);
    }
    if (plan.alerts?.prometheus) addPrometheusRule(this, plan);
  }
}

function isScheduled(group: GroupPlan): group is GroupPlan & Timing {
  return group.schedule !== undefined;
}
