import { endpointsOf, sameEndpoints } from '../packet/endpoints.ts';
import { nameOfPacket } from '../packet/summary.ts';
import type { IpPacket } from '../packet.ts';
import { ruleText } from '../netfilter/nft-text.ts';
import type { Rule } from '../ruleset.ts';
import type { Endpoints, PacketFate, PacketTrace, TraceDecision, TraceStage, TraceStep } from '../trace.ts';
import { SENTENCES } from './sentences.ts';
import type { Saying } from './sentences.ts';

/** The latest packets that `recentTraces` keeps: enough for a picture of the last moments, small beside the cluster. */
const RECENT_PACKETS = 100;
/** Steps of one packet: a way through 64 hops with NAT and policy at each has fewer than this, so only floods are cut. */
const MAX_STEPS = 400;
/** Finished traces that wait for one owner: a large download's packets, and no more. */
const MAX_TRACES_PER_OWNER = 4096;
/** Owners traced at once. */
const MAX_TRACED_OWNERS = 64;

const NO_OWNERS: readonly string[] = Object.freeze([]);

export interface RuleReference {
  readonly table: string;
  readonly chain: string;
  readonly rule: Rule;
}

interface StepRecord {
  /** Since the packet was sent: a small integer, where a time would be a heap number of its own. */
  readonly afterMicroseconds: number;
  readonly where: string;
  readonly stage: TraceStage;
  readonly decision: TraceDecision;
  readonly interfaceName: string | undefined;
  readonly before: Endpoints;
  readonly after: Endpoints | undefined;
  readonly rule: RuleReference | undefined;
  readonly saying: Saying;
  readonly x: string | number | undefined;
  readonly y: string | number | undefined;
}

/** The record of one packet under way. */
interface Flight {
  readonly packetId: number;
  readonly summary: string;
  readonly sentAtMs: number;
  readonly inReplyTo: number | undefined;
  readonly owners: readonly string[];
  steps: StepRecord[];
  /** The addresses of the latest step, shared by steps that change nothing. */
  endpoints: Endpoints;
  /** Copies under way: a bridge that floods makes more of them. */
  copies: number;
  fate: PacketFate;
}

export interface TraceStoreState {
  readonly flights: Map<number, Flight>;
  /** A ring. */
  recent: Flight[];
  recentNext: number;
  readonly finished: Map<string, Flight[]>;
}

export function newTraceStoreState(): TraceStoreState {
  return { flights: new Map(), recent: [], recentNext: 0, finished: new Map() };
}

export interface StepDetails {
  readonly interfaceName?: string | undefined;
  readonly after?: IpPacket | undefined;
  readonly rule?: RuleReference | undefined;
  readonly x?: string | number | undefined;
  readonly y?: string | number | undefined;
}

const NO_DETAILS: StepDetails = Object.freeze({});

/** Records what befalls each packet. Steps are kept as codes and facts; sentences are made when traces are taken. */
export class TraceStore {
  readonly #state: TraceStoreState;
  readonly #nowMs: () => number;

  constructor(state: TraceStoreState, nowMs: () => number) {
    this.#state = state;
    this.#nowMs = nowMs;
  }

  /** A packet sets out. */
  begin(packet: IpPacket, owners: readonly string[], inReplyTo: number | undefined): void {
    this.#state.flights.set(packet.id, {
      packetId: packet.id,
      summary: nameOfPacket(packet),
      sentAtMs: this.#nowMs(),
      inReplyTo,
      owners,
      steps: [],
      endpoints: endpointsOf(packet),
      copies: 1,
      fate: 'in-flight',
    });
  }

  isUnderWay(packet: IpPacket): boolean {
    return this.#state.flights.has(packet.id);
  }

  step(
    packet: IpPacket,
    where: string,
    stage: TraceStage,
    decision: TraceDecision,
    saying: Saying,
    details: StepDetails = NO_DETAILS,
  ): void {
    const flight = this.#state.flights.get(packet.id);
    if (flight === undefined || flight.steps.length > MAX_STEPS) return;
    const isLast = flight.steps.length === MAX_STEPS;
    if (!sameEndpoints(flight.endpoints, packet)) flight.endpoints = endpointsOf(packet);
    const before = flight.endpoints;
    if (details.after !== undefined) flight.endpoints = endpointsOf(details.after);
    flight.steps.push({
      afterMicroseconds: Math.round((this.#nowMs() - flight.sentAtMs) * 1000),
      where,
      stage,
      decision,
      interfaceName: details.interfaceName,
      before,
      after: details.after === undefined ? undefined : flight.endpoints,
      rule: details.rule,
      saying: isLast ? 'too-many-steps' : saying,
      x: isLast ? MAX_STEPS : details.x,
      y: isLast ? undefined : details.y,
    });
  }

  /** More copies of a packet set out than came in. */
  copied(packet: IpPacket, moreCopies: number): void {
    const flight = this.#state.flights.get(packet.id);
    if (flight !== undefined) flight.copies += moreCopies;
  }

  /** One copy of a packet has come to its end. `undefined`: it was a flooded copy that concerned nobody. */
  end(packet: IpPacket, fate: 'delivered' | 'dropped' | 'rejected' | undefined): void {
    const flight = this.#state.flights.get(packet.id);
    if (flight === undefined) return;
    if (fate !== undefined && flight.fate !== 'delivered') flight.fate = fate;
    flight.copies--;
    if (flight.copies > 0) return;
    if (flight.fate === 'in-flight') flight.fate = 'dropped';
    this.#state.flights.delete(packet.id);
    flight.steps = flight.steps.slice();
    this.#finish(Object.freeze(flight));
  }

  #finish(flight: Flight): void {
    const { recent, finished } = this.#state;
    recent[this.#state.recentNext] = flight;
    this.#state.recentNext = (this.#state.recentNext + 1) % RECENT_PACKETS;
    for (const owner of flight.owners) {
      const kept = finished.get(owner);
      if (kept !== undefined && kept.length < MAX_TRACES_PER_OWNER) kept.push(flight);
    }
  }

  /** For whom a socket's packets are traced: its owner, and those it answers. */
  ownersFor(owner: string, tracedFor: readonly string[]): readonly string[] {
    const { finished } = this.#state;
    if (finished.size === 0) return NO_OWNERS;
    const live = tracedFor.filter((name) => finished.has(name));
    if (!finished.has(owner) || live.includes(owner)) return live;
    return [...live, owner];
  }

  /** Who traces a packet that has just been received. */
  ownersOf(packet: IpPacket): readonly string[] {
    if (this.#state.finished.size === 0) return NO_OWNERS;
    return this.#state.flights.get(packet.id)?.owners ?? NO_OWNERS;
  }

  trace(owner: string): void {
    const { finished } = this.#state;
    if (finished.has(owner)) return;
    const oldest = finished.keys().next().value;
    if (finished.size >= MAX_TRACED_OWNERS && oldest !== undefined) finished.delete(oldest);
    finished.set(owner, []);
  }

  untrace(owner: string): void {
    this.#state.finished.delete(owner);
  }

  take(owner: string): readonly PacketTrace[] {
    const { finished, flights } = this.#state;
    const kept = finished.get(owner);
    if (kept === undefined) return [];
    finished.set(owner, []);
    const underWay = [...flights.values()].filter((flight) => flight.owners.includes(owner));
    return [...kept, ...underWay].sort((left, right) => left.packetId - right.packetId).map(render);
  }

  recent(): readonly PacketTrace[] {
    const { recent, recentNext } = this.#state;
    return [...recent.slice(recentNext), ...recent.slice(0, recentNext)].map(render);
  }
}

function render(flight: Flight): PacketTrace {
  return {
    packetId: flight.packetId,
    summary: flight.summary,
    sentAtMs: flight.sentAtMs,
    ...(flight.inReplyTo === undefined ? {} : { inReplyTo: flight.inReplyTo }),
    steps: flight.steps.map((step) => renderStep(flight.sentAtMs, step)),
    fate: flight.fate,
  };
}

function renderStep(sentAtMs: number, step: StepRecord): TraceStep {
  const { x, y, where, before, after, interfaceName, rule } = step;
  const origin = rule?.rule.origin;
  return {
    atMs: sentAtMs + step.afterMicroseconds / 1000,
    where,
    stage: step.stage,
    ...(interfaceName === undefined ? {} : { interfaceName }),
    decision: step.decision,
    ...(rule === undefined
      ? {}
      : { rule: { table: rule.table, chain: rule.chain, text: ruleText(rule.rule) } }),
    ...(origin === undefined ? {} : { origin }),
    before,
    ...(after === undefined ? {} : { after }),
    detail: SENTENCES[step.saying]({ x, y, where, interfaceName, before, after, reason: origin?.reason }),
  };
}
