import { describe, expect, it } from 'vitest';
import {
  addNode,
  ask,
  cluster,
  hookChain,
  must,
  newWorld,
  run,
  serve,
  story,
  twoHosts,
} from '../../test/small-world.ts';
import type { World } from '../../test/small-world.ts';
import { summarise } from '../index.ts';
import type { EchoEvent, NetnsId } from '../index.ts';

function ping(
  world: World,
  netns: NetnsId,
  to: string,
  options: { readonly bytes?: number; readonly ttl?: number; readonly dontFragment?: boolean } = {},
): EchoEvent | string {
  const socket = world.net.openPing(netns, 'ping');
  const sent = world.net.sendEcho(socket, to, { sequence: 1, bytes: options.bytes ?? 56, ...options });
  if (!sent.ok) return sent.errno;
  run(world, 5000);
  const event = world.net.receiveEcho(socket);
  world.net.close(socket);
  return event ?? 'no answer';
}

/** Stages and places of the first packet that an ask sends. */
function way(world: World, from: NetnsId, to: string, port: number): string[] {
  ask(world, from, to, port);
  world.net.traceOwner(`client ${from}`);
  expect(ask(world, from, to, port).outcome).toBe('answered');
  const [syn] = world.net.takeTraces(`client ${from}`);
  world.net.untraceOwner(`client ${from}`);
  return (syn?.steps ?? []).map(
    ({ where, stage, interfaceName }) =>
      `${where} ${stage}${interfaceName === undefined ? '' : ` ${interfaceName}`}`,
  );
}

describe('the way of a packet (CNI6)', () => {
  it('between pods of one node is the bridge alone', () => {
    const world = newWorld();
    addNode(world, 'node0', 0);
    serve(world, 'node0-pod2', 80);
    expect(way(world, 'node0-pod1', '10.244.0.3', 80)).toEqual([
      'pod node0-pod1 socket',
      'pod node0-pod1 route eth0',
      'pod node0-pod1 transmit eth0',
      'node node0 receive veth1',
      'node node0 bridge cni0',
      'node node0 transmit veth2',
      'pod node0-pod2 receive eth0',
      'pod node0-pod2 input',
    ]);
  });

  it('between nodes with plain routes is the underlay', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    expect(way(world, 'node0-pod1', '10.244.1.2', 80)).toEqual([
      'pod node0-pod1 socket',
      'pod node0-pod1 route eth0',
      'pod node0-pod1 transmit eth0',
      'node node0 receive veth1',
      'node node0 bridge cni0',
      'node node0 route eth0',
      'node node0 forward',
      'node node0 transmit eth0',
      'switch receive port0',
      'switch bridge br0',
      'switch transmit port1',
      'node node1 receive eth0',
      'node node1 route cni0',
      'node node1 forward',
      'node node1 bridge cni0',
      'node node1 transmit veth1',
      'pod node1-pod1 receive eth0',
      'pod node1-pod1 input',
    ]);
  });

  it('between nodes with an overlay is wrapped in UDP on the underlay', () => {
    const world = newWorld();
    cluster(world, 2, { overlay: true });
    serve(world, 'node1-pod1', 80);
    const tap = world.net.openTap('switch', 'tcpdump', 'port1');
    const stages = way(world, 'node0-pod1', '10.244.1.2', 80);
    expect(stages.slice(5, 14)).toEqual([
      'node node0 route vxlan1',
      'node node0 forward',
      'node node0 vxlan vxlan1',
      'node node0 route eth0',
      'node node0 transmit eth0',
      'switch receive port0',
      'switch bridge br0',
      'switch transmit port1',
      'node node1 receive eth0',
    ]);
    expect(stages).toContain('node node1 vxlan vxlan1');
    const lines: string[] = [];
    for (let frame = world.net.receiveFrame(tap); frame !== undefined; frame = world.net.receiveFrame(tap))
      lines.push(summarise(frame.frame));
    expect(lines.find((line) => line.includes('Flags [S],'))).toMatch(
      /^IP 172\.18\.0\.1\.\d+ > 172\.18\.0\.2\.8472: OTV, flags \[I\] \(0x08\), overlay 0, instance 1\nIP 10\.244\.0\.2\.\d+ > 10\.244\.1\.2\.80: Flags \[S\]/,
    );
  });

  it('takes time on every link', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    ask(world, 'node0-pod1', '10.244.1.2', 80);
    world.net.traceOwner('client node0-pod1');
    ask(world, 'node0-pod1', '10.244.1.2', 80);
    const [syn] = world.net.takeTraces('client node0-pod1');
    // Two veth pairs inside the nodes, two links of the underlay.
    expect((syn?.steps.at(-1)?.atMs ?? 0) - (syn?.sentAtMs ?? 0)).toBeCloseTo(0.02 * 2 + 0.1 * 2, 3);
  });

  it('is the same for IPv6', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80, '::');
    expect(ask(world, 'node0-pod1', 'fd10:244:0:1::2', 80)).toMatchObject({
      outcome: 'answered',
      text: 'HELLO',
    });
    expect(ping(world, 'node0-pod1', 'fd10:244:0:1::2')).toMatchObject({ outcome: 'reply', ttl: 62 });
  });
});

describe('bridges', () => {
  it('flood what they have not learned, and learn from what they see', () => {
    const world = newWorld();
    addNode(world, 'node0', 0, { pods: 4, bridgeNetfilter: false, hairpin: false });
    serve(world, 'node0-pod2', 80);
    ask(world, 'node0-pod1', '10.244.0.3', 80);
    // The bridge forgets after five minutes, the pod's neighbour entry is used a while longer.
    run(world, 301_000);
    world.net.traceOwner('client node0-pod1');
    expect(ask(world, 'node0-pod1', '10.244.0.3', 80).outcome).toBe('answered');
    const [syn] = world.net.takeTraces('client node0-pod1');
    expect(story(syn!).filter((line) => line.includes('| bridge |'))).toEqual([
      'node node0 | bridge | pass | Bridge cni0 does not know the MAC address and sends the frame out of every other port (3).',
    ]);
    expect(syn?.fate).toBe('delivered');
    expect(world.root.network.traces.flights.size).toBe(0);
  });

  it('send a frame back where it came from in hairpin mode only', () => {
    for (const hairpin of [true, false]) {
      const world = newWorld();
      addNode(world, 'node0', 0, { hairpin });
      serve(world, 'node0-pod1', 8080);
      service(world, 'node0', '10.96.0.1', '10.244.0.2', { masquerade: true });
      world.net.traceOwner('client node0-pod1');
      const asked = ask(world, 'node0-pod1', '10.96.0.1', 80, { withinMs: 10_000 });
      expect(asked.outcome).toBe(hairpin ? 'answered' : 'timed out');
      if (!hairpin) {
        // The first is routed up and down again while the address is looked up; a known one stays on the bridge.
        const details = world.net
          .takeTraces('client node0-pod1')
          .flatMap((trace) => trace.steps.map(({ detail }) => detail));
        expect(details).toContain(
          'Bridge cni0 would have to send the frame back out of veth1, the port it came from, and hairpin mode is off there.',
        );
      }
    }
  });

  it("SVC5: a hairpin packet that is not masqueraded comes back with the pod's own source, and the pod drops it", () => {
    const world = newWorld();
    addNode(world, 'node0', 0);
    serve(world, 'node0-pod1', 8080);
    service(world, 'node0', '10.96.0.1', '10.244.0.2', { masquerade: false });
    world.net.traceOwner('client node0-pod1');
    expect(ask(world, 'node0-pod1', '10.96.0.1', 80, { withinMs: 5000 }).outcome).toBe('timed out');
    const [syn] = world.net.takeTraces('client node0-pod1');
    expect(syn?.fate).toBe('dropped');
    expect(syn?.steps.at(-1)?.detail).toBe(
      '10.244.0.2 is an address of pod node0-pod1 itself, so a packet from outside with this source is dropped.',
    );
  });

  it('with br_netfilter undo DNAT on answers that are only bridged; without it the client gets an answer from a stranger', () => {
    for (const bridgeNetfilter of [true, false]) {
      const world = newWorld();
      addNode(world, 'node0', 0, { bridgeNetfilter });
      serve(world, 'node0-pod2', 8080);
      service(world, 'node0', '10.96.0.1', '10.244.0.3', { masquerade: false });
      ask(world, 'node0-pod2', '10.244.0.2', 9);
      expect(ask(world, 'node0-pod1', '10.96.0.1', 80, { withinMs: 5000 }).outcome).toBe(
        bridgeNetfilter ? 'answered' : 'timed out',
      );
    }
  });
});

/** DNAT of one service address to one backend's port 8080. */
function service(
  world: World,
  node: NetnsId,
  address: string,
  backend: string,
  options: { readonly masquerade: boolean },
): void {
  world.net.changeRuleset(node, [
    {
      op: 'put-table',
      table: {
        name: 'services',
        sets: new Map(),
        maps: new Map(),
        chains: new Map([
          [
            'pre',
            {
              name: 'pre',
              hook: 'prerouting',
              priority: -100,
              type: 'nat',
              rules: [
                {
                  match: {
                    destination: { cidrs: [`${address}/32`] },
                    protocol: 'tcp',
                    destinationPorts: [{ from: 80, to: 80 }],
                  },
                  action: { kind: 'dnat', targets: [{ address: backend, port: 8080 }] },
                },
              ],
            },
          ],
          [
            'post',
            {
              name: 'post',
              hook: 'postrouting',
              priority: 100,
              type: 'nat',
              rules: options.masquerade ? [{ match: { dnated: true }, action: { kind: 'masquerade' } }] : [],
            },
          ],
        ]),
      },
    },
  ]);
}

describe('routing', () => {
  it('counts hops down and tells the sender when none is left', () => {
    const world = newWorld();
    cluster(world, 2);
    expect(ping(world, 'node0-pod1', '10.244.1.2')).toMatchObject({
      outcome: 'reply',
      from: '10.244.1.2',
      ttl: 62,
      bytes: 64,
    });
    expect(ping(world, 'node0-pod1', '10.244.1.2', { ttl: 1 })).toMatchObject({
      outcome: 'time-exceeded',
      from: '10.244.0.1',
    });
    expect(ping(world, 'node0-pod1', '10.244.1.2', { ttl: 2 })).toMatchObject({
      outcome: 'time-exceeded',
      from: '172.18.0.2',
    });
    expect(ping(world, 'node0-pod1', '10.244.1.2', { ttl: 3 })).toMatchObject({ outcome: 'reply' });
  });

  it('takes the longest prefix, then the lowest metric, of routes whose interface is up', () => {
    const world = newWorld();
    const { net } = world;
    net.addNetns('r', { label: 'r' });
    for (const name of ['x', 'y', 'z']) {
      net.addDummy('r', name);
      net.setUp('r', name, true);
    }
    net.addAddress('r', 'x', '192.0.2.1/32');
    net.addRoute('r', { destination: '0.0.0.0/0', interfaceName: 'x' });
    net.addRoute('r', { destination: '10.0.0.0/8', interfaceName: 'y', metric: 100 });
    net.addRoute('r', { destination: '10.0.0.0/8', interfaceName: 'z', metric: 50 });
    net.addRoute('r', { destination: '10.1.0.0/16', interfaceName: 'y' });
    const out = (address: string): string | undefined => {
      net.traceOwner('o');
      const socket = must(net.bindUdp('r', 'o', { address: '0.0.0.0', port: 0 }));
      net.sendTo(socket, { address, port: 9 }, new Uint8Array(1));
      net.close(socket);
      return net.takeTraces('o')[0]?.steps.find(({ stage }) => stage === 'route')?.interfaceName;
    };
    expect(['8.8.8.8', '10.2.0.1', '10.1.0.1'].map(out)).toEqual(['x', 'z', 'y']);
    net.setUp('r', 'z', false);
    expect(out('10.2.0.1')).toBe('y');
    expect(net.removeRoute('r', '10.1.0.0/16')).toBe(true);
    expect(net.removeRoute('r', '10.1.0.0/16')).toBe(false);
    expect(
      net.routes('r').map(({ destination, interfaceName }) => `${destination} ${interfaceName}`),
    ).toEqual(['0.0.0.0/0 x', '10.0.0.0/8 y']);
  });

  it('refuses a gateway that is not on the link, unless told so', () => {
    const world = newWorld();
    twoHosts(world);
    const route = { destination: '0.0.0.0/0', via: '192.0.2.1', interfaceName: 'eth0' };
    expect(() => world.net.addRoute('a', route)).toThrow('the gateway 192.0.2.1 is not on the link of eth0');
    world.net.addRoute('a', { ...route, onLink: true });
    expect(world.net.routes('a')).toHaveLength(3);
  });

  it('tells the sender of a host that does not answer, and of a network it does not know', () => {
    const world = newWorld();
    cluster(world, 1);
    expect(ping(world, 'node0-pod1', '172.18.0.99')).toMatchObject({
      outcome: 'unreachable',
      from: '10.244.0.1',
    });
    expect(ask(world, 'node0-pod1', '172.18.0.99', 80).outcome).toBe('EHOSTUNREACH');
    expect(ask(world, 'node0-pod1', '192.0.2.1', 80).outcome).toBe('ENETUNREACH');
  });

  it('a host that does not forward drops what is not for it', () => {
    const world = newWorld();
    twoHosts(world);
    world.net.addRoute('a', { destination: '192.0.2.0/24', via: '10.0.0.2', interfaceName: 'eth0' });
    world.net.traceOwner('client a');
    expect(ask(world, 'a', '192.0.2.1', 80, { withinMs: 500 }).outcome).toBe('timed out');
    expect(world.net.takeTraces('client a')[0]?.steps.at(-1)).toMatchObject({
      decision: 'drop',
      detail: 'host b does not forward packets, and the destination is not one of its addresses.',
    });
  });

  it('a new owner of an address is found although the old one is remembered', () => {
    const world = newWorld();
    addNode(world, 'node0', 0, { pods: 3 });
    serve(world, 'node0-pod2', 80);
    expect(ask(world, 'node0-pod1', '10.244.0.3', 80).outcome).toBe('answered');
    world.net.removeNetns('node0-pod2');
    world.net.addAddress('node0-pod3', 'eth0', '10.244.0.3/24');
    run(world, 10);
    expect(ask(world, 'node0-pod1', '10.244.0.3', 80).outcome).toBe('ECONNREFUSED');
    expect(world.net.addressOwner('10.244.0.3')).toBe('node0-pod3');
  });
});

describe('MTU', () => {
  it('a router tells the sender of a DF packet what fits (RFC 1191), and TCP sends smaller segments then', () => {
    const world = newWorld();
    cluster(world, 2);
    // Both sides must say 1400 for a narrower link; the pods still think 1500.
    for (const node of ['node0', 'node1']) world.net.setMtu(node, 'eth0', 1400);
    expect(ping(world, 'node0-pod1', '10.244.1.2', { bytes: 1472, dontFragment: true })).toMatchObject({
      outcome: 'fragmentation-needed',
      mtuBytes: 1400,
      from: '10.244.0.1',
    });
    expect(ping(world, 'node0-pod1', '10.244.1.2', { bytes: 1372, dontFragment: true })).toMatchObject({
      outcome: 'reply',
    });
    expect(ping(world, 'node0-pod1', '10.244.1.2', { bytes: 1473, dontFragment: true })).toBe('EMSGSIZE');
    serve(world, 'node1-pod1', 80);
    const text = 'x'.repeat(20_000);
    expect(ask(world, 'node0-pod1', '10.244.1.2', 80, { text, withinMs: 5000 })).toMatchObject({
      outcome: 'answered',
      text: text.toUpperCase(),
    });
  });

  it('a link with two different MTUs swallows large packets and tells nobody', () => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'b', 80);
    world.net.setMtu('b', 'eth0', 1400);
    const dropped = (): number =>
      world.net.interfaces('a').find(({ name }) => name === 'eth0')?.tx.dropped ?? -1;
    const before = dropped();
    // b itself announces a smaller segment size, so only other senders than TCP notice.
    expect(ping(world, 'a', '10.0.0.2', { bytes: 1400, dontFragment: true })).toBe('no answer');
    expect(ping(world, 'a', '10.0.0.2', { bytes: 1372, dontFragment: true })).toMatchObject({
      outcome: 'reply',
    });
    expect(dropped() - before).toBe(1);
  });

  it('a datagram without DF arrives whole whatever its size', () => {
    const world = newWorld();
    twoHosts(world);
    const server = must(world.net.bindUdp('b', 's', { address: '0.0.0.0', port: 53 }));
    const client = must(world.net.bindUdp('a', 'c', { address: '0.0.0.0', port: 0 }));
    expect(world.net.sendTo(client, { address: '10.0.0.2', port: 53 }, new Uint8Array(9000)).ok).toBe(true);
    expect(world.net.sendTo(client, { address: '10.0.0.2', port: 53 }, new Uint8Array(65_508))).toEqual({
      ok: false,
      errno: 'EMSGSIZE',
    });
    run(world, 10);
    expect(world.net.receiveFrom(server)?.data.length).toBe(9000);
  });
});

describe('UDP', () => {
  it('answers find their way, and a closed port is told to a connected socket only', () => {
    const world = newWorld();
    twoHosts(world);
    const server = must(world.net.bindUdp('b', 's', { address: '0.0.0.0', port: 53 }));
    const client = must(world.net.connectUdp('a', 'c', { address: '10.0.0.2', port: 53 }));
    world.net.send(client, Uint8Array.of(1));
    run(world, 10);
    const question = world.net.receiveFrom(server)!;
    expect(question).toMatchObject({ from: { address: '10.0.0.1' }, to: { address: '10.0.0.2', port: 53 } });
    world.net.sendTo(server, question.from, Uint8Array.of(2), question.to.address);
    run(world, 10);
    expect(world.net.receiveFrom(client)?.data).toEqual(Uint8Array.of(2));
    world.net.close(server);
    world.net.send(client, Uint8Array.of(3));
    const loose = must(world.net.bindUdp('a', 'c', { address: '0.0.0.0', port: 0 }));
    world.net.sendTo(loose, { address: '10.0.0.2', port: 53 }, Uint8Array.of(4));
    run(world, 10);
    expect(world.events.filter(({ event }) => event.kind === 'failed').map(({ socket }) => socket)).toEqual([
      client,
    ]);
    expect(world.net.send(client, Uint8Array.of(5))).toEqual({ ok: false, errno: 'ECONNREFUSED' });
  });

  it("a flood fills the receiver's buffer and no more", () => {
    const world = newWorld();
    twoHosts(world);
    const server = must(world.net.bindUdp('b', 's', { address: '0.0.0.0', port: 53 }));
    const client = must(world.net.bindUdp('a', 'c', { address: '0.0.0.0', port: 0 }));
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < 100; count++)
        world.net.sendTo(client, { address: '10.0.0.2', port: 53 }, new Uint8Array(10));
      run(world, 10);
    }
    let received = 0;
    while (world.net.receiveFrom(server) !== undefined) received++;
    expect(received).toBe(512);
  });
});

describe('interfaces', () => {
  it('count what passes and show both ends of a pair', () => {
    const world = newWorld();
    twoHosts(world);
    expect(ping(world, 'a', '10.0.0.2')).toMatchObject({ outcome: 'reply' });
    const [lo, eth0] = world.net.interfaces('a');
    expect(lo).toMatchObject({
      index: 1,
      name: 'lo',
      kind: 'loopback',
      mtuBytes: 65_536,
      addresses: ['127.0.0.1/8', '::1/128'],
    });
    expect(eth0).toMatchObject({
      index: 2,
      kind: 'veth',
      peer: { netns: 'b', name: 'eth0', index: 2 },
      addresses: ['10.0.0.1/24', 'fd00::1/64'],
    });
    expect(eth0?.rx.packets).toBe(eth0?.tx.packets === undefined ? -1 : eth0.rx.packets);
    expect(eth0?.tx.bytes).toBeGreaterThanOrEqual(98);
    expect(eth0?.mac).toMatch(/^[0-9a-f]2(:[0-9a-f]{2}){5}$/);
  });

  it('take their pair, routes, ports and neighbours with them when they go', () => {
    const world = newWorld();
    addNode(world, 'node0', 0);
    ping(world, 'node0-pod1', '10.244.0.1');
    world.net.removeNetns('node0-pod1');
    expect(world.net.interfaces('node0').map(({ name }) => name)).toEqual(['lo', 'cni0', 'veth2']);
    world.net.removeInterface('node0', 'cni0');
    expect(world.net.routes('node0')).toEqual([]);
    expect(world.net.neighbors('node0')).toEqual([]);
    expect(world.net.interfaces('node0').map(({ master }) => master)).toEqual([undefined, undefined]);
  });

  it('that are down neither send nor receive', () => {
    const world = newWorld();
    twoHosts(world);
    run(world, 10);
    world.net.setUp('b', 'eth0', false);
    expect(ping(world, 'a', '10.0.0.2')).toMatchObject({ outcome: 'unreachable', from: '10.0.0.1' });
    world.net.setUp('a', 'eth0', false);
    expect(ping(world, 'a', '10.0.0.2')).toBe('ENETUNREACH');
  });

  it.each(['', 'a-name-that-is-too-long', 'with space', 'a/b'])('refuse the name %j', (name) => {
    const world = newWorld();
    world.net.addNetns('a', { label: 'a' });
    expect(() => world.net.addDummy('a', name)).toThrow('is not an interface name');
  });
});

describe('a loop of bridges', () => {
  it('is bounded', () => {
    const world = newWorld();
    const { net } = world;
    for (const id of ['x', 'y']) {
      net.addNetns(id, { label: id });
      net.addBridge(id, 'br');
      net.setUp(id, 'br', true);
    }
    for (let link = 0; link < 3; link++) {
      net.addVethPair({ netns: 'x', name: `p${link}` }, { netns: 'y', name: `p${link}` });
      for (const id of ['x', 'y']) {
        net.setMaster(id, `p${link}`, 'br');
        net.setUp(id, `p${link}`, true);
      }
    }
    net.addAddress('x', 'br', '10.0.0.1/24');
    const outcome = world.simulation.run({ untilMs: world.simulation.nowMs + 1000, maxEvents: 30_000 });
    expect(outcome).toBe('budget');
    expect(world.root.network.framesInFlight).toBeLessThanOrEqual(20_000);
    hookChain(world, 'x', { hook: 'input' }, []);
  });
});
