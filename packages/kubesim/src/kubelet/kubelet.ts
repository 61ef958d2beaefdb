import type { SocketEvent, SocketId } from '@podwire/netsim';
import type { Node, Pod } from 'kubernetes-types/core/v1';
import type { Kind, ObjectChange } from '../api/client.ts';
import type { Component, ComponentName } from '../component.ts';
import { findImage } from '../images/index.ts';
import { isTerminating, microTimestamp, nameOf, namespaceOf, sameValue, uidOf } from '../runtime/objects.ts';
import { admitPod } from './admission.ts';
import { containerExited } from './container-lifecycle.ts';
import { factsOf, parseMachineId, requestSync, schedule } from './context.ts';
import type { KubeletContext } from './context.ts';
import { onHookSocket } from './hooks.ts';
import { appendLog } from './log-ring.ts';
import { csiNodeObject, nodeObject, nodeStatus, sameReport } from './node-status.ts';
import { forgetPod, isOverwritten, syncPod, writeStatus } from './pod-sync.ts';
import { onProbeSocket, onProbeTimeout, runProbe } from './probing.ts';
import { newPodRecord } from './records.ts';
import type { KubeletEvent, PodRecord } from './state.ts';
import { readManifests } from './static-manifests.ts';
import { displayImage, phaseOf } from './status.ts';
import { followsApi, setUpVolumes } from './volumes.ts';
import { kubeletUpkeep } from './upkeep.ts';

/** Lease renewal: a quarter of the 40 s that a lease holds. */
const HEARTBEAT_MS = 10_000;
/** nodeStatusReportFrequency: an unchanged status is written this seldom. */
const STATUS_REPORT_MS = 300_000;
const LEASE_SECONDS = 40;
const LEASE_NAMESPACE = 'kube-node-lease';
/** ConfigMaps and Secrets in volumes follow the API within about a minute: the kubelet's sync period. */
const VOLUME_REFRESH_MS = 30_000;
/** The status manager compares what it wrote with what the API shows at this interval (status_manager.go, syncPeriod). */
const STATUS_SYNC_MS = 10_000;
/** A pod whose object vanished has this long to end. */
const ORPHAN_GRACE_MS = 2000;
/** A file of the node that changed is noticed after this, ms. */
const FILES_MS = 20;
/** What the kubelet's own exits are noticed after, ms. */
const EXIT_EVENT_MS = 1;

/** The kubelet of one node, as a component over its state. */
export class Kubelet implements Component {
  readonly name: ComponentName;
  readonly watches: readonly Kind[] = ['Pod', 'ConfigMap', 'Secret'];
  readonly #context: KubeletContext;

  constructor(context: KubeletContext) {
    this.#context = context;
    this.name = `kubelet/${context.site.name}`;
    context.simulation.on(
      context.target,
      (data) => this.#onEvent(data as KubeletEvent),
      (data) => kubeletUpkeep(context, data as KubeletEvent),
    );
  }

  get context(): KubeletContext {
    return this.#context;
  }

  resync(): void {
    const { state } = this.#context;
    if (!state.running) state.sinceMs = this.#context.simulation.nowMs;
    state.running = true;
    this.#register();
    this.#reportNode(true);
    if (state.heartbeatEvent === undefined) this.#heartbeat();
    this.#readFiles();
    this.#startStaticPods();
    const present = new Set<string>();
    for (const pod of this.#context.client.list('Pod')) {
      if (pod.spec?.nodeName !== this.#context.site.name) continue;
      present.add(uidOf(pod));
      this.#onPod(pod);
    }
    for (const record of [...state.pods.values()]) {
      // A kubelet that starts knows nothing of what it said before.
      record.reported = undefined;
      if (record.isStatic) requestSync(this.#context, record, 0);
      else if (!present.has(record.uid)) this.#orphaned(record);
      else requestSync(this.#context, record, 0);
    }
  }

  onChanges(changes: readonly ObjectChange[]): void {
    let refresh = false;
    for (const change of changes) {
      if (change.kind !== 'Pod') {
        refresh = true;
        continue;
      }
      const pod = change.object as Pod;
      if (pod.spec?.nodeName !== this.#context.site.name) continue;
      if (change.type === 'DELETED') this.#onPodGone(pod);
      else this.#onPod(pod);
    }
    if (refresh) schedule(this.#context, VOLUME_REFRESH_MS, { kind: 'refresh-volumes' });
  }

  onStop(): void {
    const { state, simulation } = this.#context;
    state.running = false;
    state.sinceMs = simulation.nowMs;
    if (state.heartbeatEvent !== undefined) simulation.cancel(state.heartbeatEvent);
    state.heartbeatEvent = undefined;
  }

  /** The CNI's configuration came or went. */
  networkChanged(): void {
    const { state } = this.#context;
    if (!state.running) return;
    this.#reportNode(false);
    for (const record of state.pods.values()) {
      if (record.sandbox !== undefined || record.ending !== undefined) continue;
      record.waitUntilMs = 0;
      requestSync(this.#context, record, 0);
    }
  }

  /** Something on the node ended that may have written files: the kubelet and the runtime look, as inotify would tell them to. */
  filesMayHaveChanged(): void {
    const { state } = this.#context;
    if (!state.running || state.looksAtFiles) return;
    state.looksAtFiles = true;
    schedule(this.#context, FILES_MS, { kind: 'files' });
  }

  #readFiles(): void {
    const { state, files, site, cni } = this.#context;
    const changes = readManifests(state.manifests, files, site.name);
    for (const { uid, pod } of changes) this.setStaticPod(uid, pod);
    if (changes.length > 0) this.#context.onStaticPods();
    if (cni.notReadyReason() !== state.networkNotReady) this.networkChanged();
  }

  /** A container's main process ended. */
  containerExited(machineId: string, exitCode: number): void {
    const parsed = parseMachineId(machineId);
    if (parsed === undefined) return;
    // Not at once: the process is still on its way out.
    schedule(this.#context, EXIT_EVENT_MS, {
      kind: 'exit',
      uid: parsed.uid,
      container: parsed.container,
      machineId,
      exitCode,
    });
  }

  containerWrote(machineId: string, data: Uint8Array): boolean {
    const parsed = parseMachineId(machineId);
    const known =
      parsed === undefined
        ? undefined
        : this.#context.state.pods.get(parsed.uid)?.containers.get(parsed.container);
    if (known === undefined || known.attempts !== parsed?.attempt) return false;
    appendLog(known.log, this.#context.simulation.nowMs, data);
    return true;
  }

  onSocketEvent(socket: SocketId, owner: string, event: SocketEvent): void {
    if (!onHookSocket(this.#context, socket, owner, event))
      onProbeSocket(this.#context, socket, owner, event);
  }

  /** Whether some pod is on its way to what it should be, rather than there, or stuck until something changes. */
  isBusy(): boolean {
    const { state, simulation } = this.#context;
    if (!state.running) return false;
    for (const record of state.pods.values()) if (isUnsettled(record, simulation.nowMs)) return true;
    return false;
  }

  #onEvent(event: KubeletEvent): void {
    const { state } = this.#context;
    switch (event.kind) {
      case 'heartbeat':
        state.heartbeatEvent = undefined;
        if (state.running) this.#heartbeat();
        return;
      case 'sync': {
        const record = state.pods.get(event.uid);
        if (record === undefined) return;
        record.syncEvent = undefined;
        if (state.running) syncPod(this.#context, record);
        return;
      }
      case 'exit': {
        const record = state.pods.get(event.uid);
        const known = record?.containers.get(event.container);
        if (record !== undefined && known !== undefined)
          containerExited(this.#context, record, known, event.machineId, event.exitCode);
        return;
      }
      case 'probe': {
        const record = state.pods.get(event.uid);
        const known = record?.containers.get(event.container);
        if (state.running && record !== undefined && known !== undefined)
          runProbe(this.#context, record, known, event.attempt, event.probe);
        return;
      }
      case 'probe-timeout':
        onProbeTimeout(this.#context, event.owner);
        return;
      case 'files':
        state.looksAtFiles = false;
        if (state.running) this.#readFiles();
        return;
      case 'refresh-volumes':
        if (state.running) for (const record of state.pods.values()) this.#refreshVolumes(record);
        return;
      case 'compare-statuses':
        state.comparesStatuses = false;
        if (state.running) for (const record of state.pods.values()) writeStatus(this.#context, record, true);
        return;
    }
  }

  #refreshVolumes(record: PodRecord): void {
    const { machines, client, mintToken } = this.#context;
    if (!record.volumesReady || record.ending !== undefined || record.finalPhase !== undefined) return;
    if ((record.pod.spec?.volumes ?? []).some(followsApi))
      setUpVolumes(machines, client, factsOf(this.#context, record), mintToken);
  }

  // Pods

  #onPod(pod: Pod): void {
    const { state, simulation } = this.#context;
    if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined)
      return this.#onMirrorPod(pod);
    let record = state.pods.get(uidOf(pod));
    if (record === undefined) {
      // Its work was done before; what is left of it waits for whoever holds a finalizer.
      if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
      record = newPodRecord(pod, simulation.nowMs, false);
      state.pods.set(record.uid, record);
      this.#syncLoop('ADD', 2515, 'api', pod);
      admitPod(this.#context, record);
    }
    const before = record.pod;
    record.pod = pod;
    if (isTerminating(pod) && record.ending === undefined) this.#syncLoop('DELETE', 2531, 'api', pod);
    if (isTerminating(pod)) this.#end(record, pod.metadata?.deletionGracePeriodSeconds ?? 0);
    else if (before === pod || differSemantically(before, pod)) {
      if (before !== pod) this.#refreshVolumes(record);
      requestSync(this.#context, record, 0);
    } else {
      // Nothing but its status: a readiness gate may have been passed (HandlePodReconcile).
      if ((pod.spec?.readinessGates ?? []).length > 0) requestSync(this.#context, record, 0);
      if (isOverwritten(this.#context, record)) this.#planComparison();
    }
  }

  /** KL11: somebody else wrote a pod's status. */
  #planComparison(): void {
    const { state, simulation } = this.#context;
    if (state.comparesStatuses) return;
    state.comparesStatuses = true;
    const ranMs = simulation.nowMs - state.sinceMs;
    schedule(this.#context, STATUS_SYNC_MS - (ranMs % STATUS_SYNC_MS), { kind: 'compare-statuses' });
  }

  #onMirrorPod(pod: Pod): void {
    const record = [...this.#context.state.pods.values()].find(
      (item) => item.isStatic && item.name === nameOf(pod) && item.namespace === namespaceOf(pod),
    );
    // A mirror that is to be deleted is let go at once: its pod does not depend on it, and gets a new one.
    if (isTerminating(pod))
      this.#context.client.delete('Pod', namespaceOf(pod), nameOf(pod), { gracePeriodSeconds: 0 });
    else if (record === undefined)
      this.#context.client.delete('Pod', namespaceOf(pod), nameOf(pod), { gracePeriodSeconds: 0 });
    else requestSync(this.#context, record, 0);
  }

  #onPodGone(pod: Pod): void {
    if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) {
      this.#startStaticPods();
      return;
    }
    const record = this.#context.state.pods.get(uidOf(pod));
    this.#syncLoop('REMOVE', 2525, 'api', pod);
    if (record !== undefined) this.#orphaned(record);
  }

  #syncLoop(operation: 'ADD' | 'DELETE' | 'REMOVE', line: number, source: 'api' | 'file', pod: Pod): void {
    this.#context.log?.({
      verbosity: 2,
      source: `kubelet.go:${line}`,
      message: `SyncLoop ${operation}`,
      values: { source, pods: [`${namespaceOf(pod)}/${nameOf(pod)}`] },
    });
  }

  #orphaned(record: PodRecord): void {
    this.#end(record, ORPHAN_GRACE_MS / 1000);
  }

  #end(record: PodRecord, graceSeconds: number): void {
    const deadlineMs = this.#context.simulation.nowMs + graceSeconds * 1000;
    if (record.ending === undefined) record.ending = { graceSeconds, deadlineMs };
    else record.ending.deadlineMs = Math.min(record.ending.deadlineMs, deadlineMs);
    requestSync(this.#context, record, 0);
  }

  // Static pods

  #startStaticPods(): void {
    const { state, client, simulation } = this.#context;
    for (const [uid, manifest] of state.staticPods) {
      if (!state.pods.has(uid)) {
        state.pods.set(uid, newPodRecord(manifest, simulation.nowMs, true));
        this.#syncLoop('ADD', 2515, 'file', manifest);
      }
      if (client.get('Pod', namespaceOf(manifest), nameOf(manifest)) === undefined)
        this.#createMirror(uid, manifest);
      const record = state.pods.get(uid);
      if (record !== undefined) requestSync(this.#context, record, 0);
    }
  }

  #createMirror(uid: string, manifest: Pod): void {
    const { client, site } = this.#context;
    const node = client.get('Node', undefined, site.name);
    client.create('Pod', {
      ...manifest,
      metadata: {
        ...manifest.metadata,
        annotations: {
          ...manifest.metadata?.annotations,
          'kubernetes.io/config.hash': uid,
          'kubernetes.io/config.mirror': uid,
          'kubernetes.io/config.seen': microTimestamp(this.#context.simulation.nowMs),
          'kubernetes.io/config.source': 'file',
        },
        ...(node === undefined
          ? {}
          : {
              ownerReferences: [
                { apiVersion: 'v1', kind: 'Node', name: site.name, uid: uidOf(node), controller: true },
              ],
            }),
      },
    });
  }

  /** The manifest left /etc/kubernetes/manifests, or came back. */
  setStaticPod(uid: string, manifest: Pod | undefined): void {
    const { state, client } = this.#context;
    if (manifest !== undefined) {
      state.staticPods.set(uid, manifest);
      if (state.running) this.#startStaticPods();
      return;
    }
    state.staticPods.delete(uid);
    const record = state.pods.get(uid);
    if (record === undefined) return;
    this.#syncLoop('REMOVE', 2525, 'file', record.pod);
    forgetPod(this.#context, record);
    client.delete('Pod', record.namespace, record.name, { gracePeriodSeconds: 0 });
  }

  // The node itself

  #register(): void {
    const { state, client, config, node, site } = this.#context;
    if (client.get('Node', undefined, site.name) !== undefined) {
      state.registered = true;
      return;
    }
    const created = client.create('Node', nodeObject(config, node, site));
    if (!created.ok) return;
    if (!state.registered) this.#nodeEvent(created.object, 'Starting', 'Starting kubelet.');
    state.registered = true;
    client.create('CSINode', csiNodeObject(site.name, uidOf(created.object)));
  }

  #heartbeat(): void {
    const { state, client, simulation, site } = this.#context;
    state.heartbeatEvent = schedule(this.#context, HEARTBEAT_MS, { kind: 'heartbeat' });
    this.#readFiles();
    const renewTime = microTimestamp(simulation.nowMs);
    const lease = client.get('Lease', LEASE_NAMESPACE, site.name);
    if (lease !== undefined) {
      const renewed = client.update('Lease', { ...lease, spec: { ...lease.spec, renewTime } });
      if (!renewed.ok) this.#leaseFailed();
    } else {
      const owner = client.get('Node', undefined, site.name);
      client.create('Lease', {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name: site.name,
          namespace: LEASE_NAMESPACE,
          ...(owner === undefined
            ? {}
            : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: site.name, uid: uidOf(owner) }] }),
        },
        spec: { holderIdentity: site.name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
      });
    }
    this.#register();
    this.#reportNode(simulation.nowMs - state.statusReportedMs >= STATUS_REPORT_MS);
  }

  #leaseFailed(): void {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${LEASE_NAMESPACE}/leases/${this.#context.site.name}`;
    this.#context.log?.({
      severity: 'E',
      source: 'controller.go:195',
      message: 'Failed to update lease',
      values: {
        err: this.#context.apiFailure?.('Put', `${path}?timeout=10s`) ?? 'the server did not answer',
      },
    });
  }

  #reportNode(always: boolean): void {
    const { state, client, simulation, site, cni } = this.#context;
    const node = client.get('Node', undefined, site.name);
    if (node === undefined) return;
    const networkNotReady = cni.notReadyReason();
    if (networkNotReady !== undefined)
      this.#context.log?.({
        severity: 'E',
        source: 'kubelet.go:3012',
        message: 'Container runtime network not ready',
        values: {
          networkReady: `NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: ${networkNotReady}`,
        },
      });
    const images = new Map(
      [...state.images.keys()].map((reference) => {
        const found = findImage(reference);
        return [
          reference,
          { name: displayImage(reference), sizeBytes: found.kind === 'found' ? found.image.sizeBytes : 0 },
        ] as const;
      }),
    );
    const status = nodeStatus(node.status, { nowMs: simulation.nowMs, site, networkNotReady, images });
    const wasReady = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
    if (!always && sameReport(node.status, status)) return;
    state.statusReportedMs = simulation.nowMs;
    state.networkNotReady = networkNotReady;
    const result = client.updateStatus('Node', { ...node, status });
    if (!result.ok) return;
    const isReady = networkNotReady === undefined;
    if (isReady !== (wasReady === 'True') && (wasReady !== undefined || isReady))
      this.#nodeEvent(
        node,
        isReady ? 'NodeReady' : 'NodeNotReady',
        `Node ${site.name} status is now: ${isReady ? 'NodeReady' : 'NodeNotReady'}`,
      );
  }

  #nodeEvent(node: Node, reason: string, message: string): void {
    this.#context.event(
      { kind: 'Node', apiVersion: 'v1', name: nameOf(node), uid: uidOf(node) },
      'Normal',
      reason,
      message,
    );
  }
}

/** config.go, podsDifferSemantically: whether more than the status changed. The generation counts changes of the spec. */
function differSemantically({ metadata: left }: Pod, { metadata: right }: Pod): boolean {
  return (
    left?.generation !== right?.generation ||
    left?.deletionTimestamp !== right?.deletionTimestamp ||
    !sameValue(left?.labels ?? {}, right?.labels ?? {}) ||
    !sameValue(left?.annotations ?? {}, right?.annotations ?? {})
  );
}

/** What passes as "soon": a wait longer than this is a back-off, or a probe that its author wants late, ms. */
const SOON_MS = 3000;

function isUnsettled(record: PodRecord, nowMs: number): boolean {
  if (record.ending !== undefined) return true;
  if (record.verdict !== undefined) return false;
  if (record.waitUntilMs > nowMs && record.sandbox === undefined) return false;
  const phase = phaseOf(record);
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  let waitsForInit = false;
  for (const known of record.containers.values()) {
    const { state, image } = known;
    if (image.kind === 'pulling') return true;
    if (image.kind === 'failed') return false;
    if (
      state.kind === 'waiting' &&
      (state.reason === 'ContainerCreating' || state.reason === 'PodInitializing')
    )
      waitsForInit = true;
    if (
      state.kind === 'waiting' &&
      state.reason !== 'ContainerCreating' &&
      state.reason !== 'PodInitializing'
    )
      continue;
    if (state.kind === 'terminated' && record.pod.spec?.restartPolicy !== 'Never' && known.role !== 'init')
      return true;
    if (state.kind !== 'running') continue;
    if (
      known.stop !== undefined ||
      (known.postStartUntilMs !== undefined && known.postStartUntilMs - nowMs <= SOON_MS)
    )
      return true;
    // Its first verdict is about to come.
    for (const probe of known.probes.values()) {
      const due = probe.attempt !== undefined || (probe.nextAtMs > 0 && probe.nextAtMs - nowMs <= SOON_MS);
      if (
        probe.result === 'unknown' &&
        due &&
        probe.kind !== 'liveness' &&
        (probe.kind === 'startup') !== known.started
      )
        return true;
    }
  }
  if (!waitsForInit) return false;
  // It waits for something of its own that has not ended: an init container that runs may run for long.
  const initRuns = [...record.containers.values()].some(
    (known) => (known.role === 'init' || known.role === 'sidecar') && known.state.kind === 'running',
  );
  const stuck = [...record.containers.values()].some(
    (known) =>
      known.state.kind === 'waiting' &&
      known.state.reason !== 'ContainerCreating' &&
      known.state.reason !== 'PodInitializing',
  );
  return !initRuns && !stuck;
}
