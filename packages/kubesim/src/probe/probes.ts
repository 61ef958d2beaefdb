import type { Network, NetnsId, PacketTrace, SocketEvent, SocketId } from '@podwire/netsim';
import { canonicalIp } from '@podwire/netsim';
import type { Simulation } from '@podwire/sim';
import { utf8Encode } from '@podwire/sim';
import type { KubeClient } from '../api/client.ts';
import type { Place, ProbeRequest, ProbeResult, ProbeVerdict } from '../cluster-contract.ts';
import { decodeMessage, encodeMessage, queryMessage } from '../dns/message.ts';
import { CLASS_IN } from '../dns/records.ts';
import { expandSearch, parseResolvConf } from '../dns/search-list.ts';
import { dialPing, dialTcp, dialUdp } from './dialogue.ts';
import type { Dialogue } from './dialogue.ts';
import { explainProbe } from './explain.ts';

/** Owners of the sockets of probes begin so; the rest of the world's sockets belong to machines. */
export const PROBE_OWNER_PREFIX = 'probe/';
const TARGET = 'probe';
const DNS_PORT = 53;
/** Answered by `agnhost netexec`; any other server at least says that the port is closed. */
const UDP_GREETING = 'hostname';
/** Probes under way at once: a matrix of a large check. */
const MAX_PROBES = 512;

export interface FoundPlace {
  readonly netns: NetnsId;
  /** Text of the place's /etc/resolv.conf. */
  readonly resolvConf: string;
}

export interface ProbesWiring {
  readonly simulation: Simulation;
  readonly network: Network;
  readonly client: KubeClient;
  /** undefined when there is no such pod, node or host, or it has no network yet. */
  readonly findPlace: (place: Place) => FoundPlace | undefined;
}

export interface Probe {
  result(): ProbeResult | undefined;
  cancel(): void;
}

/**
 * Probes made by the simulation itself, from inside any network namespace: no container's files or
 * programs can bend them. Live objects, not state: a fork starts without them.
 */
export class Probes {
  readonly #wiring: ProbesWiring;
  readonly #running = new Map<string, RunningProbe>();
  #next = 1;

  constructor(wiring: ProbesWiring) {
    this.#wiring = wiring;
    wiring.simulation.on(TARGET, (data) => {
      if (typeof data === 'string') this.#running.get(data)?.onDeadline();
    });
  }

  start(request: ProbeRequest): Probe {
    if (this.#running.size >= MAX_PROBES) throw new Error(`more than ${MAX_PROBES} probes at once`);
    const owner = `${PROBE_OWNER_PREFIX}${this.#next++}`;
    const probe = new RunningProbe(owner, request, this.#wiring, () => this.#running.delete(owner));
    this.#running.set(owner, probe);
    probe.begin();
    return { result: () => probe.result, cancel: () => probe.finish('timed-out') };
  }

  /** @returns whether the event was a probe's. */
  onSocketEvent(socket: SocketId, owner: string, event: SocketEvent): boolean {
    if (!owner.startsWith(PROBE_OWNER_PREFIX)) return false;
    this.#running.get(owner)?.onSocketEvent(socket, event);
    return true;
  }
}

class RunningProbe {
  result: ProbeResult | undefined;
  readonly #owner: string;
  readonly #request: ProbeRequest;
  readonly #wiring: ProbesWiring;
  readonly #onEnd: () => void;
  readonly #startedMs: number;
  #deadline: number | undefined;
  #dialogue: Dialogue | undefined;
  #dialled: { readonly address: string; readonly port: number } | undefined;
  /** Names still to be asked for, when the destination is a name. */
  #lookup:
    | { readonly names: readonly string[]; readonly server: string; readonly netns: NetnsId; index: number }
    | undefined;

  constructor(owner: string, request: ProbeRequest, wiring: ProbesWiring, onEnd: () => void) {
    this.#owner = owner;
    this.#request = request;
    this.#wiring = wiring;
    this.#onEnd = onEnd;
    this.#startedMs = wiring.simulation.nowMs;
  }

  begin(): void {
    const { simulation, network, findPlace } = this.#wiring;
    const place = findPlace(this.#request.from);
    if (place === undefined) return this.finish('no-such-source');
    network.traceOwner(this.#owner);
    this.#deadline = simulation.schedule(this.#request.timeoutMs, TARGET, this.#owner);
    const target = this.#target();
    if (target === undefined) return this.finish('no-such-destination');
    if (target.kind === 'address') return this.#dial(place.netns, target.address);
    const config = parseResolvConf(place.resolvConf);
    const [server] = config.nameServers;
    if (server === undefined) return this.finish('name-not-found');
    this.#lookup = { names: expandSearch(target.name, config), server, netns: place.netns, index: 0 };
    this.#askNext();
  }

  #target():
    | { readonly kind: 'address'; readonly address: string }
    | { readonly kind: 'name'; readonly name: string }
    | undefined {
    const { to } = this.#request;
    const { client } = this.#wiring;
    switch (to.kind) {
      case 'pod': {
        const address = client.get('Pod', to.namespace, to.name)?.status?.podIP;
        return address === undefined ? undefined : { kind: 'address', address };
      }
      case 'service': {
        const address = client.get('Service', to.namespace, to.name)?.spec?.clusterIP;
        if (address === undefined) return undefined;
        // Headless and ExternalName Services have no address of their own; their name has (DNS3, DNS7).
        return address === 'None' || address === ''
          ? { kind: 'name', name: `${to.name}.${to.namespace}.svc` }
          : { kind: 'address', address };
      }
      case 'host': {
        const address = canonicalIp(to.host);
        return address === undefined ? { kind: 'name', name: to.host } : { kind: 'address', address };
      }
    }
  }

  #askNext(): void {
    const lookup = this.#lookup;
    const name = lookup?.names[lookup.index];
    if (lookup === undefined || name === undefined) return this.finish('name-not-found');
    const question = encodeMessage(
      queryMessage(this.#wiring.simulation.randomInt(65_536), { name, type: 'A', class: CLASS_IN }),
    );
    this.#use(
      dialUdp(
        this.#wiring.network,
        lookup.netns,
        this.#owner,
        { address: lookup.server, port: DNS_PORT },
        question,
      ),
    );
  }

  #dial(netns: NetnsId, address: string): void {
    const { network } = this.#wiring;
    const { port, protocol, http } = this.#request;
    this.#lookup = undefined;
    this.#dialled = { address, port };
    const remote = { address, port };
    switch (protocol) {
      case 'tcp':
        return this.#use(
          dialTcp(
            network,
            netns,
            this.#owner,
            remote,
            http === undefined
              ? undefined
              : `GET ${http.path} HTTP/1.1\r\nHost: ${http.host}\r\nUser-Agent: podwire-check\r\nConnection: close\r\n\r\n`,
          ),
        );
      case 'udp':
        return this.#use(
          dialUdp(
            network,
            netns,
            this.#owner,
            remote,
            port === DNS_PORT
              ? encodeMessage(queryMessage(1, { name: '.', type: 'NS', class: CLASS_IN }))
              : utf8Encode(UDP_GREETING),
          ),
        );
      case 'icmp':
        return this.#use(dialPing(network, netns, this.#owner, address));
      case 'sctp':
        // No SCTP endpoint is modelled, so nobody can answer (see SPEC.md).
        return this.finish('unreachable');
    }
  }

  #use(dialogue: Dialogue): void {
    this.#dialogue = dialogue;
    this.#proceed();
  }

  onSocketEvent(socket: SocketId, event: SocketEvent): void {
    if (this.result !== undefined || socket !== this.#dialogue?.socket) return;
    this.#dialogue.onEvent(event);
    this.#proceed();
  }

  #proceed(): void {
    const dialogue = this.#dialogue;
    if (dialogue?.end === undefined) return;
    if (this.#lookup === undefined) return this.finish(dialogue.end.verdict);
    if (dialogue.socket !== undefined) this.#wiring.network.close(dialogue.socket);
    const answer =
      'answer' in dialogue && dialogue.answer instanceof Uint8Array
        ? decodeMessage(dialogue.answer)
        : undefined;
    if (answer?.ok !== true) return this.finish('name-not-found');
    const address = answer.message.answers.flatMap(({ data }) =>
      data.type === 'A' || data.type === 'AAAA' ? [data.address] : [],
    )[0];
    if (address !== undefined) return this.#dial(this.#lookup.netns, address);
    this.#lookup.index++;
    this.#askNext();
  }

  onDeadline(): void {
    this.finish(this.#lookup === undefined ? 'timed-out' : 'name-not-found');
  }

  finish(verdict: ProbeVerdict): void {
    if (this.result !== undefined) return;
    const { simulation, network } = this.#wiring;
    if (this.#deadline !== undefined) simulation.cancel(this.#deadline);
    if (this.#dialogue?.socket !== undefined) network.abort(this.#dialogue.socket);
    const packets = network.takeTraces(this.#owner);
    network.untraceOwner(this.#owner);
    network.closeAll(this.#owner);
    const http = this.#dialogue?.end?.http;
    const arrival = lastArrival(packets, this.#dialled?.port);
    this.result = {
      verdict,
      ...(this.#dialled === undefined ? {} : { dialled: this.#dialled }),
      ...(arrival === undefined || verdict !== 'open'
        ? {}
        : {
            reached: { address: arrival.address, port: arrival.port, owner: arrival.owner },
            sourceSeen: arrival.source,
          }),
      ...(http === undefined ? {} : { http }),
      durationMs: simulation.nowMs - this.#startedMs,
      packets,
      because: explainProbe(verdict, packets, this.#request.timeoutMs),
    };
    this.#onEnd();
  }
}

/** Where the first packet that was no look-up and no answer was delivered, and from whom the receiver saw it come. */
function lastArrival(
  packets: readonly PacketTrace[],
  port: number | undefined,
):
  | { readonly address: string; readonly port: number; readonly owner: string; readonly source: string }
  | undefined {
  for (const packet of packets) {
    const [first] = packet.steps;
    if (
      packet.inReplyTo !== undefined ||
      packet.fate !== 'delivered' ||
      (first?.before.destinationPort ?? 0) !== (port ?? 0)
    )
      continue;
    const step = packet.steps.findLast((candidate) => candidate.decision === 'deliver');
    if (step === undefined) continue;
    const { destination, destinationPort, source } = step.after ?? step.before;
    return { address: destination, port: destinationPort ?? 0, owner: step.where, source };
  }
  return undefined;
}
