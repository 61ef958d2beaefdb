import type { ProbeRequestView } from '@podwire/protocol';
import type { PacketMention } from '../content/command-port.tsx';
import { destinationOfKey, placeOfKey } from '../topology/topology-path.ts';

const PROBE_TIMEOUT_MS = 3_000;

/** A connection in a text's notation as a request; undefined when it names nothing that can send or be reached. */
export function probeOfMention(mention: PacketMention): ProbeRequestView | undefined {
  const outside = mention.from.startsWith('outside/') ? mention.from.slice('outside/'.length) : undefined;
  const from =
    outside === undefined ? placeOfKey(mention.from) : { kind: 'outside' as const, address: outside };
  const to = destinationOfKey(mention.to);
  if (from === undefined || to === undefined) return undefined;
  return {
    from,
    to,
    port: mention.protocol === 'icmp' ? 0 : mention.port,
    protocol: mention.protocol,
    timeoutMs: PROBE_TIMEOUT_MS,
  };
}
