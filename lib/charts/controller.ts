// `cronfleet controller` in the cluster: what it runs as, what it may do, and the data's side before it.

import { ApiObject } from 'cdk8s';
import { type k8s, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Env } from '../config/schema';
import { LOCK_KEY, lockMapName } from '../groups/lock-map';
import type { ControllerPlan } from '../plan/before';
import { teamVariables } from '../plan/environment';
import type { FleetPlan } from '../plan/plan';
import { controllerAccess, controllerName, RBAC } from './controller-access';
import type { Plain } from './plain';
import { type ContainerParts, type PodParts, sequence } from './pod';
import { addRoleCronJob, roleLabels } from './role-cron-job';
import { TOKEN_MOUNT, tokenVolume } from './token';

const LOCK_FOLDER = '/etc/cronfleet';
/** A store that does not answer and a server that is busy are worth another try; each begins anew. */
const RETRIES = 3;

/** Adds CronJob `<fleet>-controller` with its account and Roles, and `<fleet>-assign` where that is apart. */
export function addController(chart: Construct, plan: FleetPlan, controller: ControllerPlan): void {
  addAccess(chart, plan, controller);
  const { assign, assignTiming, timing } = controller;
  const assigns = assign === undefined ? [] : [assignContainer(plan, controller, assign.env ?? controller.env)];
  const volumes = assigns.length === 0 ? [] : [lockVolume(plan)];
  if (assignTiming) {
    const pod = sequence(podParts(plan, volumes), assigns);
    addRoleCronJob(chart, plan, { name: 'assign', role: 'controller', timing: assignTiming, retries: RETRIES, pod });
  }
  const pod = sequence(
    {
      ...podParts(plan, [...(assignTiming ? [] : volumes), tokenVolume()]),
      serviceAccountName: controllerName(plan),
    },
    [...(assignTiming ? [] : assigns), controllerContainer(plan, controller)],
  );
  addRoleCronJob(chart, plan, { name: 'controller', role: 'controller', timing, retries: RETRIES, pod });
}

/** The cluster's side. Only it has the token. */
function controllerContainer(plan: FleetPlan, controller: ControllerPlan): ContainerParts {
  return {
    ...container(plan, controller, controller.env),
    name: 'controller',
    command: ['cronfleet', 'controller', plan.name],
    mounts: [TOKEN_MOUNT],
  };
}

/** The data's side. Which rows are meant it learns from the lock, which is mounted: for that it needs no account. */
function assignContainer(plan: FleetPlan, controller: ControllerPlan, env: Env): ContainerParts {
  return {
    ...container(plan, controller, env),
    name: 'assign',
    command: ['cronfleet', 'assign'],
    args: [`--fleet=${plan.name}`, `--lock=${LOCK_FOLDER}/${LOCK_KEY}`],
    mounts: [{ name: 'lock', mountPath: LOCK_FOLDER, readOnly: true }],
  };
}

function container(plan: FleetPlan, { resources }: ControllerPlan, env: Env) {
  return {
    image: plan.tools?.image as string,
    runAsUser: plan.tools?.runAsUser,
    env: teamVariables(env),
    envFrom: [],
    resources,
  };
}

/** Before the first run there is no lock yet. */
function lockVolume(plan: FleetPlan): Plain<k8s.Volume> {
  return { name: 'lock', configMap: { name: lockMapName(plan.name), optional: true } };
}

function podParts({ job }: FleetPlan, volumes: Plain<k8s.Volume>[]): PodParts {
  return { imagePullSecrets: job.imagePullSecrets, podSecurity: 'restricted', writable: [], volumes };
}

function addAccess(chart: Construct, plan: FleetPlan, { removals }: ControllerPlan): void {
  const { rules, removalRules } = controllerAccess(plan);
  const account = controllerName(plan);
  const metadata = (name: string) => ({ name, namespace: plan.namespace, labels: roleLabels(plan, 'controller') });
  new ServiceAccount(chart, '_controller-account', { metadata: metadata(account) });
  addRole(account, rules);
  bind(account);
  const removing = `${account}-removals`;
  addRole(removing, removalRules);
  if (removals === 'retired') bind(removing);

  /** Plain objects: the constructs know no names of resources, by which rules are limited. */
  function addRole(name: string, rules: k8s.PolicyRule[]): void {
    new ApiObject(chart, `_${name}-role`, { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: metadata(name), rules });
  }

  function bind(role: string): void {
    new ApiObject(chart, `_${role}-binding`, {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: metadata(role),
      roleRef: { apiGroup: RBAC, kind: 'Role', name: role },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: plan.namespace }],
    });
  }
}
