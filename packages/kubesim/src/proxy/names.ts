import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Encode } from '@podwire/sim';

const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32 without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= 5) {
      heldBits -= 5;
      text += BASE32_ALPHABET[(held >>> heldBits) & 31] ?? '';
    }
    held &= (1 << heldBits) - 1;
  }
  return heldBits === 0 ? text : text + (BASE32_ALPHABET[(held << (5 - heldBits)) & 31] ?? '');
}

/** One port of one Service. */
export interface ServicePortName {
  readonly namespace: string;
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Empty when the Service has one port without a name. */
  readonly portName: string;
}

/**
 * What a chain is for. The first four exist in kube-proxy itself; the others are ours, so that a
 * refusal names its reason.
 */
export type ChainPurpose =
  'service' | 'local' | 'external' | 'firewall' | 'no-endpoints' | 'no-local-internal' | 'no-local-external';

export type ProxyMode = 'nftables' | 'iptables';

/** The iptables mode's prefixes; chain names have at most 28 characters there, so the rest is a hash. */
const IPTABLES_PREFIXES: Readonly<Record<ChainPurpose, string>> = {
  service: 'KUBE-SVC-',
  local: 'KUBE-SVL-',
  external: 'KUBE-EXT-',
  firewall: 'KUBE-FW-',
  'no-endpoints': 'KUBE-NOEP-',
  'no-local-internal': 'KUBE-NOLI-',
  'no-local-external': 'KUBE-NOLX-',
};

function hashOf(text: string, length: number): string {
  return base32(sha256(utf8Encode(text))).slice(0, length);
}

/** The nftables mode's names: eight characters of a hash, then what a person can read. */
function hashed(name: string): string {
  return `${hashOf(name, 8)}-${name}`;
}

function servicePortPath({ namespace, name, protocol, portName }: ServicePortName): string {
  return `${namespace}/${name}/${protocol}/${portName}`;
}

export function chainName(
  purpose: ChainPurpose,
  port: ServicePortName,
  mode: ProxyMode = 'nftables',
): string {
  if (mode === 'nftables') return `${purpose}-${hashed(servicePortPath(port))}`;
  const { namespace, name, protocol, portName } = port;
  const readable = portName === '' ? `${namespace}/${name}` : `${namespace}/${name}:${portName}`;
  return `${IPTABLES_PREFIXES[purpose]}${hashOf(`${readable}${protocol}`, 16)}`;
}

/** An endpoint's chain in iptables mode. */
export function endpointChainName(serviceChain: string, endpoint: string): string {
  return `KUBE-SEP-${hashOf(`${serviceChain}${endpoint}`, 16)}`;
}

export function affinityName(port: ServicePortName): string {
  return `affinity-${hashed(servicePortPath(port))}`;
}

export function unusedPortChainName(namespace: string, name: string): string {
  return `unused-port-${hashed(`${namespace}/${name}`)}`;
}
