import type { DaemonContext, DaemonEvent } from '@podwire/machine';
import type { NetErrno, SocketAddress, SocketId } from '@podwire/netsim';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { nextServer, takeAnswer } from '../../probe/resolver.ts';
import { firstStep, hostsAddress, takeStep } from '../name-lookup.ts';
import type { Lookup, LookupStep } from '../../probe/resolver.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { concat } from '../http/message.ts';
import { parseResponse } from '../http/response.ts';
import { hostPort } from '../log-line.ts';

/** How long one try takes at most: as netexec's own HTTP client and UDP read. */
const TRY_TIMEOUT_MS = 5_000;
const TIMER = 'dial/';
const DNS_PORT = 53;
/** A query's number is one of so many (RFC 1035: 16 bits). */
const QUERY_IDS = 65_536;
/** Tries that one request may ask for, and requests under way at once. */
const MAX_TRIES = 1_000;
const MAX_DIALS = 128;
/** Of a dialled server's answer, bytes. */
const MAX_ANSWER_BYTES = 1_048_576;
const MAX_PORT = 65_535;

/** One `/dial` under way: plain data. */
interface Dial {
  readonly asker: SocketId;
  readonly protocol: 'http' | 'udp';
  remote: SocketAddress;
  /** While the name is looked up: what was asked last. */
  lookup: { readonly at: Lookup; readonly queryId: number; readonly server: string } | undefined;
  readonly request: string;
  left: number;
  socket: SocketId | undefined;
  received: Uint8Array;
  readonly responses: string[];
  readonly errors: string[];
  lastAnswered: boolean;
}

export interface DialState {
  readonly dials: Map<number, Dial>;
  next: number;
}

export type DialFinished = (asker: SocketId, response: HttpResponse) => void;

export function newDialState(): DialState {
  return { dials: new Map(), next: 1 };
}

/** `/dial`: asks another server, as often as wanted, and tells what all of them said. */
export function startDial(
  daemon: DaemonContext,
  state: DialState,
  request: HttpRequest,
  asker: SocketId,
  finished: DialFinished,
): HttpResponse | 'later' {
  const field = (name: string): string => request.query.get(name) ?? '';
  const tries =
    field('tries') === '' ? 1 : /^\d{1,9}$/.test(field('tries')) ? Number(field('tries')) : Number.NaN;
  if (Number.isNaN(tries))
    return bad(
      `tries parameter is invalid. strconv.Atoi: parsing ${JSON.stringify(field('tries'))}: invalid syntax`,
    );
  if (field('request') === '') return bad('request parameter not specified. <nil>');
  const protocol = field('protocol').toLowerCase();
  if (protocol === 'sctp')
    return { status: 501, body: 'netexec: dialling over SCTP is not part of this simulation\n' };
  if (protocol !== '' && protocol !== 'http' && protocol !== 'udp')
    return bad(`unsupported protocol. ${field('protocol')}`);
  const [host, port] = [field('host'), field('port')];
  if (!/^\d{1,5}$/.test(port) || Number(port) > MAX_PORT)
    return bad(`host and/or port param are invalid. address ${port}: invalid port`);
  if (tries > MAX_TRIES || state.dials.size >= MAX_DIALS)
    return {
      status: 503,
      body: `netexec: at most ${MAX_TRIES} tries and ${MAX_DIALS} dials at once are part of this simulation\n`,
    };
  const id = state.next++;
  const dial: Dial = {
    asker,
    protocol: protocol === 'udp' ? 'udp' : 'http',
    remote: { address: host, port: Number(port) },
    lookup: undefined,
    request: field('request'),
    left: tries,
    socket: undefined,
    received: new Uint8Array(0),
    responses: [],
    errors: [],
    lastAnswered: false,
  };
  state.dials.set(id, dial);
  const known = isIpv4(host) || isIpv6(host) ? host : hostsAddress(daemon, host);
  if (known === undefined) {
    const queryId = daemon.randomInt(QUERY_IDS);
    follow(daemon, state, id, dial, queryId, firstStep(daemon, host, queryId), finished);
  } else {
    dial.remote = { ...dial.remote, address: known };
    tryOnce(daemon, state, id, dial, finished);
  }
  return 'later';
}

/** One step of looking the name up; the tries begin when it has an address. */
function follow(
  daemon: DaemonContext,
  state: DialState,
  id: number,
  dial: Dial,
  queryId: number,
  step: LookupStep,
  finished: DialFinished,
): void {
  if (dial.socket !== undefined) daemon.net.close(dial.socket);
  dial.socket = undefined;
  const last = dial.lookup;
  dial.lookup = undefined;
  const taken = takeStep(daemon, `${TIMER}${id}`, step);
  if (taken.kind === 'found') {
    dial.remote = { ...dial.remote, address: taken.address };
    return tryOnce(daemon, state, id, dial, finished);
  }
  if (taken.kind === 'failed') {
    const at = last === undefined ? '' : ` on ${hostPort({ address: last.server, port: DNS_PORT })}`;
    state.dials.delete(id);
    return finished(
      dial.asker,
      bad(`host and/or port param are invalid. lookup ${dial.remote.address}${at}: ${taken.why}`),
    );
  }
  dial.socket = taken.socket;
  dial.lookup = { at: taken.lookup, queryId, server: taken.server };
}

/** The name server answered, failed, or kept silent. */
function onLookup(
  daemon: DaemonContext,
  state: DialState,
  id: number,
  dial: Dial,
  event: 'readable' | 'failed',
  finished: DialFinished,
): void {
  const { lookup, socket } = dial;
  if (lookup === undefined || socket === undefined) return;
  const { at, queryId } = lookup;
  if (event === 'failed') return follow(daemon, state, id, dial, queryId, nextServer(at, queryId), finished);
  const datagram = daemon.net.receiveFrom(socket);
  const step = datagram === undefined ? undefined : takeAnswer(at, queryId, datagram.data);
  if (step !== undefined) follow(daemon, state, id, dial, queryId, step, finished);
}

/** Moves the dial on that an event belongs to. @returns whether it was one of a dial. */
export function onDialEvent(
  daemon: DaemonContext,
  state: DialState,
  event: DaemonEvent,
  finished: DialFinished,
): boolean {
  if (event.kind === 'timer') {
    if (!event.name.startsWith(TIMER)) return false;
    const id = Number(event.name.slice(TIMER.length));
    const dial = state.dials.get(id);
    if (dial?.lookup !== undefined) onLookup(daemon, state, id, dial, 'failed', finished);
    else if (dial !== undefined) failed(daemon, state, id, dial, timeoutOf(dial), finished);
    return true;
  }
  if (!('socket' in event)) return false;
  const found = [...state.dials].find(([, dial]) => dial.socket === event.socket);
  if (found === undefined) return false;
  const [id, dial] = found;
  if (dial.lookup !== undefined) {
    if (event.kind === 'readable' || event.kind === 'failed')
      onLookup(daemon, state, id, dial, event.kind, finished);
    return true;
  }
  if (event.kind === 'connected') ask(daemon, dial, event.socket);
  else if (event.kind === 'failed') failed(daemon, state, id, dial, refusalOf(dial, event.errno), finished);
  else if (event.kind === 'readable' || event.kind === 'end')
    hear(daemon, state, id, dial, event.socket, finished);
  return true;
}

function tryOnce(
  daemon: DaemonContext,
  state: DialState,
  id: number,
  dial: Dial,
  finished: DialFinished,
): void {
  if (dial.left === 0) {
    state.dials.delete(id);
    finished(dial.asker, { status: 200, body: summary(dial) });
    return;
  }
  dial.left--;
  dial.received = new Uint8Array(0);
  daemon.timer(`${TIMER}${id}`, TRY_TIMEOUT_MS);
  const opened =
    dial.protocol === 'udp' ? daemon.net.connectUdp(dial.remote) : daemon.net.connectTcp(dial.remote);
  if (!opened.ok) return failed(daemon, state, id, dial, refusalOf(dial, opened.errno), finished);
  dial.socket = opened.value;
  if (dial.protocol === 'udp') daemon.net.sendTo(opened.value, dial.remote, utf8Encode(dial.request));
}

function ask(daemon: DaemonContext, dial: Dial, socket: SocketId): void {
  const head = `GET /${dial.request} HTTP/1.1\r\nHost: ${hostPort(dial.remote)}\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`;
  daemon.net.send(socket, utf8Encode(head.replaceAll(/[^\r\n\x20-\x7e]/gu, '')));
}

function hear(
  daemon: DaemonContext,
  state: DialState,
  id: number,
  dial: Dial,
  socket: SocketId,
  finished: DialFinished,
): void {
  if (dial.protocol === 'udp') {
    const datagram = daemon.net.receiveFrom(socket);
    if (datagram !== undefined) answered(daemon, state, id, dial, utf8Decode(datagram.data), finished);
    return;
  }
  let ended = false;
  while (dial.received.length < MAX_ANSWER_BYTES) {
    const got = daemon.net.receive(socket);
    if (got.ok && got.value?.length === 0) break;
    ended = !got.ok || got.value === undefined;
    if (ended || !got.ok || got.value === undefined) break;
    dial.received = concat(dial.received, got.value);
  }
  const response = parseResponse(dial.received, ended);
  if (response !== undefined) answered(daemon, state, id, dial, utf8Decode(response.body), finished);
  else if (ended) failed(daemon, state, id, dial, `Get "${urlOf(dial)}": EOF`, finished);
}

function answered(
  daemon: DaemonContext,
  state: DialState,
  id: number,
  dial: Dial,
  text: string,
  finished: DialFinished,
): void {
  dial.responses.push(text);
  dial.lastAnswered = text !== '';
  next(daemon, state, id, dial, finished);
}

function failed(
  daemon: DaemonContext,
  state: DialState,
  id: number,
  dial: Dial,
  message: string,
  finished: DialFinished,
): void {
  dial.errors.push(message);
  dial.lastAnswered = false;
  next(daemon, state, id, dial, finished);
}

function next(daemon: DaemonContext, state: DialState, id: number, dial: Dial, finished: DialFinished): void {
  daemon.cancelTimer(`${TIMER}${id}`);
  if (dial.socket !== undefined) daemon.net.close(dial.socket);
  dial.socket = undefined;
  tryOnce(daemon, state, id, dial, finished);
}

/** What was answered is told only when the last try was: netexec looks at that one alone. */
function summary(dial: Dial): string {
  return JSON.stringify({
    ...(dial.errors.length > 0 ? { errors: dial.errors } : {}),
    ...(dial.lastAnswered ? { responses: dial.responses } : {}),
  });
}

function urlOf({ remote, request }: Dial): string {
  return `http://${hostPort(remote)}/${request}`;
}

const REASONS: Partial<Record<NetErrno, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'connection timed out',
};

function refusalOf(dial: Dial, errno: NetErrno): string {
  const reason = REASONS[errno] ?? errno;
  if (dial.protocol === 'udp')
    return `reading from udp connection failed. err:'read udp ${hostPort(dial.remote)}: recvfrom: ${reason}'`;
  return `Get "${urlOf(dial)}": dial tcp ${hostPort(dial.remote)}: connect: ${reason}`;
}

function timeoutOf(dial: Dial): string {
  return dial.protocol === 'udp'
    ? `reading from udp connection failed. err:'read udp ${hostPort(dial.remote)}: i/o timeout'`
    : `Get "${urlOf(dial)}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
}

function bad(message: string): HttpResponse {
  return { status: 400, headers: { 'X-Content-Type-Options': 'nosniff' }, body: `${message}\n` };
}
