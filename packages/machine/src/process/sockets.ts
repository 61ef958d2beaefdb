import type { NetErrno, Network, NetnsId, SocketId } from '@podwire/netsim';
import type { ProcessSockets } from '../contract.ts';

/** The network as one process uses it: its namespace, and sockets that carry its name. */
export function processSockets(options: {
  readonly network: Network;
  readonly netns: NetnsId;
  readonly owner: string;
  readonly connects: Map<SocketId, 'connected' | NetErrno>;
}): ProcessSockets {
  const { network, netns, owner, connects } = options;
  return {
    netns,
    owner,
    network,
    listenTcp: (local) => network.listenTcp(netns, owner, local),
    accept: (listener) => network.accept(listener),
    connectTcp: (remote, local) => network.connectTcp(netns, owner, remote, local),
    send: (socket, data) => network.send(socket, data),
    receive: (socket, maxBytes) => network.receive(socket, maxBytes),
    shutdown: (socket) => network.shutdown(socket),
    close: (socket) => {
      connects.delete(socket);
      network.close(socket);
    },
    bindUdp: (local) => network.bindUdp(netns, owner, local),
    connectUdp: (remote) => network.connectUdp(netns, owner, remote),
    sendTo: (socket, remote, data) => network.sendTo(socket, remote, data),
    receiveFrom: (socket) => network.receiveFrom(socket),
    openPing: () => network.openPing(netns, owner),
    sendEcho: (socket, to, echo) => network.sendEcho(socket, to, echo),
    receiveEcho: (socket) => network.receiveEcho(socket),
    connectOutcome: (socket) => connects.get(socket),
  };
}

/** The machine and pid of an owner string; machine names may hold slashes. */
export function parseOwner(owner: string): { readonly machineId: string; readonly pid: number } | undefined {
  const slash = owner.lastIndexOf('/');
  const pid = Number(owner.slice(slash + 1));
  return slash > 0 && Number.isInteger(pid) && pid > 0
    ? { machineId: owner.slice(0, slash), pid }
    : undefined;
}
