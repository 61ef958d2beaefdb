import type { Cidr } from '@podwire/netsim';
import type { ClusterConfig } from '../config.ts';
import { formatCidr, parseCidr } from '../nodes/address.ts';
import { SUBNET_FILE } from './flannel.ts';
import { gatewayOf } from './host-local.ts';

/** CNI1: what the runtime runs for each sandbox. It is the only file of its directory, so the first. */
export const CONFIG_DIRECTORY = '/etc/cni/net.d';
export const CONFIG_FILE = `${CONFIG_DIRECTORY}/10-podwire.conflist`;
/** VXLAN over IPv4 adds 50 bytes: outer Ethernet 14, IP 20, UDP 8, VXLAN 8 (RFC 7348 section 5). */
export const VXLAN_OVERHEAD_BYTES = 50;

const CNI_VERSION = '1.1.0';
const PORTMAP = { type: 'portmap', capabilities: { portMappings: true } };

/** The files that the agent writes once it knows the node's pod CIDRs: path → text. */
export function configFiles(config: ClusterConfig, podCidrs: readonly Cidr[]): ReadonlyMap<string, string> {
  const main = mainPlugin(config, podCidrs);
  if (main === undefined || podCidrs.length === 0) return new Map();
  const list = { cniVersion: CNI_VERSION, name: 'podwire', plugins: [main, PORTMAP] };
  const files = new Map([[CONFIG_FILE, `${JSON.stringify(list, null, 2)}\n`]]);
  if (config.cni === 'vxlan') files.set(SUBNET_FILE, subnetFile(config, podCidrs));
  return files;
}

function mainPlugin(
  config: ClusterConfig,
  podCidrs: readonly Cidr[],
): Readonly<Record<string, unknown>> | undefined {
  const ipam = {
    type: 'host-local',
    dataDir: '/run/cni-ipam-state',
    ranges: podCidrs.map((subnet) => [{ subnet }]),
    routes: podCidrs.map((subnet) => ({ dst: subnet.includes(':') ? '::/0' : '0.0.0.0/0' })),
  };
  switch (config.cni) {
    case 'bridge':
      return {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        mtu: config.mtuBytes,
        ipam,
      };
    case 'ptp':
      return { type: 'ptp', ipMasq: false, mtu: config.mtuBytes, ipam };
    case 'vxlan':
      return { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } };
    case 'none':
      return undefined;
  }
}

function subnetFile(config: ClusterConfig, podCidrs: readonly Cidr[]): string {
  const subnet = podCidrs[0] ?? '';
  const parsed = parseCidr(config.podCidrs[0] ?? '');
  return [
    `FLANNEL_NETWORK=${parsed === undefined ? '' : formatCidr(parsed)}`,
    `FLANNEL_SUBNET=${gatewayOf(subnet) ?? ''}${subnet.slice(subnet.indexOf('/'))}`,
    `FLANNEL_MTU=${config.mtuBytes - VXLAN_OVERHEAD_BYTES}`,
    'FLANNEL_IPMASQ=true',
    '',
  ].join('\n');
}
