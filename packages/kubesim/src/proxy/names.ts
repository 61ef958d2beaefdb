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

/** What a chain is for. The first four are the prefixes of kube-proxy's nftables mode; the others are ours, so that a refusal names its reason. */
export type ChainPurpose =
  'service' | 'local' | 'external' | 'firewall' | 'no-endpoints' | 'no-local-internal' | 'no-local-external';

/** Names as kube-proxy's nftables mode makes them: eight characters of a hash, then what a person can read. */
function hashed(name: string): string {
  return `${base32(sha256(utf8Encode(name))).slice(0, 8)}-${name}`;
}

function servicePortPath({ namespace, name, protocol, portName }: ServicePortName): string {
  return `${namespace}/${name}/${protocol}/${portName}`;
}

export function chainName(purpose: ChainPurpose, port: ServicePortName): string {
  return `${purpose}-${hashed(servicePortPath(port))}`;
}

export function affinityName(port: ServicePortName): string {
  return `affinity-${hashed(servicePortPath(port))}`;
}

export function unusedPortChainName(namespace: string, name: string): string {
  return `unused-port-${hashed(`${namespace}/${name}`)}`;
}
