import { describe, expect, it } from 'vitest';
import type { IcmpMessage, IpPacket, NeighborMessage, TcpSegment, Transport } from '../packet.ts';
import { nameOfPacket, summarise } from './summary.ts';

const NO_FLAGS = { syn: false, ack: false, fin: false, rst: false, psh: false };

function packet(transport: Transport, version: 4 | 6 = 4): IpPacket {
  const [source, destination] =
    version === 4 ? (['10.0.0.1', '10.0.0.2'] as const) : (['fd00::1', 'fd00::2'] as const);
  return {
    kind: 'ip',
    version,
    source,
    destination,
    ttl: 64,
    dontFragment: true,
    transport,
    id: 1,
    mark: 0,
  };
}

function line(payload: IpPacket | NeighborMessage): string {
  return summarise({ source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02', payload });
}

function tcp(fields: Partial<TcpSegment>): TcpSegment {
  return {
    kind: 'tcp',
    sourcePort: 4000,
    destinationPort: 80,
    sequence: 1,
    acknowledgment: 0,
    flags: NO_FLAGS,
    windowBytes: 64_240,
    data: new Uint8Array(0),
    ...fields,
  };
}

const UDP: Transport = { kind: 'udp', sourcePort: 5000, destinationPort: 53, data: new Uint8Array(42) };
const error = (fields: object, version: 4 | 6 = 4): IcmpMessage =>
  ({ kind: 'icmp', about: packet(UDP, version), ...fields }) as IcmpMessage;
const echo: Transport = {
  kind: 'icmp',
  type: 'echo-request',
  identifier: 7,
  sequence: 3,
  data: new Uint8Array(56),
};

describe('tcpdump lines', () => {
  it.each<readonly [Transport, string, string]>([
    [tcp({ flags: { ...NO_FLAGS, syn: true } }), 'Flags [S], seq 1, win 64240, length 0', 'TCP SYN'],
    [
      tcp({ flags: { ...NO_FLAGS, syn: true, ack: true }, acknowledgment: 2, mssBytes: 1460 }),
      'Flags [S.], seq 1, ack 2, win 64240, options [mss 1460], length 0',
      'TCP SYN-ACK',
    ],
    [
      tcp({ flags: { ...NO_FLAGS, ack: true }, acknowledgment: 2 }),
      'Flags [.], ack 2, win 64240, length 0',
      'TCP ACK',
    ],
    [
      tcp({ flags: { ...NO_FLAGS, ack: true, psh: true }, acknowledgment: 2, data: new Uint8Array(78) }),
      'Flags [P.], seq 1:79, ack 2, win 64240, length 78',
      'TCP 78 bytes',
    ],
    [
      tcp({
        flags: { ...NO_FLAGS, ack: true, fin: true, psh: true },
        acknowledgment: 2,
        data: new Uint8Array(1),
        sequence: 0xffffffff,
      }),
      'Flags [FP.], seq 4294967295:0, ack 2, win 64240, length 1',
      'TCP 1 bytes, FIN',
    ],
    [
      tcp({ flags: { ...NO_FLAGS, ack: true, fin: true }, acknowledgment: 2 }),
      'Flags [F.], seq 1, ack 2, win 64240, length 0',
      'TCP FIN',
    ],
    [
      tcp({ flags: { ...NO_FLAGS, rst: true }, windowBytes: 0 }),
      'Flags [R], seq 1, win 0, length 0',
      'TCP RST',
    ],
    [
      tcp({ flags: { ...NO_FLAGS, rst: true, ack: true }, sequence: 0, acknowledgment: 2, windowBytes: 0 }),
      'Flags [R.], seq 0, ack 2, win 0, length 0',
      'TCP RST',
    ],
    [tcp({}), 'Flags [none], win 64240, length 0', 'TCP ACK'],
  ])('%j', (segment, text, name) => {
    expect(line(packet(segment))).toBe(`IP 10.0.0.1.4000 > 10.0.0.2.80: ${text}`);
    expect(line(packet(segment, 6))).toBe(`IP6 fd00::1.4000 > fd00::2.80: ${text}`);
    expect(nameOfPacket(packet(segment))).toBe(name);
  });

  it.each<readonly [Transport, string]>([
    [echo, 'ICMP echo request, id 7, seq 3, length 64'],
    [{ ...echo, type: 'echo-reply' }, 'ICMP echo reply, id 7, seq 3, length 64'],
    [
      error({ type: 'destination-unreachable', code: 'port' }),
      'ICMP 10.0.0.2 udp port 53 unreachable, length 78',
    ],
    [error({ type: 'destination-unreachable', code: 'host' }), 'ICMP host 10.0.0.2 unreachable, length 78'],
    [error({ type: 'destination-unreachable', code: 'network' }), 'ICMP net 10.0.0.2 unreachable, length 78'],
    [
      error({ type: 'destination-unreachable', code: 'admin-prohibited' }),
      'ICMP host 10.0.0.2 unreachable - admin prohibited filter, length 78',
    ],
    [
      error({ type: 'fragmentation-needed', mtuBytes: 1400 }),
      'ICMP 10.0.0.2 unreachable - need to frag (mtu 1400), length 78',
    ],
    [error({ type: 'time-exceeded' }), 'ICMP time exceeded in-transit, length 78'],
  ])('%j', (transport, text) => {
    expect(line(packet(transport))).toBe(`IP 10.0.0.1 > 10.0.0.2: ${text}`);
  });

  it.each<readonly [Transport, string]>([
    [echo, 'ICMP6, echo request, id 7, seq 3, length 64'],
    [
      error({ type: 'destination-unreachable', code: 'port' }, 6),
      'ICMP6, destination unreachable, unreachable port, fd00::2 udp port 53, length 98',
    ],
    [
      error({ type: 'destination-unreachable', code: 'host' }, 6),
      'ICMP6, destination unreachable, unreachable address fd00::2, length 98',
    ],
    [
      error({ type: 'destination-unreachable', code: 'network' }, 6),
      'ICMP6, destination unreachable, unreachable route fd00::2, length 98',
    ],
    [
      error({ type: 'destination-unreachable', code: 'admin-prohibited' }, 6),
      'ICMP6, destination unreachable, unreachable prohibited fd00::2, length 98',
    ],
    [
      error({ type: 'fragmentation-needed', mtuBytes: 1400 }, 6),
      'ICMP6, packet too big, mtu 1400, length 98',
    ],
    [error({ type: 'time-exceeded' }, 6), 'ICMP6, time exceeded in-transit for fd00::2, length 98'],
  ])('%j', (transport, text) => {
    expect(line(packet(transport, 6))).toBe(`IP6 fd00::1 > fd00::2: ${text}`);
  });

  it('UDP and what VXLAN carries', () => {
    expect(line(packet(UDP))).toBe('IP 10.0.0.1.5000 > 10.0.0.2.53: UDP, length 42');
    const wrapped = (port: number): string =>
      line(
        packet({
          kind: 'udp',
          sourcePort: 40_000,
          destinationPort: port,
          data: new Uint8Array(0),
          encapsulated: { vni: 1, frame: { source: 'a', destination: 'b', payload: packet(UDP) } },
        }),
      );
    expect(wrapped(8472)).toBe(
      'IP 10.0.0.1.40000 > 10.0.0.2.8472: OTV, flags [I] (0x08), overlay 0, instance 1\nIP 10.0.0.1.5000 > 10.0.0.2.53: UDP, length 42',
    );
    expect(wrapped(4789)).toBe(
      'IP 10.0.0.1.40000 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), vni 1\nIP 10.0.0.1.5000 > 10.0.0.2.53: UDP, length 42',
    );
  });

  it('ARP and neighbour discovery', () => {
    const arp: NeighborMessage = {
      kind: 'neighbor',
      operation: 'request',
      senderMac: '02:00:00:00:00:01',
      senderAddress: '10.0.0.1',
      targetAddress: '10.0.0.2',
    };
    expect(line(arp)).toBe('ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28');
    expect(line({ ...arp, operation: 'reply' })).toBe(
      'ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28',
    );
    const nd: NeighborMessage = { ...arp, senderAddress: 'fd00::1', targetAddress: 'fd00::ab:cdef' };
    expect(line(nd)).toBe(
      'IP6 fd00::1 > ff02::1:ffab:cdef: ICMP6, neighbor solicitation, who has fd00::ab:cdef, length 32',
    );
    expect(line({ ...nd, targetAddress: 'fd00::' })).toBe(
      'IP6 fd00::1 > ff02::1:ff00:0: ICMP6, neighbor solicitation, who has fd00::, length 32',
    );
    expect(line({ ...nd, operation: 'reply' })).toBe(
      'IP6 fd00::1 > fd00::ab:cdef: ICMP6, neighbor advertisement, tgt is fd00::1, length 32',
    );
  });
});
