import { z } from 'zod';

/** Mirrors netsim's trace types on the wire; a test holds the two together. */
const endpoints = z.object({
  protocol: z.enum(['tcp', 'udp', 'sctp', 'icmp']),
  source: z.string(),
  sourcePort: z.number().int().optional(),
  destination: z.string(),
  destinationPort: z.number().int().optional(),
});

export const ruleOriginSchema = z.object({
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  field: z.string().optional(),
  reason: z.string().optional(),
});

export const traceStepSchema = z.object({
  atMs: z.number(),
  where: z.string(),
  stage: z.enum([
    'socket',
    'output',
    'route',
    'postrouting',
    'transmit',
    'bridge',
    'vxlan',
    'receive',
    'prerouting',
    'forward',
    'input',
    'neighbor',
    'conntrack',
  ]),
  interfaceName: z.string().optional(),
  decision: z.enum([
    'send',
    'pass',
    'accept',
    'drop',
    'reject',
    'dnat',
    'snat',
    'masquerade',
    'route',
    'no-route',
    'forward',
    'deliver',
    'no-listener',
    'no-neighbor',
    'too-big',
    'ttl-exceeded',
  ]),
  rule: z.object({ table: z.string(), chain: z.string(), text: z.string() }).optional(),
  origin: ruleOriginSchema.optional(),
  before: endpoints,
  after: endpoints.optional(),
  detail: z.string(),
});
export type TraceStepView = z.infer<typeof traceStepSchema>;

export const packetTraceSchema = z.object({
  packetId: z.number(),
  summary: z.string(),
  sentAtMs: z.number(),
  inReplyTo: z.number().optional(),
  steps: z.array(traceStepSchema),
  fate: z.enum(['delivered', 'dropped', 'rejected', 'in-flight']),
});
export type PacketTraceView = z.infer<typeof packetTraceSchema>;

export const placeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('pod'),
    namespace: z.string().max(63),
    name: z.string().max(253),
    container: z.string().max(63).optional(),
  }),
  z.object({ kind: z.literal('node'), name: z.string().max(253) }),
  z.object({ kind: z.literal('toolbox') }),
  z.object({ kind: z.literal('outside'), address: z.string().max(45) }),
]);
export type PlaceView = z.infer<typeof placeSchema>;

export const probeRequestSchema = z.object({
  from: placeSchema,
  to: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('pod'), namespace: z.string().max(63), name: z.string().max(253) }),
    z.object({ kind: z.literal('service'), namespace: z.string().max(63), name: z.string().max(63) }),
    z.object({ kind: z.literal('host'), host: z.string().min(1).max(253) }),
  ]),
  port: z.number().int().min(0).max(65535),
  protocol: z.enum(['tcp', 'udp', 'sctp', 'icmp']),
  timeoutMs: z.number().int().min(10).max(30_000),
  /** ICMP alone: bytes of the echo after its header, and whether routers may cut the packet. */
  payloadBytes: z.number().int().min(0).max(65_507).optional(),
  dontFragment: z.boolean().optional(),
});
export type ProbeRequestView = z.infer<typeof probeRequestSchema>;

export const probeResultSchema = z.object({
  verdict: z.enum([
    'open',
    'refused',
    'timed-out',
    'unreachable',
    'name-not-found',
    'no-such-source',
    'no-such-destination',
  ]),
  dialled: z.object({ address: z.string(), port: z.number() }).optional(),
  reached: z.object({ address: z.string(), port: z.number(), owner: z.string().optional() }).optional(),
  sourceSeen: z.string().optional(),
  durationMs: z.number(),
  packets: z.array(packetTraceSchema),
  because: z.string(),
  /** `because` and `packets` are a simulated cluster's, in which the same objects gave the same verdict. */
  inferred: z.boolean().optional(),
});
export type ProbeResultView = z.infer<typeof probeResultSchema>;
