import type { Network, PacketTrace, SocketEvent, SocketId } from '@podwire/netsim';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import type { Simulation } from '@podwire/sim';
import { encodeMessage, queryMessage } from '../dns/message.ts';
import { CLASS_IN } from '../dns/records.ts';
import type { ProbeRequest, ProbeResult, ProbeVerdict } from '../cluster-contract.ts';
import type { DnsAnswer } from './dns-answer.ts';
import type { Connection } from '../policy/verdict.ts';
import { readTraces } from './because.ts';
import { receiveResponse, renderGet } from './http.ts';
import type { HttpAnswer } from './http.ts';
import { beginSecurePage, handshakeOf, hearSecurePage } from './secure-page.ts';
import type { SecurePage } from './secure-page.ts';
import { beginLookup, fromHostsFile, nextServer, takeAnswer } from './resolver.ts';
import type { Lookup, LookupStep } from './resolver.ts';

/** Where a probe starts from, as the network knows it. */
export interface ProbeSource {
  readonly netns: string;
  readonly resolvConf: string;
  readonly hosts: string;
  /** The certificates that programs there trust, PEM. Absent: none. */
  readonly authorities?: () => string;
}

export type ProbeTarget =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'name'; readonly host: string }
  | { readonly kind: 'none'; readonly because: string };

export interface ProberWiring {
  readonly simulation: Simulation;
  readonly network: Network;
  /** Owners of the sockets under way, in the cluster's state. */
  readonly owners: Set<string>;
  readonly nextId: () => number;
  readonly source: (request: ProbeRequest) => ProbeSource | { readonly because: string };
  readonly target: (request: ProbeRequest) => ProbeTarget;
  /** Why NetworkPolicies deny a connection, in words; undefined when they allow it. */
  readonly explainDenial: (connection: Connection) => string | undefined;
}

const TARGET = 'probe';
const OWNER_PREFIX = 'probe/';
/** After the verdict, packets still under way get this long to arrive, so that their traces are whole, ms. */
const LINGER_MS = 20;
const DNS_PORT = 53;
/** What agnhost's UDP server answers to. */
const UDP_QUESTION = 'hostname';
const ECHO_BYTES = 56;
const MAX_TIMEOUT_MS = 300_000;
const MAX_PROBES = 256;

interface Run {
  readonly id: number;
  readonly owner: string;
  readonly request: ProbeRequest;
  readonly startedMs: number;
  readonly deadlineMs: number;
  source: ProbeSource | undefined;
  lookup: Lookup | undefined;
  queryId: number;
  socket: SocketId | undefined;
  dialled: { readonly address: string; readonly port: number } | undefined;
  /** What has come of the answer to `request.http`. */
  received: Uint8Array;
  http: HttpAnswer | undefined;
  secure: SecurePage | undefined;
  dns: DnsAnswer | undefined;
  verdict: ProbeVerdict | undefined;
  finishedMs: number;
  because: string | undefined;
  result: ProbeResult | undefined;
  timer: number | undefined;
  readonly packets: Map<number, PacketTrace>;
}

type Timer = { readonly id: number; readonly kind: 'deadline' | 'lookup' | 'pause' | 'linger' };

/** Probes by trusted code: sockets of its own in the source's network namespace, which no container can stand in for. */
export class Prober {
  readonly #wiring: ProberWiring;
  readonly #runs = new Map<string, Run>();

  constructor(wiring: ProberWiring) {
    this.#wiring = wiring;
    wiring.simulation.on(TARGET, (data) => this.#onTimer(data as Timer));
    // A fork goes on without the probes of the cluster it was made from.
    for (const owner of wiring.owners) {
      wiring.network.closeAll(owner);
      wiring.network.untraceOwner(owner);
    }
    wiring.owners.clear();
  }

  static owns(owner: string): boolean {
    return owner.startsWith(OWNER_PREFIX);
  }

  get isBusy(): boolean {
    return this.#runs.size > 0;
  }

  start(request: ProbeRequest): { result(): ProbeResult | undefined; cancel(): void } {
    const { simulation } = this.#wiring;
    const id = this.#wiring.nextId();
    const timeoutMs = Math.min(Math.max(1, request.timeoutMs), MAX_TIMEOUT_MS);
    const run: Run = {
      id,
      owner: `${OWNER_PREFIX}${id}`,
      request,
      startedMs: simulation.nowMs,
      deadlineMs: simulation.nowMs + timeoutMs,
      source: undefined,
      lookup: undefined,
      queryId: 0,
      socket: undefined,
      dialled: undefined,
      received: new Uint8Array(0),
      http: undefined,
      secure: undefined,
      dns: undefined,
      verdict: undefined,
      finishedMs: simulation.nowMs,
      because: undefined,
      result: undefined,
      timer: undefined,
      packets: new Map(),
    };
    if (this.#runs.size >= MAX_PROBES) this.#conclude(run, 'timed-out', 'Too many probes are under way.');
    else {
      this.#runs.set(run.owner, run);
      this.#wiring.owners.add(run.owner);
      this.#begin(run);
    }
    return { result: () => run.result, cancel: () => this.#release(run) };
  }

  onSocketEvent(socket: SocketId, owner: string, event: SocketEvent): void {
    const run = this.#runs.get(owner);
    if (run === undefined || run.socket !== socket || run.verdict !== undefined) return;
    if (run.lookup !== undefined) this.#onLookupEvent(run, socket, event);
    else if (event.kind === 'failed') this.#onFailure(run, event.errno);
    else if (run.request.protocol === 'tcp') this.#onTcpEvent(run, socket, event);
    else if (run.request.protocol === 'udp' && event.kind === 'readable') this.#finish(run, 'open');
    else if (run.request.protocol === 'icmp' && event.kind === 'readable') this.#onEcho(run, socket);
  }

  #begin(run: Run): void {
    const { network, source, target } = this.#wiring;
    const from = source(run.request);
    if ('because' in from) return this.#conclude(run, 'no-such-source', from.because);
    run.source = from;
    const to = target(run.request);
    if (to.kind === 'none') return this.#conclude(run, 'no-such-destination', to.because);
    if (run.request.protocol === 'sctp')
      return this.#conclude(
        run,
        'unreachable',
        'No program of this simulated cluster speaks SCTP, so nothing could answer.',
      );
    network.traceOwner(run.owner);
    run.timer = this.#wiring.simulation.schedule(run.deadlineMs - run.startedMs, TARGET, {
      id: run.id,
      kind: 'deadline',
    } satisfies Timer);
    if (to.kind === 'address') return this.#dial(run, to.address);
    const { host } = to;
    const { lookUp } = run.request;
    if (lookUp !== undefined) {
      run.queryId = this.#wiring.simulation.randomInt(0x1_0000);
      return this.#lookUp(run, beginLookup(host, from.resolvConf, run.queryId, lookUp));
    }
    if (isIpv4(host) || isIpv6(host)) return this.#dial(run, host);
    const known = fromHostsFile(from.hosts, host);
    if (known !== undefined) return this.#dial(run, known);
    run.queryId = this.#wiring.simulation.randomInt(0x1_0000);
    this.#lookUp(run, beginLookup(host, from.resolvConf, run.queryId));
  }

  // Names

  #lookUp(run: Run, step: LookupStep): void {
    const { network, simulation } = this.#wiring;
    this.#closeSocket(run);
    run.lookup = undefined;
    switch (step.kind) {
      case 'found':
        if (run.request.lookUp === undefined) return this.#dial(run, step.address);
        run.dns = { kind: 'records', name: step.name, records: step.records };
        return this.#finish(run, 'open', `${step.name} has these records.`);
      case 'not-found':
        run.dns = { kind: step.existed ? 'nodata' : 'nxdomain', records: [] };
        return this.#finish(run, 'name-not-found', `No name server knows the name ${hostOf(run.request)}.`);
      case 'no-answer':
        run.dns = { kind: 'no-answer', records: [] };
        return this.#finish(run, 'name-not-found');
      case 'ask': {
        run.lookup = step.lookup;
        const socket = network.connectUdp(run.source?.netns ?? '', run.owner, {
          address: step.server,
          port: DNS_PORT,
        });
        if (!socket.ok) return this.#lookUp(run, nextServer(step.lookup, run.queryId));
        run.socket = socket.value;
        network.sendTo(socket.value, { address: step.server, port: DNS_PORT }, step.query);
        simulation.schedule(step.timeoutMs, TARGET, { id: run.id, kind: 'lookup' } satisfies Timer);
      }
    }
  }

  #onLookupEvent(run: Run, socket: SocketId, event: SocketEvent): void {
    const { lookup } = run;
    if (lookup === undefined) return;
    if (event.kind === 'failed') return this.#lookUp(run, nextServer(lookup, run.queryId));
    if (event.kind !== 'readable') return;
    for (
      let datagram = this.#wiring.network.receiveFrom(socket);
      datagram !== undefined;
      datagram = this.#wiring.network.receiveFrom(socket)
    ) {
      const step = takeAnswer(lookup, run.queryId, datagram.data);
      if (step !== undefined) return this.#lookUp(run, step);
    }
  }

  // The connection itself

  #dial(run: Run, address: string): void {
    const { network } = this.#wiring;
    const { protocol, port } = run.request;
    const netns = run.source?.netns ?? '';
    run.dialled = { address, port };
    if (protocol === 'icmp') {
      const socket = network.openPing(netns, run.owner);
      run.socket = socket;
      const sent = network.sendEcho(socket, address, {
        sequence: 1,
        bytes: run.request.payloadBytes ?? ECHO_BYTES,
        ...(run.request.dontFragment === undefined ? {} : { dontFragment: run.request.dontFragment }),
      });
      if (!sent.ok) this.#onFailure(run, sent.errno);
      return;
    }
    const remote = { address, port };
    const connected =
      protocol === 'udp'
        ? network.connectUdp(netns, run.owner, remote)
        : network.connectTcp(netns, run.owner, remote);
    if (!connected.ok) return this.#onFailure(run, connected.errno);
    run.socket = connected.value;
    if (protocol !== 'udp') return;
    const question =
      port === DNS_PORT
        ? encodeMessage(queryMessage(run.id & 0xffff, { name: '.', type: 'NS', class: CLASS_IN }))
        : utf8Encode(UDP_QUESTION);
    const sent = network.sendTo(connected.value, remote, question);
    if (!sent.ok) this.#onFailure(run, sent.errno);
  }

  /** Open when the handshake is done; with `http`, when the answer has been read, or the connection has ended without one. */
  #onTcpEvent(run: Run, socket: SocketId, event: SocketEvent): void {
    const { http } = run.request;
    const { network } = this.#wiring;
    if (event.kind === 'connected' && http === undefined) return this.#finish(run, 'open');
    if (event.kind === 'connected' && http !== undefined) {
      if (run.request.pauseMs === undefined) this.#ask(run);
      else
        this.#wiring.simulation.schedule(run.request.pauseMs, TARGET, {
          id: run.id,
          kind: 'pause',
        } satisfies Timer);
      return;
    }
    if (event.kind !== 'readable' && event.kind !== 'end') return;
    const read = receiveResponse(network, socket, run.received, (bytes) => this.#unveil(run, socket, bytes));
    run.received = read.received;
    run.http = read.answer;
    if (run.verdict === undefined && (read.ended || read.answer !== undefined)) this.#finish(run, 'open');
  }

  /** What came, in the clear. */
  #unveil(run: Run, socket: SocketId, bytes: Uint8Array): Uint8Array {
    const { secure } = run;
    const { http } = run.request;
    if (secure === undefined || http === undefined) return bytes;
    const heard = hearSecurePage(secure, bytes, {
      nowMs: this.#wiring.simulation.nowMs,
      authorities: run.source?.authorities?.() ?? '',
      request: renderGet(http),
    });
    if (heard.output.length > 0) this.#wiring.network.send(socket, heard.output);
    if (heard.trouble !== undefined && run.verdict === undefined) this.#finish(run, 'open', heard.trouble);
    return heard.text;
  }

  #onFailure(run: Run, errno: string): void {
    if (errno === 'ECONNREFUSED' || errno === 'ECONNRESET') this.#finish(run, 'refused');
    else if (errno === 'ETIMEDOUT') this.#finish(run, 'timed-out');
    else this.#finish(run, 'unreachable');
  }

  #onEcho(run: Run, socket: SocketId): void {
    const echo = this.#wiring.network.receiveEcho(socket);
    if (echo === undefined) return;
    this.#finish(run, echo.outcome === 'reply' ? 'open' : 'unreachable');
  }

  // Ends

  #onTimer(timer: Timer): void {
    const run = this.#runs.get(`${OWNER_PREFIX}${timer.id}`);
    if (run === undefined) return;
    if (timer.kind === 'linger') this.#complete(run);
    else if (run.verdict !== undefined) return;
    else if (timer.kind === 'deadline') this.#finish(run, 'timed-out');
    else if (timer.kind === 'pause') this.#ask(run);
    else if (run.lookup !== undefined && this.#wiring.simulation.nowMs < run.deadlineMs)
      this.#lookUp(run, nextServer(run.lookup, run.queryId));
  }

  #finish(run: Run, verdict: ProbeVerdict, because?: string): void {
    const { simulation } = this.#wiring;
    run.verdict = verdict;
    run.because = because;
    run.finishedMs = simulation.nowMs;
    if (run.timer !== undefined) simulation.cancel(run.timer);
    simulation.schedule(LINGER_MS, TARGET, { id: run.id, kind: 'linger' } satisfies Timer);
  }

  /** The page, over a connection that may have been left alone until now. */
  #ask(run: Run): void {
    const { http } = run.request;
    const { network, simulation } = this.#wiring;
    if (run.socket === undefined || http === undefined) return;
    if (http.tls !== undefined)
      run.secure = beginSecurePage(http.tls.host, (count) =>
        Uint8Array.from({ length: count }, () => simulation.randomInt(256)),
      );
    network.send(run.socket, run.secure === undefined ? renderGet(http) : handshakeOf(run.secure));
  }

  /** An end without any packet. */
  #conclude(run: Run, verdict: ProbeVerdict, because: string): void {
    run.verdict = verdict;
    run.result = { verdict, durationMs: 0, packets: [], because };
    this.#release(run);
  }

  #complete(run: Run): void {
    for (const packet of this.#wiring.network.takeTraces(run.owner)) run.packets.set(packet.packetId, packet);
    const packets = [...run.packets.values()];
    const verdict = run.verdict ?? 'timed-out';
    const dialled = run.dialled ?? { address: '', port: run.request.port };
    const own =
      run.dialled === undefined ? packets : packets.filter((packet) => !isLookup(packet, dialled.port));
    const reading = readTraces(verdict, own, dialled, this.#wiring.explainDenial);
    run.result = {
      verdict,
      ...(run.dialled === undefined ? {} : { dialled: run.dialled }),
      ...(reading.reached === undefined || run.dialled === undefined ? {} : { reached: reading.reached }),
      ...(reading.sourceSeen === undefined || run.dialled === undefined
        ? {}
        : { sourceSeen: reading.sourceSeen }),
      ...(run.http === undefined ? {} : { http: run.http }),
      ...(run.secure?.shown === undefined ? {} : { certificate: run.secure.shown }),
      ...(run.request.lookUp === undefined || run.dns === undefined ? {} : { dns: run.dns }),
      durationMs: run.finishedMs - run.startedMs,
      packets,
      because:
        run.because ??
        (run.dialled === undefined
          ? `The name ${hostOf(run.request)} could not be looked up: ${reading.because}`
          : reading.because),
    };
    this.#release(run);
  }

  #closeSocket(run: Run): void {
    if (run.socket !== undefined) this.#wiring.network.close(run.socket);
    run.socket = undefined;
  }

  #release(run: Run): void {
    const { network, owners, simulation } = this.#wiring;
    if (run.timer !== undefined) simulation.cancel(run.timer);
    if (!this.#runs.delete(run.owner)) return;
    network.untraceOwner(run.owner);
    network.closeAll(run.owner);
    owners.delete(run.owner);
  }
}

/** A packet of the name's look-up rather than of the probe itself. */
function isLookup(packet: PacketTrace, port: number): boolean {
  const [first] = packet.steps;
  if (port === DNS_PORT || first === undefined) return false;
  return (
    first.before.protocol === 'udp' &&
    (first.before.destinationPort === DNS_PORT || first.before.sourcePort === DNS_PORT)
  );
}

function hostOf(request: ProbeRequest): string {
  return request.to.kind === 'host' ? request.to.host : `${request.to.name}.${request.to.namespace}`;
}
