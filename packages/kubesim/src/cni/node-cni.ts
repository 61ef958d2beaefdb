import type { Network } from '@podwire/netsim';
import type { Component, ComponentContext } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import type { NodeSite } from '../nodes/underlay.ts';
import type { NodeCni } from './contract.ts';

/** What one node's container network remembers. Plain data; belongs in the cluster's state. */
export interface NodeCniState {
  /** Whether the agent (component `cni/<node>`) is running. */
  running: boolean;
  /** Files of the node's file system that the CNI owns: path → text. */
  readonly files: Map<string, string>;
}

export function newNodeCniState(): NodeCniState {
  return { running: false, files: new Map() };
}

export interface NodeCniWiring {
  readonly network: Network;
  readonly config: ClusterConfig;
  readonly site: NodeSite;
  readonly state: NodeCniState;
  readonly context: ComponentContext;
  /** Told when the agent writes or removes files of the node, so that the node's file system can show them. */
  readonly onFilesChanged?: (files: ReadonlyMap<string, string>) => void;
}

export interface NodeNetworking {
  /** What the kubelet's runtime calls for each sandbox. */
  readonly cni: NodeCni;
  /**
   * Component `cni/<node>`: learns the node's pod CIDRs from its Node object and writes
   * /etc/cni/net.d, keeps the ways to the other nodes' pods, and enforces NetworkPolicy.
   */
  readonly agent: Component;
  /** Files of the node that the CNI owns, such as /etc/cni/net.d/10-podwire.conflist. */
  files(): ReadonlyMap<string, string>;
}

/** Container networking of one node, of the kind that `config.cni` names. */
export function createNodeCni(_wiring: NodeCniWiring): NodeNetworking {
  throw new Error('container networking is not wired yet');
}
