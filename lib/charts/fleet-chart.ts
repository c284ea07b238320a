// One chart a fleet. A chart a group would be quadratic: cdk8s validates the whole app for each.

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import type { Timing } from '../plan/timing';
import { addAfter, addWebhook } from './after';
import { addAdmissionPolicy } from './brakes';
import { addController } from './controller';
import { addCronJob } from './cron-job';
import { addFoldedCronJob } from './folded-cron-job';
import { addGroupMap } from './group-map';
import { addJob } from './job';
import { addPrometheusRule } from './prometheus-rule';
import { addWaitAccess } from './wait';

/** All objects of a fleet: its group map, a CronJob or a Job that runs once for each group (of a folded fleet one for all), and what watches over them. */
export class FleetChart extends Chart {
  // Ids begin with `_` where they are not an object's name, which never does: a fleet or group may have any name.

  constructor(scope: Construct, plan: FleetPlan) {
    super(scope, plan.name);
    addGroupMap(this, plan);
    if (plan.folded) addFoldedCronJob(this, plan, plan.folded);
    for (const group of plan.stages.ofGroups === 'none' ? [] : plan.groups) {
      if (isScheduled(group)) addCronJob(this, plan, group);
      else addJob(this, plan, group);
    }
    const { window, after, alerts, brakes, controller } = plan;
    if (window && (after || alerts?.webhook)) addWaitAccess(this, plan);
    if (window && after) addAfter(this, plan, window, after);
    if (window && alerts?.webhook) addWebhook(this, plan, window, alerts.webhook);
    if (controller) addController(this, plan, controller);
    if (alerts?.prometheus) addPrometheusRule(this, plan);
    if (brakes?.admissionPolicy) addAdmissionPolicy(this, plan);
  }
}

function isScheduled(group: GroupPlan): group is GroupPlan & Timing {
  return group.schedule !== undefined;
}
