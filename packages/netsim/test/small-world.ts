import { Simulation, forkState, newSimulationState, utf8Decode, utf8Encode } from '@podwire/sim';
import type { SimulationState } from '@podwire/sim';
import { createNetwork, newNetworkState } from '../src/index.ts';
import type {
  Chain,
  Network,
  NetworkState,
  NetnsId,
  PacketTrace,
  Rule,
  SocketEvent,
  SocketId,
} from '../src/index.ts';

export interface World {
  readonly root: { readonly simulation: SimulationState; readonly network: NetworkState };
  readonly simulation: Simulation;
  readonly net: Network;
  readonly events: { readonly socket: SocketId; readonly owner: string; readonly event: SocketEvent }[];
  /** Called with each socket event, so that a test can play the part of a program. */
  onEvent: (socket: SocketId, owner: string, event: SocketEvent) => void;
}

const START_MS = 1_700_000_000_000;

function wire(root: World['root']): World {
  const simulation = new Simulation(root.simulation);
  const events: World['events'] = [];
  const world: World = {
    root,
    simulation,
    events,
    onEvent: () => undefined,
    net: createNetwork(root.network, {
      simulation,
      onSocketEvent: (socket, owner, event) => {
        events.push({ socket, owner, event });
        world.onEvent(socket, owner, event);
      },
    }),
  };
  return world;
}

export function newWorld(seed = 1): World {
  return wire({ simulation: newSimulationState({ seed, startMs: START_MS }), network: newNetworkState() });
}

export function forkWorld(world: World): World {
  return wire(forkState(world.root));
}

export function run(world: World, ms = 10_000): void {
  const outcome = world.simulation.run({ untilMs: world.simulation.nowMs + ms, maxEvents: 2_000_000 });
  if (outcome === 'budget') throw new Error('the simulation does not come to rest');
}

export function eventsOf(world: World, socket: SocketId): string[] {
  return world.events
    .filter((entry) => entry.socket === socket)
    .map(({ event }) => (event.kind === 'failed' ? `failed ${event.errno}` : event.kind));
}

/** Two hosts on one wire: 10.0.0.1 and 10.0.0.2. */
export function twoHosts(world: World, options: { readonly mtuBytes?: number } = {}): void {
  const { net } = world;
  net.addNetns('a', { label: 'host a' });
  net.addNetns('b', { label: 'host b' });
  net.addVethPair({ netns: 'a', name: 'eth0' }, { netns: 'b', name: 'eth0' }, options);
  net.addAddress('a', 'eth0', '10.0.0.1/24');
  net.addAddress('b', 'eth0', '10.0.0.2/24');
  net.addAddress('a', 'eth0', 'fd00::1/64');
  net.addAddress('b', 'eth0', 'fd00::2/64');
  net.setUp('a', 'eth0', true);
  net.setUp('b', 'eth0', true);
}

/** A node with pods on a bridge, as a bridge plugin makes it: pod i has 10.244.N.(i+1), the bridge .1. */
export function addNode(
  world: World,
  name: string,
  index: number,
  options: { readonly bridgeNetfilter?: boolean; readonly pods?: number; readonly hairpin?: boolean } = {},
): void {
  const { net } = world;
  net.addNetns(name, {
    label: `node ${name}`,
    forwarding: true,
    bridgeNetfilter: options.bridgeNetfilter ?? true,
  });
  net.addBridge(name, 'cni0');
  net.setUp(name, 'cni0', true);
  net.addAddress(name, 'cni0', `10.244.${index}.1/24`);
  net.addAddress(name, 'cni0', `fd10:244:0:${index}::1/64`);
  for (let pod = 1; pod <= (options.pods ?? 2); pod++) {
    const id = `${name}-pod${pod}`;
    net.addNetns(id, { label: `pod ${id}` });
    net.addVethPair({ netns: id, name: 'eth0' }, { netns: name, name: `veth${pod}` });
    net.setMaster(name, `veth${pod}`, 'cni0', { hairpin: options.hairpin ?? true });
    net.setUp(name, `veth${pod}`, true);
    net.setUp(id, 'eth0', true);
    net.addAddress(id, 'eth0', `10.244.${index}.${pod + 1}/24`);
    net.addRoute(id, { destination: '0.0.0.0/0', via: `10.244.${index}.1`, interfaceName: 'eth0' });
    net.addAddress(id, 'eth0', `fd10:244:0:${index}::${pod + 1}/64`);
    net.addRoute(id, { destination: '::/0', via: `fd10:244:0:${index}::1`, interfaceName: 'eth0' });
  }
}

/** Nodes on one switch: node i has 172.18.0.(i+1); routes to each other's pods. */
export function cluster(
  world: World,
  nodes: number,
  options: {
    readonly bridgeNetfilter?: boolean;
    readonly pods?: number;
    readonly hairpin?: boolean;
    readonly overlay?: boolean;
  } = {},
): void {
  const { net } = world;
  net.addNetns('switch', { label: 'switch' });
  net.addBridge('switch', 'br0');
  net.setUp('switch', 'br0', true);
  for (let index = 0; index < nodes; index++) {
    const name = `node${index}`;
    addNode(world, name, index, options);
    net.addVethPair(
      { netns: name, name: 'eth0' },
      { netns: 'switch', name: `port${index}` },
      { latencyMs: 0.1 },
    );
    net.setMaster('switch', `port${index}`, 'br0');
    net.setUp('switch', `port${index}`, true);
    net.setUp(name, 'eth0', true);
    net.addAddress(name, 'eth0', `172.18.0.${index + 1}/24`);
    net.addAddress(name, 'eth0', `fd72::${index + 1}/64`);
  }
  for (let from = 0; from < nodes; from++) {
    if (options.overlay === true) {
      net.addVxlan(`node${from}`, 'vxlan1', { vni: 1, local: `172.18.0.${from + 1}` });
      net.addAddress(`node${from}`, 'vxlan1', `10.244.${from}.0/32`);
      net.setUp(`node${from}`, 'vxlan1', true);
    }
  }
  for (let from = 0; from < nodes; from++) {
    for (let to = 0; to < nodes; to++) {
      if (from === to) continue;
      if (options.overlay === true) {
        const mac = net.interfaces(`node${to}`).find(({ name }) => name === 'vxlan1')?.mac ?? '';
        net.addVxlanPeer(`node${from}`, 'vxlan1', {
          mac,
          remote: `172.18.0.${to + 1}`,
          address: `10.244.${to}.0`,
        });
        net.addRoute(`node${from}`, {
          destination: `10.244.${to}.0/24`,
          via: `10.244.${to}.0`,
          interfaceName: 'vxlan1',
          onLink: true,
        });
      } else {
        net.addRoute(`node${from}`, {
          destination: `10.244.${to}.0/24`,
          via: `172.18.0.${to + 1}`,
          interfaceName: 'eth0',
        });
        net.addRoute(`node${from}`, {
          destination: `fd10:244:0:${to}::/64`,
          via: `fd72::${to + 1}`,
          interfaceName: 'eth0',
        });
      }
    }
  }
}

/** A server that sends back, upper-cased, whatever it gets, and closes when the client does. */
export function serve(world: World, netns: NetnsId, port: number, address = '0.0.0.0'): SocketId {
  const owner = `server ${netns} ${port}`;
  const listener = must(world.net.listenTcp(netns, owner, { address, port }));
  const next = world.onEvent;
  world.onEvent = (socket, who, event) => {
    next(socket, who, event);
    if (who !== owner) return;
    if (event.kind === 'incoming') {
      while (world.net.accept(listener).ok);
      return;
    }
    if (event.kind !== 'readable' && event.kind !== 'end') return;
    for (;;) {
      const data = world.net.receive(socket);
      if (!data.ok) return;
      if (data.value === undefined) {
        world.net.close(socket);
        return;
      }
      if (data.value.length === 0) return;
      world.net.send(socket, utf8Encode(utf8Decode(data.value).toUpperCase()));
    }
  };
  return listener;
}

export type Asked = { readonly outcome: string; readonly text: string; readonly tookMs: number };

/** Connects, sends a line, reads the answer. */
export function ask(
  world: World,
  netns: NetnsId,
  address: string,
  port: number,
  options: { readonly text?: string; readonly owner?: string; readonly withinMs?: number } = {},
): Asked {
  const { net, simulation } = world;
  const owner = options.owner ?? `client ${netns}`;
  const startMs = simulation.nowMs;
  const opened = net.connectTcp(netns, owner, { address, port });
  if (!opened.ok) return { outcome: opened.errno, text: '', tookMs: 0 };
  const socket = opened.value;
  const text = options.text ?? 'hello';
  let outcome = 'timed out';
  let answer = '';
  let done = false;
  const next = world.onEvent;
  world.onEvent = (id, who, event) => {
    next(id, who, event);
    if (id !== socket) return;
    if (event.kind === 'failed') {
      outcome = event.errno;
      done = true;
    } else if (event.kind === 'connected') {
      net.send(socket, utf8Encode(text));
    } else if (event.kind === 'readable') {
      const data = net.receive(socket);
      if (data.ok && data.value !== undefined) answer += utf8Decode(data.value);
      if (answer.length >= text.length) {
        outcome = 'answered';
        done = true;
      }
    }
  };
  simulation.run({
    untilMs: startMs + (options.withinMs ?? 200_000),
    maxEvents: 1_000_000,
    condition: () => done,
  });
  const tookMs = simulation.nowMs - startMs;
  net.close(socket);
  world.onEvent = next;
  run(world, 5);
  return { outcome, text: answer, tookMs };
}

export function must<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly errno: string },
): Value {
  if (!result.ok) throw new Error(result.errno);
  return result.value;
}

/** Puts a table `t` of one chain on a hook. */
export function hookChain(
  world: World,
  netns: NetnsId,
  chain: Omit<Chain, 'name' | 'rules'>,
  rules: readonly Rule[],
  table = 't',
): void {
  const name = 'base';
  world.net.changeRuleset(netns, [
    {
      op: 'put-table',
      table: {
        name: table,
        chains: new Map([[name, { name, ...chain, rules }]]),
        sets: new Map(),
        maps: new Map(),
      },
    },
  ]);
}

export function story(trace: PacketTrace): string[] {
  return trace.steps.map((step) => `${step.where} | ${step.stage} | ${step.decision} | ${step.detail}`);
}
