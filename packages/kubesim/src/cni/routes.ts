import type { IpAddress, MacAddress } from '@podwire/netsim';
import type { Node } from 'kubernetes-types/core/v1';
import { formatAddress, parseCidr, sameFamily } from '../nodes/address.ts';
import { internalAddresses, podCidrsOf } from '../nodes/node-object.ts';
import { isRecord, textOf } from './plugin.ts';
import { VXLAN_OVERHEAD_BYTES } from './conflist.ts';
import type { NodeCniWiring, VxlanPeer } from './wiring.ts';

/** flannel's VXLAN backend: device, network identifier and the Linux kernel's own port for VXLAN. */
const VXLAN_DEVICE = 'flannel.1';
const VXLAN_VNI = 1;
const VXLAN_PORT = 8472;

const BACKEND_TYPE = 'flannel.alpha.coreos.com/backend-type';
const BACKEND_DATA = 'flannel.alpha.coreos.com/backend-data';
const PUBLIC_IP = 'flannel.alpha.coreos.com/public-ip';

/** CNI6: the way to another node's pods is that node. One route a pod CIDR of each other node. */
export function syncRoutes({ network, site, state }: NodeCniWiring, nodes: readonly Node[]): void {
  const wanted = new Map<string, IpAddress>();
  for (const node of nodes) {
    if (node.metadata?.name === site.name) continue;
    for (const podCidr of podCidrsOf(node)) {
      const via = internalAddresses(node).find((address) => sameFamily(address, podCidr));
      if (via !== undefined) wanted.set(podCidr, via);
    }
  }
  for (const [destination, via] of state.routes) {
    if (wanted.get(destination) === via) continue;
    network.removeRoute(site.netns, destination, via);
    state.routes.delete(destination);
  }
  for (const [destination, via] of wanted) {
    if (state.routes.has(destination)) continue;
    network.addRoute(site.netns, { destination, via, interfaceName: 'eth0', protocol: 'static' });
    state.routes.set(destination, via);
  }
}

/** The node's VXLAN device; its address is the first of the node's pod CIDR, as a /32. */
export function ensureVxlan({ network, site, config }: NodeCniWiring, podCidrs: readonly string[]): void {
  const address = vtepAddress(podCidrs[0]);
  if (address === undefined) return;
  if (network.interfaces(site.netns).some(({ name }) => name === VXLAN_DEVICE)) return;
  network.addVxlan(site.netns, VXLAN_DEVICE, {
    vni: VXLAN_VNI,
    local: site.address,
    port: VXLAN_PORT,
    mtuBytes: config.mtuBytes - VXLAN_OVERHEAD_BYTES,
  });
  network.addAddress(site.netns, VXLAN_DEVICE, `${address}/32`);
  network.setUp(site.netns, VXLAN_DEVICE, true);
}

function vtepAddress(podCidr: string | undefined): IpAddress | undefined {
  const parsed = parseCidr(podCidr ?? '');
  return parsed === undefined ? undefined : formatAddress({ bits: parsed.bits, value: parsed.base });
}

export function vtepAnnotations({ network, site }: NodeCniWiring): Readonly<Record<string, string>> {
  const device = network.interfaces(site.netns).find(({ name }) => name === VXLAN_DEVICE);
  if (device === undefined) return {};
  return {
    [BACKEND_DATA]: JSON.stringify({ VNI: VXLAN_VNI, VtepMAC: device.mac }),
    [BACKEND_TYPE]: 'vxlan',
    [PUBLIC_IP]: site.address,
  };
}

/** One forwarding entry, one neighbour entry and one on-link route for each other node. */
export function syncVxlanPeers({ network, site, state }: NodeCniWiring, nodes: readonly Node[]): void {
  const wanted = new Map<string, VxlanPeer>();
  for (const node of nodes) {
    const name = node.metadata?.name ?? '';
    const peer = name === site.name ? undefined : peerOf(node);
    if (peer !== undefined) wanted.set(name, peer);
  }
  for (const [name, peer] of state.vxlanPeers) {
    const next = wanted.get(name);
    if (next?.mac === peer.mac && next.remote === peer.remote && next.podCidr === peer.podCidr) continue;
    network.removeRoute(site.netns, peer.podCidr, peer.address);
    network.removeVxlanPeer(site.netns, VXLAN_DEVICE, peer.mac);
    state.vxlanPeers.delete(name);
  }
  for (const [name, peer] of wanted) {
    if (state.vxlanPeers.has(name)) continue;
    const { mac, remote, address, podCidr } = peer;
    network.addVxlanPeer(site.netns, VXLAN_DEVICE, { mac, remote, address });
    network.addRoute(site.netns, {
      destination: podCidr,
      via: address,
      interfaceName: VXLAN_DEVICE,
      onLink: true,
    });
    state.vxlanPeers.set(name, peer);
  }
}

function peerOf(node: Node): VxlanPeer | undefined {
  const annotations = node.metadata?.annotations ?? {};
  const remote = annotations[PUBLIC_IP];
  const podCidr = podCidrsOf(node)[0];
  const address = vtepAddress(podCidr);
  const mac = vtepMac(annotations[BACKEND_DATA]);
  if (remote === undefined || podCidr === undefined || address === undefined || mac === undefined)
    return undefined;
  return { mac, remote, address, podCidr };
}

/** Annotations can be edited by anyone who may write Nodes: anything but a MAC address is ignored. */
function vtepMac(text: string | undefined): MacAddress | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const mac = isRecord(value) ? textOf(value, 'VtepMAC') : undefined;
    return mac !== undefined && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) ? mac : undefined;
  } catch {
    return undefined;
  }
}
