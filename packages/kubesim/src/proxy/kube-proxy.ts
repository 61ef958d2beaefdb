import type { Network } from '@podwire/netsim';
import type { Component, ComponentContext } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import type { NodeSite } from '../nodes/underlay.ts';

/** What one node's kube-proxy remembers. Plain data; belongs in the cluster's state. */
export interface KubeProxyState {
  running: boolean;
}

export function newKubeProxyState(): KubeProxyState {
  return { running: false };
}

export interface KubeProxyWiring {
  readonly network: Network;
  readonly config: ClusterConfig;
  readonly site: NodeSite;
  readonly state: KubeProxyState;
  readonly context: ComponentContext;
}

/** Component `kube-proxy/<node>`: turns Services and EndpointSlices into rules of its node. */
export function createKubeProxy(_wiring: KubeProxyWiring): Component {
  throw new Error('kube-proxy is not wired yet');
}
