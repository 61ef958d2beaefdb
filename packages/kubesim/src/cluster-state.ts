import type { MachinesState } from '@podwire/machine';
import { newMachinesState } from '@podwire/machine';
import type { NetworkState } from '@podwire/netsim';
import { newNetworkState } from '@podwire/netsim';
import type { SimulationState } from '@podwire/sim';
import { deepFreeze, newSimulationState } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import type { ApiServerState } from './api/api-server.ts';
import { newApiServerState } from './api/api-server.ts';
import { STATIC_COMPONENTS, staticPod, staticPodUid } from './bootstrap/static-pods.ts';
import { COREDNS_IMAGE, ETCD_IMAGE, KUBE_PROXY_IMAGE, KUBE_VERSION } from './bootstrap/system-objects.ts';
import type { NodeCniState } from './cni/node-cni.ts';
import { newNodeCniState } from './cni/node-cni.ts';
import { carriesIpv6 } from './config.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import type { ControllerManagerState } from './controllers/manager.ts';
import { newControllerManagerState } from './controllers/manager.ts';
import { findImage } from './images/index.ts';
import type { KubeletState } from './kubelet/state.ts';
import { newKubeletState } from './kubelet/state.ts';
import { manifestText } from './kubelet/static-manifests.ts';
import type { ManifestFile } from './kubelet/static-manifests.ts';
import type { NodeSite } from './nodes/underlay.ts';
import { newGatewayControllerState } from './gateway/controller.ts';
import type { GatewayControllerState } from './gateway/controller.ts';
import { newIngressStatusState } from './ingress/status.ts';
import type { IngressStatusState } from './ingress/status.ts';
import { newLoadBalancerState } from './load-balancer/load-balancer.ts';
import type { LoadBalancerState } from './load-balancer/load-balancer.ts';
import { nodeSite } from './nodes/underlay.ts';
import type { KubeProxyState } from './proxy/kube-proxy.ts';
import { newKubeProxyState } from './proxy/kube-proxy.ts';
import type { EventRecorderState } from './runtime/event-recorder.ts';
import type { SchedulerState } from './scheduler/scheduler.ts';
import { newSchedulerState } from './scheduler/scheduler.ts';

/** All that one simulated cluster remembers: one root of plain data (the rule of `forkState`). */
export interface ClusterState {
  readonly config: ClusterConfig;
  readonly simulation: SimulationState;
  readonly network: NetworkState;
  readonly machines: MachinesState;
  readonly api: ApiServerState;
  readonly nodes: readonly NodeState[];
  readonly controllerManager: ControllerManagerState;
  readonly scheduler: SchedulerState;
  readonly loadBalancer: LoadBalancerState;
  readonly ingress: IngressStatusState;
  readonly gateway: GatewayControllerState;
  /** Component → what it remembers of the Events it recorded. */
  readonly recorders: Map<string, EventRecorderState>;
  /** Components that are stopped. */
  readonly stopped: Set<string>;
  /** Owners of the sockets of probes under way: a fork does not take them along. */
  readonly probeOwners: Set<string>;
  nextProbe: number;
}

export interface NodeState {
  readonly site: NodeSite;
  readonly kubelet: KubeletState;
  readonly cni: NodeCniState;
  readonly proxy: KubeProxyState;
}

export function newClusterState(config: ClusterConfig): ClusterState {
  return {
    config: deepFreeze(config),
    simulation: newSimulationState(config),
    network: newNetworkState(),
    machines: newMachinesState(),
    api: newApiServerState(),
    nodes: config.nodes.map((node, index) => newNodeState(config, node, index)),
    controllerManager: newControllerManagerState(),
    scheduler: newSchedulerState(),
    loadBalancer: newLoadBalancerState(),
    ingress: newIngressStatusState(),
    gateway: newGatewayControllerState(),
    recorders: new Map(),
    stopped: new Set(),
    probeOwners: new Set(),
    nextProbe: 1,
  };
}

function newNodeState(config: ClusterConfig, node: NodeConfig, index: number): NodeState {
  const site = Object.freeze(nodeSite(node, index, carriesIpv6(config)));
  const manifests = node.controlPlane
    ? STATIC_COMPONENTS.map((component): readonly [string, Pod] => [
        staticPodUid(component, node.name),
        staticPod(component, node.name, site.address, config),
      ])
    : [];
  const files = manifests.map(([uid, pod]): readonly [string, ManifestFile] => [
    `${pod.metadata?.labels?.['component'] ?? ''}.yaml`,
    Object.freeze({ text: manifestText(pod, node.name), uid }),
  ]);
  return {
    site,
    kubelet: newKubeletState(new Map(manifests), preloadedImages(node), new Map(files)),
    cni: newNodeCniState(),
    proxy: newKubeProxyState(),
  };
}

/** Images that a node brings along, as kind's node images do. */
function preloadedImages(node: NodeConfig): ReadonlyMap<string, string> {
  const always = [COREDNS_IMAGE, KUBE_PROXY_IMAGE];
  const controlPlane = [
    ETCD_IMAGE,
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(
      (name) => `registry.k8s.io/${name}:${KUBE_VERSION}`,
    ),
  ];
  const images = new Map<string, string>();
  for (const reference of node.controlPlane ? [...always, ...controlPlane] : always) {
    const found = findImage(reference);
    if (found.kind !== 'found') throw new Error(`image ${reference} is not in the catalogue`);
    images.set(reference, found.id);
  }
  return images;
}
