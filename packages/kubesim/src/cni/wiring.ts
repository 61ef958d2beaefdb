import type { IpAddress, MacAddress, Network } from '@podwire/netsim';
import type { Component, ComponentContext } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import type { NodeFiles } from '../nodes/node-files.ts';
import type { NodeSite } from '../nodes/underlay.ts';
import type { LocalSandbox } from '../policy/agent.ts';
import type { NodeCni } from './contract.ts';
import type { PluginState } from './plugin.ts';

/** What a VXLAN device is told of one other node. */
export interface VxlanPeer {
  readonly mac: MacAddress;
  readonly remote: IpAddress;
  /** Address of the other's VXLAN device: the gateway to its pods. */
  readonly address: IpAddress;
  readonly podCidr: string;
}

/** What one node's container network remembers. Plain data; belongs in the cluster's state. */
export interface NodeCniState extends PluginState {
  /** Whether the agent (component `cni/<node>`) is running. */
  running: boolean;
  /** Files of the node's file system that the CNI owns: path → text. */
  readonly files: Map<string, string>;
  /** Container → its sandbox, from ADD to DEL. */
  readonly sandboxes: Map<string, LocalSandbox>;
  /** Destination → gateway of the routes that the agent laid. */
  readonly routes: Map<string, IpAddress>;
  /** Node → what this node's VXLAN device was told of it. */
  readonly vxlanPeers: Map<string, VxlanPeer>;
}

export function newNodeCniState(): NodeCniState {
  return {
    running: false,
    files: new Map(),
    ranges: new Map(),
    hostPorts: new Map(),
    sandboxes: new Map(),
    routes: new Map(),
    vxlanPeers: new Map(),
  };
}

export interface NodeCniWiring {
  readonly network: Network;
  readonly config: ClusterConfig;
  readonly site: NodeSite;
  readonly state: NodeCniState;
  readonly context: ComponentContext;
  /** The node's files, where the runtime finds its configuration. Absent: what the agent wrote is all there is. */
  readonly nodeFiles?: NodeFiles;
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
