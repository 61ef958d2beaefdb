import { nextInt, seedRandom, utf8Encode } from '@podwire/sim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, eventsOf, hookChain, must, newWorld, run, serve, twoHosts } from '../../test/small-world.ts';
import type { World } from '../../test/small-world.ts';
import type { SocketId } from '../index.ts';

const CLIENT = 'client';
const SERVER = 'server';

function pair(world: World): { client: SocketId; server: SocketId; listener: SocketId } {
  const listener = must(world.net.listenTcp('b', SERVER, { address: '0.0.0.0', port: 80 }));
  const client = must(world.net.connectTcp('a', CLIENT, { address: '10.0.0.2', port: 80 }));
  run(world, 50);
  return { client, server: must(world.net.accept(listener)), listener };
}

function text(world: World, socket: SocketId): string {
  const data = must(world.net.receive(socket));
  return data === undefined ? 'END' : Buffer.from(data).toString();
}

describe('TCP connections', () => {
  it('are refused with a RST where nobody listens', () => {
    const world = newWorld();
    twoHosts(world);
    world.net.traceOwner('client a');
    const asked = ask(world, 'a', '10.0.0.2', 81);
    expect(asked.outcome).toBe('ECONNREFUSED');
    expect(asked.tookMs).toBeLessThan(1);
    expect(world.net.takeTraces('client a').map(({ summary, fate }) => `${summary} ${fate}`)).toEqual([
      'TCP SYN rejected',
      'TCP RST delivered',
    ]);
  });

  it('carry bytes both ways, close in order, and leave TIME-WAIT behind on the side that closed first', () => {
    const world = newWorld();
    twoHosts(world);
    const { client, server } = pair(world);
    expect(eventsOf(world, client)).toEqual(['connected']);
    world.net.send(client, utf8Encode('ping'));
    run(world, 10);
    expect(text(world, server)).toBe('ping');
    expect(text(world, server)).toBe('');
    world.net.send(server, utf8Encode('pong'));
    world.net.close(server);
    run(world, 10);
    expect(text(world, client)).toBe('pong');
    expect(text(world, client)).toBe('END');
    expect(eventsOf(world, client)).toEqual(['connected', 'readable', 'end']);
    world.net.close(client);
    run(world, 10);
    expect(world.net.sockets('a')).toEqual([]);
    expect(world.net.sockets('b').map(({ state }) => state)).toEqual(['LISTEN', 'TIME-WAIT']);
    run(world, 61_000);
    expect(world.net.sockets('b').map(({ state }) => state)).toEqual(['LISTEN']);
  });

  it('stay open in one direction after a half-close (RFC 9293 3.6)', () => {
    const world = newWorld();
    twoHosts(world);
    const { client, server } = pair(world);
    world.net.send(client, utf8Encode('question'));
    world.net.shutdown(client);
    run(world, 10);
    expect(text(world, server)).toBe('question');
    expect(text(world, server)).toBe('END');
    expect(world.net.send(client, utf8Encode('more'))).toEqual({ ok: false, errno: 'EPIPE' });
    run(world, 5000);
    world.net.send(server, utf8Encode('late answer'));
    run(world, 10);
    expect(text(world, client)).toBe('late answer');
    expect(world.net.socketInfo(client)?.state).toBe('FIN-WAIT-2');
    expect(world.net.socketInfo(server)?.state).toBe('CLOSE-WAIT');
  });

  it('are reset by abort, and by closing with unread data', () => {
    for (const how of ['abort', 'unread'] as const) {
      const world = newWorld();
      twoHosts(world);
      const { client, server } = pair(world);
      if (how === 'unread') {
        world.net.send(client, utf8Encode('never read'));
        run(world, 10);
        world.net.close(server);
      } else {
        world.net.abort(server);
      }
      run(world, 10);
      expect(eventsOf(world, client)).toContain('failed ECONNRESET');
      expect(world.net.receive(client)).toEqual({ ok: false, errno: 'ECONNRESET' });
      expect(world.net.receive(client)).toEqual({ ok: true, value: undefined });
      expect(world.net.send(client, utf8Encode('x'))).toEqual({ ok: false, errno: 'EPIPE' });
    }
  });

  it('SYNs are sent again after 1, 2, 4… s, and given up with ETIMEDOUT after 127 s', () => {
    const world = newWorld();
    twoHosts(world);
    hookChain(world, 'b', { hook: 'input' }, [{ match: { protocol: 'tcp' }, action: { kind: 'drop' } }]);
    world.net.traceOwner('client a');
    const startMs = world.simulation.nowMs;
    const asked = ask(world, 'a', '10.0.0.2', 80);
    expect(asked.outcome).toBe('ETIMEDOUT');
    expect(asked.tookMs).toBeCloseTo(127_000, 0);
    const sent = world.net
      .takeTraces('client a')
      .map(({ sentAtMs }) => Math.round((sentAtMs - startMs) / 1000));
    expect(sent).toEqual([0, 1, 3, 7, 15, 31, 63]);
  });

  it('fail with EHOSTUNREACH when no neighbour answers, after three requests', () => {
    const world = newWorld();
    twoHosts(world);
    const asked = ask(world, 'a', '10.0.0.77', 80);
    expect(asked.outcome).toBe('EHOSTUNREACH');
    expect(asked.tookMs).toBeCloseTo(3000, 0);
    expect(world.net.neighbors('a')).toMatchObject([{ address: '10.0.0.77', state: 'FAILED' }]);
  });

  it('fail at once with ENETUNREACH when there is no route', () => {
    const world = newWorld();
    twoHosts(world);
    expect(ask(world, 'a', '192.0.2.1', 80).outcome).toBe('ENETUNREACH');
  });

  it('work over loopback, IPv4 and IPv6', () => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'a', 8080, '127.0.0.1');
    serve(world, 'a', 8081, '::');
    expect(ask(world, 'a', '127.0.0.1', 8080)).toMatchObject({ outcome: 'answered', text: 'HELLO' });
    expect(ask(world, 'a', '10.0.0.1', 8080).outcome).toBe('ECONNREFUSED');
    expect(ask(world, 'a', '10.0.0.1', 8081).outcome).toBe('answered');
    expect(ask(world, 'a', '::1', 8081).outcome).toBe('answered');
    expect(ask(world, 'b', 'fd00::1', 8081).outcome).toBe('answered');
    expect(ask(world, 'b', '10.0.0.1', 8081).outcome).toBe('answered');
  });

  it('a port is bound once', () => {
    const world = newWorld();
    twoHosts(world);
    const listen = (address: string, port: number): string => {
      const result = world.net.listenTcp('a', SERVER, { address, port });
      return result.ok ? 'ok' : result.errno;
    };
    expect(listen('0.0.0.0', 80)).toBe('ok');
    expect(listen('0.0.0.0', 80)).toBe('EADDRINUSE');
    expect(listen('10.0.0.1', 80)).toBe('EADDRINUSE');
    expect(listen('::', 80)).toBe('EADDRINUSE');
    expect(listen('10.0.0.1', 81)).toBe('ok');
    expect(listen('127.0.0.1', 81)).toBe('ok');
    expect(listen('0.0.0.0', 81)).toBe('EADDRINUSE');
    expect(listen('10.0.0.9', 82)).toBe('EADDRNOTAVAIL');
    expect(listen('10.0.0.1', 70_000)).toBe('EINVAL');
    expect(listen('0.0.0.0', 0)).toBe('ok');
  });

  it('a full accept queue holds further clients up, and none of them is lost', () => {
    const world = newWorld();
    twoHosts(world);
    // So that the neighbour is known, and no packet has to wait for it.
    ask(world, 'a', '10.0.0.2', 9);
    const listener = must(world.net.listenTcp('b', SERVER, { address: '0.0.0.0', port: 80 }));
    const clients = Array.from({ length: 300 }, () =>
      must(world.net.connectTcp('a', CLIENT, { address: '10.0.0.2', port: 80 })),
    );
    run(world, 500);
    expect(clients.filter((client) => eventsOf(world, client).includes('connected'))).toHaveLength(256);
    while (world.net.accept(listener).ok);
    run(world, 1000);
    expect(clients.filter((client) => eventsOf(world, client).includes('connected'))).toHaveLength(300);
  });

  it('closing a listener resets those who wait in its queue', () => {
    const world = newWorld();
    twoHosts(world);
    const listener = must(world.net.listenTcp('b', SERVER, { address: '0.0.0.0', port: 80 }));
    const client = must(world.net.connectTcp('a', CLIENT, { address: '10.0.0.2', port: 80 }));
    run(world, 10);
    world.net.close(listener);
    run(world, 10);
    expect(eventsOf(world, client)).toEqual(['connected', 'failed ECONNRESET']);
    expect(world.root.network.sockets.size).toBe(1);
  });

  it('an owner holds no more than 1024 sockets', () => {
    const world = newWorld();
    twoHosts(world);
    let errno = '';
    for (let port = 1; port <= 1100 && errno === ''; port++) {
      const result = world.net.listenTcp('a', SERVER, { address: '0.0.0.0', port });
      if (!result.ok) errno = `${result.errno} at ${port}`;
    }
    expect(errno).toBe('EMFILE at 1025');
    world.net.closeAll(SERVER);
    expect(world.net.sockets('a')).toEqual([]);
  });

  it('a process that ends closes its sockets; its peer sees the end', () => {
    const world = newWorld();
    twoHosts(world);
    const { client } = pair(world);
    world.net.closeAll(SERVER);
    run(world, 10);
    expect(eventsOf(world, client)).toEqual(['connected', 'end']);
    expect(ask(world, 'a', '10.0.0.2', 80).outcome).toBe('ECONNREFUSED');
  });
});

/** Sends `data` from client to server while both only do what events tell them. */
function transfer(
  world: World,
  data: Uint8Array,
  limitMs: number,
): { readonly received: Uint8Array; readonly tookMs: number } {
  const { net, simulation } = world;
  const { client, server } = pair(world);
  let sent = 0;
  const pieces: Uint8Array[] = [];
  let done = false;
  const pump = (): void => {
    while (sent < data.length) {
      const result = net.send(client, data.subarray(sent));
      if (!result.ok) throw new Error(result.errno);
      if (result.value === 0) return;
      sent += result.value;
    }
    net.shutdown(client);
  };
  world.onEvent = (socket, _owner, event) => {
    if (event.kind === 'failed') throw new Error(event.errno);
    if (socket === client && event.kind === 'writable') pump();
    if (socket !== server || (event.kind !== 'readable' && event.kind !== 'end')) return;
    for (;;) {
      const piece = must(net.receive(server, 5000));
      if (piece === undefined) done = true;
      if (piece === undefined || piece.length === 0) return;
      pieces.push(piece);
    }
  };
  const startMs = simulation.nowMs;
  pump();
  simulation.run({ untilMs: startMs + limitMs, maxEvents: 2_000_000, condition: () => done });
  return { received: Uint8Array.from(Buffer.concat(pieces)), tookMs: simulation.nowMs - startMs };
}

function bytes(length: number, seed: number): Uint8Array {
  const random = seedRandom(seed);
  return Uint8Array.from({ length }, () => nextInt(random, 256));
}

describe('TCP streams', () => {
  it('carry a megabyte unchanged', () => {
    const world = newWorld();
    twoHosts(world);
    const data = bytes(1_000_000, 7);
    const { received, tookMs } = transfer(world, data, 60_000);
    expect(Buffer.compare(received, data)).toBe(0);
    expect(tookMs).toBeLessThan(1000);
    run(world, 10);
    expect(world.root.network.traces.flights.size).toBe(0);
  });

  it('segments fit the MTU', () => {
    const world = newWorld();
    twoHosts(world, { mtuBytes: 600 });
    const tap = world.net.openTap('b', 'tcpdump', 'eth0');
    transfer(world, bytes(5000, 1), 1000);
    const sizes: number[] = [];
    for (let frame = world.net.receiveFrame(tap); frame !== undefined; frame = world.net.receiveFrame(tap)) {
      if (frame.frame.payload.kind === 'ip' && frame.frame.payload.transport.kind === 'tcp')
        sizes.push(frame.frame.payload.transport.data.length);
    }
    expect(Math.max(...sizes)).toBe(560);
  });

  it('a reader that does not read stops the sender at a full window, and reading lets it go on', () => {
    const world = newWorld();
    twoHosts(world);
    const { client, server } = pair(world);
    const data = bytes(200_000, 3);
    const first = must(world.net.send(client, data));
    expect(first).toBe(65_536);
    run(world, 30_000);
    // The send buffer is full again behind the full window.
    const second = must(world.net.send(client, data.subarray(first)));
    run(world, 30_000);
    expect(must(world.net.send(client, data.subarray(first + second)))).toBe(0);
    let total = 0;
    for (let rounds = 0; rounds < 50; rounds++) {
      const piece = must(world.net.receive(server));
      total += piece?.length ?? 0;
      run(world, 50);
    }
    expect(total).toBe(first + second);
    expect(eventsOf(world, client)).toContain('writable');
  });

  it('finds out that a shut window has opened, although the news of it was lost', () => {
    const world = newWorld();
    twoHosts(world);
    const { client, server } = pair(world);
    world.net.send(client, bytes(65_536, 3));
    run(world, 2000);
    // Now nothing gets back from the server for a while.
    hookChain(world, 'b', { hook: 'output' }, [{ match: {}, action: { kind: 'drop' } }]);
    expect(must(world.net.receive(server))?.length).toBe(65_535);
    run(world, 1000);
    world.net.changeRuleset('b', [{ op: 'delete-table', table: 't' }]);
    run(world, 60_000);
    expect(must(world.net.receive(server))?.length).toBe(1);
  });

  it('are whole and in order under random loss', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 40_000 }),
        (seed, lossPercent, length) => {
          const world = newWorld(seed);
          twoHosts(world);
          const data = bytes(length, seed);
          lose(world, seed, lossPercent);
          const { received } = transfer(world, data, 3_600_000);
          expect(received.length).toBe(length);
          expect(Buffer.compare(received, data)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** Takes `percent` of all frames that carry IP packets off the wire, by taking their events out of the simulation. */
function lose(world: World, seed: number, percent: number): void {
  const random = seedRandom(seed + 1);
  const { simulation } = world;
  const schedule = simulation.schedule.bind(simulation);
  let handshakeFrames = 8;
  simulation.schedule = (delayMs, target, data) => {
    const event = data as { kind?: string; frame?: { payload: { kind: string } } };
    const isPacket = event.kind === 'frame' && event.frame?.payload.kind === 'ip';
    if (isPacket && handshakeFrames-- <= 0 && nextInt(random, 100) < percent) {
      world.root.network.framesInFlight--;
      return -1;
    }
    return schedule(delayMs, target, data);
  };
}

describe('whatever two programs do', () => {
  type Deed = {
    readonly side: 'client' | 'server';
    readonly what: 'send' | 'receive' | 'shutdown' | 'close' | 'abort' | 'wait';
    readonly amount: number;
  };
  const deed: fc.Arbitrary<Deed> = fc.record({
    side: fc.constantFrom('client', 'server'),
    what: fc.constantFrom('send', 'send', 'receive', 'receive', 'shutdown', 'close', 'abort', 'wait'),
    amount: fc.integer({ min: 1, max: 70_000 }),
  });

  it('nobody reads what was not sent, and in the end nothing is left of the connection', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom(0, 0, 15),
        fc.array(deed, { maxLength: 30 }),
        (seed, lossPercent, deeds) => {
          const world = newWorld(seed);
          twoHosts(world);
          const { net } = world;
          lose(world, seed, lossPercent);
          const { client, server, listener } = pair(world);
          const sent = { client: '', server: '' };
          const read = { client: '', server: '' };
          for (const { side, what, amount } of deeds) {
            const socket = side === 'client' ? client : server;
            if (what === 'send') {
              const text = String.fromCharCode(97 + (sent[side].length % 26)).repeat(amount);
              const result = net.send(socket, utf8Encode(text));
              if (result.ok) sent[side] += text.slice(0, result.value);
            } else if (what === 'receive') {
              const result = net.receive(socket, amount);
              if (result.ok && result.value !== undefined) read[side] += Buffer.from(result.value).toString();
            } else if (what === 'wait') {
              run(world, amount / 100);
            } else {
              net[what](socket);
            }
          }
          expect(sent.server.startsWith(read.client)).toBe(true);
          expect(sent.client.startsWith(read.server)).toBe(true);
          net.close(client);
          net.close(server);
          net.close(listener);
          const outcome = world.simulation.run({ untilMs: Number.MAX_SAFE_INTEGER, maxEvents: 100_000 });
          expect(outcome).toBe('idle');
          expect([...world.root.network.sockets.values()]).toEqual([]);
          expect([
            world.root.network.netns.get('a')?.tcpConnections.size,
            world.root.network.netns.get('b')?.tcpConnections.size,
          ]).toEqual([0, 0]);
          expect(world.root.network.owned.size).toBe(0);
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('addresses of sockets', () => {
  it.each([
    ['FD00:0::0:2', 'answered'],
    ['::ffff:10.0.0.2', 'answered'],
    ['10.0.0.2.', 'EINVAL'],
    ['example.com', 'EINVAL'],
    ['', 'EINVAL'],
    ['224.0.0.1', 'ENETUNREACH'],
    ['255.255.255.255', 'ENETUNREACH'],
    ['ff02::1', 'ENETUNREACH'],
  ])('connect to %j: %s', (address, outcome) => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'b', 80, '::');
    world.net.addRoute('a', { destination: '0.0.0.0/0', via: '10.0.0.2', interfaceName: 'eth0' });
    expect(ask(world, 'a', address, 80).outcome).toBe(outcome);
  });

  it.each([-1, 1.5, 65_536, Number.NaN])('a port of %s is refused', (port) => {
    const world = newWorld();
    twoHosts(world);
    expect(world.net.connectTcp('a', CLIENT, { address: '10.0.0.2', port })).toEqual({
      ok: false,
      errno: 'EINVAL',
    });
    expect(world.net.bindUdp('a', CLIENT, { address: '0.0.0.0', port })).toEqual({
      ok: false,
      errno: 'EINVAL',
    });
  });
});
