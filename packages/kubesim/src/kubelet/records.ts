import type { Container, Pod } from 'kubernetes-types/core/v1';
import { newLogRing } from './log-ring.ts';
import type { ContainerRecord, ContainerRole, PodRecord, ProbeKind, ProbeRecord } from './state.ts';

export function newPodRecord(pod: Pod, nowMs: number, isStatic: boolean): PodRecord {
  const record: PodRecord = {
    uid: pod.metadata?.uid ?? '',
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    pod,
    isStatic,
    firstSeenMs: nowMs,
    sandbox: undefined,
    sandboxAttempts: 0,
    waitUntilMs: 0,
    volumesReady: false,
    containers: new Map(),
    ending: undefined,
    finalPhase: undefined,
    failure: undefined,
    verdict: undefined,
    reported: undefined,
    syncEvent: undefined,
  };
  addContainers(record);
  return record;
}

/** Containers that the record does not know yet: all at first, later ephemeral ones. */
export function addContainers(record: PodRecord): void {
  for (const [container, role] of containersOf(record.pod)) {
    if (!record.containers.has(container.name))
      record.containers.set(container.name, newContainerRecord(container, role, record.pod));
  }
}

/** All containers of a pod in the order of its spec, init containers first. */
export function containersOf(pod: Pod): readonly (readonly [Container, ContainerRole])[] {
  const spec = pod.spec;
  return [
    ...(spec?.initContainers ?? []).map(
      (container) => [container, container.restartPolicy === 'Always' ? 'sidecar' : 'init'] as const,
    ),
    ...(spec?.containers ?? []).map((container) => [container, 'main'] as const),
    // An ephemeral container has all fields of a container that matter here.
    ...(spec?.ephemeralContainers ?? []).map((container) => [container as Container, 'ephemeral'] as const),
  ];
}

export function containerSpec(pod: Pod, name: string): Container | undefined {
  return containersOf(pod).find(([container]) => container.name === name)?.[0];
}

function newContainerRecord(container: Container, role: ContainerRole, pod: Pod): ContainerRecord {
  const hasInit = (pod.spec?.initContainers ?? []).length > 0;
  const record: ContainerRecord = {
    name: container.name,
    role,
    state: {
      kind: 'waiting',
      reason:
        role === 'main' && hasInit
          ? 'PodInitializing'
          : role === 'main' || role === 'ephemeral'
            ? 'ContainerCreating'
            : 'PodInitializing',
    },
    last: undefined,
    restarts: 0,
    attempts: 0,
    image: { kind: 'absent' },
    backoff: undefined,
    started: false,
    ready: false,
    probes: new Map(),
    stop: undefined,
    log: newLogRing(),
    previousLog: undefined,
    postStartUntilMs: undefined,
    postStartFailed: false,
  };
  for (const kind of ['startup', 'liveness', 'readiness'] as const)
    if (probeSpec(container, kind) !== undefined) record.probes.set(kind, newProbe(kind));
  return record;
}

export function probeSpec(container: Container, kind: ProbeKind): Container['livenessProbe'] {
  return kind === 'startup'
    ? container.startupProbe
    : kind === 'liveness'
      ? container.livenessProbe
      : container.readinessProbe;
}

export function newProbe(kind: ProbeKind): ProbeRecord {
  return { kind, result: 'unknown', successes: 0, failures: 0, attempt: undefined, nextAtMs: 0 };
}
