import { utf8Encode } from '@podwire/sim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ask,
  cluster,
  eventsOf,
  forkWorld,
  hookChain,
  must,
  newWorld,
  run,
  serve,
  story,
  twoHosts,
} from '../test/small-world.ts';
import type { World } from '../test/small-world.ts';
import { summarise } from './index.ts';

/** Every frame on the underlay, with its time: what two worlds must agree on. */
function packetLog(world: World, tap: number): string[] {
  const lines: string[] = [];
  for (let frame = world.net.receiveFrame(tap); frame !== undefined; frame = world.net.receiveFrame(tap)) {
    lines.push(
      `${frame.atMs.toFixed(3)} ${frame.interfaceName} ${frame.direction} ${summarise(frame.frame)}`,
    );
  }
  return lines;
}

function busyWorld(seed: number): { readonly world: World; readonly tap: number } {
  const world = newWorld(seed);
  cluster(world, 2, { overlay: seed % 2 === 0 });
  serve(world, 'node1-pod1', 80);
  hookChain(world, 'node0', { hook: 'postrouting', type: 'nat', priority: 100 }, [
    { match: { outInterface: 'eth0' }, action: { kind: 'masquerade' } },
  ]);
  const tap = world.net.openTap('node1', 'tcpdump', 'any');
  const client = must(world.net.connectTcp('node0-pod1', 'client', { address: '10.244.1.2', port: 80 }));
  world.net.connectTcp('node0-pod2', 'client', { address: '10.244.1.77', port: 80 });
  const ping = world.net.openPing('node1', 'ping');
  world.net.sendEcho(ping, '10.244.0.3', { sequence: 1, bytes: 56 });
  world.onEvent = ((next) => (socket, owner, event) => {
    next(socket, owner, event);
    if (socket === client && event.kind === 'connected')
      world.net.send(client, utf8Encode('x'.repeat(20_000)));
    if (socket === client && event.kind === 'readable') world.net.receive(client);
  })(world.onEvent);
  return { world, tap };
}

/** The programs of a forked world are played by the test too. */
function adopt(fork: World, of: World): void {
  const client = [...of.root.network.sockets.values()].find((socket) => socket.owner === 'client');
  fork.onEvent = (socket, owner, event) => {
    if (owner.startsWith('server')) {
      const listener = [...fork.root.network.sockets.values()].find(({ kind }) => kind === 'tcp-listener');
      if (event.kind === 'incoming' && listener !== undefined) while (fork.net.accept(listener.id).ok);
      if (event.kind === 'readable') {
        const data = fork.net.receive(socket);
        if (data.ok && data.value !== undefined) fork.net.send(socket, data.value);
      }
    } else if (socket === client?.id) {
      if (event.kind === 'connected') fork.net.send(socket, utf8Encode('x'.repeat(20_000)));
      if (event.kind === 'readable') fork.net.receive(socket);
    }
  };
}

describe('a world', () => {
  it('of the same seed has the same packets', () => {
    const logs = [1, 1, 2].map((seed) => {
      const { world, tap } = busyWorld(seed);
      run(world, 10_000);
      return packetLog(world, tap);
    });
    expect(logs[0]?.length).toBeGreaterThan(50);
    expect(logs[0]).toEqual(logs[1]);
    expect(logs[0]).not.toEqual(logs[2]);
  });

  it('forks in the middle of everything, and both go on alike and apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 400 }), (seed, steps) => {
        const { world } = busyWorld(seed);
        world.simulation.run({ untilMs: world.simulation.nowMs + 60_000, maxEvents: steps });
        const one = forkWorld(world);
        const two = forkWorld(world);
        const logs = [one, two].map((fork) => {
          adopt(fork, world);
          const tap = fork.net.openTap('node1', 'watcher', 'any');
          run(fork, 20_000);
          return packetLog(fork, tap);
        });
        expect(logs[0]).toEqual(logs[1]);
        // What happens in one leaves the others alone.
        one.net.removeNetns('node1-pod1');
        expect([two.net.hasNetns('node1-pod1'), world.net.hasNetns('node1-pod1')]).toEqual([true, true]);
        run(world, 1000);
      }),
      { numRuns: 12 },
    );
  });

  it('is small: two nodes and four pods take tens of kilobytes', () => {
    const world = newWorld();
    cluster(world, 2, { overlay: true });
    run(world, 100);
    const plain = (_key: string, value: unknown): unknown => {
      if (value instanceof Map) return [...value.entries()];
      return value instanceof Set ? [...value] : value;
    };
    expect(JSON.stringify(world.root.network, plain).length).toBeLessThan(30_000);
  });

  it('comes to rest: nothing is left in flight, no timer runs for ever', () => {
    const { world } = busyWorld(3);
    world.net.closeAll('client');
    world.net.closeAll('server node1-pod1 80');
    const outcome = world.simulation.run({ untilMs: Number.MAX_SAFE_INTEGER, maxEvents: 100_000 });
    expect(outcome).toBe('idle');
    expect(world.root.network.traces.flights.size).toBe(0);
    expect(world.root.network.framesInFlight).toBe(0);
    expect([...world.root.network.sockets.values()].map(({ kind }) => kind)).toEqual(['tap', 'ping']);
  });

  it('survives the removal of a namespace at any moment', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.constantFrom('node0-pod1', 'node1-pod1', 'node0', 'node1', 'switch'),
        (steps, victim) => {
          const { world } = busyWorld(4);
          world.simulation.run({ untilMs: world.simulation.nowMs + 60_000, maxEvents: steps });
          const sockets = world.net.sockets(victim).map(({ id }) => id);
          world.net.removeNetns(victim);
          for (const socket of sockets) {
            expect(world.net.socketInfo(socket)).toBeUndefined();
            expect(world.net.send(socket, Uint8Array.of(1))).toEqual({ ok: false, errno: 'ENOTCONN' });
            world.net.close(socket);
          }
          run(world, 200_000);
          expect(world.root.network.traces.flights.size).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('traces', () => {
  it('follow what an owner sends and every answer to it, and nothing else', () => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'b', 80);
    world.net.traceOwner('client a');
    expect(ask(world, 'a', '10.0.0.2', 80, { owner: 'other' }).outcome).toBe('answered');
    expect(world.net.takeTraces('client a')).toEqual([]);
    expect(ask(world, 'a', '10.0.0.2', 80).outcome).toBe('answered');
    expect(world.net.takeTraces('client a').map(({ summary }) => summary)).toEqual([
      'TCP SYN',
      'TCP SYN-ACK',
      'TCP ACK',
      'TCP 5 bytes',
      'TCP ACK',
      'TCP 5 bytes',
      'TCP ACK',
      'TCP FIN',
      'TCP ACK',
      'TCP FIN',
      'TCP ACK',
    ]);
    expect(world.net.takeTraces('client a')).toEqual([]);
    world.net.untraceOwner('client a');
    ask(world, 'a', '10.0.0.2', 80);
    expect(world.net.takeTraces('client a')).toEqual([]);
  });

  it('pair a UDP answer with its question', () => {
    const world = newWorld();
    twoHosts(world);
    const server = must(world.net.bindUdp('b', 'dns', { address: '0.0.0.0', port: 53 }));
    const client = must(world.net.bindUdp('a', 'dig', { address: '0.0.0.0', port: 0 }));
    world.net.traceOwner('dig');
    world.net.sendTo(client, { address: '10.0.0.2', port: 53 }, utf8Encode('who?'));
    run(world, 10);
    const question = world.net.receiveFrom(server);
    world.net.sendTo(server, question!.from, utf8Encode('me'));
    run(world, 10);
    const [asked, answered] = world.net.takeTraces('dig');
    expect([asked?.summary, answered?.summary]).toEqual(['UDP 4 bytes', 'UDP 2 bytes']);
    expect(answered?.inReplyTo).toBe(asked?.packetId);
  });

  it('tell of a packet that still waits, and again of its end', () => {
    const world = newWorld();
    twoHosts(world);
    world.net.traceOwner('client');
    must(world.net.connectTcp('a', 'client', { address: '10.0.0.50', port: 80 }));
    run(world, 1500);
    const waiting = world.net.takeTraces('client');
    expect(waiting.map(({ fate }) => fate)).toEqual(['in-flight', 'in-flight']);
    expect(story(waiting[0]!).at(-1)).toBe(
      'host a | neighbor | pass | The MAC address of 10.0.0.50 is not known yet, so eth0 asks who has it.',
    );
    run(world, 5000);
    const ended = world.net.takeTraces('client');
    expect(ended.slice(0, 2).map(({ packetId, fate }) => [packetId, fate])).toEqual(
      waiting.map(({ packetId }) => [packetId, 'dropped']),
    );
    expect(ended[0]?.steps.at(-1)).toMatchObject({
      decision: 'no-neighbor',
      detail: 'Nobody on the link of eth0 answered for 10.0.0.50.',
    });
  });

  it('of late are kept, oldest first, and no more than 100', () => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'b', 80);
    for (let count = 0; count < 40; count++) ask(world, 'a', '10.0.0.2', 80);
    const recent = world.net.recentTraces();
    expect(recent).toHaveLength(100);
    expect(recent.map(({ packetId }) => packetId)).toEqual(
      recent.map(({ packetId }) => packetId).sort((a, b) => a - b),
    );
    expect(recent.every(({ fate }) => fate === 'delivered')).toBe(true);
  });
});

describe('taps', () => {
  it('see frames in and out as tcpdump prints them', () => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'b', 80);
    run(world, 10);
    const tap = world.net.openTap('a', 'tcpdump', 'eth0');
    ask(world, 'a', '10.0.0.2', 80);
    const lines: string[] = [];
    for (let frame = world.net.receiveFrame(tap); frame !== undefined; frame = world.net.receiveFrame(tap))
      lines.push(`${frame.direction} ${summarise(frame.frame)}`);
    const port = /10\.0\.0\.1\.(\d+) >/.exec(lines.join('\n'))?.[1] ?? '';
    expect(
      lines.map((line) =>
        line
          .replaceAll(port, 'P')
          .replace(/(seq|ack) \d+(:\d+)?/g, '$1 N')
          .replace(/is-at [0-9a-f:]+/, 'is-at M'),
      ),
    ).toEqual([
      'out ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      'in ARP, Reply 10.0.0.2 is-at M, length 28',
      'out IP 10.0.0.1.P > 10.0.0.2.80: Flags [S], seq N, win 65535, options [mss 1460], length 0',
      'in IP 10.0.0.2.80 > 10.0.0.1.P: Flags [S.], seq N, ack N, win 65535, options [mss 1460], length 0',
      'out IP 10.0.0.1.P > 10.0.0.2.80: Flags [.], ack N, win 65535, length 0',
      'out IP 10.0.0.1.P > 10.0.0.2.80: Flags [P.], seq N, ack N, win 65535, length 5',
      'in IP 10.0.0.2.80 > 10.0.0.1.P: Flags [.], ack N, win 65530, length 0',
      'in IP 10.0.0.2.80 > 10.0.0.1.P: Flags [P.], seq N, ack N, win 65535, length 5',
      'out IP 10.0.0.1.P > 10.0.0.2.80: Flags [.], ack N, win 65530, length 0',
      'out IP 10.0.0.1.P > 10.0.0.2.80: Flags [F.], seq N, ack N, win 65535, length 0',
      'in IP 10.0.0.2.80 > 10.0.0.1.P: Flags [.], ack N, win 65535, length 0',
      'in IP 10.0.0.2.80 > 10.0.0.1.P: Flags [F.], seq N, ack N, win 65535, length 0',
      'out IP 10.0.0.1.P > 10.0.0.2.80: Flags [.], ack N, win 65535, length 0',
    ]);
    expect(eventsOf(world, tap)).toContain('readable');
  });

  it('hold a bounded number of frames, and stop when closed', () => {
    const world = newWorld();
    twoHosts(world);
    const tap = world.net.openTap('a', 'tcpdump', 'any');
    const socket = must(world.net.bindUdp('a', 'flood', { address: '0.0.0.0', port: 0 }));
    for (let count = 0; count < 2000; count++) {
      world.net.sendTo(socket, { address: '10.0.0.2', port: 9 }, new Uint8Array(1));
      run(world, 1);
    }
    let frames = 0;
    while (world.net.receiveFrame(tap) !== undefined) frames++;
    expect(frames).toBe(1024);
    world.net.closeAll('tcpdump');
    world.net.sendTo(socket, { address: '10.0.0.2', port: 9 }, new Uint8Array(1));
    expect(world.net.receiveFrame(tap)).toBeUndefined();
    expect(() => world.net.openTap('a', 'tcpdump', 'eth9')).toThrow('has no interface eth9');
  });
});
