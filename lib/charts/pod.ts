// The pod of a group, as Pod Security wants it: the API server only warns at the CronJob and refuses at midnight.

import { k8s } from 'cdk8s-plus-27';
import type { Variable } from '../plan/environment';
import type { FleetPlan, GroupPlan } from '../plan/plan';

/** The container that does the team's work. */
const JOB_CONTAINER = 'job';

/** Pod template's spec for one group. */
export function podSpec({ job }: FleetPlan, group: GroupPlan): k8s.PodSpec {
  const volumes = job.writable.map((path, index) => ({ name: `writable-${index}`, path }));
  return {
    restartPolicy: 'Never',
    serviceAccountName: job.serviceAccountName,
    automountServiceAccountToken: false,
    // Else every Service of the namespace adds variables to the container.
    enableServiceLinks: false,
    imagePullSecrets: listed(job.imagePullSecrets.map((name) => ({ name }))),
    securityContext: podSecurity(job),
    containers: [
      {
        name: JOB_CONTAINER,
        image: job.image,
        imagePullPolicy: job.imagePullPolicy,
        command: job.command,
        args: job.args,
        env: group.env.map(envVar),
        envFrom: listed(
          job.envFrom.map((source) =>
            'secret' in source ? { secretRef: { name: source.secret } } : { configMapRef: { name: source.configMap } },
          ),
        ),
        resources: { requests: quantities(group.resources.requests), limits: quantities(group.resources.limits) },
        securityContext: containerSecurity(job),
        volumeMounts: listed(volumes.map(({ name, path }) => ({ name, mountPath: path }))),
      },
    ],
    volumes: listed(volumes.map(({ name }) => ({ name, emptyDir: {} }))),
  };
}

// https://kubernetes.io/docs/concepts/security/pod-security-standards/
function podSecurity({ podSecurity, runAsUser }: FleetPlan['job']): k8s.PodSecurityContext {
  return {
    ...(podSecurity === 'restricted' ? { runAsNonRoot: true } : {}),
    runAsUser,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function containerSecurity({ podSecurity }: FleetPlan['job']): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    // An image that starts as root often needs chown or setuid: 'baseline' leaves the runtime's default set.
    ...(podSecurity === 'restricted' ? { capabilities: { drop: ['ALL'] } } : {}),
  };
}

function envVar(variable: Variable): k8s.EnvVar {
  const { name } = variable;
  if ('value' in variable) return { name, value: variable.value };
  if ('field' in variable) return { name, valueFrom: { fieldRef: { fieldPath: variable.field } } };
  if ('secret' in variable) return { name, valueFrom: { secretKeyRef: { name: variable.secret, key: variable.key } } };
  return { name, valueFrom: { configMapKeyRef: { name: variable.configMap, key: variable.key } } };
}

function quantities(of: Record<string, string> | undefined): Record<string, k8s.Quantity> | undefined {
  return of && Object.fromEntries(Object.entries(of).map(([name, value]) => [name, k8s.Quantity.fromString(value)]));
}

/** An empty list is left out: the API server would leave it out too, and a diff against it would never be empty. */
function listed<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}
