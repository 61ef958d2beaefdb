import type { Kernel } from '../kernel.ts';
import { withDestination, withSource } from '../packet/endpoints.ts';
import type { IpAddress, IpPacket, Transport } from '../packet.ts';
import type { Connection, Tuple } from './connection.ts';
import { isTaken } from './conntrack.ts';
import type { Passage } from './passage.ts';

/** Source ports for translated connections come from the kernel's ranges: a port below 1024 is given another such. */
const LOW_PORTS = { from: 600, to: 1023 } as const;
const HIGH_PORTS = { from: 1024, to: 65_535 } as const;
/** Random ports tried before the connection is given up. */
const PORT_TRIES = 128;

/** The connection's packets go to another address from here on. */
export function setDestination(connection: Connection, address: IpAddress, port: number): void {
  const { reply } = connection;
  connection.reply = Object.freeze({
    ...reply,
    source: address,
    sourcePort: port,
    ...(reply.protocol === 'icmp' ? { destinationPort: port } : {}),
  });
  connection.destinationNat =
    address !== connection.original.destination || port !== connection.original.destinationPort;
}

/**
 * The connection's packets come from another address from here on. Keeps the port if no other connection
 * towards this destination uses it, else draws another (`get_unique_tuple`).
 * @returns false when no port is free.
 */
export function setSource(
  kernel: Kernel,
  passage: Passage,
  connection: Connection,
  address: IpAddress,
): boolean {
  const { netns } = passage;
  const { original, reply } = connection;
  const range = original.sourcePort < LOW_PORTS.to && original.protocol !== 'icmp' ? LOW_PORTS : HIGH_PORTS;
  let port = original.sourcePort;
  for (let tries = 0; ; tries++) {
    const candidate: Tuple = Object.freeze({
      ...reply,
      destination: address,
      destinationPort: port,
      ...(reply.protocol === 'icmp' ? { sourcePort: port } : {}),
    });
    if (!isTaken(netns, candidate, kernel.simulation.nowMs)) {
      connection.reply = candidate;
      connection.sourceNat = address !== original.source || port !== original.sourcePort;
      return true;
    }
    if (tries >= PORT_TRIES) return false;
    port = range.from + kernel.simulation.randomInt(range.to - range.from + 1);
  }
}

/** The packet as it is after its connection's NAT at this point, or the same packet when there is none. */
export function translate(passage: Passage, side: 'destination' | 'source'): IpPacket {
  const { connection, packet, direction } = passage;
  if (connection === undefined) return packet;
  // Going out, DNAT changes the destination and SNAT the source; coming back each is undone on the other side.
  const applies =
    (direction === 'original') === (side === 'destination')
      ? connection.destinationNat
      : connection.sourceNat;
  if (!applies) return packet;
  const other = direction === 'original' ? connection.reply : connection.original;
  const { transport } = packet;
  if (transport.kind === 'icmp' && 'about' in transport)
    return translateError(packet, transport.about, other, side);
  return side === 'destination'
    ? withDestination(packet, other.source, other.sourcePort)
    : withSource(packet, other.destination, other.destinationPort);
}

/** An ICMP error is translated with the packet it quotes, which goes the other way (`nf_nat_icmp_reply_translation`). */
function translateError(
  packet: IpPacket,
  about: IpPacket,
  other: Tuple,
  side: 'destination' | 'source',
): IpPacket {
  const quoted =
    side === 'destination'
      ? withSource(about, other.source, other.sourcePort)
      : withDestination(about, other.destination, other.destinationPort);
  const transport: Transport = Object.freeze({ ...packet.transport, about: quoted } as Transport);
  return Object.freeze(
    side === 'destination'
      ? { ...packet, destination: other.source, transport }
      : { ...packet, source: other.destination, transport },
  );
}
