import * as icmp from './icmp/sockets.ts';
import { sendError, sendLocal } from './ip/output.ts';
import { neighborTimer } from './ip/neighbor.ts';
import { NetnsViews } from './ip/views.ts';
import { NET_TARGET } from './events.ts';
import type { NetEvent } from './events.ts';
import type { Kernel } from './kernel.ts';
import { netnsOf } from './kernel.ts';
import * as links from './link/interfaces.ts';
import { receiveFrame } from './link/receive.ts';
import { endFrame } from './link/transmit.ts';
import { applyRuleset } from './netfilter/changes.ts';
import type { Network, NetworkWiring, NetnsId, SocketAddress, SocketId } from './network.ts';
import { conntrackEntries, forgetConnections, neighborInfos, socketInfoOf, socketInfos } from './observe.ts';
import { canonicalAddress, failed } from './socket/ports.ts';
import { addSocket, disown, mayOpen, own } from './socket/registry.ts';
import { newNetnsState } from './state.ts';
import type { NetworkState } from './state.ts';
import * as tcp from './tcp/sockets.ts';
import { tcpTimer } from './tcp/timer.ts';
import { TraceStore } from './trace/store.ts';
import * as udp from './udp/sockets.ts';
import type { TapSocket } from './udp/state.ts';

const ANY_LENGTH = Number.MAX_SAFE_INTEGER;

function newKernel(state: NetworkState, wiring: NetworkWiring): Kernel {
  const { simulation } = wiring;
  return {
    state,
    simulation,
    trace: new TraceStore(state.traces, () => simulation.nowMs),
    views: new NetnsViews(),
    schedule: (delayMs, event) => {
      simulation.schedule(delayMs, NET_TARGET, event);
    },
    notify: (socket, event) => {
      if (socket.announced.has(event.kind)) return;
      socket.announced.add(event.kind);
      simulation.schedule(
        0,
        NET_TARGET,
        Object.freeze({ kind: 'socket-event', socket: socket.id, event: Object.freeze(event) }),
      );
    },
  };
}

/** One event of the simulation that is addressed to the network. */
function handle(kernel: Kernel, wiring: NetworkWiring, event: NetEvent): void {
  const { state } = kernel;
  switch (event.kind) {
    case 'frame': {
      state.framesInFlight--;
      const netns = state.netns.get(event.netns);
      const link = netns?.interfaces.get(event.interfaceName);
      if (netns === undefined || link === undefined) endFrame(kernel, event.frame, 'dropped');
      else receiveFrame(kernel, netns, link, event.frame, event.kept);
      return;
    }
    case 'encapsulated': {
      const netns = state.netns.get(event.netns);
      if (netns === undefined) kernel.trace.end(event.packet, 'dropped');
      else
        sendLocal(kernel, netns, event.packet, {
          owners: [],
          fromSocket: false,
          summary: 'a VXLAN datagram',
        });
      return;
    }
    case 'neighbor-timer': {
      const netns = state.netns.get(event.netns);
      if (netns === undefined) return;
      for (const packet of neighborTimer(kernel, netns, event.interfaceName, event.address, event.round)) {
        sendError(kernel, netns, packet, {
          kind: 'icmp',
          type: 'destination-unreachable',
          code: 'host',
          about: packet,
        });
        kernel.trace.end(packet, 'dropped');
      }
      return;
    }
    case 'tcp-timer': {
      const socket = state.sockets.get(event.socket);
      if (socket?.kind === 'tcp') tcpTimer(kernel, socket);
      return;
    }
    case 'socket-event': {
      const socket = state.sockets.get(event.socket);
      if (socket === undefined) return;
      socket.announced.delete(event.event.kind);
      const isUnclaimed = socket.kind === 'tcp' && (socket.orphan || socket.listener !== undefined);
      if (!isUnclaimed) wiring.onSocketEvent(socket.id, socket.owner, event.event);
      return;
    }
  }
}

/** Behaviour over a network's state, wired to its simulation. A forked state gets a network of its own. */
export function createNetwork(state: NetworkState, wiring: NetworkWiring): Network {
  const kernel = newKernel(state, wiring);
  wiring.simulation.on(NET_TARGET, (data) => {
    handle(kernel, wiring, data as NetEvent);
  });
  return { ...namespaces(kernel), ...observation(kernel), ...sockets(kernel), ...watching(kernel) };
}

type Namespaces = Pick<
  Network,
  | 'addNetns'
  | 'removeNetns'
  | 'hasNetns'
  | 'netnsIds'
  | 'addVethPair'
  | 'addBridge'
  | 'addDummy'
  | 'addVxlan'
  | 'addVxlanPeer'
  | 'removeVxlanPeer'
  | 'removeInterface'
  | 'setMaster'
  | 'setUp'
  | 'setMtu'
  | 'addAddress'
  | 'removeAddress'
  | 'addRoute'
  | 'removeRoute'
  | 'changeRuleset'
>;

function namespaces(kernel: Kernel): Namespaces {
  return {
    addNetns: (id, options) => {
      if (kernel.state.netns.has(id)) throw new Error(`there is already a network namespace "${id}"`);
      const netns = newNetnsState(id, {
        label: options.label,
        forwarding: options.forwarding ?? false,
        routeLocalnet: options.routeLocalnet ?? false,
        bridgeNetfilter: options.bridgeNetfilter ?? false,
      });
      kernel.state.netns.set(id, netns);
      links.addLoopback(kernel, netns);
    },
    removeNetns: (id) => removeNetns(kernel, id),
    hasNetns: (id) => kernel.state.netns.has(id),
    netnsIds: () => [...kernel.state.netns.keys()],
    addVethPair: (a, b, options) => links.addVethPair(kernel, a, b, options),
    addBridge: (netns, name, options) => links.addBridge(kernel, netns, name, options),
    addDummy: (netns, name) => links.addDummy(kernel, netns, name),
    addVxlan: (netns, name, options) => links.addVxlan(kernel, netns, name, options),
    addVxlanPeer: (netns, name, peer) => links.addVxlanPeer(kernel, netns, name, peer),
    removeVxlanPeer: (netns, name, mac) => links.removeVxlanPeer(kernel, netns, name, mac),
    removeInterface: (netns, name) => links.removeInterface(kernel, netns, name),
    setMaster: (netns, name, bridge, options) => links.setMaster(kernel, netns, name, bridge, options),
    setUp: (netns, name, up) => links.setUp(kernel, netns, name, up),
    setMtu: (netns, name, mtuBytes) => links.setMtu(kernel, netns, name, mtuBytes),
    addAddress: (netns, name, cidr) => links.addAddress(kernel, netns, name, cidr),
    removeAddress: (netns, name, cidr) => links.removeAddress(kernel, netns, name, cidr),
    addRoute: (netns, route) => links.addRoute(kernel, netns, route),
    removeRoute: (netns, destination, via) => links.removeRoute(kernel, netns, destination, via),
    changeRuleset: (netns, changes) => applyRuleset(netnsOf(kernel, netns), changes),
  };
}

function removeNetns(kernel: Kernel, id: NetnsId): void {
  const netns = netnsOf(kernel, id);
  for (const name of [...netns.interfaces.keys()])
    if (name !== 'lo' && netns.interfaces.has(name)) links.removeInterface(kernel, id, name);
  for (const socket of [...kernel.state.sockets.values()]) {
    if (socket.netns !== id) continue;
    disown(kernel, socket.owner, socket.id);
    kernel.state.sockets.delete(socket.id);
  }
  kernel.state.netns.delete(id);
  kernel.views.forget(id);
}

type Observation = Pick<
  Network,
  | 'interfaces'
  | 'routes'
  | 'tables'
  | 'conntrack'
  | 'neighbors'
  | 'sockets'
  | 'addressOwner'
  | 'flushConntrack'
>;

function observation(kernel: Kernel): Observation {
  return {
    interfaces: (id) =>
      [...netnsOf(kernel, id).interfaces.values()].map((link) => links.interfaceInfo(kernel, link)),
    routes: (id) => {
      const netns = netnsOf(kernel, id);
      return netns.routes.filter((route) => netns.interfaces.get(route.interfaceName)?.up === true);
    },
    tables: (id) => netnsOf(kernel, id).tables,
    conntrack: (id) => conntrackEntries(netnsOf(kernel, id), kernel.simulation.nowMs),
    neighbors: (id) => neighborInfos(netnsOf(kernel, id), kernel.simulation.nowMs),
    sockets: (id) => socketInfos(kernel, netnsOf(kernel, id)),
    addressOwner: (address) => links.addressOwner(kernel, address),
    flushConntrack: (id, matches = () => true) =>
      forgetConnections(netnsOf(kernel, id), kernel.simulation.nowMs, matches),
  };
}

type Sockets = Pick<
  Network,
  | 'listenTcp'
  | 'accept'
  | 'connectTcp'
  | 'send'
  | 'receive'
  | 'shutdown'
  | 'close'
  | 'abort'
  | 'bindUdp'
  | 'connectUdp'
  | 'sendTo'
  | 'receiveFrom'
  | 'openPing'
  | 'sendEcho'
  | 'receiveEcho'
  | 'setOwner'
  | 'socketInfo'
  | 'closeAll'
>;

function plain({ address, port }: SocketAddress): SocketAddress {
  return { address: canonicalAddress(address), port };
}

function plainPart(local: Partial<SocketAddress> | undefined): Partial<SocketAddress> | undefined {
  return local?.address === undefined ? local : { ...local, address: canonicalAddress(local.address) };
}

function sockets(kernel: Kernel): Sockets {
  /** The sockets of a removed namespace are gone under their processes: what they do then fails, and breaks nothing. */
  const find = (id: SocketId) => kernel.state.sockets.get(id);
  const connection = (id: SocketId) => {
    const socket = find(id);
    return socket?.kind === 'tcp' && !socket.orphan ? socket : undefined;
  };
  return {
    listenTcp: (netns, owner, local) => tcp.listenTcp(kernel, netns, owner, plain(local)),
    accept: (listener) => tcp.acceptTcp(kernel, listener),
    connectTcp: (netns, owner, remote, local) =>
      tcp.connectTcp(kernel, netns, owner, plain(remote), plainPart(local)),
    send: (id, data) => {
      const socket = find(id);
      if (socket?.kind === 'udp' && socket.remote !== undefined) {
        const sent = udp.sendUdp(kernel, socket, socket.remote, data, undefined);
        return sent.ok ? { ok: true, value: data.length } : sent;
      }
      const stream = connection(id);
      return stream === undefined ? failed('ENOTCONN') : tcp.sendTcp(kernel, stream, data);
    },
    receive: (id, maxBytes) => {
      const stream = connection(id);
      return stream === undefined
        ? failed('ENOTCONN')
        : tcp.receiveTcp(kernel, stream, maxBytes ?? ANY_LENGTH);
    },
    shutdown: (id) => {
      const stream = connection(id);
      if (stream !== undefined) tcp.shutdownTcp(kernel, stream);
    },
    close: (id) => closeSocket(kernel, id),
    abort: (id) => {
      const stream = connection(id);
      if (stream === undefined) closeSocket(kernel, id);
      else tcp.abortTcp(kernel, stream);
    },
    bindUdp: (netns, owner, local) => udp.bindUdp(kernel, netns, owner, plain(local)),
    connectUdp: (netns, owner, remote, local) =>
      udp.connectUdp(kernel, netns, owner, plain(remote), plainPart(local)),
    sendTo: (id, remote, data, source) => {
      const socket = find(id);
      return socket?.kind === 'udp'
        ? udp.sendUdp(kernel, socket, plain(remote), data, source)
        : failed('ENOTCONN');
    },
    receiveFrom: (id) => {
      const socket = find(id);
      if (socket?.kind !== 'udp') return undefined;
      const datagram = socket.queue.shift();
      if (datagram !== undefined) socket.queuedBytes -= datagram.data.length;
      return datagram;
    },
    openPing: (netns, owner) => icmp.openPing(kernel, netns, owner),
    sendEcho: (id, to, echo) => {
      const socket = find(id);
      return socket?.kind === 'ping'
        ? icmp.sendEcho(kernel, socket, canonicalAddress(to), echo)
        : failed('ENOTCONN');
    },
    receiveEcho: (id) => {
      const socket = find(id);
      return socket?.kind === 'ping' ? socket.queue.shift() : undefined;
    },
    setOwner: (id, owner) => {
      const socket = find(id);
      if (socket === undefined) return;
      disown(kernel, socket.owner, id);
      socket.owner = owner;
      own(kernel, owner, id);
    },
    socketInfo: (id) => {
      const socket = find(id);
      return socket === undefined ? undefined : socketInfoOf(socket);
    },
    closeAll: (owner) => {
      for (const id of [...(kernel.state.owned.get(owner) ?? [])]) closeSocket(kernel, id);
    },
  };
}

function closeSocket(kernel: Kernel, id: SocketId): void {
  const socket = kernel.state.sockets.get(id);
  switch (socket?.kind) {
    case undefined:
      return;
    case 'tcp':
      tcp.closeTcp(kernel, socket);
      return;
    case 'tcp-listener':
      tcp.closeListener(kernel, socket);
      return;
    case 'udp':
      udp.closeUdp(kernel, socket);
      return;
    case 'ping':
      icmp.closePing(kernel, socket);
      return;
    case 'tap':
      closeTap(kernel, socket);
      return;
  }
}

function closeTap(kernel: Kernel, tap: TapSocket): void {
  disown(kernel, tap.owner, tap.id);
  kernel.state.sockets.delete(tap.id);
  const taps = kernel.state.netns.get(tap.netns)?.taps;
  const index = taps?.indexOf(tap.id) ?? -1;
  if (index >= 0) taps?.splice(index, 1);
}

type Watching = Pick<
  Network,
  'traceOwner' | 'takeTraces' | 'untraceOwner' | 'recentTraces' | 'openTap' | 'receiveFrame'
>;

function watching(kernel: Kernel): Watching {
  return {
    traceOwner: (owner) => kernel.trace.trace(owner),
    takeTraces: (owner) => kernel.trace.take(owner),
    untraceOwner: (owner) => kernel.trace.untrace(owner),
    recentTraces: () => kernel.trace.recent(),
    openTap: (id, owner, interfaceName) => {
      const netns = netnsOf(kernel, id);
      if (interfaceName !== 'any') links.linkOf(netns, interfaceName);
      if (!mayOpen(kernel, owner)) return icmp.NO_SOCKET;
      const tap: TapSocket = {
        kind: 'tap',
        id: kernel.state.nextSocketId++,
        netns: id,
        owner,
        interfaceName,
        queue: [],
        announced: new Set(),
      };
      addSocket(kernel, tap);
      own(kernel, owner, tap.id);
      netns.taps.push(tap.id);
      return tap.id;
    },
    receiveFrame: (id) => {
      const socket = kernel.state.sockets.get(id);
      return socket?.kind === 'tap' ? socket.queue.shift() : undefined;
    },
  };
}
