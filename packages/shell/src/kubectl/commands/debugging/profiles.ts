import { fail } from '../../failure.ts';
import { flagAt, isObject, objectAt, objectsAt, setAt, textAt, textsAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';

/** What is debugged: a pod from inside, a copy of it, or a node. */
export type DebugStyle = 'ephemeral' | 'copy' | 'node';

/** What a copy keeps of the original. */
export interface KeepFlags {
  readonly labels: boolean;
  readonly annotations: boolean;
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
  readonly initContainers: boolean;
}

/** Changes the pod, and the debug container in it, to what the profile grants. */
export type Profile = (pod: JsonObject, container: JsonObject, style: DebugStyle, keep: KeepFlags) => void;

function addCapabilities(container: JsonObject, ...names: readonly string[]): void {
  const added = textsAt(container, 'securityContext', 'capabilities', 'add');
  const missing = names.filter((name) => !added.includes(name));
  setAt(container, ['securityContext', 'capabilities', 'add'], [...added, ...missing]);
}

function useHostNamespaces(pod: JsonObject): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) setAt(pod, ['spec', field], true);
}

/** The node's own files, below /host. */
function mountRoot(pod: JsonObject, container: JsonObject): void {
  const volume = { name: 'host-root', hostPath: { path: '/' } };
  setAt(pod, ['spec', 'volumes'], [...objectsAt(pod, 'spec', 'volumes'), volume]);
  const mount = { mountPath: '/host', name: 'host-root' };
  container['volumeMounts'] = [...objectsAt(container, 'volumeMounts'), mount];
}

/** A copy must not be taken for the original: by Services, by its owner, by the kubelet. */
function stripCopy(pod: JsonObject, keep: KeepFlags): void {
  const { metadata } = pod;
  if (isObject(metadata)) {
    if (!keep.labels) delete metadata['labels'];
    if (!keep.annotations) delete metadata['annotations'];
  }
  for (const container of objectsAt(pod, 'spec', 'containers')) {
    if (!keep.liveness) delete container['livenessProbe'];
    if (!keep.readiness) delete container['readinessProbe'];
    if (!keep.startup) delete container['startupProbe'];
  }
  const spec = objectAt(pod, 'spec');
  if (!keep.initContainers && spec !== undefined) delete spec['initContainers'];
}

function shareProcesses(pod: JsonObject): void {
  if (flagAt(pod, 'spec', 'shareProcessNamespace') === undefined)
    setAt(pod, ['spec', 'shareProcessNamespace'], true);
}

function copyDefaults(pod: JsonObject, keep: KeepFlags): void {
  stripCopy(pod, keep);
  shareProcesses(pod);
}

const PROFILES: Readonly<Record<string, Profile>> = {
  legacy: (pod, container, style) => {
    if (style === 'node') {
      mountRoot(pod, container);
      useHostNamespaces(pod);
    } else if (style === 'copy' && isObject(pod['metadata'])) delete pod['metadata']['labels'];
  },
  general: (pod, container, style, keep) => {
    if (style === 'node') {
      mountRoot(pod, container);
      delete container['securityContext'];
      useHostNamespaces(pod);
      return;
    }
    if (style === 'copy') stripCopy(pod, keep);
    addCapabilities(container, 'SYS_PTRACE');
    if (style === 'copy') shareProcesses(pod);
  },
  baseline: (pod, container, style, keep) => {
    delete container['securityContext'];
    if (style === 'copy') copyDefaults(pod, keep);
  },
  restricted: (pod, container, style, keep) => {
    container['securityContext'] = {
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    };
    if (style === 'copy') copyDefaults(pod, keep);
  },
  netadmin: (pod, container, style, keep) => {
    addCapabilities(container, 'NET_ADMIN', 'NET_RAW');
    if (style === 'node') useHostNamespaces(pod);
    else if (style === 'copy') copyDefaults(pod, keep);
  },
  sysadmin: (pod, container, style, keep) => {
    setAt(container, ['securityContext', 'privileged'], true);
    if (style === 'node') {
      useHostNamespaces(pod);
      mountRoot(pod, container);
    } else if (style === 'copy') copyDefaults(pod, keep);
  },
};

export function profileOf(name: string): Profile {
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  return profile ?? fail(`unknown profile: ${name}`);
}

/** Whether what the profile grants is lost on a pod that runs as an ordinary user. */
export function isLostOnUser(pod: JsonObject, container: JsonObject): boolean {
  const userOf = (object: JsonObject | undefined): number => {
    const user = object?.['runAsUser'];
    return typeof user === 'number' ? user : -1;
  };
  const podUser = userOf(objectAt(pod, 'spec', 'securityContext'));
  const context = objectAt(container, 'securityContext');
  if (podUser <= 0 || context === undefined || userOf(context) === 0) return false;
  return flagAt(context, 'privileged') === true || textsAt(context, 'capabilities', 'add').length > 0;
}

export function containerNamesOf(pod: JsonObject): ReadonlySet<string> {
  return new Set(
    ['containers', 'initContainers', 'ephemeralContainers'].flatMap((kind) =>
      objectsAt(pod, 'spec', kind).map((container) => textAt(container, 'name')),
    ),
  );
}
