import type { IcmpMessage, IpPacket } from '../packet.ts';
import type { Endpoints } from '../trace.ts';

export function endpointsOf(packet: IpPacket): Endpoints {
  const { source, destination, transport } = packet;
  if (transport.kind === 'icmp') return { protocol: 'icmp', source, destination };
  return {
    protocol: transport.kind,
    source,
    sourcePort: transport.sourcePort,
    destination,
    destinationPort: transport.destinationPort,
  };
}

export function sameEndpoints(endpoints: Endpoints, packet: IpPacket): boolean {
  if (endpoints.source !== packet.source || endpoints.destination !== packet.destination) return false;
  const { transport } = packet;
  if (endpoints.protocol !== transport.kind) return false;
  return (
    transport.kind === 'icmp' ||
    (endpoints.sourcePort === transport.sourcePort && endpoints.destinationPort === transport.destinationPort)
  );
}

/** `address:port`, with brackets for IPv6; the address alone where there is no port. */
export function formatEndpoint(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function withIdentifier(message: IcmpMessage, identifier: number): IcmpMessage {
  return 'identifier' in message && message.identifier !== identifier
    ? Object.freeze({ ...message, identifier })
    : message;
}

/** A packet with another source; the same packet when it has it already. For ICMP echo the port is the identifier. */
export function withSource(packet: IpPacket, source: string, port: number): IpPacket {
  const { transport } = packet;
  if (transport.kind === 'icmp') {
    const identified = withIdentifier(transport, port);
    return packet.source === source && identified === transport
      ? packet
      : Object.freeze({ ...packet, source, transport: identified });
  }
  if (packet.source === source && transport.sourcePort === port) return packet;
  return Object.freeze({
    ...packet,
    source,
    transport: transport.sourcePort === port ? transport : Object.freeze({ ...transport, sourcePort: port }),
  });
}

/** A packet with another destination; the same packet when it has it already. For ICMP echo the port is the identifier. */
export function withDestination(packet: IpPacket, destination: string, port: number): IpPacket {
  const { transport } = packet;
  if (transport.kind === 'icmp') {
    const identified = withIdentifier(transport, port);
    return packet.destination === destination && identified === transport
      ? packet
      : Object.freeze({ ...packet, destination, transport: identified });
  }
  if (packet.destination === destination && transport.destinationPort === port) return packet;
  return Object.freeze({
    ...packet,
    destination,
    transport:
      transport.destinationPort === port ? transport : Object.freeze({ ...transport, destinationPort: port }),
  });
}
