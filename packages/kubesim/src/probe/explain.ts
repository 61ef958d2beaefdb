import type { PacketTrace, RuleOrigin, TraceStep } from '@podwire/netsim';
import type { ProbeVerdict } from '../cluster-contract.ts';

/** Decisions that end a packet's way. */
const ENDINGS: ReadonlySet<TraceStep['decision']> = new Set([
  'drop',
  'reject',
  'no-route',
  'no-listener',
  'no-neighbor',
  'too-big',
  'ttl-exceeded',
]);

/** One sentence: why a probe ended as it did, naming the object and the field that decided. */
export function explainProbe(
  verdict: ProbeVerdict,
  packets: readonly PacketTrace[],
  timeoutMs: number,
): string {
  switch (verdict) {
    case 'open':
      return explainOpen(packets);
    case 'refused':
    case 'timed-out':
    case 'unreachable':
      return explainFailure(verdict, packets, timeoutMs);
    case 'name-not-found':
      return explainName(packets);
    case 'no-such-source':
      return 'The source of this probe is not there, or has no network yet.';
    case 'no-such-destination':
      return 'The destination of this probe is not there, or has no address yet.';
  }
}

function explainOpen(packets: readonly PacketTrace[]): string {
  const steps = packets.filter((packet) => packet.fate === 'delivered').flatMap((packet) => packet.steps);
  const allowed = unique(
    steps
      .filter((step) => step.decision === 'accept' && step.origin?.kind === 'NetworkPolicy')
      .map((step) => `${nameOf(step.origin)} allows it (${step.origin?.field ?? 'spec'}).`),
  );
  const translated = unique(
    steps
      .filter((step) => step.decision === 'dnat' && step.origin !== undefined)
      .map(
        (step) =>
          `${nameOf(step.origin)} leads to ${step.after?.destination ?? ''}${step.after?.destinationPort === undefined ? '' : `:${step.after.destinationPort}`}.`,
      ),
  );
  const sentences = [...translated, ...allowed];
  return sentences.length === 0 ? 'Nothing on the way stands against it.' : sentences.join(' ');
}

function explainFailure(
  verdict: 'refused' | 'timed-out' | 'unreachable',
  packets: readonly PacketTrace[],
  timeoutMs: number,
): string {
  const ending = packets.flatMap((packet) =>
    packet.steps
      .filter((step) => ENDINGS.has(step.decision))
      .slice(-1)
      .map((step) => ({ packet, step })),
  )[0];
  if (ending === undefined) {
    if (packets.length === 0) return 'No packet was sent.';
    return verdict === 'timed-out'
      ? `The packet arrived, but no answer came within ${timeoutMs / 1_000} s.`
      : 'The other side closed the door.';
  }
  const { packet, step } = ending;
  const answer =
    packet.inReplyTo === undefined ? '' : 'The packet arrived; it was the answer that did not come back. ';
  const { origin } = step;
  if (origin === undefined) return `${answer}${step.detail}`;
  const verb = step.decision === 'drop' ? 'drops the packet' : 'rejects the packet';
  const reason = origin.reason === undefined ? '' : ` ${origin.reason}`;
  return `${answer}${nameOf(origin)} ${verb} on ${step.where}${origin.field === undefined ? '' : ` (${origin.field})`}.${reason}`;
}

function explainName(packets: readonly PacketTrace[]): string {
  const dropped = packets.find((packet) => packet.fate === 'dropped' || packet.fate === 'rejected');
  if (dropped === undefined) return 'The cluster’s DNS knows no such name.';
  return `The look-up of the name got no answer. ${explainFailure('timed-out', [dropped], 0)}`;
}

function nameOf(origin: RuleOrigin | undefined): string {
  if (origin === undefined) return '';
  return `${origin.kind} ${origin.namespace === undefined ? '' : `${origin.namespace}/`}${origin.name}`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
