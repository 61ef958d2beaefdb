import type { Pod } from 'kubernetes-types/core/v1';
import { sameValue, uidOf } from '../runtime/objects.ts';
import {
  startContainer,
  enforceStop,
  finishPostStart,
  mayRestart,
  stopContainer,
} from './container-lifecycle.ts';
import { factsOf, machineIdOf, podEvent, requestSync } from './context.ts';
import type { KubeletContext } from './context.ts';
import { ensureImage } from './image-pull.ts';
import { addContainers, containerSpec } from './records.ts';
import { podHostname, hostNetworkHosts, podHosts, podResolvConf } from './resolv-conf.ts';
import { ensureSandbox, tearDownSandbox } from './sandbox.ts';
import type { ContainerRecord, PodRecord } from './state.ts';
import { isInitialized, isStopped, podStatus, withConditionsOfOthers } from './status.ts';
import { ETC_HOSTS_VOLUME, setUpVolumes, tearDownVolumes, volumeId } from './volumes.ts';

const VOLUME_RETRY_MS = 500;
const MAX_VOLUME_RETRY_MS = 122_000;
const CLUSTER_DNS = ['kube-system', 'kube-dns'] as const;

/** One look at one pod: brings what runs a step nearer to what its spec asks for, and reports. */
export function syncPod(context: KubeletContext, record: PodRecord): void {
  addContainers(record);
  for (const known of record.containers.values()) {
    finishPostStart(context, record, known);
    enforceStop(context, record, known);
  }
  if (record.ending !== undefined) {
    endPod(context, record);
    return;
  }
  if (record.verdict === undefined) {
    obeyFinalPhase(context, record);
    watchDeadline(context, record);
    if (record.finalPhase === undefined) advancePod(context, record);
    else finishPod(context, record);
  }
  writeStatus(context, record);
}

/** A final phase that somebody wrote is taken for granted at the next look (kubelet_pods.go, generateAPIPodStatus). */
function obeyFinalPhase(context: KubeletContext, record: PodRecord): void {
  if (record.finalPhase !== undefined || record.isStatic) return;
  const phase = apiPodOf(context, record)?.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') record.finalPhase = phase;
}

/** activeDeadlineSeconds counts from the pod's start time, whatever its containers do (active_deadline.go). */
function watchDeadline(context: KubeletContext, record: PodRecord): void {
  const seconds = record.pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || record.finalPhase !== undefined) return;
  const leftMs = record.firstSeenMs + seconds * 1000 - context.simulation.nowMs;
  if (leftMs > 0) return requestSync(context, record, leftMs);
  const reason = 'DeadlineExceeded';
  const message = 'Pod was active on the node longer than the specified deadline';
  podEvent(context, record, 'Normal', reason, message);
  record.failure = { reason, message };
  record.finalPhase = 'Failed';
}

function advancePod(context: KubeletContext, record: PodRecord): void {
  const nowMs = context.simulation.nowMs;
  if (nowMs < record.waitUntilMs) {
    requestSync(context, record, record.waitUntilMs - nowMs);
    return;
  }
  if (!ensureVolumes(context, record) || !ensureSandbox(context, record)) return;
  ensureEtcFiles(context, record);
  runContainers(context, record);
}

function ensureVolumes(context: KubeletContext, record: PodRecord): boolean {
  if (record.volumesReady) return true;
  const outcome = setUpVolumes(context.machines, context.client, factsOf(context, record), context.mintToken);
  if (outcome.ok) {
    record.volumesReady = true;
    return true;
  }
  podEvent(context, record, 'Warning', 'FailedMount', outcome.message);
  const triedForMs = context.simulation.nowMs - record.firstSeenMs;
  const delayMs = Math.min(MAX_VOLUME_RETRY_MS, Math.max(VOLUME_RETRY_MS, triedForMs));
  record.waitUntilMs = context.simulation.nowMs + delayMs;
  requestSync(context, record, delayMs);
  return false;
}

/** /etc/hosts, /etc/hostname and /etc/resolv.conf (DNS10, DNS11), which all containers of the pod share. */
function ensureEtcFiles(context: KubeletContext, record: PodRecord): void {
  if ([...record.containers.values()].some((known) => known.attempts > 0)) return;
  const dns = context.client.get('Service', ...CLUSTER_DNS)?.spec;
  const clusterDns = dns?.clusterIPs ?? (dns?.clusterIP === undefined ? [] : [dns.clusterIP]);
  const { clusterDomain } = context.config;
  const hostname = podHostname(record.pod, context.site.name);
  context.machines.putVolume(
    volumeId(record.uid, ETC_HOSTS_VOLUME),
    new Map([
      [
        'hosts',
        record.pod.spec?.hostNetwork === true
          ? hostNetworkHosts(record.pod, context.files.read('/etc/hosts') ?? '')
          : podHosts(record.pod, hostname, clusterDomain, record.sandbox?.ips ?? []),
      ],
      ['hostname', `${hostname}\n`],
      [
        'resolv.conf',
        podResolvConf(record.pod, { clusterDomain, clusterDns, nodeResolvConf: context.nodeResolvConf }),
      ],
    ]),
    { replace: true },
  );
}

/** Init containers one by one, sidecars (KEP-753) as they come in between, then all others together. */
function runContainers(context: KubeletContext, record: PodRecord): void {
  const mainsBegan = [...record.containers.values()].some(
    (known) => known.role === 'main' && known.attempts > 0,
  );
  for (const known of record.containers.values()) {
    if (known.role === 'init') {
      if (known.state.kind === 'terminated' && known.state.exitCode === 0) continue;
      if (mainsBegan) continue;
      if (known.state.kind === 'terminated' && record.pod.spec?.restartPolicy === 'Never') {
        record.finalPhase = 'Failed';
        finishPod(context, record);
        return;
      }
      ensureRunning(context, record, known);
      return;
    }
    if (known.role === 'sidecar') {
      ensureRunning(context, record, known);
      if (!known.started && !mainsBegan) return;
    }
  }
  if (!isInitialized(record) && !mainsBegan) return;
  for (const known of record.containers.values()) {
    if (known.role === 'main' && shouldRun(record, known)) ensureRunning(context, record, known);
    if (known.role === 'ephemeral' && known.attempts === 0) ensureRunning(context, record, known);
  }
  const mains = [...record.containers.values()].filter((known) => known.role === 'main');
  const done = mains.every((known) => known.state.kind === 'terminated' && !shouldRun(record, known));
  if (!done) return;
  record.finalPhase = mains.every((known) => known.state.kind === 'terminated' && known.state.exitCode === 0)
    ? 'Succeeded'
    : 'Failed';
  finishPod(context, record);
}

function shouldRun(record: PodRecord, known: ContainerRecord): boolean {
  const ended = known.state.kind === 'terminated' ? known.state : undefined;
  if (ended === undefined) return true;
  const policy = record.pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && ended.exitCode !== 0);
}

function ensureRunning(context: KubeletContext, record: PodRecord, known: ContainerRecord): void {
  if (known.state.kind === 'running') return;
  const container = containerSpec(record.pod, known.name);
  if (container === undefined) return;
  const crashed = known.state.kind === 'terminated' || known.state.reason === 'CrashLoopBackOff';
  if (crashed) {
    if (!mayRestart(context, record, known)) return;
    known.state = {
      kind: 'waiting',
      reason: known.role === 'main' ? 'ContainerCreating' : 'PodInitializing',
    };
  }
  if (!ensureImage(context, record, known, container)) return;
  startContainer(context, record, known, container);
}

/** The pod's work is done: sidecars end in reverse order, then its network goes. */
function finishPod(context: KubeletContext, record: PodRecord): void {
  const graceMs = (record.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
  const works = [...record.containers.values()].filter(({ role }) => role === 'main' || role === 'init');
  for (const known of works) stopContainer(context, record, known, 'deleted', graceMs);
  if (works.every(({ state }) => state.kind !== 'running')) stopSidecars(context, record, graceMs);
  for (const known of record.containers.values())
    if (known.role === 'ephemeral') stopContainer(context, record, known, 'deleted', graceMs);
  if (isStopped(record)) tearDownSandbox(context, record);
}

function stopSidecars(context: KubeletContext, record: PodRecord, graceMs: number): void {
  const running = [...record.containers.values()].filter(
    (known) => known.role === 'sidecar' && known.state.kind === 'running',
  );
  const last = running.at(-1);
  if (last !== undefined) stopContainer(context, record, last, 'deleted', graceMs);
}

/** The pod is to go: containers end within its grace, then its network and volumes, then the object. */
function endPod(context: KubeletContext, record: PodRecord): void {
  const { ending } = record;
  if (ending === undefined) return;
  const leftMs = Math.max(0, ending.deadlineMs - context.simulation.nowMs);
  const [mains, others] = [
    [...record.containers.values()].filter((known) => known.role !== 'sidecar'),
    [...record.containers.values()],
  ];
  for (const known of mains) {
    stopContainer(context, record, known, 'deleted', leftMs);
    // A second, harsher deletion shortens what was granted.
    if (known.stop !== undefined && known.stop.killAtMs > ending.deadlineMs)
      known.stop.killAtMs = ending.deadlineMs;
    enforceStop(context, record, known);
  }
  if (mains.every((known) => known.state.kind !== 'running') || leftMs === 0)
    stopSidecars(context, record, leftMs);
  if (others.some((known) => known.state.kind === 'running')) {
    writeStatus(context, record);
    return;
  }
  for (const known of others) {
    if (known.state.kind === 'terminated') continue;
    // What never came to run is reported as ended, so that the pod's phase can be told.
    if (known.last !== undefined) known.state = known.last;
    else
      known.state = {
        kind: 'waiting',
        reason: known.role === 'main' ? 'ContainerCreating' : 'PodInitializing',
      };
  }
  const mainStates = others.filter((known) => known.role === 'main');
  record.finalPhase ??= mainStates.every(
    (known) => known.state.kind === 'terminated' && known.state.exitCode === 0,
  )
    ? 'Succeeded'
    : 'Failed';
  tearDownSandbox(context, record);
  writeStatus(context, record);
  forgetPod(context, record);
  const present = context.client.get('Pod', record.namespace, record.name);
  if (present !== undefined && (uidOf(present) === record.uid || record.isStatic)) {
    context.client.delete('Pod', record.namespace, record.name, {
      gracePeriodSeconds: 0,
      uid: uidOf(present),
    });
  }
}

/** Frees all that the node holds of a pod. */
export function forgetPod(context: KubeletContext, record: PodRecord): void {
  for (const known of record.containers.values()) {
    const id = machineIdOf(context, record, known.name, known.attempts);
    if (context.machines.hasMachine(id)) context.machines.removeMachine(id);
  }
  tearDownSandbox(context, record);
  tearDownVolumes(context.machines, record.pod);
  if (record.syncEvent !== undefined) context.simulation.cancel(record.syncEvent.id);
  context.state.pods.delete(record.uid);
  context.onPodRuns(record, false);
}

/** The object that shows the pod: itself, or the mirror of a static pod. */
export function apiPodOf(context: KubeletContext, record: PodRecord): Pod | undefined {
  const present = context.client.get('Pod', record.namespace, record.name);
  if (present === undefined) return undefined;
  if (record.isStatic)
    return present.metadata?.annotations?.['kubernetes.io/config.mirror'] === record.uid
      ? present
      : undefined;
  return uidOf(present) === record.uid ? present : undefined;
}

/**
 * Says what has changed since this kubelet spoke last. What others wrote over it stands until the statuses are compared
 * (`comparing`; status_manager.go, syncBatch), or until there is something new to say (KL11).
 */
export function writeStatus(context: KubeletContext, record: PodRecord, comparing = false): void {
  if (!context.state.running) return;
  const present = apiPodOf(context, record);
  if (present === undefined) return;
  const said = record.reported?.uid === uidOf(present) ? record.reported.status : undefined;
  const before =
    said === undefined || said === present.status
      ? present.status
      : withConditionsOfOthers(said, present.status);
  const status = podStatus(record, before, {
    nowMs: context.simulation.nowMs,
    hostIps: [context.site.address],
    images: context.state.images,
  });
  if (said !== undefined && !comparing && sameValue(status, before)) return;
  if (sameValue(status, present.status ?? {})) {
    record.reported = { uid: uidOf(present), status: present.status ?? {} };
    return;
  }
  const result = context.client.updateStatus('Pod', { ...present, status });
  if (result.ok) record.reported = { uid: uidOf(present), status: result.object.status ?? {} };
  else if (result.status.code !== 404) requestSync(context, record, 1000);
}

/** Whether the API shows another status than this kubelet wrote. */
export function isOverwritten(context: KubeletContext, record: PodRecord): boolean {
  const present = apiPodOf(context, record);
  const { reported } = record;
  return (
    present !== undefined &&
    reported?.uid === uidOf(present) &&
    reported.status !== present.status &&
    !sameValue(reported.status, present.status)
  );
}
