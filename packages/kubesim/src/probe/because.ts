import type { PacketTrace, RuleOrigin, TraceStep } from '@podwire/netsim';
import type { ProbeVerdict } from '../cluster-contract.ts';
import type { Connection } from '../policy/verdict.ts';

export interface Reading {
  readonly reached?: { readonly address: string; readonly port: number; readonly owner?: string };
  readonly sourceSeen?: string;
  readonly because: string;
}

/** What the packets of a probe tell: where it came to, and what decided. */
export function readTraces(
  verdict: ProbeVerdict,
  packets: readonly PacketTrace[],
  dialled: { readonly address: string; readonly port: number },
  explainDenial: (connection: Connection) => string | undefined,
): Reading {
  const delivered = packets.findLast(
    (packet) => packet.inReplyTo === undefined && packet.steps.some((step) => step.decision === 'deliver'),
  );
  const arrival = delivered?.steps.findLast((step) => step.decision === 'deliver');
  const reached =
    arrival === undefined
      ? {}
      : {
          reached: {
            address: arrival.before.destination,
            port: arrival.before.destinationPort ?? dialled.port,
            owner: arrival.where,
          },
          sourceSeen: arrival.before.source,
        };
  return { ...reached, because: sentence(verdict, packets, arrival, explainDenial) };
}

const HARD: ReadonlySet<string> = new Set([
  'drop',
  'reject',
  'no-route',
  'no-listener',
  'no-neighbor',
  'too-big',
  'ttl-exceeded',
]);

interface Stop {
  readonly step: TraceStep;
  /** It stopped an answer; what was asked had arrived. */
  readonly isReply: boolean;
}

/** The step that stopped the probe: the last refusal among the packets that did not get through. */
function decidingStep(packets: readonly PacketTrace[]): Stop | undefined {
  for (const packet of [...packets].reverse()) {
    const step = packet.steps.findLast((item) => HARD.has(item.decision));
    if (step !== undefined) return { step, isReply: packet.inReplyTo !== undefined };
  }
  return undefined;
}

function sentence(
  verdict: ProbeVerdict,
  packets: readonly PacketTrace[],
  arrival: TraceStep | undefined,
  explainDenial: (connection: Connection) => string | undefined,
): string {
  if (verdict === 'open') {
    const translated = packets
      .flatMap((packet) => packet.steps)
      .find((step) => step.decision === 'dnat' && step.origin !== undefined);
    const where = arrival === undefined ? 'The destination' : capitalise(arrival.where);
    const via = translated?.origin === undefined ? '' : `, chosen by ${nameOf(translated.origin)}`;
    const port = arrival?.before.destinationPort;
    return `${where} answered${port === undefined ? '' : ` on port ${port}`}${via}.`;
  }
  const stopped = decidingStep(packets);
  if (stopped !== undefined) return explain(stopped, explainDenial);
  if (verdict === 'timed-out') return 'Nothing answered in time, and no rule on the way dropped a packet.';
  return 'No packet of the probe was stopped on its way.';
}

function explain(
  { step, isReply }: Stop,
  explainDenial: (connection: Connection) => string | undefined,
): string {
  const { origin } = step;
  const lead = isReply ? 'The packet arrived; it was the answer that did not come back. ' : '';
  if (origin === undefined) return lead + withStop(step.detail);
  const what = step.decision === 'reject' ? 'refused' : step.decision === 'drop' ? 'dropped' : 'decided on';
  const denial =
    origin.kind === 'NetworkPolicy' && step.decision === 'drop'
      ? explainDenial(connectionOf(step.before))
      : undefined;
  if (denial !== undefined) return `${lead}Dropped at ${step.where}. ${withStop(denial)}`;
  const why = origin.reason ?? step.detail;
  const who = `${nameOf(origin)}${origin.field === undefined ? '' : ','}`;
  return `${lead}${who} ${what} it at ${step.where}: ${withStop(why)}`;
}

/** The connection that a dropped packet belongs to: its addresses are those after DNAT and before masquerade. */
function connectionOf(packet: TraceStep['before']): Connection {
  const { source, destination, protocol, destinationPort } = packet;
  return {
    source: { address: source },
    destination: { address: destination },
    protocol,
    ...(destinationPort === undefined ? {} : { port: destinationPort }),
  };
}

/** `NetworkPolicy default/deny-all, spec.ingress`. */
function nameOf(origin: RuleOrigin): string {
  const name = origin.namespace === undefined ? origin.name : `${origin.namespace}/${origin.name}`;
  return `${origin.kind} ${name}${origin.field === undefined ? '' : `, ${origin.field}`}`;
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
