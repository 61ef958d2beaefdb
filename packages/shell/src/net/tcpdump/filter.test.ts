import type { CapturedFrame } from '@podwire/netsim';
import { describe, expect, it } from 'vitest';
import { parseFilter } from './filter.ts';

function frame(source: string, destination: string, transport: object, version: 4 | 6 = 4): CapturedFrame {
  return {
    atMs: 0,
    interfaceName: 'eth0',
    direction: 'in',
    frame: {
      source: '02:00:00:00:00:01',
      destination: '02:00:00:00:00:02',
      payload: {
        kind: 'ip',
        version,
        source,
        destination,
        ttl: 64,
        dontFragment: true,
        id: 1,
        mark: 0,
        transport,
      },
    },
  } as unknown as CapturedFrame;
}

const tcp = (sourcePort: number, destinationPort: number, bytes = 0): object => ({
  kind: 'tcp',
  sourcePort,
  destinationPort,
  flags: { syn: true },
  data: new Uint8Array(bytes),
});
const udp = (sourcePort: number, destinationPort: number): object => ({
  kind: 'udp',
  sourcePort,
  destinationPort,
  data: new Uint8Array(),
});
const ping = { kind: 'icmp', type: 'echo-request', identifier: 1, sequence: 1, data: new Uint8Array() };

const WEB = frame('10.244.1.2', '10.96.0.10', tcp(40_000, 80));
const DNS = frame('10.244.1.2', '10.96.0.10', udp(40_001, 53));
const PING = frame('10.244.1.2', '192.0.2.1', ping);
const ARP = {
  ...WEB,
  frame: {
    ...WEB.frame,
    payload: {
      kind: 'neighbor',
      operation: 'request',
      senderAddress: '10.244.1.2',
      targetAddress: '10.244.1.1',
    },
  },
} as unknown as CapturedFrame;
const ALL = { WEB, DNS, PING, ARP };

describe('pcap-filter', () => {
  it.each<[string, string]>([
    ['', 'WEB DNS PING ARP'],
    ['tcp', 'WEB'],
    ['icmp or arp', 'PING ARP'],
    ['icmp || arp', 'PING ARP'],
    ['not arp and not icmp', 'WEB DNS'],
    ['!(icmp or arp)', 'WEB DNS'],
    ['port 80 or 53', 'WEB DNS'],
    ['tcp port 53', ''],
    ['udp port domain', 'DNS'],
    ['portrange 50-90', 'WEB DNS'],
    ['dst port 40000', ''],
    ['src portrange 40000-40001', 'WEB DNS'],
    ['host 10.96.0.10', 'WEB DNS'],
    ['src host 10.96.0.10', ''],
    ['dst 10.96.0.10 and port 80', 'WEB'],
    ['net 10.96.0.0/16', 'WEB DNS'],
    ['dst net 192.0', 'PING'],
    ['host 10.96.0.10 or 192.0.2.1', 'WEB DNS PING'],
    ['ip', 'WEB DNS PING'],
    ['ip6', ''],
    ['less 42', 'DNS PING ARP'],
    ['greater 43', 'WEB'],
    // `and` and `or` bind equally, from the left.
    ['icmp or tcp and port 80', 'WEB'],
    ['icmp or (tcp and port 80)', 'WEB PING'],
    ['tcp[tcpflags] & (tcp-syn|tcp-fin) != 0', 'WEB'],
    ['tcp[tcpflags] & tcp-ack != 0', ''],
    ['tcp[tcpflags] == tcp-syn and port 80', 'WEB'],
    ['tcp[13] & 2!=0 or icmp', 'WEB PING'],
    ['tcp[13]=18', ''],
    ['not tcp[tcpflags] & (tcp-rst) != 0', 'WEB DNS PING ARP'],
  ])('%s', (expression, expected) => {
    const filter = parseFilter([expression]);
    if (typeof filter === 'string') throw new Error(filter);
    const passed = Object.entries(ALL).flatMap(([name, each]) => (filter(each) ? [name] : []));
    expect(passed.join(' ')).toBe(expected);
  });

  it.each([
    ['vlan 3', /^syntax error near "vlan"; host, net, /],
    ['tcp[0:2] = 80', /^syntax error near "tcp\[0:2\]"/],
    ['port', /^syntax error near "port"/],
    ['tcp and', /^syntax error/],
    ['(tcp', /^syntax error/],
    ['tcp)', /^syntax error near "\)"/],
    ['host example', /^unknown host 'example'/],
    ['net 1.2.3.4.5', /^unknown network/],
    ['port http2', /^unknown port 'http2'/],
    ['(('.repeat(40), /too long|nested too deeply/],
  ])('refuses %s', (expression, message) => {
    expect(parseFilter([expression])).toMatch(message);
  });
});
