// The pod of a group, as Pod Security wants it: the API server only warns at the CronJob and refuses at midnight.

import type { k8s } from 'cdk8s-plus-27';
import type { Resources } from '../config/schema';
import type { Variable } from '../plan/environment';
import type { FleetPlan, GroupPlan } from '../plan/plan';
import type { Plain } from './plain';

/** The container that does the team's work. */
export const JOB_CONTAINER = 'job';
/** Of the volume that holds the scripts of a folded fleet. */
export const SCRIPTS_VOLUME = 'cronfleet-parameters';

/** What the containers of one pod are made of; see `ContainerConfig` and `PodConfig`. */
export interface ContainerParts {
  name: string;
  image: string;
  imagePullPolicy?: string | undefined;
  command?: readonly string[] | undefined;
  args?: readonly string[] | undefined;
  env: readonly Variable[];
  envFrom: readonly ({ secret: string } | { configMap: string })[];
  resources: Resources;
  /** Beside the pod's writable folders. */
  mounts?: readonly k8s.VolumeMount[];
  /** Has nothing of the pod's writable folders. */
  isApart?: true;
  /** In place of the pod's. */
  runAsUser?: number | undefined;
}

export type PodParts = Pick<FleetPlan['job'], 'imagePullSecrets' | 'podSecurity' | 'runAsUser' | 'writable'> & {
  serviceAccountName?: string | undefined;
  /** Beside those of the writable folders. */
  volumes?: readonly Plain<k8s.Volume>[];
};

/** Pod template's spec for one group: its job, and the steps behind it. */
export function podSpec({ job }: FleetPlan, group: GroupPlan): Plain<k8s.PodSpec> {
  const containers = [{ name: JOB_CONTAINER, ...job, ...group, runAsUser: undefined }, ...group.steps];
  return sequence(
    job,
    containers.map((container) => ({ ...container, env: [...group.told, ...container.env] })),
  );
}

/** A pod whose containers run one after the other: all but the last are init containers, which Kubernetes runs in order. */
export function sequence(pod: PodParts, containers: readonly ContainerParts[]): Plain<k8s.PodSpec> {
  const folders = pod.writable.map((path, index) => ({ name: `writable-${index}`, path }));
  const mounts = folders.map(({ name, path }) => ({ name, mountPath: path }));
  const made = containers.map((parts) => containerOf(parts, pod, mounts));
  return {
    restartPolicy: 'Never',
    serviceAccountName: pod.serviceAccountName,
    automountServiceAccountToken: false,
    // Else every Service of the namespace adds variables to the container.
    enableServiceLinks: false,
    imagePullSecrets: listed(pod.imagePullSecrets.map((name) => ({ name }))),
    securityContext: podSecurity(pod),
    initContainers: listed(made.slice(0, -1)),
    containers: made.slice(-1),
    volumes: listed([...folders.map(({ name }) => ({ name, emptyDir: {} })), ...(pod.volumes ?? [])]),
  };
}

function containerOf(parts: ContainerParts, pod: PodParts, mounts: readonly k8s.VolumeMount[]): Plain<k8s.Container> {
  return {
    name: parts.name,
    image: parts.image,
    imagePullPolicy: parts.imagePullPolicy,
    command: parts.command && [...parts.command],
    args: parts.args && [...parts.args],
    env: listed(parts.env.map(envVar)),
    envFrom: listed(
      parts.envFrom.map((source) =>
        'secret' in source ? { secretRef: { name: source.secret } } : { configMapRef: { name: source.configMap } },
      ),
    ),
    resources: parts.resources,
    securityContext: containerSecurity(pod, parts.runAsUser),
    volumeMounts: listed([...(parts.isApart ? [] : mounts), ...(parts.mounts ?? [])]),
  };
}

// https://kubernetes.io/docs/concepts/security/pod-security-standards/
const SECCOMP_PROFILE = { type: 'RuntimeDefault' };
const NO_CAPABILITIES = { drop: ['ALL'] };

function podSecurity({ podSecurity, runAsUser }: PodParts): k8s.PodSecurityContext {
  return {
    runAsNonRoot: podSecurity === 'restricted' || undefined,
    runAsUser,
    seccompProfile: SECCOMP_PROFILE,
  };
}

function containerSecurity({ podSecurity }: PodParts, runAsUser: number | undefined): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    // An image that starts as root often needs chown or setuid: 'baseline' leaves the runtime's default set.
    capabilities: podSecurity === 'restricted' ? NO_CAPABILITIES : undefined,
    runAsUser,
  };
}

function envVar(variable: Variable): Plain<k8s.EnvVar> {
  const { name } = variable;
  if ('value' in variable) return variable;
  if ('field' in variable) return { name, valueFrom: { fieldRef: { fieldPath: variable.field } } };
  if ('secret' in variable) return { name, valueFrom: { secretKeyRef: { name: variable.secret, key: variable.key } } };
  return { name, valueFrom: { configMapKeyRef: { name: variable.configMap, key: variable.key } } };
}

/** An empty list is left out: the API server would leave it out too, and a diff against it would never be empty. */
function listed<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}
