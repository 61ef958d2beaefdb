import type { PacketTrace, RuleOrigin, TraceStep } from '@podwire/netsim';
import type { ProbeVerdict } from '../cluster-contract.ts';

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
  return { ...reached, because: sentence(verdict, packets, arrival) };
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

/** The step that stopped the probe: the last refusal among the packets that did not get through. */
function decidingStep(packets: readonly PacketTrace[]): TraceStep | undefined {
  for (const packet of [...packets].reverse()) {
    const step = packet.steps.findLast((item) => HARD.has(item.decision));
    if (step !== undefined) return step;
  }
  return undefined;
}

function sentence(
  verdict: ProbeVerdict,
  packets: readonly PacketTrace[],
  arrival: TraceStep | undefined,
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
  const step = decidingStep(packets);
  if (step !== undefined) return explain(step);
  if (verdict === 'timed-out') return 'Nothing answered in time, and no rule on the way dropped a packet.';
  return 'No packet of the probe was stopped on its way.';
}

function explain(step: TraceStep): string {
  const { origin } = step;
  if (origin === undefined) return withStop(step.detail);
  const what = step.decision === 'reject' ? 'refused' : step.decision === 'drop' ? 'dropped' : 'decided on';
  const why = origin.reason === undefined ? step.detail : origin.reason;
  return `${nameOf(origin)} ${what} it at ${step.where}: ${withStop(why)}`;
}

/** `NetworkPolicy default/deny-all, spec.ingress`. */
function nameOf(origin: RuleOrigin): string {
  const name = origin.namespace === undefined ? origin.name : `${origin.namespace}/${origin.name}`;
  return `${origin.kind} ${name}${origin.field === undefined ? '' : `, ${origin.field},`}`;
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
