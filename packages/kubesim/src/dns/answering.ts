import type { DaemonContext } from '@podwire/machine';
import type { NetErrno, SocketId } from '@podwire/netsim';
import type { KubeClient } from '../api/client.ts';
import { finishForwarded, resolve, serverFor } from './chain.ts';
import type { ClientAddress, DnsEnvironment, Exchange } from './exchange.ts';
import {
  CLASSIC_UDP_BYTES,
  decodeMessage,
  encodeWithin,
  frameForTcp,
  MAX_MESSAGE_BYTES,
  queryMessage,
  unframeTcp,
} from './message.ts';
import { NO_OBJECTS, objectsOf } from './objects.ts';
import { meetsItself } from './loop.ts';
import { CLASS_IN, RESPONSE_CODE, responseCodeName } from './records.ts';
import type { DnsMessage } from './records.ts';
import type { ForwardConfig } from './plugin-config.ts';
import type { DnsState, Pending, ReturnPath } from './server-state.ts';

/**
 * The machine service that gives CoreDNS its view of the API: a `KubeClient`
 * (`MachinesWiring.service(machineId, 'kubernetes-client')`).
 */
export const KUBERNETES_CLIENT_SERVICE = 'kubernetes-client';

/** forward's read timeout, ms. */
const UPSTREAM_TIMEOUT_MS = 2000;
/** Questions that wait for upstreams at a time; one more is answered SERVFAIL. */
const MAX_PENDING = 1000;
const OPCODE_QUERY = 0;
const BAD_VERSION = 16;
/** Length of the fixed part of a message, which holds its id. */
const HEADER_BYTES = 12;

function isKubeClient(value: unknown): value is KubeClient {
  return typeof value === 'object' && value !== null && 'get' in value && 'list' in value;
}

/** undefined where the API lets nobody in, for example in a pod without a ServiceAccount token. */
export function apiClientOf(daemon: DaemonContext): KubeClient | undefined {
  const service = daemon.machine.service(KUBERNETES_CLIENT_SERVICE);
  return isKubeClient(service) ? service : undefined;
}

function environmentOf(daemon: DaemonContext, state: DnsState): DnsEnvironment {
  const client = apiClientOf(daemon);
  const objects = client === undefined ? NO_OBJECTS : objectsOf(client);
  return {
    objects,
    cache: state.cache,
    nowMs: daemon.nowMs(),
    randomInt: (bound) => daemon.randomInt(bound),
    nameServers: objects.service('kube-system', 'kube-dns')?.spec?.clusterIPs ?? [],
    log: (line) => {
      daemon.log(`${line}\n`);
    },
  };
}

/** Takes one message from a client. What is no query is answered by its header alone, or not at all. */
export function answerQuery(
  daemon: DaemonContext,
  state: DnsState,
  port: number,
  bytes: Uint8Array,
  client: ClientAddress,
  back: ReturnPath,
): void {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) {
    const [high = 0, low = 0, flags = 0] = bytes;
    if (bytes.length >= HEADER_BYTES && (flags & 0x80) === 0)
      send(daemon, state, back, refusal(high * 0x100 + low, RESPONSE_CODE.FORMERR), CLASSIC_UDP_BYTES);
    return;
  }
  const query = decoded.message;
  // Answers to answers would go round for ever.
  if (query.response) return;
  const [question, ...others] = query.questions;
  const limit = sizeLimit(query, client);
  const refuse = (responseCode: number): void => {
    reply(
      daemon,
      state,
      back,
      query,
      {
        ...refusal(query.id, responseCode),
        questions: query.questions,
        recursionDesired: query.recursionDesired,
      },
      limit,
    );
  };
  if (query.opcode !== OPCODE_QUERY) refuse(RESPONSE_CODE.NOTIMP);
  else if (question === undefined || others.length > 0) refuse(RESPONSE_CODE.FORMERR);
  else if (query.edns !== undefined && query.edns.version !== 0) refuse(BAD_VERSION);
  else {
    const server = serverFor(question.name, port, state.servers);
    if (server === undefined || question.class !== CLASS_IN) {
      refuse(RESPONSE_CODE.REFUSED);
      return;
    }
    const resolution = resolve(query, bytes.length, client, server, environmentOf(daemon, state));
    if (resolution.kind !== 'reply' && meetsItself(daemon, state, server, question, client)) return;
    if (resolution.kind === 'ask') {
      ask(daemon, state, resolution.exchange, back, resolution.upstreams);
      return;
    }
    if (resolution.kind === 'failed' && server.errors && resolution.reason !== '')
      daemon.log(`[ERROR] plugin/errors: 2 ${question.name} ${question.type}: ${resolution.reason}\n`);
    reply(daemon, state, back, query, resolution.response, limit);
  }
}

function refusal(id: number, responseCode: number): DnsMessage {
  const base = queryMessage(id, { name: '.', type: 'A', class: CLASS_IN }, { recursionDesired: false });
  return { ...base, response: true, responseCode, questions: [] };
}

function sizeLimit(query: DnsMessage, client: ClientAddress): number {
  if (client.protocol === 'tcp') return MAX_MESSAGE_BYTES;
  return Math.max(CLASSIC_UDP_BYTES, query.edns?.udpSizeBytes ?? CLASSIC_UDP_BYTES);
}

/** Adds what EDNS wants of a reply (RFC 6891 section 6.1.1) and sends it. */
function reply(
  daemon: DaemonContext,
  state: DnsState,
  back: ReturnPath,
  query: DnsMessage,
  response: DnsMessage,
  limit: number,
): void {
  const type = query.questions[0]?.type ?? 'other';
  const labels = `rcode="${responseCodeName(response.responseCode)}",type="${/^TYPE/.test(type) ? 'other' : type}"`;
  state.answered.set(labels, (state.answered.get(labels) ?? 0) + 1);
  const { edns, ...plain } = response;
  const message: DnsMessage =
    query.edns === undefined
      ? plain
      : {
          ...plain,
          edns: {
            udpSizeBytes: query.edns.udpSizeBytes,
            version: 0,
            dnssecOk: query.edns.dnssecOk,
            options: edns === undefined ? echoedOptions(query.edns.options) : edns.options,
          },
        };
  send(daemon, state, back, message, limit);
}

/** EDNS options that CoreDNS gives back as it got them (NSID, EXPIRE, COOKIE, TCP keepalive, padding). */
const ECHOED_OPTIONS: ReadonlySet<number> = new Set([3, 9, 10, 11, 12]);

/** The options to give back; what is no list of options is given back to nobody. */
function echoedOptions(options: Uint8Array): Uint8Array {
  const kept: number[] = [];
  for (let at = 0; at < options.length;) {
    const [high = 0, low = 0, longHigh = 0, longLow = 0] = options.subarray(at, at + 4);
    const end = at + 4 + longHigh * 0x100 + longLow;
    if (end > options.length) break;
    if (ECHOED_OPTIONS.has(high * 0x100 + low)) kept.push(...options.subarray(at, end));
    at = end;
  }
  return Uint8Array.from(kept);
}

function send(
  daemon: DaemonContext,
  state: DnsState,
  back: ReturnPath,
  message: DnsMessage,
  limit: number,
): void {
  const bytes = encodeWithin(message, limit);
  if (back.kind === 'udp') {
    daemon.net.sendTo(back.socket, back.client, bytes);
    return;
  }
  const guest = state.guests.get(back.socket);
  if (guest === undefined) return;
  const framed = frameForTcp(bytes);
  const output = new Uint8Array(guest.output.length + framed.length);
  output.set(guest.output);
  output.set(framed, guest.output.length);
  const sent = daemon.net.send(back.socket, output);
  guest.output = sent.ok ? output.slice(sent.value) : new Uint8Array();
}

/** Sends the question on to the first of these upstreams. */
function ask(
  daemon: DaemonContext,
  state: DnsState,
  exchange: Exchange,
  back: ReturnPath,
  upstreams: ForwardConfig['to'],
): void {
  const [upstream, ...remaining] = upstreams;
  if (upstream === undefined || state.pending.size >= MAX_PENDING) {
    giveUp(
      daemon,
      state,
      exchange,
      back,
      upstream === undefined ? 'no upstream left' : 'too many queries wait for upstreams',
    );
    return;
  }
  const { protocol } = exchange.client;
  const id = daemon.randomInt(0x10000);
  const pending: Pending = { exchange, back, remaining, upstream, id, protocol, buffer: new Uint8Array() };
  const socket = protocol === 'udp' ? daemon.net.connectUdp(upstream) : daemon.net.connectTcp(upstream);
  if (!socket.ok) {
    failOver(daemon, state, pending, undefined, socket.errno);
    return;
  }
  if (protocol === 'udp') {
    const sent = daemon.net.sendTo(socket.value, upstream, questionFor(pending));
    if (!sent.ok) {
      daemon.net.close(socket.value);
      failOver(daemon, state, pending, undefined, sent.errno);
      return;
    }
  }
  state.pending.set(socket.value, pending);
  daemon.timer(timerName(socket.value), UPSTREAM_TIMEOUT_MS, socket.value);
}

/** The client's question as it goes on, with what the client said of itself (EDNS). */
function questionFor({ exchange, id }: Pending): Uint8Array {
  const { edns, recursionDesired } = exchange.query;
  const options = edns === undefined ? { recursionDesired } : { recursionDesired, edns };
  return encodeWithin(queryMessage(id, exchange.question, options), MAX_MESSAGE_BYTES);
}

/** A connection to an upstream stands: the question goes out. */
export function upstreamConnected(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const pending = state.pending.get(socket);
  if (pending?.protocol === 'tcp') daemon.net.send(socket, frameForTcp(questionFor(pending)));
}

function timerName(socket: SocketId): string {
  return `upstream-${socket}`;
}

function settle(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  state.pending.delete(socket);
  daemon.cancelTimer(timerName(socket));
  daemon.net.close(socket);
}

export function takeUpstreamAnswer(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const pending = state.pending.get(socket);
  if (pending === undefined) return;
  // Bounded by the socket's receive buffer. What does not answer our question is somebody's guess.
  for (const bytes of messagesFrom(daemon, socket, pending)) {
    const decoded = decodeMessage(bytes);
    if (!decoded.ok || !decoded.message.response || decoded.message.id !== pending.id) continue;
    settle(daemon, state, socket);
    const { exchange, back } = pending;
    const response = finishForwarded(exchange, decoded.message, environmentOf(daemon, state));
    reply(daemon, state, back, exchange.query, response, sizeLimit(exchange.query, exchange.client));
    return;
  }
}

function* messagesFrom(daemon: DaemonContext, socket: SocketId, pending: Pending): Generator<Uint8Array> {
  if (pending.protocol === 'udp') {
    for (
      let datagram = daemon.net.receiveFrom(socket);
      datagram !== undefined;
      datagram = daemon.net.receiveFrom(socket)
    )
      yield datagram.data;
    return;
  }
  const received = daemon.net.receive(socket);
  if (!received.ok || received.value === undefined) return;
  const { messages, rest } = unframeTcp(joinBytes(pending.buffer, received.value));
  pending.buffer = rest;
  yield* messages;
}

function joinBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}

export function upstreamFailed(
  daemon: DaemonContext,
  state: DnsState,
  socket: SocketId,
  errno: NetErrno,
): void {
  const pending = state.pending.get(socket);
  if (pending === undefined) return;
  const local = localOf(daemon, socket);
  settle(daemon, state, socket);
  failOver(daemon, state, pending, local, errno);
}

export function forwardTimedOut(daemon: DaemonContext, state: DnsState, socket: SocketId): void {
  const pending = state.pending.get(socket);
  if (pending === undefined) return;
  const local = localOf(daemon, socket);
  settle(daemon, state, socket);
  failOver(daemon, state, pending, local, undefined);
}

function localOf(daemon: DaemonContext, socket: SocketId): string | undefined {
  const local = daemon.net.network.socketInfo(socket)?.local;
  return local === undefined ? undefined : `${local.address}:${local.port}`;
}

/** How Go spells these in `net.OpError`. */
const ERRNO_TEXT: Readonly<Partial<Record<NetErrno, string>>> = {
  ECONNREFUSED: 'read: connection refused',
  EHOSTUNREACH: 'read: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
};

function failOver(
  daemon: DaemonContext,
  state: DnsState,
  pending: Pending,
  local: string | undefined,
  errno: NetErrno | undefined,
): void {
  const { exchange, back, remaining, upstream, protocol } = pending;
  if (remaining.length > 0) {
    ask(daemon, state, exchange, back, remaining);
    return;
  }
  const text = errno === undefined ? 'i/o timeout' : (ERRNO_TEXT[errno] ?? `read: ${errno}`);
  const what = protocol === 'tcp' ? text.replace(/^read: /, 'connect: ') : text;
  // A connection that never stood was dialled, one that did was read from, as Go's errors tell.
  const dialled = local === undefined || protocol === 'tcp';
  const verb = dialled ? `dial ${protocol} ` : `read ${protocol} ${local}->`;
  giveUp(daemon, state, exchange, back, `${verb}${upstream.address}:${upstream.port}: ${what}`);
}

function giveUp(
  daemon: DaemonContext,
  state: DnsState,
  exchange: Exchange,
  back: ReturnPath,
  reason: string,
): void {
  const { question, query, server, client } = exchange;
  if (server.errors) daemon.log(`[ERROR] plugin/errors: 2 ${question.name} ${question.type}: ${reason}\n`);
  const response = finishForwarded(exchange, undefined, environmentOf(daemon, state));
  reply(daemon, state, back, query, response, sizeLimit(query, client));
}
