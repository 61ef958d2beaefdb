import type { PacketTraceView, ProbeResultView, TraceStepView } from '@podwire/protocol';
import type { Mark } from '../design/verdict-mark.tsx';

export type Endpoints = TraceStepView['before'];

/** One decision on a packet's way, ready to be drawn as a line. */
export interface Hop {
  readonly key: string;
  readonly step: TraceStepView;
  readonly word: string;
  /** Ends of the way and refusals carry a mark; what merely passes has a point on the wire. */
  readonly mark: Mark | undefined;
  /** Since the hop before, ms; undefined at the first. */
  readonly sincePreviousMs: number | undefined;
  /** The wire's lane before and after this hop: an address that is rewritten moves the wire over. */
  readonly lane: number;
  readonly laneAfter: number;
  readonly changed: { readonly source: boolean; readonly destination: boolean };
  /** Nothing was decided here: hidden when only decisions are shown. */
  readonly quiet: boolean;
}

/** Hops in a row that happen in one network namespace. */
export interface Stretch {
  readonly where: string;
  readonly place: 'pod' | 'node' | 'elsewhere';
  readonly hops: readonly Hop[];
}

export interface Flight {
  readonly packet: PacketTraceView;
  readonly stretches: readonly Stretch[];
  readonly lanes: number;
  /** How often the same packet took the same way again (TCP retries). */
  readonly repeats: number;
  /** When the last of them was sent. */
  readonly lastSentAtMs: number;
}

/** A packet and what answered it. */
export interface Exchange {
  readonly key: number;
  readonly request: Flight;
  readonly replies: readonly Flight[];
}

const WORDS: Readonly<Record<TraceStepView['decision'], string>> = {
  send: 'sent',
  pass: 'passes',
  accept: 'accepted',
  drop: 'dropped',
  reject: 'rejected',
  dnat: 'destination rewritten',
  snat: 'source rewritten',
  masquerade: 'source masqueraded',
  route: 'routed',
  'no-route': 'no route',
  forward: 'forwarded',
  deliver: 'delivered',
  'no-listener': 'nobody listens',
  'no-neighbor': 'no neighbour answers',
  'too-big': 'too big for the link',
  'ttl-exceeded': 'TTL used up',
};

const STOPPED: ReadonlySet<TraceStepView['decision']> = new Set([
  'drop',
  'no-route',
  'no-neighbor',
  'too-big',
  'ttl-exceeded',
]);
const SENT_BACK: ReadonlySet<TraceStepView['decision']> = new Set(['reject', 'no-listener']);

function markOf(step: TraceStepView): Mark | undefined {
  if (STOPPED.has(step.decision)) return 'denied';
  if (SENT_BACK.has(step.decision)) return 'rejected';
  if (step.decision === 'deliver') return 'allowed';
  return undefined;
}

function placeOf(where: string): Stretch['place'] {
  return where.startsWith('pod ') ? 'pod' : where.startsWith('node ') ? 'node' : 'elsewhere';
}

/** Lays one packet's way out as lines. */
export function flightOf(packet: PacketTraceView): Flight {
  const stretches: { where: string; place: Stretch['place']; hops: Hop[] }[] = [];
  let lane = 0;
  let previousMs: number | undefined;
  for (const [index, step] of packet.steps.entries()) {
    const changed = {
      source:
        step.after !== undefined &&
        (step.after.source !== step.before.source || step.after.sourcePort !== step.before.sourcePort),
      destination:
        step.after !== undefined &&
        (step.after.destination !== step.before.destination ||
          step.after.destinationPort !== step.before.destinationPort),
    };
    const laneAfter = changed.source || changed.destination ? lane + 1 : lane;
    const mark = markOf(step);
    const hop: Hop = {
      key: `${packet.packetId}-${index}`,
      step,
      word: WORDS[step.decision],
      mark,
      sincePreviousMs: previousMs === undefined ? undefined : step.atMs - previousMs,
      lane,
      laneAfter,
      changed,
      quiet:
        mark === undefined &&
        laneAfter === lane &&
        step.origin === undefined &&
        // What goes into a tunnel travels under other addresses: nothing to pass over.
        step.stage !== 'vxlan' &&
        !(step.decision === 'send' && step.stage === 'socket'),
    };
    lane = laneAfter;
    previousMs = step.atMs;
    const last = stretches.at(-1);
    if (last?.where === step.where) last.hops.push(hop);
    else stretches.push({ where: step.where, place: placeOf(step.where), hops: [hop] });
  }
  return { packet, stretches, lanes: lane + 1, repeats: 0, lastSentAtMs: packet.sentAtMs };
}

/** A retry: the same packet between the same ends that came to the same end in the same place, whatever it met before. */
function signature(packet: PacketTraceView): string {
  const end = packet.steps.at(-1);
  return JSON.stringify([
    packet.summary,
    packet.fate,
    packet.steps[0]?.before,
    end?.where,
    end?.stage,
    end?.decision,
    end?.origin,
    end?.after ?? end?.before,
  ]);
}

/** Pairs packets with their answers, in order; retries that took the same way become one with a count. */
export function exchangesOf(packets: readonly PacketTraceView[]): readonly Exchange[] {
  const exchanges: { key: number; signature: string; request: Flight; replies: Flight[] }[] = [];
  const home = new Map<number, (typeof exchanges)[number]>();
  for (const packet of packets) {
    const answered = packet.inReplyTo === undefined ? undefined : home.get(packet.inReplyTo);
    if (answered !== undefined) {
      answered.replies.push(flightOf(packet));
      home.set(packet.packetId, answered);
      continue;
    }
    const own = signature(packet);
    const before = exchanges.at(-1);
    if (before?.signature === own && before.replies.length === 0) {
      before.request = {
        ...before.request,
        repeats: before.request.repeats + 1,
        lastSentAtMs: packet.sentAtMs,
      };
      home.set(packet.packetId, before);
      continue;
    }
    const exchange = { key: packet.packetId, signature: own, request: flightOf(packet), replies: [] };
    exchanges.push(exchange);
    home.set(packet.packetId, exchange);
  }
  return exchanges;
}

/** The exchange that a person wants to see first: the first packet that was stopped, else the connection's own first packet. */
export function mainExchange(exchanges: readonly Exchange[]): Exchange | undefined {
  return (
    exchanges.find(
      ({ request }) => request.packet.fate === 'dropped' || request.packet.fate === 'rejected',
    ) ??
    exchanges.find(({ request }) => request.packet.summary.startsWith('TCP')) ??
    exchanges[0]
  );
}

export interface VerdictWords {
  readonly mark: Mark;
  readonly word: string;
}

export function verdictWords(verdict: ProbeResultView['verdict']): VerdictWords {
  switch (verdict) {
    case 'open':
      return { mark: 'allowed', word: 'Open' };
    case 'refused':
      return { mark: 'rejected', word: 'Refused' };
    case 'timed-out':
      return { mark: 'denied', word: 'Timed out' };
    case 'unreachable':
      return { mark: 'denied', word: 'Unreachable' };
    case 'name-not-found':
      return { mark: 'rejected', word: 'Name not found' };
    case 'no-such-source':
      return { mark: 'unknown', word: 'The source is gone' };
    case 'no-such-destination':
      return { mark: 'unknown', word: 'The destination is gone' };
  }
}

export function fateWords(fate: PacketTraceView['fate']): VerdictWords {
  switch (fate) {
    case 'delivered':
      return { mark: 'allowed', word: 'delivered' };
    case 'dropped':
      return { mark: 'denied', word: 'dropped' };
    case 'rejected':
      return { mark: 'rejected', word: 'rejected' };
    case 'in-flight':
      return { mark: 'waiting', word: 'under way' };
  }
}

export function addressOf(host: string, port: number | undefined): string {
  if (port === undefined) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Times on a packet's way are microseconds to seconds. */
export function formatMs(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `NetworkPolicy default/db-allow-api`, as the rest of the site names objects. */
export function originName(origin: NonNullable<TraceStepView['origin']>): string {
  return `${origin.kind} ${origin.namespace === undefined ? '' : `${origin.namespace}/`}${origin.name}`;
}
