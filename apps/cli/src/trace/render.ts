import type { ProbeResult } from '@podwire/kubesim';
import type { PacketTrace, TraceStep } from '@podwire/netsim';
import { formatEndpoint } from '@podwire/netsim';
import type { Paint } from '../terminal/output.ts';
import type { Candidate } from './endpoints.ts';

/** Packets beyond these only repeat the answer. */
const MAX_PACKETS = 40;
const STOPS: ReadonlySet<string> = new Set([
  'drop',
  'reject',
  'no-route',
  'no-listener',
  'no-neighbor',
  'too-big',
  'ttl-exceeded',
]);
const REWRITES: ReadonlySet<string> = new Set(['dnat', 'snat', 'masquerade']);

export interface Traced {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: number;
  readonly result: ProbeResult;
  readonly candidates: readonly Candidate[];
  readonly notes: readonly string[];
}

/** A hop a line: where, at which hook, what was decided, and by which field of which object. */
export function renderTrace(traced: Traced, paint: Paint, options: { readonly all: boolean }): string {
  const { result, candidates, notes } = traced;
  const lines = [
    `${paint('bold', `${traced.from} → ${traced.to}${portText(traced)}`)}: ${verdictText(result, paint)}`,
    ...notes.map((note) => paint('dim', `note: ${note}`)),
  ];
  for (const packet of shownPackets(result.packets, options.all))
    lines.push(
      '',
      paint('cyan', `${packet.inReplyTo === undefined ? '' : '↩ '}${packet.summary}`),
      ...stepLines(packet, paint, options.all),
    );
  lines.push('', result.because);
  if (result.reached !== undefined)
    lines.push(
      `Reached ${result.reached.owner ?? 'the server'} at ${formatEndpoint(result.reached.address, result.reached.port)}${result.sourceSeen === undefined ? '' : `, which saw the client as ${result.sourceSeen}`}.`,
    );
  if (candidates.length > 0)
    lines.push(
      `Endpoints: ${candidates.map(({ address, port, pod, ready }) => `${formatEndpoint(address, port)}${pod === undefined ? '' : ` (${pod})`}${ready ? '' : ', not ready'}`).join(', ')}`,
    );
  if (result.http !== undefined) lines.push(`HTTP ${result.http.status}: ${result.http.body.trim()}`);
  return lines.join('\n');
}

function portText({ protocol, port }: Traced): string {
  return protocol === 'icmp' ? ', ping' : `, ${protocol.toUpperCase()} ${port}`;
}

const VERDICTS = {
  open: 'open',
  refused: 'refused',
  'timed-out': 'timed out',
  unreachable: 'unreachable',
  'name-not-found': 'the name is not found',
  'no-such-source': 'the source is not there',
  'no-such-destination': 'the destination is not there',
} as const;

function verdictText({ verdict }: ProbeResult, paint: Paint): string {
  return paint(verdict === 'open' ? 'green' : 'red', VERDICTS[verdict]);
}

/** One way there and one back tell the story; retries and the end of the connection are for --all. */
function shownPackets(packets: readonly PacketTrace[], all: boolean): readonly PacketTrace[] {
  if (all) return packets.slice(0, MAX_PACKETS);
  const seen = new Set<string>();
  const first = packets.filter(({ summary, inReplyTo }) => {
    const kind = `${inReplyTo === undefined} ${summary.replace(/\d+/g, '#')}`;
    if (seen.has(kind)) return false;
    seen.add(kind);
    return true;
  });
  const there = first.filter(({ inReplyTo }) => inReplyTo === undefined);
  const back = first.filter(({ inReplyTo }) => inReplyTo !== undefined);
  return [...there.slice(0, 3), ...back.slice(0, 1)].sort((left, right) => left.packetId - right.packetId);
}

function stepLines({ steps }: PacketTrace, paint: Paint, all: boolean): readonly string[] {
  const shown = all ? steps : steps.filter(tells);
  const width = Math.max(0, ...shown.map(({ where }) => where.length));
  const stage = Math.max(0, ...shown.map((step) => step.stage.length));
  return shown.map((step) => {
    const by = step.origin === undefined ? '' : `  [${originText(step.origin)}]`;
    const changed =
      step.after === undefined
        ? ''
        : `  ${formatEndpoint(step.after.source, step.after.sourcePort)} → ${formatEndpoint(step.after.destination, step.after.destinationPort)}`;
    const decision = STOPS.has(step.decision)
      ? paint('red', step.decision.toUpperCase())
      : REWRITES.has(step.decision)
        ? paint('yellow', step.decision)
        : step.decision;
    return `  ${step.where.padEnd(width)}  ${step.stage.padEnd(stage)}  ${decision}  ${step.detail}${changed}${paint('dim', by)}`;
  });
}

/** Steps that only say that a packet went on are left to --all. */
function tells(step: TraceStep): boolean {
  return (
    step.origin !== undefined ||
    step.after !== undefined ||
    STOPS.has(step.decision) ||
    ['send', 'route', 'deliver', 'forward'].includes(step.decision)
  );
}

function originText({ kind, namespace, name, field }: NonNullable<TraceStep['origin']>): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${field === undefined ? '' : `, ${field}`}`;
}
