import { sha512 } from '@noble/hashes/sha2.js';
import type { DaemonContext } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import type { ClientAddress } from './exchange.ts';
import { decodeMessage, encodeMessage, queryMessage } from './message.ts';
import { canonicalName } from './names.ts';
import { CLASS_IN } from './records.ts';
import type { Question } from './records.ts';
import type { ServerConfig } from './plugin-config.ts';
import type { DnsState, LoopProbe } from './server-state.ts';

/** For how long the query is looked for after it was answered, and how often and long it is sent, ms. */
const ANSWERED_MS = 2000;
const RETRY_MS = 1000;
const GIVE_UP_MS = 30_000;
/** What the query may come past before it goes in circles: once as it was sent, once more by accident. */
const MAX_SEEN = 2;

/** `loop`: sends a query that nobody else asks to the server itself, to see whether it comes back. */
export function startLooking(daemon: DaemonContext, state: DnsState): void {
  for (const socket of state.probing.keys()) daemon.net.close(socket);
  state.probing.clear();
  state.loops.length = 0;
  for (const { loop, zone, port } of state.servers) {
    if (!loop) continue;
    const probe: LoopProbe = {
      zone,
      port,
      name: probeName(daemon, zone),
      seen: 0,
      untilMs: daemon.nowMs() + GIVE_UP_MS,
    };
    state.loops.push(probe);
    ask(daemon, state, state.loops.length - 1);
  }
}

/** Two large numbers below the zone. Drawn from what differs from server to server and start to start. */
function probeName(daemon: DaemonContext, zone: string): string {
  const digest = sha512(utf8Encode(`${daemon.machine.id} ${daemon.nowMs()} ${zone}`));
  const number = (at: number): bigint =>
    digest.subarray(at, at + 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 1n;
  return `${number(0)}.${number(8)}.${zone === '.' ? '' : zone}`;
}

function ask(daemon: DaemonContext, state: DnsState, index: number): void {
  const probe = state.loops[index];
  if (probe === undefined) return;
  const self = { address: '127.0.0.1', port: probe.port };
  const socket = daemon.net.connectUdp(self);
  if (!socket.ok) return;
  const query = queryMessage(daemon.randomInt(0x10000), { name: probe.name, type: 'HINFO', class: CLASS_IN });
  daemon.net.sendTo(socket.value, self, encodeMessage(query));
  state.probing.set(socket.value, index);
  daemon.timer(timerName(socket.value), ANSWERED_MS, socket.value);
}

function timerName(socket: SocketId): string {
  return `loop-wait-${socket}`;
}

/** A wait or a pause of `loop` is over. Returns whether the timer was one of these. */
export function loopTimer(daemon: DaemonContext, state: DnsState, name: string, data: unknown): boolean {
  if (!name.startsWith('loop-') || typeof data !== 'number') return false;
  if (name.startsWith('loop-wait-')) probeFailed(daemon, state, data);
  else if ((state.loops[data]?.untilMs ?? 0) > daemon.nowMs()) ask(daemon, state, data);
  return true;
}

/** The server answered its own query, whatever the answer: it is looked for a little longer. */
export function probeAnswered(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const index = state.probing.get(socket);
  const datagram = daemon.net.receiveFrom(socket);
  if (index === undefined || datagram === undefined || !decodeMessage(datagram.data).ok) return;
  daemon.cancelTimer(timerName(socket));
  daemon.net.close(socket);
  state.probing.delete(socket);
  const probe = state.loops[index];
  if (probe !== undefined) probe.untilMs = Math.min(probe.untilMs, daemon.nowMs() + ANSWERED_MS);
}

/** Nobody answered in time, or the query could not be delivered: it is sent again after a second. */
export function probeFailed(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const index = state.probing.get(socket);
  if (index === undefined) return;
  daemon.cancelTimer(timerName(socket));
  daemon.net.close(socket);
  state.probing.delete(socket);
  const probe = state.loops[index];
  if (probe === undefined || probe.untilMs <= daemon.nowMs()) return;
  probe.seen = 0;
  daemon.timer(`loop-again-${index}`, RETRY_MS, index);
}

/**
 * Whether a query that goes past `loop` is the server's own, gone round too often. CoreDNS says so and ends then, which
 * on a cluster is a pod in CrashLoopBackOff.
 */
export function meetsItself(
  daemon: DaemonContext,
  state: DnsState,
  { zone, port }: ServerConfig,
  { name, type }: Question,
  client: ClientAddress,
): boolean {
  if (type !== 'HINFO') return false;
  const probe = state.loops.find(
    (each) => each.zone === zone && each.port === port && each.name === canonicalName(name),
  );
  if (probe === undefined || probe.untilMs <= daemon.nowMs()) return false;
  probe.seen++;
  if (probe.seen <= MAX_SEEN) return false;
  const from = `${client.address.includes(':') ? `[${client.address}]` : client.address}:${client.port}`;
  daemon.log(
    `[FATAL] plugin/loop: Loop (${from} -> :${port}) detected for zone "${zone}", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${probe.name}"\n`,
  );
  daemon.exit(1);
  return true;
}
