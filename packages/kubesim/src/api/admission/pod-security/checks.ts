import type {
  Container,
  LifecycleHandler,
  PodSpec,
  PodSecurityContext,
  Probe,
  SecurityContext,
} from 'kubernetes-types/core/v1';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';

/** What a standard finds wrong with a pod, in upstream's words. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export interface Subject {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly containers: readonly Container[];
}

/** One check of the Pod Security Standards. Since 1.34, checks are those of this version whatever older one is named. */
export type Check = (pod: Subject) => Violation | undefined;

export function subjectOf(metadata: ObjectMeta, spec: PodSpec): Subject {
  const ephemeral = (spec.ephemeralContainers ?? []) as readonly Container[];
  // Validation comes after admission: a pod without containers gets here.
  const regular = (spec.containers as readonly Container[] | undefined) ?? [];
  return { metadata, spec, containers: [...(spec.initContainers ?? []), ...regular, ...ephemeral] };
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(', ');
}

/** `container "a"`, `containers "a", "b"`. */
function named(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? '' : 's'} ${quoted(names)}`;
}

function sorted(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort();
}

/** The containers of which something holds, by name. */
function which(pod: Subject, holds: (container: Container) => boolean): readonly string[] {
  return pod.containers.filter(holds).map(({ name }) => name);
}

/** `pod`, `container "a"`, `pod and containers "a", "b"`. */
function setters(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [named('container', containers)] : [])].join(
    ' and ',
  );
}

const security = (container: Container): SecurityContext => container.securityContext ?? {};
const podSecurity = (pod: Subject): PodSecurityContext => pod.spec.securityContext ?? {};

// Baseline

const APP_ARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const APP_ARMOR_TYPES: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);

const appArmorProfile: Check = (pod) => {
  const bad = (type: string | undefined): type is string => type !== undefined && !APP_ARMOR_TYPES.has(type);
  const podType = podSecurity(pod).appArmorProfile?.type;
  const containers = which(pod, (container) => bad(security(container).appArmorProfile?.type));
  const values = sorted(
    [podType, ...pod.containers.map((container) => security(container).appArmorProfile?.type)].filter(bad),
  );
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([name]) => name.startsWith(APP_ARMOR_ANNOTATION))
    .filter(([, value]) => value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([name, value]) => `${name}="${value}"`)
    .sort();
  const all = [...values, ...annotations];
  if (all.length === 0) return undefined;
  const who = [
    setters(bad(podType), containers),
    annotations.length === 0 ? '' : annotations.length === 1 ? 'annotation' : 'annotations',
  ];
  return {
    reason: all.length === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles',
    detail: `${who.filter((text) => text !== '').join(' and ')} must not set AppArmor profile type to ${quoted(all)}`,
  };
};

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

function addedBeyond(
  pod: Subject,
  allowed: ReadonlySet<string>,
): readonly [readonly string[], readonly string[]] {
  const beyond = (container: Container): readonly string[] =>
    (security(container).capabilities?.add ?? []).filter((name) => !allowed.has(name));
  return [which(pod, (container) => beyond(container).length > 0), sorted(pod.containers.flatMap(beyond))];
}

const capabilitiesBaseline: Check = (pod) => {
  const [containers, added] = addedBeyond(pod, DEFAULT_CAPABILITIES);
  if (containers.length === 0) return undefined;
  return {
    reason: 'non-default capabilities',
    detail: `${named('container', containers)} must not include ${quoted(added)} in securityContext.capabilities.add`,
  };
};

const hostNamespaces: Check = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
};

const hostPathVolumes: Check = ({ spec }) => {
  const volumes = (spec.volumes ?? [])
    .filter(({ hostPath }) => hostPath !== undefined)
    .map(({ name }) => name);
  return volumes.length === 0 ? undefined : { reason: 'hostPath volumes', detail: named('volume', volumes) };
};

const hostPorts: Check = (pod) => {
  const used = (container: Container): readonly string[] =>
    (container.ports ?? []).flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)]));
  const containers = which(pod, (container) => used(container).length > 0);
  if (containers.length === 0) return undefined;
  const ports = sorted(pod.containers.flatMap(used));
  return {
    reason: 'hostPort',
    detail: `${named('container', containers)} ${containers.length === 1 ? 'uses' : 'use'} ${ports.length === 1 ? 'hostPort' : 'hostPorts'} ${ports.join(', ')}`,
  };
};

const hostProbes: Check = (pod) => {
  const hosts = (container: Container): readonly string[] => {
    const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
    const actions: readonly (Probe | LifecycleHandler | undefined)[] = [
      livenessProbe,
      readinessProbe,
      startupProbe,
      lifecycle?.postStart,
      lifecycle?.preStop,
    ];
    return actions
      .flatMap((action) => [action?.httpGet?.host, action?.tcpSocket?.host])
      .filter((host): host is string => host !== undefined && host !== '');
  };
  const containers = [...which(pod, (container) => hosts(container).length > 0)].sort();
  if (containers.length === 0) return undefined;
  const all = sorted(pod.containers.flatMap(hosts));
  return {
    reason: 'probe or lifecycle host',
    detail: `${named('container', containers)} ${containers.length === 1 ? 'uses' : 'use'} ${named('probe or lifecycle host', all)}`,
  };
};

const privileged: Check = (pod) => {
  const containers = which(pod, (container) => security(container).privileged === true);
  if (containers.length === 0) return undefined;
  return {
    reason: 'privileged',
    detail: `${named('container', containers)} must not set securityContext.privileged=true`,
  };
};

const procMount: Check = (pod) => {
  const bad = (container: Container): boolean => (security(container).procMount ?? 'Default') !== 'Default';
  const containers = which(pod, bad);
  if (containers.length === 0) return undefined;
  const types = sorted(pod.containers.filter(bad).map((container) => security(container).procMount ?? ''));
  return {
    reason: 'procMount',
    detail: `${named('container', containers)} must not set securityContext.procMount to ${quoted(types)}`,
  };
};

const SELINUX_TYPES: ReadonlySet<string> = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);

const seLinuxOptions: Check = (pod) => {
  type Options = SecurityContext['seLinuxOptions'];
  const bad = (options: Options): boolean =>
    !SELINUX_TYPES.has(options?.type ?? '') || (options?.user ?? '') !== '' || (options?.role ?? '') !== '';
  const podOptions = podSecurity(pod).seLinuxOptions;
  const containers = which(pod, (container) => bad(security(container).seLinuxOptions));
  if (!bad(podOptions) && containers.length === 0) return undefined;
  const all: readonly Options[] = [
    podOptions,
    ...pod.containers.map((container) => security(container).seLinuxOptions),
  ];
  const types = sorted(all.map((options) => options?.type ?? '').filter((type) => !SELINUX_TYPES.has(type)));
  const faults = [
    ...(types.length > 0 ? [named('type', types)] : []),
    ...(all.some((options) => (options?.user ?? '') !== '') ? ['user may not be set'] : []),
    ...(all.some((options) => (options?.role ?? '') !== '') ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters(bad(podOptions), containers)} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`,
  };
};

const SECCOMP_TYPES: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);

const seccompBaseline: Check = (pod) => {
  const bad = (type: string | undefined): type is string => type !== undefined && !SECCOMP_TYPES.has(type);
  const podType = podSecurity(pod).seccompProfile?.type;
  const containers = which(pod, (container) => bad(security(container).seccompProfile?.type));
  if (!bad(podType) && containers.length === 0) return undefined;
  const types = sorted(
    [podType, ...pod.containers.map((container) => security(container).seccompProfile?.type)].filter(bad),
  );
  return {
    reason: 'seccompProfile',
    detail: `${setters(bad(podType), containers)} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  };
};

const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const sysctls: Check = (pod) => {
  const unsafe = (podSecurity(pod).sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => !SAFE_SYSCTLS.has(name));
  return unsafe.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: unsafe.join(', ') };
};

// Restricted

const allowPrivilegeEscalation: Check = (pod) => {
  const containers = which(pod, (container) => security(container).allowPrivilegeEscalation !== false);
  if (containers.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${named('container', containers)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const BIND_ALONE: ReadonlySet<string> = new Set(['NET_BIND_SERVICE']);

const capabilitiesRestricted: Check = (pod) => {
  const keeping = which(pod, (container) => security(container).capabilities?.drop?.includes('ALL') !== true);
  const [adding, added] = addedBeyond(pod, BIND_ALONE);
  const details = [
    ...(keeping.length > 0
      ? [`${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${named('container', adding)} must not include ${quoted(added)} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0
    ? undefined
    : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const RESTRICTED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const restrictedVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).flatMap(({ name, ...source }) => {
    const type = Object.keys(source)[0] ?? 'unknown';
    return RESTRICTED_VOLUMES.has(type) ? [] : [{ name, type }];
  });
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  return {
    reason: 'restricted volume types',
    detail: `${named('volume', names)} ${names.length === 1 ? 'uses' : 'use'} ${named('restricted volume type', sorted(bad.map(({ type }) => type)))}`,
  };
};

const runAsNonRoot: Check = (pod) => {
  const ofPod = podSecurity(pod).runAsNonRoot;
  const explicit = which(pod, (container) => security(container).runAsNonRoot === false);
  if (ofPod === false || explicit.length > 0)
    return {
      reason: 'runAsNonRoot != true',
      detail: `${setters(ofPod === false, explicit)} must not set securityContext.runAsNonRoot=false`,
    };
  const silent = which(pod, (container) => ofPod !== true && security(container).runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: 'runAsNonRoot != true',
    detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true`,
  };
};

const runAsUser: Check = (pod) => {
  const ofPod = podSecurity(pod).runAsUser === 0;
  const containers = which(pod, (container) => security(container).runAsUser === 0);
  if (!ofPod && containers.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters(ofPod, containers)} must not set runAsUser=0` };
};

const seccompRestricted: Check = (pod) => {
  const explicit = seccompBaseline(pod);
  if (explicit !== undefined) return explicit;
  const ofPod = podSecurity(pod).seccompProfile !== undefined;
  const silent = which(pod, (container) => !ofPod && security(container).seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${named('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

/** In the order in which upstream tells them: by its ids. */
export const BASELINE_CHECKS: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompBaseline,
  sysctls,
];

/** Restricted is baseline, with stricter forms of three of its checks. */
export const RESTRICTED_CHECKS: readonly Check[] = [
  ...BASELINE_CHECKS.filter(
    (check) => check !== capabilitiesBaseline && check !== hostPathVolumes && check !== seccompBaseline,
  ),
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
];
