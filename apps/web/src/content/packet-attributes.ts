import type { PacketMention } from './command-port.tsx';

type Attributes = Readonly<Record<string, string | null | undefined>>;

/** `{from=pod/default/a to=service/default/b port=80 protocol=tcp}`; undefined when it names no connection. */
export function readPacketMention(attributes: Attributes): PacketMention | undefined {
  const { from, to, port, protocol } = attributes;
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const number = Number(port ?? 0);
  const known = protocol === 'udp' || protocol === 'icmp' ? protocol : 'tcp';
  return Number.isInteger(number) && number >= 0 && number <= 65_535
    ? { from, to, port: number, protocol: known }
    : undefined;
}
