// Pod Security at the pod template. The API server only warns at the CronJob and refuses the pod, which is at midnight.
// Row by row as https://kubernetes.io/docs/concepts/security/pod-security-standards/ has it. Where Kubernetes versions differ,
// the strictest since 1.27 counts: what passes here passes in all of them.

import type { V1PodSpec } from '@kubernetes/client-node';

export type PodSecurityLevel = 'baseline' | 'restricted';

/** One row of the standard: the settings it looks at, and what they may be. */
interface Control {
  name: string;
  /** Paths below the pod's spec; `[*]` is every item of a list. */
  paths: readonly string[];
  /** `undefined` stands for a setting that is left out. */
  allows(value: unknown): boolean;
}

const CONTAINERS = ['containers[*]', 'initContainers[*]', 'ephemeralContainers[*]'] as const;
const inContainers = (...settings: string[]) => settings.flatMap((setting) => CONTAINERS.map((c) => `${c}.${setting}`));
const anywhere = (setting: string) => [setting, ...inContainers(setting)];
const oneOf =
  (...allowed: unknown[]) =>
  (value: unknown) =>
    allowed.includes(value);

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'];
const CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_syncookies',
];
const VOLUMES = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'],
];
const PROFILES = ['RuntimeDefault', 'Localhost'];

const BASELINE: readonly Control[] = [
  {
    name: 'HostProcess',
    paths: anywhere('securityContext.windowsOptions.hostProcess'),
    allows: oneOf(undefined, false),
  },
  { name: 'Host Namespaces', paths: ['hostNetwork', 'hostPID', 'hostIPC'], allows: oneOf(undefined, false) },
  { name: 'Privileged Containers', paths: inContainers('securityContext.privileged'), allows: oneOf(undefined, false) },
  {
    name: 'Capabilities',
    paths: inContainers('securityContext.capabilities.add[*]'),
    allows: oneOf(...CAPABILITIES),
  },
  { name: 'HostPath Volumes', paths: ['volumes[*].hostPath'], allows: oneOf(undefined) },
  { name: 'Host Ports', paths: inContainers('ports[*].hostPort'), allows: oneOf(undefined, 0) },
  {
    name: 'Host Probes / Lifecycle Hooks',
    paths: inContainers(...PROBES.flatMap((probe) => [`${probe}.httpGet.host`, `${probe}.tcpSocket.host`])),
    allows: oneOf(undefined, ''),
  },
  {
    name: 'AppArmor',
    paths: anywhere('securityContext.appArmorProfile.type'),
    allows: oneOf(undefined, ...PROFILES),
  },
  {
    name: 'SELinux',
    paths: anywhere('securityContext.seLinuxOptions.type'),
    allows: oneOf(undefined, '', 'container_t', 'container_init_t', 'container_kvm_t'),
  },
  {
    name: 'SELinux',
    paths: [...anywhere('securityContext.seLinuxOptions.user'), ...anywhere('securityContext.seLinuxOptions.role')],
    allows: oneOf(undefined, ''),
  },
  { name: '/proc Mount Type', paths: inContainers('securityContext.procMount'), allows: oneOf(undefined, 'Default') },
  { name: 'Seccomp', paths: anywhere('securityContext.seccompProfile.type'), allows: oneOf(undefined, ...PROFILES) },
  { name: 'Sysctls', paths: ['securityContext.sysctls[*].name'], allows: oneOf(...SYSCTLS) },
];

const RESTRICTED: readonly Control[] = [
  {
    name: 'Volume Types',
    paths: ['volumes[*]'],
    allows: (volume) => Object.keys(volume as object).every((key) => key === 'name' || VOLUMES.includes(key)),
  },
  {
    name: 'Privilege Escalation',
    paths: inContainers('securityContext.allowPrivilegeEscalation'),
    allows: oneOf(false),
  },
  {
    name: 'Running as Non-root',
    paths: anywhere('securityContext.runAsNonRoot'),
    allows: oneOf(undefined, true),
  },
  {
    name: 'Running as Non-root user',
    paths: anywhere('securityContext.runAsUser'),
    allows: (user) => user !== 0,
  },
  {
    name: 'Capabilities',
    paths: inContainers('securityContext.capabilities.drop'),
    allows: (dropped) => Array.isArray(dropped) && dropped.includes('ALL'),
  },
  {
    name: 'Capabilities',
    paths: inContainers('securityContext.capabilities.add[*]'),
    allows: oneOf('NET_BIND_SERVICE'),
  },
];

/** Settings that every container must have, from itself or from its pod. */
const RESTRICTED_INHERITED: readonly { name: string; setting: string; allows(value: unknown): boolean }[] = [
  { name: 'Running as Non-root', setting: 'securityContext.runAsNonRoot', allows: oneOf(true) },
  { name: 'Seccomp', setting: 'securityContext.seccompProfile.type', allows: oneOf(...PROFILES) },
];

/** A profile may also stand in an annotation of the pod, as before Kubernetes 1.30. */
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** What keeps a pod from a namespace of this level, a sentence each. `annotations` are those of the pod. */
export function podSecurityProblems(
  spec: V1PodSpec,
  level: PodSecurityLevel,
  annotations: Record<string, string> = {},
): string[] {
  const controls = level === 'restricted' ? [...BASELINE, ...RESTRICTED] : BASELINE;
  const inherited = level === 'restricted' ? RESTRICTED_INHERITED : [];
  return [
    ...controls.flatMap(({ name, paths, allows }) =>
      paths
        .flatMap((path) => settingsAt(spec, path))
        .filter(({ value }) => !allows(value))
        .map(({ place, value }) => `${name}: ${place} is ${JSON.stringify(value)}`),
    ),
    ...inherited.flatMap(({ name, setting, allows }) => {
      const ofPod = settingsAt(spec, setting)[0]?.value;
      return inContainers(setting)
        .flatMap((path) => settingsAt(spec, path))
        .filter(({ value }) => !allows(value ?? ofPod))
        .map(
          ({ place, value }) => `${name}: ${place} is ${JSON.stringify(value)}, ${JSON.stringify(ofPod)} in the pod`,
        );
    }),
    ...Object.entries(annotations)
      .filter(
        ([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !/^(|runtime\/default|localhost\/.*)$/.test(value),
      )
      .map(([key, value]) => `AppArmor: annotation ${key} is ${JSON.stringify(value)}`),
  ];
}

/** The values at a path, with their places. A setting that is left out is `undefined`; a list that is left out has no items. */
function settingsAt(value: unknown, path: string, before = ''): { place: string; value: unknown }[] {
  const [, name = '', isList, rest] = /^(\w+)(\[\*\])?\.?(.*)$/.exec(path) ?? [];
  const inner = (value as Record<string, unknown> | null | undefined)?.[name] ?? undefined;
  const place = before ? `${before}.${name}` : name;
  const items = isList
    ? ((inner ?? []) as unknown[]).map((item, index) => ({ place: `${place}[${index}]`, value: item }))
    : [{ place, value: inner }];
  return rest ? items.flatMap((item) => settingsAt(item.value, rest, item.place)) : items;
}
