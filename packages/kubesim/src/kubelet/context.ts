import type { Machines } from '@podwire/machine';
import type { Network } from '@podwire/netsim';
import type { Simulation } from '@podwire/sim';
import type { KubeClient } from '../api/client.ts';
import type { NodeCni } from '../cni/contract.ts';
import type { ComponentContext } from '../component.ts';
import type { ClusterConfig, NodeConfig } from '../config.ts';
import type { NodeFiles } from '../nodes/node-files.ts';
import type { NodeSite } from '../nodes/underlay.ts';
import type { PodFacts } from './environment.ts';
import type { KubeletEvent, KubeletState, PodRecord } from './state.ts';
import type { TokenMinter } from './volumes.ts';

/** What the parts of one kubelet share. Behaviour over `KubeletState`; made anew at each fork. */
export interface KubeletContext {
  readonly state: KubeletState;
  readonly simulation: Simulation;
  readonly network: Network;
  readonly machines: Machines;
  readonly client: KubeClient;
  readonly config: ClusterConfig;
  readonly node: NodeConfig;
  readonly site: NodeSite;
  readonly cni: NodeCni;
  readonly mintToken: TokenMinter;
  readonly event: ComponentContext['event'];
  /** Writes into the node's journal. */
  readonly log?: ComponentContext['log'];
  /** How Go tells that the API server did not answer a request. */
  readonly apiFailure?: (method: string, pathAndQuery: string) => string;
  /** A container's log has ended: whoever follows it is to look. */
  readonly announceLog: (podUid: string, container: string) => void;
  readonly files: NodeFiles;
  /** Static pods came or went. */
  readonly onStaticPods: () => void;
  /** A container of the pod started, or the last of the pod is gone. */
  readonly onPodRuns: (record: PodRecord, running: boolean) => void;
  /** The node's own /etc/resolv.conf. */
  readonly nodeResolvConf: string;
  /** Name of this kubelet's target in the simulation. */
  readonly target: string;
}

export function schedule(context: KubeletContext, delayMs: number, event: KubeletEvent): number {
  return context.simulation.schedule(delayMs, context.target, event);
}

/** Plans a look at a pod; of several plans the earliest counts. */
export function requestSync(context: KubeletContext, record: PodRecord, delayMs: number): void {
  const atMs = context.simulation.nowMs + Math.max(0, delayMs);
  if (record.syncEvent !== undefined) {
    if (record.syncEvent.atMs <= atMs) return;
    context.simulation.cancel(record.syncEvent.id);
  }
  record.syncEvent = { id: schedule(context, delayMs, { kind: 'sync', uid: record.uid }), atMs };
}

export function podEvent(
  context: KubeletContext,
  record: PodRecord,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: string,
  role = 'main',
): void {
  const list =
    role === 'ephemeral' ? 'ephemeralContainers' : role === 'main' ? 'containers' : 'initContainers';
  const uid = record.isStatic
    ? (context.client.get('Pod', record.namespace, record.name)?.metadata?.uid ?? record.uid)
    : record.uid;
  context.event(
    {
      kind: 'Pod',
      apiVersion: 'v1',
      namespace: record.namespace,
      name: record.name,
      uid,
      ...(container === undefined ? {} : { fieldPath: `spec.${list}{${container}}` }),
    },
    type,
    reason,
    message,
  );
}

export function factsOf(context: KubeletContext, record: PodRecord): PodFacts {
  const allocatable = context.client.get('Node', undefined, context.site.name)?.status?.allocatable ?? {};
  return {
    pod: record.pod,
    podIps: record.sandbox?.ips ?? [],
    hostIps: [context.site.address],
    nodeName: context.site.name,
    allocatable,
  };
}

/** `container/<node>/<pod uid>/<container>/<attempt>`: names a container's machine, and whose it is. */
export function machineIdOf(
  context: KubeletContext,
  record: PodRecord,
  container: string,
  attempt: number,
): string {
  return `container/${context.site.name}/${record.uid}/${container}/${attempt}`;
}

export function parseMachineId(
  id: string,
):
  | { readonly node: string; readonly uid: string; readonly container: string; readonly attempt: number }
  | undefined {
  const [prefix, node, uid, container, attempt] = id.split('/');
  if (
    prefix !== 'container' ||
    node === undefined ||
    uid === undefined ||
    container === undefined ||
    attempt === undefined
  )
    return undefined;
  return { node, uid, container, attempt: Number(attempt) };
}

/** Sixty-four hex digits, as containerd names what it makes. */
export function containerdId(context: KubeletContext): string {
  let id = '';
  for (let part = 0; part < 8; part++)
    id += context.simulation
      .randomInt(2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0');
  return id;
}
