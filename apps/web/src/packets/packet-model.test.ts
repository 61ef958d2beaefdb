import type { PacketTraceView, TraceStepView } from '@podwire/protocol';
import { describe, expect, it } from 'vitest';
import { addressOf, exchangesOf, flightOf, formatMs, mainExchange } from './packet-model.ts';

const toService = {
  protocol: 'tcp',
  source: '10.244.0.5',
  sourcePort: 41000,
  destination: '10.96.0.9',
  destinationPort: 80,
} as const;
const toPod = { ...toService, destination: '10.244.1.7', destinationPort: 8080 };

function step(own: Partial<TraceStepView>): TraceStepView {
  return {
    atMs: 0,
    where: 'pod default/client',
    stage: 'output',
    decision: 'pass',
    before: toService,
    detail: '',
    ...own,
  };
}
function packet(id: number, own: Partial<PacketTraceView>): PacketTraceView {
  return {
    packetId: id,
    summary: 'TCP SYN',
    sentAtMs: 0,
    steps: [step({ decision: 'send' })],
    fate: 'delivered',
    ...own,
  };
}

describe('the way of a packet', () => {
  const flight = flightOf(
    packet(1, {
      steps: [
        step({ decision: 'send', stage: 'socket' }),
        step({
          atMs: 0.02,
          where: 'node a',
          stage: 'prerouting',
          decision: 'dnat',
          after: toPod,
          origin: { kind: 'Service', namespace: 'default', name: 'web' },
        }),
        step({ atMs: 0.05, where: 'node a', stage: 'forward', decision: 'accept', before: toPod }),
        step({ atMs: 0.09, where: 'pod default/web', stage: 'socket', decision: 'deliver', before: toPod }),
      ],
    }),
  );
  it('does not pass over what goes into a tunnel', () => {
    const steps = [step({ where: 'node a', stage: 'vxlan' }), step({ where: 'node a', stage: 'forward' })];
    const [stretch] = flightOf(packet(2, { steps })).stretches;
    expect(stretch?.hops.map((hop) => hop.quiet)).toEqual([false, true]);
  });

  it('is grouped by the namespace it happens in', () => {
    expect(flight.stretches.map((stretch) => [stretch.place, stretch.hops.length])).toEqual([
      ['pod', 1],
      ['node', 2],
      ['pod', 1],
    ]);
  });
  it('moves to another lane where an address is rewritten, and says which', () => {
    const hops = flight.stretches.flatMap((stretch) => stretch.hops);
    expect(hops.map((hop) => [hop.lane, hop.laneAfter])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(hops[1]?.changed).toEqual({ source: false, destination: true });
    expect(flight.lanes).toBe(2);
  });
  it('tells the time between hops', () => {
    expect(
      flight.stretches.flatMap((stretch) =>
        stretch.hops.map((hop) =>
          hop.sincePreviousMs === undefined ? undefined : formatMs(hop.sincePreviousMs),
        ),
      ),
    ).toEqual([undefined, '20 µs', '30 µs', '40 µs']);
  });
  it('marks its end', () => {
    expect(flight.stretches.at(-1)?.hops.at(-1)?.mark).toBe('allowed');
  });
  it.each([
    ['drop', 'denied'],
    ['reject', 'rejected'],
    ['no-listener', 'rejected'],
    ['no-route', 'denied'],
    ['accept', undefined],
  ] as const)('%s is marked %s', (decision, mark) => {
    expect(flightOf(packet(1, { steps: [step({ decision })] })).stretches[0]?.hops[0]?.mark).toBe(mark);
  });
});

describe('exchanges', () => {
  it('put answers beneath what they answer', () => {
    const [exchange, ...others] = exchangesOf([
      packet(1, {}),
      packet(2, { summary: 'TCP SYN-ACK', inReplyTo: 1 }),
      packet(3, { summary: 'TCP ACK', inReplyTo: 2 }),
    ]);
    expect(others).toEqual([]);
    expect(exchange?.replies.map((reply) => reply.packet.summary)).toEqual(['TCP SYN-ACK', 'TCP ACK']);
  });
  it('count retries that went the same way instead of drawing them', () => {
    const dropped: Partial<PacketTraceView> = { fate: 'dropped', steps: [step({ decision: 'drop' })] };
    const [exchange, ...others] = exchangesOf([
      packet(1, dropped),
      packet(2, { ...dropped, sentAtMs: 1_000 }),
      packet(3, { ...dropped, sentAtMs: 3_000 }),
    ]);
    expect(others).toEqual([]);
    expect(exchange?.request).toMatchObject({ repeats: 2, lastSentAtMs: 3_000 });
  });
  it('count a retry that met other hops before the same end', () => {
    const first: Partial<PacketTraceView> = {
      fate: 'dropped',
      steps: [step({ stage: 'neighbor' }), step({ decision: 'drop' })],
    };
    expect(
      exchangesOf([
        packet(1, first),
        packet(2, { fate: 'dropped', steps: [step({}), step({ decision: 'drop' })] }),
      ]),
    ).toHaveLength(1);
  });
  it('keep a retry that went another way', () => {
    expect(
      exchangesOf([packet(1, { fate: 'dropped', steps: [step({ decision: 'drop' })] }), packet(2, {})]),
    ).toHaveLength(2);
  });
  it('begin with the packet that was stopped', () => {
    const exchanges = exchangesOf([
      packet(1, { summary: 'UDP 42 bytes' }),
      packet(2, { fate: 'dropped', steps: [step({ decision: 'drop' })] }),
    ]);
    expect(mainExchange(exchanges)?.key).toBe(2);
  });
});

describe('addresses and times', () => {
  it('put IPv6 addresses with a port in brackets', () => {
    expect(addressOf('fd00::1', 80)).toBe('[fd00::1]:80');
    expect(addressOf('10.0.0.1', 80)).toBe('10.0.0.1:80');
    expect(addressOf('10.0.0.1', undefined)).toBe('10.0.0.1');
  });
  it.each([
    [0.02, '20 µs'],
    [1.25, '1.3 ms'],
    [42, '42 ms'],
    [3_000, '3.0 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});
