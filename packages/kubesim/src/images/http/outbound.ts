import type { DaemonContext, DaemonEvent } from '@podwire/machine';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import type { NetErrno, SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import {
  acceptPeer,
  addressOctets,
  feed,
  matchHost,
  newClientSession,
  parseCertificate,
  parseCertificates,
  rejectPeer,
  ALERT,
  say,
  takeOutput,
  takeText,
  verifyChain,
} from '@podwire/tls';
import type { TlsSession } from '@podwire/tls';
import { nextServer, takeAnswer } from '../../probe/resolver.ts';
import { firstStep, hostsAddress, takeStep } from '../name-lookup.ts';
import type { Lookup, LookupStep } from '../../probe/resolver.ts';
import { hostPort } from '../log-line.ts';
import { concat } from './message.ts';
import { parseResponse } from './response.ts';
import { goFailure } from './tls-files.ts';
import type { ReceivedResponse } from './response.ts';

/** Requests that a server of the simulation makes of others, as Go's client makes them. */
export interface OutboundState {
  readonly calls: Map<number, Call>;
  next: number;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Speaks TLS, and trusts these certificates (PEM). */
  readonly authorities?: string;
  /** Given back with the outcome. Plain data. */
  readonly purpose: unknown;
}

export type OutboundOutcome =
  | { readonly ok: true; readonly response: ReceivedResponse }
  /** In the words of Go's client. */
  | { readonly ok: false; readonly message: string };

export type OutboundFinished = (purpose: unknown, outcome: OutboundOutcome) => void;

interface Call {
  readonly request: OutboundRequest;
  lookup: { readonly lookup: Lookup; readonly id: number } | undefined;
  address: string;
  socket: SocketId | undefined;
  tls: TlsSession | undefined;
  received: Uint8Array;
  early: OutboundOutcome | undefined;
}

const TIMER = 'outbound/';
const LOOKUP_TIMER = 'outbound-lookup/';
/** Requests that one server has under way, and bytes of an answer. */
const MAX_CALLS = 256;
const MAX_ANSWER_BYTES = 1_048_576;
const QUERY_IDS = 65_536;

export function newOutbound(): OutboundState {
  return { calls: new Map(), next: 1 };
}

/** Begins a request. Its outcome comes with a later event, also when it cannot even begin. */
export function startRequest(daemon: DaemonContext, state: OutboundState, request: OutboundRequest): void {
  const id = state.next++;
  const call: Call = {
    request,
    lookup: undefined,
    address: request.host,
    socket: undefined,
    tls: undefined,
    received: new Uint8Array(),
    early: undefined,
  };
  state.calls.set(id, call);
  if (state.calls.size > MAX_CALLS)
    return end(daemon, state, id, call, fail(call, `more than ${MAX_CALLS} requests at once`), undefined);
  daemon.timer(`${TIMER}${id}`, request.timeoutMs);
  if (isIpv4(request.host) || isIpv6(request.host)) return connect(daemon, state, id, call, undefined);
  const known = hostsAddress(daemon, request.host);
  if (known !== undefined) {
    call.address = known;
    return connect(daemon, state, id, call, undefined);
  }
  const queryId = daemon.randomInt(QUERY_IDS);
  const step = firstStep(daemon, request.host, queryId);
  follow(daemon, state, id, call, queryId, step, undefined);
}

function follow(
  daemon: DaemonContext,
  state: OutboundState,
  id: number,
  call: Call,
  queryId: number,
  step: LookupStep,
  finished: OutboundFinished | undefined,
): void {
  if (call.socket !== undefined) daemon.net.close(call.socket);
  call.socket = undefined;
  call.lookup = undefined;
  const taken = takeStep(daemon, `${LOOKUP_TIMER}${id}`, step);
  if (taken.kind === 'found') {
    call.address = taken.address;
    return connect(daemon, state, id, call, finished);
  }
  if (taken.kind === 'failed') {
    const outcome = fail(call, `dial tcp: lookup ${call.request.host}: ${taken.why}`);
    return end(daemon, state, id, call, outcome, finished);
  }
  call.socket = taken.socket;
  call.lookup = { lookup: taken.lookup, id: queryId };
}

function connect(
  daemon: DaemonContext,
  state: OutboundState,
  id: number,
  call: Call,
  finished: OutboundFinished | undefined,
): void {
  const opened = daemon.net.connectTcp({ address: call.address, port: call.request.port });
  if (opened.ok) call.socket = opened.value;
  else end(daemon, state, id, call, refusal(call, opened.errno), finished);
}

/** Moves the request on that an event belongs to. @returns whether it was one of a request. */
export function onOutboundEvent(
  daemon: DaemonContext,
  state: OutboundState,
  event: DaemonEvent,
  finished: OutboundFinished,
): boolean {
  if (event.kind === 'timer') return onTimer(daemon, state, event.name, finished);
  if (!('socket' in event)) return false;
  const found = [...state.calls].find(([, call]) => call.socket === event.socket);
  if (found === undefined) return false;
  const [id, call] = found;
  if (call.lookup !== undefined) {
    if (event.kind === 'readable') hearServer(daemon, state, id, call, call.lookup, event.socket, finished);
    else if (event.kind === 'failed')
      follow(
        daemon,
        state,
        id,
        call,
        call.lookup.id,
        nextServer(call.lookup.lookup, call.lookup.id),
        finished,
      );
    return true;
  }
  if (event.kind === 'connected') greet(daemon, call, event.socket);
  else if (event.kind === 'failed') end(daemon, state, id, call, refusal(call, event.errno), finished);
  else if (event.kind === 'readable' || event.kind === 'end')
    hear(daemon, state, id, call, event.socket, finished);
  return true;
}

function onTimer(
  daemon: DaemonContext,
  state: OutboundState,
  name: string,
  finished: OutboundFinished,
): boolean {
  const isLookup = name.startsWith(LOOKUP_TIMER);
  if (!isLookup && !name.startsWith(TIMER)) return false;
  const id = Number(name.slice((isLookup ? LOOKUP_TIMER : TIMER).length));
  const call = state.calls.get(id);
  if (call === undefined) return true;
  if (call.early !== undefined) end(daemon, state, id, call, call.early, finished);
  else if (isLookup && call.lookup !== undefined) {
    const { lookup, id: queryId } = call.lookup;
    follow(daemon, state, id, call, queryId, nextServer(lookup, queryId), finished);
  } else if (!isLookup) {
    const outcome = fail(call, 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
    end(daemon, state, id, call, outcome, finished);
  }
  return true;
}

function hearServer(
  daemon: DaemonContext,
  state: OutboundState,
  id: number,
  call: Call,
  asked: { readonly lookup: Lookup; readonly id: number },
  socket: SocketId,
  finished: OutboundFinished,
): void {
  const datagram = daemon.net.receiveFrom(socket);
  if (datagram === undefined) return;
  const step = takeAnswer(asked.lookup, asked.id, datagram.data);
  if (step !== undefined) follow(daemon, state, id, call, asked.id, step, finished);
}

function greet(daemon: DaemonContext, call: Call, socket: SocketId): void {
  if (call.request.authorities === undefined) {
    daemon.net.send(socket, utf8Encode(requestText(call.request)));
    return;
  }
  const random = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => daemon.randomInt(256));
  const { host } = call.request;
  call.tls = newClientSession({
    protocols: ['http/1.1'],
    random,
    ...(addressOctets(host) === undefined ? { serverName: host } : {}),
  });
  daemon.net.send(socket, takeOutput(call.tls));
}

function requestText({ method, host, port, target, headers = {}, body = '' }: OutboundRequest): string {
  const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${hostPort({ address: host, port })}`,
    'User-Agent: Go-http-client/1.1',
    ...(body === '' ? [] : [`Content-Length: ${utf8Encode(body).length}`]),
    ...given,
    'Connection: close',
  ];
  return `${lines.map((line) => line.replaceAll(/[^\x20-\x7e]/gu, '')).join('\r\n')}\r\n\r\n${body}`;
}

function hear(
  daemon: DaemonContext,
  state: OutboundState,
  id: number,
  call: Call,
  socket: SocketId,
  finished: OutboundFinished,
): void {
  let ended = false;
  while (call.received.length < MAX_ANSWER_BYTES) {
    const got = daemon.net.receive(socket);
    if (!got.ok || got.value === undefined) {
      ended = true;
      break;
    }
    if (got.value.length === 0) break;
    if (call.tls === undefined) call.received = concat(call.received, got.value);
    else {
      const trouble = hearSecretly(daemon, call, call.tls, socket, got.value);
      if (trouble !== undefined) return end(daemon, state, id, call, fail(call, trouble), finished);
    }
  }
  const response = parseResponse(call.received, ended);
  if (response !== undefined) end(daemon, state, id, call, { ok: true, response }, finished);
  else if (ended) end(daemon, state, id, call, fail(call, 'EOF'), finished);
}

/** @returns what is wrong with the other side. */
function hearSecretly(
  daemon: DaemonContext,
  call: Call,
  tls: TlsSession,
  socket: SocketId,
  bytes: Uint8Array,
): string | undefined {
  feed(tls, bytes);
  let trouble: string | undefined;
  if (tls.phase === 'judging') {
    trouble = judge(daemon, call, tls);
    if (trouble === undefined) {
      acceptPeer(tls);
      say(tls, utf8Encode(requestText(call.request)));
    } else rejectPeer(tls, ALERT.badCertificate);
  }
  daemon.net.send(socket, takeOutput(tls));
  call.received = concat(call.received, takeText(tls));
  const { failure } = tls;
  if (trouble !== undefined || failure === undefined) return trouble;
  return goFailure(failure);
}

function judge(daemon: DaemonContext, { request }: Call, tls: TlsSession): string | undefined {
  const chain = tls.chain.flatMap((der) => parseCertificate(der) ?? []);
  const [leaf] = chain;
  const roots = parseCertificates(request.authorities ?? '') ?? [];
  const verdict = verifyChain(chain, { roots, nowMs: daemon.nowMs() });
  if (!verdict.ok || leaf === undefined)
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  return matchHost(leaf, request.host).kind === 'san'
    ? undefined
    : `tls: failed to verify certificate: x509: certificate is not valid for ${request.host}`;
}

function end(
  daemon: DaemonContext,
  state: OutboundState,
  id: number,
  call: Call,
  outcome: OutboundOutcome,
  finished: OutboundFinished | undefined,
): void {
  daemon.cancelTimer(`${TIMER}${id}`);
  daemon.cancelTimer(`${LOOKUP_TIMER}${id}`);
  if (call.socket !== undefined) daemon.net.close(call.socket);
  call.socket = undefined;
  if (finished === undefined) {
    // It ended before it began: who asked is not yet ready to hear of it.
    call.early = outcome;
    daemon.timer(`${TIMER}${id}`, 0);
    return;
  }
  state.calls.delete(id);
  finished(call.request.purpose, outcome);
}

function fail({ request }: Call, why: string): OutboundOutcome {
  const { method, host, port, target, authorities } = request;
  const verb = method === 'GET' ? 'Get' : 'Post';
  const scheme = authorities === undefined ? 'http' : 'https';
  const isDefault = port === (scheme === 'http' ? 80 : 443);
  const at = isDefault ? host : hostPort({ address: host, port });
  return { ok: false, message: `${verb} "${scheme}://${at}${target}": ${why}` };
}

const REASONS: Partial<Record<NetErrno, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ETIMEDOUT: 'i/o timeout',
};

function refusal(call: Call, errno: NetErrno): OutboundOutcome {
  const at = hostPort({ address: call.address, port: call.request.port });
  return fail(call, `dial tcp ${at}: ${REASONS[errno] ?? `connect: ${errno}`}`);
}
