import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { DaemonContext, DaemonEvent, DaemonProgram } from '@podwire/machine';
import type { NetErrno, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import {
  answerQuery,
  apiClientOf,
  forwardTimedOut,
  takeUpstreamAnswer,
  upstreamConnected,
  upstreamFailed,
} from './answering.ts';
import { canonicalCorefile, parseCorefile } from './corefile.ts';
import { httpResponse } from './http-pages.ts';
import { unframeTcp } from './message.ts';
import { loopTimer, probeAnswered, probeFailed, startLooking } from './loop.ts';
import { readCorefile } from './server-config.ts';
import type { ServerConfig } from './plugin-config.ts';
import { newDnsState } from './server-state.ts';
import type { DnsState, Door, Guest } from './server-state.ts';

export { KUBERNETES_CLIENT_SERVICE } from './answering.ts';

const VERSION_LINES = 'CoreDNS-1.12.1\nlinux/amd64, go1.24.1, 707c7c1\n';
const ANY_ADDRESS = '::';
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** TCP clients served at a time; the oldest goes when one more comes. */
const MAX_GUESTS = 512;

/**
 * CoreDNS: `coredns -conf /etc/coredns/Corefile`. Serves UDP and TCP on the Corefile's ports, and
 * /health, /ready and /metrics where the plugins say so.
 */
export const dnsProgram: DaemonProgram<DnsState> = {
  kind: 'daemon',

  start(daemon): DnsState {
    const state = newDnsState();
    const path = corefilePath(daemon.argv);
    const text = readText(daemon, path);
    if (text === undefined) return fail(daemon, state, `open ${path}: no such file or directory`);
    const parsed = readCorefile(text, path, { readFile: (file) => readText(daemon, file) });
    if (!parsed.ok) return fail(daemon, state, parsed.message);
    const { servers, canonical } = parsed.value;
    if (servers.length === 0) return fail(daemon, state, `${path}: no server blocks`);
    if (servers.some(({ kubernetes }) => kubernetes !== undefined) && apiClientOf(daemon) === undefined)
      return fail(daemon, state, `plugin/kubernetes: open ${TOKEN_FILE}: no such file or directory`);
    state.corefile = canonical;
    state.servers = servers;
    const problem = openDoors(daemon, state);
    if (problem !== undefined) return fail(daemon, state, problem);
    for (const { zone, port } of state.servers) daemon.log(`${zone}:${port}\n`);
    announceConfiguration(daemon, state);
    daemon.log(VERSION_LINES);
    scheduleReload(daemon, state);
    startLooking(daemon, state);
    return state;
  },

  upkeepTimers: ['reload'],

  onEvent(daemon, state, event): void {
    switch (event.kind) {
      case 'incoming':
        welcome(daemon, state, event.listener);
        return;
      case 'readable':
      case 'end':
        read(daemon, state, event.socket);
        return;
      case 'writable':
        flush(daemon, state, event.socket);
        return;
      case 'connected':
        upstreamConnected(daemon, state, event.socket);
        return;
      case 'failed':
        socketFailed(daemon, state, event.socket, event.errno);
        return;
      case 'timer':
        onTimer(daemon, state, event);
        return;
      case 'signal':
        onSignal(daemon, state, event.signal);
        return;
      case 'child':
        // It starts no programs.
        return;
    }
  },
};

function corefilePath(argv: readonly string[]): string {
  const at = argv.findIndex((arg) => arg === '-conf' || arg === '--conf');
  const inline = argv.find((arg) => /^--?conf=/.test(arg));
  return inline?.slice(inline.indexOf('=') + 1) ?? (at < 0 ? undefined : argv[at + 1]) ?? 'Corefile';
}

function readText(daemon: DaemonContext, path: string): string | undefined {
  const file = daemon.fs.readFile(path);
  return file.ok ? utf8Decode(file.value) : undefined;
}

function fail(daemon: DaemonContext, state: DnsState, message: string): DnsState {
  daemon.logError(`${message}\n`);
  daemon.exit(1);
  return state;
}

/** Opens what the configuration asks for and is not open yet, and closes what it no longer asks for. */
function openDoors(daemon: DaemonContext, state: DnsState): string | undefined {
  const wanted = new Map<string, { readonly door: Door; readonly port: number }>();
  for (const server of state.servers)
    for (const each of doorsOf(server)) wanted.set(doorKey(each.door, each.port), each);
  for (const [socket, door] of state.doors) {
    const port = daemon.net.network.socketInfo(socket)?.local.port ?? 0;
    if (wanted.delete(doorKey(door, port))) continue;
    daemon.net.close(socket);
    state.doors.delete(socket);
  }
  for (const { door, port } of wanted.values()) {
    const local = { address: ANY_ADDRESS, port };
    const opened = door.kind === 'dns-udp' ? daemon.net.bindUdp(local) : daemon.net.listenTcp(local);
    if (!opened.ok)
      return `Listen: listen ${door.kind === 'dns-udp' ? 'udp' : 'tcp'} :${port}: bind: ${opened.errno === 'EADDRINUSE' ? 'address already in use' : opened.errno}`;
    state.doors.set(opened.value, door);
  }
  return undefined;
}

function doorKey(door: Door, port: number): string {
  return `${door.kind} ${door.kind === 'http' ? door.page : ''} ${port}`;
}

function doorsOf(server: ServerConfig): readonly { readonly door: Door; readonly port: number }[] {
  const { port, healthPort, readyPort, metricsPort } = server;
  const page = (
    name: 'health' | 'ready' | 'metrics',
    at: number | undefined,
  ): readonly { readonly door: Door; readonly port: number }[] =>
    at === undefined ? [] : [{ door: { kind: 'http', page: name }, port: at }];
  return [
    { door: { kind: 'dns-udp', port }, port },
    { door: { kind: 'dns-tcp', port }, port },
    ...page('health', healthPort),
    ...page('ready', readyPort),
    ...page('metrics', metricsPort),
  ];
}

function announceConfiguration(daemon: DaemonContext, state: DnsState): void {
  if (state.servers.every(({ reload: config }) => config === undefined)) return;
  daemon.log(
    `[INFO] plugin/reload: Running configuration SHA512 = ${bytesToHex(sha512(utf8Encode(state.corefile)))}\n`,
  );
}

function scheduleReload(daemon: DaemonContext, state: DnsState): void {
  const config = state.servers.flatMap(({ reload: each }) => each ?? [])[0];
  if (config === undefined) return;
  // Around the interval, so that replicas don't reload at one moment.
  const { intervalSeconds, jitterSeconds } = config;
  const jitterMs = Math.ceil(jitterSeconds * 1000);
  const offsetMs = jitterMs === 0 ? 0 : daemon.randomInt(jitterMs) - jitterMs / 2;
  daemon.timer('reload', intervalSeconds * 1000 + offsetMs);
}

function reload(daemon: DaemonContext, state: DnsState): void {
  checkCorefile(daemon, state);
  scheduleReload(daemon, state);
}

function checkCorefile(daemon: DaemonContext, state: DnsState): void {
  const path = corefilePath(daemon.argv);
  const text = readText(daemon, path);
  if (text === undefined) return;
  const syntax = parseCorefile(text, path);
  if (!syntax.ok) {
    // At each check, until it can be read.
    daemon.log(`[WARNING] plugin/reload: Corefile parse failed: ${syntax.message}\n`);
    return;
  }
  const canonical = canonicalCorefile(syntax.value);
  if (canonical === state.corefile) return;
  // A Corefile that does not work is tried once; what runs goes on.
  state.corefile = canonical;
  daemon.log('[INFO] Reloading\n');
  const problem = restart(daemon, state, text, path);
  if (problem === undefined) {
    announceConfiguration(daemon, state);
    daemon.log('[INFO] Reloading complete\n');
    startLooking(daemon, state);
    return;
  }
  daemon.log(`[ERROR] Restart failed: ${problem}\n`);
  daemon.log(
    `[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: ${problem}\n`,
  );
}

/** Serves as another Corefile says, or leaves all as it is and says why. */
function restart(daemon: DaemonContext, state: DnsState, text: string, path: string): string | undefined {
  const parsed = readCorefile(text, path, { readFile: (file) => readText(daemon, file) });
  if (!parsed.ok) return parsed.message;
  if (parsed.value.servers.length === 0) return `${path}: no server blocks`;
  const before = state.servers;
  state.servers = parsed.value.servers;
  const problem = openDoors(daemon, state);
  if (problem === undefined) state.cache.clear();
  else {
    state.servers = before;
    openDoors(daemon, state);
  }
  return problem;
}

function onTimer(
  daemon: DaemonContext,
  state: DnsState,
  event: Extract<DaemonEvent, { kind: 'timer' }>,
): void {
  if (event.name === 'reload') reload(daemon, state);
  else if (event.name === 'lameduck') daemon.exit(0);
  else if (loopTimer(daemon, state, event.name, event.data)) return;
  else if (typeof event.data === 'number') {
    forwardTimedOut(daemon, state, event.data);
    seeOff(daemon, state);
  }
}

function onSignal(daemon: DaemonContext, state: DnsState, signal: string): void {
  if (signal === 'SIGINT') {
    daemon.log('[INFO] SIGINT: Shutting down\n');
    daemon.exit(0);
  } else if (signal === 'SIGTERM' && !state.stopping) {
    daemon.log('[INFO] SIGTERM: Shutting down servers then terminating\n');
    state.stopping = true;
    const seconds = Math.max(0, ...state.servers.map(({ lameduckSeconds }) => lameduckSeconds));
    if (seconds > 0) daemon.log(`[INFO] plugin/health: Going into lameduck mode for ${seconds}s\n`);
    daemon.timer('lameduck', seconds * 1000);
  } else if (signal === 'SIGHUP' || signal === 'SIGQUIT') daemon.exit(signal === 'SIGHUP' ? 129 : 131);
}

function welcome(daemon: DaemonContext, state: DnsState, listener: SocketId): void {
  const door = state.doors.get(listener);
  if (door === undefined || door.kind === 'dns-udp') return;
  for (;;) {
    // Bounded by the listener's backlog: each round takes one connection off it.
    const accepted = daemon.net.accept(listener);
    if (!accepted.ok) return;
    const remote = daemon.net.network.socketInfo(accepted.value)?.remote;
    const empty = { buffer: new Uint8Array(), output: new Uint8Array(), closing: false };
    const guest: Guest =
      door.kind === 'http'
        ? { kind: 'http', page: door.page, ...empty }
        : {
            kind: 'dns',
            port: door.port,
            client: { address: remote?.address ?? '', port: remote?.port ?? 0, protocol: 'tcp' },
            ...empty,
          };
    state.guests.set(accepted.value, guest);
    const oldest = state.guests.size > MAX_GUESTS ? state.guests.keys().next().value : undefined;
    if (oldest !== undefined) leave(daemon, state, oldest);
    read(daemon, state, accepted.value);
  }
}

function read(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const door = state.doors.get(socket);
  if (door?.kind === 'dns-udp') {
    // Bounded by the socket's receive buffer.
    for (
      let datagram = daemon.net.receiveFrom(socket);
      datagram !== undefined;
      datagram = daemon.net.receiveFrom(socket)
    ) {
      const client = { ...datagram.from, protocol: 'udp' as const };
      answerQuery(daemon, state, door.port, datagram.data, client, { kind: 'udp', socket, client });
    }
    return;
  }
  if (state.probing.has(socket)) {
    probeAnswered(daemon, state, socket);
    return;
  }
  if (state.pending.has(socket)) {
    takeUpstreamAnswer(daemon, state, socket);
    seeOff(daemon, state);
    return;
  }
  const guest = state.guests.get(socket);
  if (guest === undefined) return;
  for (;;) {
    const received = daemon.net.receive(socket);
    if (!received.ok) {
      leave(daemon, state, socket);
      return;
    }
    if (received.value === undefined) {
      guest.closing = true;
      flush(daemon, state, socket);
      return;
    }
    if (received.value.length === 0) return;
    guest.buffer = joined(guest.buffer, received.value);
    serveGuest(daemon, state, socket, guest);
    if (!state.guests.has(socket)) return;
  }
}

function serveGuest(daemon: DaemonContext, state: DnsState, socket: SocketId, guest: Guest): void {
  if (guest.kind === 'http') {
    const response = httpResponse(guest.page, guest.buffer, state, daemon.nowMs());
    if (response === undefined) return;
    guest.output = joined(guest.output, response);
    guest.closing = true;
    flush(daemon, state, socket);
    return;
  }
  const { messages, rest } = unframeTcp(guest.buffer);
  guest.buffer = rest;
  for (const message of messages)
    answerQuery(daemon, state, guest.port, message, guest.client, { kind: 'tcp', socket });
  flush(daemon, state, socket);
}

/** Sends what the socket takes; the rest waits for `writable`. */
function flush(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const guest = state.guests.get(socket);
  if (guest === undefined) return;
  if (guest.output.length > 0) {
    const sent = daemon.net.send(socket, guest.output);
    if (!sent.ok) {
      leave(daemon, state, socket);
      return;
    }
    guest.output = guest.output.slice(sent.value);
  }
  const awaited = [...state.pending.values()].some(
    ({ back }) => back.kind === 'tcp' && back.socket === socket,
  );
  if (guest.closing && guest.output.length === 0 && !awaited) leave(daemon, state, socket);
}

/** Clients that have said their last and waited for an upstream can go now. */
function seeOff(daemon: DaemonContext, state: DnsState): void {
  for (const [socket, guest] of [...state.guests]) if (guest.closing) flush(daemon, state, socket);
}

function leave(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  state.guests.delete(socket);
  daemon.net.close(socket);
}

function socketFailed(daemon: DaemonContext, state: DnsState, socket: SocketId, errno: NetErrno): void {
  if (state.probing.has(socket)) probeFailed(daemon, state, socket);
  else if (state.pending.has(socket)) {
    upstreamFailed(daemon, state, socket, errno);
    seeOff(daemon, state);
  } else if (state.guests.has(socket)) leave(daemon, state, socket);
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}
