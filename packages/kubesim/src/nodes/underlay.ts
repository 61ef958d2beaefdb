import { cidrContains } from '@podwire/netsim';
import type { Cidr, IpAddress, NetnsId, Network } from '@podwire/netsim';
import type { NodeConfig } from '../config.ts';

/** The network the nodes hang on, as kind lays it out: one bridge, a router at .1, nodes from .2 up. */
export const UNDERLAY_NETNS: NetnsId = 'underlay';
const UNDERLAY_CIDR = '172.18.0.0/16';
export const UNDERLAY_GATEWAY: IpAddress = '172.18.0.1';
export const UNDERLAY_BRIDGE = 'br-underlay';
const UNDERLAY_PREFIX_LENGTH = 16;

/** The learner's own machine: on the nodes' network, outside the cluster. */
export const TOOLBOX_NETNS: NetnsId = 'toolbox';
export const TOOLBOX_ADDRESS: IpAddress = '172.18.0.100';

/** The IPv6 twin, for dual-stack clusters (SVC28): the prefix that kind gives its network. */
const UNDERLAY_GATEWAY_V6: IpAddress = 'fc00:f853:ccd:e793::1';
const UNDERLAY_PREFIX_LENGTH_V6 = 64;

/** Nodes fill .2 to .99, so that they never meet the toolbox. */
const FIRST_NODE_OFFSET = 2;
const MAX_NODES = 98;

/** A switch between machines takes longer than a cable within one, ms. */
const UNDERLAY_LATENCY_MS = 0.1;

/** A node as far as the network knows it. Plain data. */
export interface NodeSite {
  readonly name: string;
  readonly index: number;
  /** The node's own network namespace: host processes, kube-proxy's rules, bridges, veth ends of its pods. */
  readonly netns: NetnsId;
  /** The node's InternalIP. */
  readonly address: IpAddress;
  /** Its second InternalIP in a dual-stack cluster. */
  readonly ipv6Address?: IpAddress;
}

export interface UnderlayOptions {
  readonly mtuBytes: number;
  /** Whether the network carries IPv6 too. */
  readonly ipv6?: boolean;
}

export function nodeNetns(nodeName: string): NetnsId {
  return `node/${nodeName}`;
}

/** InternalIP of the node at this place in `ClusterConfig.nodes`, from 0. */
export function nodeAddress(index: number): IpAddress {
  if (index < 0 || index >= MAX_NODES) throw new RangeError(`a cluster has at most ${MAX_NODES} nodes`);
  return `172.18.0.${FIRST_NODE_OFFSET + index}`;
}

function nodeAddressV6(index: number): IpAddress {
  return `fc00:f853:ccd:e793::${(FIRST_NODE_OFFSET + index).toString(16)}`;
}

/** Where a node stands in the underlay network. */
export function nodeSite(node: Pick<NodeConfig, 'name'>, index: number, ipv6: boolean): NodeSite {
  return {
    name: node.name,
    index,
    netns: nodeNetns(node.name),
    address: nodeAddress(index),
    ...(ipv6 ? { ipv6Address: nodeAddressV6(index) } : {}),
  };
}

/** The InternalIPs of a node, the first being its own idea of its address. */
export function siteAddresses(site: NodeSite): readonly IpAddress[] {
  return site.ipv6Address === undefined ? [site.address] : [site.address, site.ipv6Address];
}

/** Lays the bridge that joins the nodes and the router behind it. Once for each cluster, before `addNode`. */
export function setUpUnderlay(network: Network, options: UnderlayOptions): void {
  network.addNetns(UNDERLAY_NETNS, { label: 'underlay network', forwarding: true });
  network.addBridge(UNDERLAY_NETNS, UNDERLAY_BRIDGE, { mtuBytes: options.mtuBytes });
  network.addAddress(UNDERLAY_NETNS, UNDERLAY_BRIDGE, `${UNDERLAY_GATEWAY}/${UNDERLAY_PREFIX_LENGTH}`);
  if (options.ipv6 === true)
    network.addAddress(
      UNDERLAY_NETNS,
      UNDERLAY_BRIDGE,
      `${UNDERLAY_GATEWAY_V6}/${UNDERLAY_PREFIX_LENGTH_V6}`,
    );
  network.setUp(UNDERLAY_NETNS, UNDERLAY_BRIDGE, true);
}

/** Adds a node's network namespace with `eth0` on the underlay and a default route through its router. */
export function addNode(
  network: Network,
  node: Pick<NodeConfig, 'name'>,
  index: number,
  options: UnderlayOptions,
): NodeSite {
  const site = nodeSite(node, index, options.ipv6 === true);
  // kubeadm's preflight wants both: ip_forward, and bridge-nf-call-iptables so that policies and Services hold within a bridge.
  network.addNetns(site.netns, {
    label: `node ${node.name}`,
    forwarding: true,
    bridgeNetfilter: true,
    // As the plugin portmap sets it for the pods' side.
    routeLocalnet: true,
  });
  plugIntoUnderlay(network, site.netns, `veth-n${index}`, site.address, options.mtuBytes);
  if (site.ipv6Address !== undefined) {
    network.addAddress(site.netns, 'eth0', `${site.ipv6Address}/${UNDERLAY_PREFIX_LENGTH_V6}`);
    network.addRoute(site.netns, {
      destination: '::/0',
      via: UNDERLAY_GATEWAY_V6,
      interfaceName: 'eth0',
      protocol: 'static',
    });
  }
  return site;
}

/** The toolbox: plugged like a node, but it forwards nothing. */
export function addToolbox(network: Network, options: { readonly mtuBytes: number }): NetnsId {
  network.addNetns(TOOLBOX_NETNS, { label: 'toolbox' });
  plugIntoUnderlay(network, TOOLBOX_NETNS, 'veth-toolbox', TOOLBOX_ADDRESS, options.mtuBytes);
  return TOOLBOX_NETNS;
}

function outsideNetns(address: IpAddress): NetnsId {
  return `outside/${address}`;
}

/**
 * A host elsewhere with this address, on the underlay's bridge whatever the address is: it stands for all
 * that lies behind the router. Adding the same address again returns the host that is there.
 *
 * It knows the way to pod addresses, through their nodes, as a network does whose routers were told of
 * them. The toolbox does not: a learner's laptop has no such routes.
 *
 * @throws Error when the address belongs to something else already.
 */
export function addOutsideHost(
  network: Network,
  address: IpAddress,
  options: { readonly mtuBytes: number; readonly podRoutes: readonly PodRoute[] },
): NetnsId {
  const netns = outsideNetns(address);
  if (network.hasNetns(netns)) return netns;
  const owner = network.addressOwner(address);
  if (owner !== undefined) throw new Error(`address ${address} is in use by ${owner}`);
  network.addNetns(netns, { label: `outside host ${address}` });
  const port = `out${network.interfaces(UNDERLAY_NETNS).length}`;
  if (cidrContains(UNDERLAY_CIDR, address)) plugIntoUnderlay(network, netns, port, address, options.mtuBytes);
  else plugForeignHost(network, netns, port, address, options.mtuBytes);
  for (const { destination, via } of options.podRoutes)
    network.addRoute(netns, { destination, via, interfaceName: 'eth0', protocol: 'static' });
  return netns;
}

/** The way to a node's pods. */
export interface PodRoute {
  readonly destination: Cidr;
  /** The node's address. */
  readonly via: IpAddress;
}

/** Its address is none of the underlay's: both sides are told that it is on the link all the same. */
function plugForeignHost(
  network: Network,
  netns: NetnsId,
  port: string,
  address: IpAddress,
  mtuBytes: number,
): void {
  plug(network, netns, port, mtuBytes);
  network.addAddress(netns, 'eth0', `${address}/32`);
  network.addRoute(netns, { destination: UNDERLAY_CIDR, interfaceName: 'eth0', scope: 'link' });
  addDefaultRoute(network, netns);
  network.addRoute(UNDERLAY_NETNS, {
    destination: `${address}/32`,
    interfaceName: UNDERLAY_BRIDGE,
    scope: 'link',
  });
}

function plugIntoUnderlay(
  network: Network,
  netns: NetnsId,
  port: string,
  address: IpAddress,
  mtuBytes: number,
): void {
  plug(network, netns, port, mtuBytes);
  network.addAddress(netns, 'eth0', `${address}/${UNDERLAY_PREFIX_LENGTH}`);
  addDefaultRoute(network, netns);
}

function plug(network: Network, netns: NetnsId, port: string, mtuBytes: number): void {
  network.addVethPair(
    { netns, name: 'eth0' },
    { netns: UNDERLAY_NETNS, name: port },
    { mtuBytes, latencyMs: UNDERLAY_LATENCY_MS },
  );
  network.setMaster(UNDERLAY_NETNS, port, UNDERLAY_BRIDGE);
  network.setUp(UNDERLAY_NETNS, port, true);
  network.setUp(netns, 'eth0', true);
}

function addDefaultRoute(network: Network, netns: NetnsId): void {
  network.addRoute(netns, {
    destination: '0.0.0.0/0',
    via: UNDERLAY_GATEWAY,
    interfaceName: 'eth0',
    protocol: 'static',
  });
}
