import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from 'kubernetes-types/core/v1';
import { timestamp } from '../runtime/objects.ts';
import { containersOf } from './records.ts';
import type { ContainerRecord, ContainerRole, PodRecord, TerminatedState } from './state.ts';

export interface StatusFacts {
  readonly nowMs: number;
  readonly hostIps: readonly string[];
  /** Image references in the node's store → id. */
  readonly images: ReadonlyMap<string, string>;
}

/** The pod's status as this kubelet reports it (kubelet_pods.go, generateAPIPodStatus). */
export function podStatus(record: PodRecord, before: PodStatus | undefined, facts: StatusFacts): PodStatus {
  const { pod } = record;
  const all = containersOf(pod).flatMap(([container, role]) => {
    const known = record.containers.get(container.name);
    return known === undefined ? [] : [{ container, role, known }];
  });
  const statuses = (roles: readonly ContainerRole[]): ContainerStatus[] =>
    all
      .filter(({ role }) => roles.includes(role))
      .map(({ container, known }) => containerStatus(container, known, facts));
  const phase = phaseOf(record);
  const init = statuses(['init', 'sidecar']);
  const ephemeral = statuses(['ephemeral']);
  const podIps = record.sandbox?.ips ?? [];
  const generation = pod.metadata?.generation;
  return {
    ...(generation === undefined ? {} : ({ observedGeneration: generation } as PodStatus)),
    phase,
    conditions: conditionsOf(record, phase, before, facts.nowMs),
    ...(record.verdict ?? (phase === 'Failed' ? record.failure : undefined) ?? {}),
    hostIP: facts.hostIps[0] ?? '',
    hostIPs: facts.hostIps.map((ip) => ({ ip })),
    ...(podIps[0] === undefined ? {} : { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) }),
    startTime: before?.startTime ?? timestamp(record.firstSeenMs),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    ...(record.verdict === undefined ? { containerStatuses: statuses(['main']) } : {}),
    ...(before?.qosClass === undefined ? {} : { qosClass: before.qosClass }),
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
  };
}

function containerStatus(container: Container, known: ContainerRecord, facts: StatusFacts): ContainerStatus {
  const { state } = known;
  const running = state.kind === 'running' || state.kind === 'terminated' ? state : known.last;
  const mounts = container.volumeMounts ?? [];
  return {
    ...(running === undefined || running.containerId === '' ? {} : { containerID: running.containerId }),
    image: known.image.kind === 'present' ? displayImage(container.image ?? '') : (container.image ?? ''),
    imageID:
      known.image.kind === 'present' ? (facts.images.get(container.image ?? '') ?? known.image.id) : '',
    lastState: known.last === undefined ? {} : stateOf(known.last),
    name: known.name,
    ready: known.role === 'init' ? state.kind === 'terminated' && state.exitCode === 0 : known.ready,
    ...(known.role === 'ephemeral' ? {} : { resources: container.resources ?? {} }),
    restartCount: known.restarts,
    started: known.role === 'init' ? state.kind === 'running' : known.started,
    state: stateOf(state),
    ...(mounts.length === 0
      ? {}
      : {
          volumeMounts: mounts.map((mount) => ({
            mountPath: mount.mountPath,
            name: mount.name,
            ...(mount.readOnly === true ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
          })),
        }),
  };
}

/** containerd reports the full name of an image. */
export function displayImage(image: string): string {
  if (image.includes('@')) return image;
  const [first = '', ...rest] = image.split('/');
  const full =
    rest.length > 0 && /[.:]|^localhost$/.test(first)
      ? image
      : rest.length > 0
        ? `docker.io/${image}`
        : `docker.io/library/${image}`;
  return /:[^/]+$/.test(full) ? full : `${full}:latest`;
}

function stateOf(state: ContainerRecord['state'] | TerminatedState): ContainerState {
  switch (state.kind) {
    case 'waiting':
      return {
        waiting: { ...(state.message === undefined ? {} : { message: state.message }), reason: state.reason },
      };
    case 'running':
      return { running: { startedAt: timestamp(state.startedMs) } };
    case 'terminated':
      return {
        terminated: {
          ...(state.containerId === '' ? {} : { containerID: state.containerId }),
          exitCode: state.exitCode,
          finishedAt: timestamp(state.finishedMs),
          ...(state.message === undefined ? {} : { message: state.message }),
          reason: state.reason,
          startedAt: timestamp(state.startedMs),
        },
      };
  }
}

/** getPhase: what the containers' states come to. */
export function phaseOf(record: PodRecord): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  if (record.verdict !== undefined) return 'Failed';
  if (record.finalPhase !== undefined) return isStopped(record) ? record.finalPhase : 'Running';
  let pendingInit = 0;
  let failedInit = 0;
  let [waiting, running, stopped, succeeded] = [0, 0, 0, 0];
  for (const known of record.containers.values()) {
    const { state } = known;
    if (known.role === 'init') {
      if (state.kind === 'terminated') {
        if (state.exitCode !== 0) failedInit++;
      } else pendingInit++;
    } else if (known.role === 'sidecar') {
      if (!known.started && !(state.kind === 'terminated')) pendingInit++;
    } else if (known.role === 'main') {
      if (state.kind === 'running') running++;
      else if (state.kind === 'terminated') {
        stopped++;
        if (state.exitCode === 0) succeeded++;
      } else if (known.last !== undefined) stopped++;
      else waiting++;
    }
  }
  const policy = record.pod.spec?.restartPolicy ?? 'Always';
  if (failedInit > 0 && policy === 'Never') return 'Failed';
  if (pendingInit > 0 && running + stopped === 0) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped > 0) {
    if (policy === 'Always') return 'Running';
    if (stopped === succeeded) return 'Succeeded';
    return policy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}

/** Whether no container of the pod runs any more. */
export function isStopped(record: PodRecord): boolean {
  for (const { state } of record.containers.values()) if (state.kind === 'running') return false;
  return true;
}

/** Whether the init containers have done their work, and sidecars have started. */
export function isInitialized(record: PodRecord): boolean {
  for (const known of record.containers.values()) {
    if (known.role === 'init' && !(known.state.kind === 'terminated' && known.state.exitCode === 0))
      return false;
    if (known.role === 'sidecar' && !known.started) return false;
  }
  return true;
}

function conditionsOf(
  record: PodRecord,
  phase: string,
  before: PodStatus | undefined,
  nowMs: number,
): PodCondition[] {
  const { pod } = record;
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const unready = [...record.containers.values()]
    .filter((known) => (known.role === 'main' || known.role === 'sidecar') && !known.ready)
    .map((known) => known.name);
  const incomplete = [...record.containers.values()]
    .filter(
      (known) =>
        (known.role === 'init' && !(known.state.kind === 'terminated' && known.state.exitCode === 0)) ||
        (known.role === 'sidecar' && !known.started),
    )
    .map((known) => known.name);
  const containersReady: Wanted = finished
    ? phase === 'Succeeded'
      ? no('PodCompleted')
      : no('PodFailed')
    : unready.length > 0
      ? no('ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`)
      : yes;
  const initialized: Wanted =
    phase === 'Succeeded'
      ? { status: 'True', reason: 'PodCompleted' }
      : incomplete.length > 0
        ? no('ContainersNotInitialized', `containers with incomplete status: [${incomplete.join(' ')}]`)
        : yes;
  const wanted: readonly (readonly [string, Wanted])[] = [
    [
      'PodReadyToStartContainers',
      record.sandbox !== undefined && nowMs >= record.sandbox.readyAtMs && !finished
        ? yes
        : { status: 'False' },
    ],
    ['Initialized', initialized],
    ['Ready', readyCondition(pod, containersReady, before)],
    ['ContainersReady', containersReady],
    ['PodScheduled', yes],
  ];
  const kept = (before?.conditions ?? []).filter((condition) => !OWN_CONDITIONS.has(condition.type));
  return [
    ...kept,
    ...wanted.map(([type, condition]) => withTransition(type, condition, record, before, nowMs)),
  ];
}

/** types.PodConditionByKubelet. */
const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]);

/** What this kubelet said last, beside the conditions that others have written since (status_manager.go, mergePodStatus). */
export function withConditionsOfOthers(said: PodStatus, present: PodStatus | undefined): PodStatus {
  return {
    ...said,
    conditions: [
      ...(present?.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.has(type)),
      ...(said.conditions ?? []).filter(({ type }) => OWN_CONDITIONS.has(type)),
    ],
  };
}

interface Wanted {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

const yes: Wanted = { status: 'True' };

function no(reason: string, message?: string): Wanted {
  return { status: 'False', reason, ...(message === undefined ? {} : { message }) };
}

/** Readiness gates (KEP-580) stand beside the containers. */
function readyCondition(pod: Pod, containersReady: Wanted, before: PodStatus | undefined): Wanted {
  if (containersReady.status === 'False') return containersReady;
  const missing: string[] = [];
  for (const gate of pod.spec?.readinessGates ?? []) {
    const condition = before?.conditions?.find((item) => item.type === gate.conditionType);
    if (condition === undefined)
      missing.push(`corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`);
    else if (condition.status !== 'True')
      missing.push(
        `the status of pod readiness gate "${gate.conditionType}" is not "True", but ${condition.status}`,
      );
  }
  return missing.length === 0 ? yes : no('ReadinessGatesNotReady', missing.join(', '));
}

function withTransition(
  type: string,
  wanted: Wanted,
  record: PodRecord,
  before: PodStatus | undefined,
  nowMs: number,
): PodCondition {
  const known = before?.conditions?.find((condition) => condition.type === type);
  const lastTransitionTime =
    known?.status === wanted.status && known.lastTransitionTime !== undefined
      ? known.lastTransitionTime
      : timestamp(nowMs);
  const generation = record.pod.metadata?.generation;
  return {
    lastTransitionTime,
    ...(wanted.message === undefined ? {} : { message: wanted.message }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(wanted.reason === undefined ? {} : { reason: wanted.reason }),
    status: wanted.status,
    type,
  };
}
