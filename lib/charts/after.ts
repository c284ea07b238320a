// What opens with the window and waits: the team's container that runs once all groups are done, and the word that they are not.

import type { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { After, Window } from '../config/schema';
import { teamVariables } from '../plan/environment';
import type { FleetPlan } from '../plan/plan';
import { waitTiming } from '../plan/timing';
import { pointlessToRetry } from './failure-policy';
import type { Plain } from './plain';
import { type PodParts, sequence } from './pod';
import { addRoleCronJob } from './role-cron-job';
import { WAIT_CONTAINER, waitAccountName, waitContainer, waitVolumes } from './wait';

/** Minutes that posting may take once the window is closed. */
const POST_MINUTES = 10;

/** Adds CronJob `<fleet>-after`: it waits for the night's last group, then runs the team's container. */
export function addAfter(chart: Construct, plan: FleetPlan, window: Window, after: After): ApiObject {
  const { env, retries, minutes, runAsUser: _, ...container } = after;
  return addWaiting(chart, plan, window, {
    role: 'after',
    minutes,
    retries,
    pod: sequence(partsOf(plan, after), [
      waitContainer(plan, window),
      { ...container, name: 'after', env: teamVariables(env) },
    ]),
  });
}

/** Adds CronJob `<fleet>-alert`: it waits for the night's last group, and posts to the webhook when that does not come. */
export function addWebhook(
  chart: Construct,
  plan: FleetPlan,
  window: Window,
  webhook: { secret: string; key: string },
): ApiObject {
  const wait = waitContainer(plan, window, ['--webhook']);
  return addWaiting(chart, plan, window, {
    role: 'alert',
    minutes: POST_MINUTES,
    retries: 3,
    pod: sequence(
      partsOf(plan, { imagePullSecrets: plan.job.imagePullSecrets, podSecurity: 'restricted', writable: [] }),
      [{ ...wait, env: [{ name: 'CRONFLEET_WEBHOOK_URL', ...webhook }] }],
    ),
  });
}

function partsOf(plan: FleetPlan, pod: PodParts): PodParts {
  return { ...pod, serviceAccountName: waitAccountName(plan), volumes: waitVolumes(plan) };
}

interface Waiting {
  role: 'after' | 'alert';
  /** How long it may take beyond the window's end. */
  minutes: number;
  retries: number;
  pod: Plain<k8s.PodSpec>;
}

function addWaiting(chart: Construct, plan: FleetPlan, window: Window, { role, minutes, retries, pod }: Waiting) {
  // It has waited until the window closed, or seen a group fail: waiting again finds nothing else.
  const rules = [pointlessToRetry('FailJob', { containerName: WAIT_CONTAINER, operator: 'NotIn', values: [0] })];
  return addRoleCronJob(chart, plan, { name: role, role, timing: waitTiming(window, minutes), retries, rules, pod });
}
