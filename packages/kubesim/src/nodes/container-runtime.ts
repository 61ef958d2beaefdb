import type { LogLine } from '../api/server.ts';
import { findImage } from '../images/index.ts';
import type { NodeState } from '../cluster-state.ts';
import type { ContainerRecord, PodRecord } from '../kubelet/state.ts';
import { fnv32a } from '../runtime/objects.ts';

/** Name under which a node's programs reach its container runtime (`MachineView.service`). */
export const CONTAINER_RUNTIME_SERVICE = 'container-runtime';

/** A container as the runtime of its node knows it. */
export interface RuntimeContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly state: 'Running' | 'Exited';
  readonly attempt: number;
  /** Its first process, as the node counts processes; 0 once it has ended. */
  readonly pid: number;
  readonly startedMs: number;
  readonly finishedMs?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly log: readonly LogLine[];
}

/** A sandbox with its containers. */
export interface RuntimePod {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly ready: boolean;
  readonly addresses: readonly string[];
  /** Its network namespace, and the name it is mounted under in /var/run/netns; undefined on the host's network. */
  readonly netns: string;
  readonly netnsName: string | undefined;
  readonly containers: readonly RuntimeContainer[];
}

export interface RuntimeImage {
  readonly reference: string;
  readonly id: string;
  readonly sizeBytes: number;
}

/** What a node's runtime tells of itself. */
export interface ContainerRuntime {
  pods(): readonly RuntimePod[];
  images(): readonly RuntimeImage[];
}

/** Numbers that a node gives its containers' processes: beyond those of its own first ones. */
const FIRST_PID = 1_000;
const PIDS = 30_000;

export function containerRuntimeOf({ kubelet, site }: NodeState): ContainerRuntime {
  return {
    pods: () =>
      [...kubelet.pods.values()].flatMap((record) => {
        const pod = runtimePod(record, site.netns, kubelet.images);
        return pod === undefined ? [] : [pod];
      }),
    images: () =>
      [...kubelet.images].map(([reference, id]) => {
        const found = findImage(reference);
        return { reference, id: digestOf(id), sizeBytes: found.kind === 'found' ? found.image.sizeBytes : 0 };
      }),
  };
}

/** The digest of an image, under whatever name it was pulled. */
function digestOf(id: string): string {
  return id.slice(id.indexOf('@') + 1);
}

function runtimePod(
  record: PodRecord,
  hostNetns: string,
  images: ReadonlyMap<string, string>,
): RuntimePod | undefined {
  const { sandbox } = record;
  if (sandbox === undefined) return undefined;
  const { containerId: id, netns, ips, readyAtMs, live } = sandbox;
  return {
    id,
    name: record.name,
    namespace: record.namespace,
    uid: record.uid,
    labels: record.pod.metadata?.labels ?? {},
    createdMs: readyAtMs,
    ready: live,
    addresses: ips,
    netns,
    netnsName: netns === hostNetns ? undefined : `cni-${uuidOf(id)}`,
    containers: [...record.containers.values()].flatMap((known) => {
      const container = runtimeContainer(record, known, images);
      return container === undefined ? [] : [container];
    }),
  };
}

function uuidOf(id: string): string {
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join('-');
}

function runtimeContainer(
  { pod }: PodRecord,
  known: ContainerRecord,
  images: ReadonlyMap<string, string>,
): RuntimeContainer | undefined {
  const { state } = known;
  if (state.kind === 'waiting' || state.containerId === '') return undefined;
  const id = state.containerId.replace('containerd://', '');
  const all = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []),
    ...(pod.spec?.ephemeralContainers ?? []),
  ];
  const image = all.find(({ name }) => name === known.name)?.image ?? '';
  const common = {
    id,
    name: known.name,
    image,
    imageId: digestOf(images.get(image) ?? ''),
    attempt: known.restarts,
    startedMs: state.startedMs,
    log: known.log.lines,
  };
  if (state.kind === 'running') return { ...common, state: 'Running', pid: FIRST_PID + (fnv32a(id) % PIDS) };
  const { finishedMs, exitCode, reason } = state;
  return { ...common, state: 'Exited', pid: 0, finishedMs, exitCode, reason };
}
