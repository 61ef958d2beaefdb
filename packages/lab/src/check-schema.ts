import { z } from 'zod';
import { isBoundedPattern } from './check-pattern.ts';
import { endpoint, port } from './endpoint-schema.ts';
import { matrixSchema } from './matrix.ts';

const MAX_CHECK_WEIGHT = 100;
/** Virtual time that a check may wait; five minutes is the longest that Kubernetes itself backs off. */
const MAX_WITHIN_SECONDS = 300;
const MAX_CONNECTIONS = 200;
/** Manifests inside a check: a reference, or a change. */
const MAX_MANIFEST_CHARS = 32_768;

const pattern = z.string().min(1).refine(isBoundedPattern, {
  message: 'must be a regular expression of at most 300 characters that repeats nothing twice over',
});

const text = { contains: z.string().min(1).max(2_000).optional(), matches: pattern.optional() };

const objectReference = z.strictObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  namespace: z.string().optional(),
  name: z.string().optional(),
  labelSelector: z.string().optional(),
});

const count = z.strictObject({
  min: z.number().int().min(0).optional(),
  max: z.number().int().min(0).optional(),
});

const objectCheck = objectReference.extend({
  count: count.optional(),
  match: z.unknown().optional(),
  /** A CEL expression over `object` that must hold. */
  cel: z.string().min(1).max(2_000).optional(),
  ownedBy: z.strictObject({ kind: z.string().min(1), name: z.string().optional() }).optional(),
  condition: z
    .strictObject({
      type: z.string().min(1),
      status: z.enum(['True', 'False', 'Unknown']).default('True'),
      reason: z.string().optional(),
    })
    .optional(),
  unchanged: z.union([z.literal(true), z.array(z.string().min(1)).min(1)]).optional(),
  valid: z.literal(true).optional(),
});

const manifests = objectCheck.extend({ path: z.string().min(1).max(512) });

const backends = z.strictObject({
  pods: endpoint.optional(),
  count: count.optional(),
  minShare: z.number().min(0).max(1).optional(),
  connections: z.number().int().min(2).max(MAX_CONNECTIONS).default(20),
});

const probe = z.strictObject({
  from: endpoint,
  to: endpoint,
  port: port.default(0),
  protocol: z.enum(['tcp', 'udp', 'icmp']).default('tcp'),
  expect: z.enum(['open', 'refused', 'timed-out', 'blocked']),
  sourceSeen: z.string().optional(),
  backends: backends.optional(),
});

const established = z.strictObject({
  from: endpoint,
  to: endpoint,
  port,
  expect: z.enum(['alive', 'dead']),
  change: z.string().min(1).max(MAX_MANIFEST_CHARS),
});

const mtu = z.strictObject({
  from: endpoint,
  to: endpoint,
  min: z.number().int().min(68).max(65_535).optional(),
  max: z.number().int().min(68).max(65_535).optional(),
});

const dns = z.strictObject({
  from: endpoint,
  name: z.string().min(1).max(253),
  type: z.enum(['A', 'AAAA', 'CNAME', 'SRV', 'PTR', 'TXT', 'NS', 'MX', 'SOA']).default('A'),
  records: z.array(z.string().min(1)).min(1).max(64).optional(),
  atLeast: z.boolean().default(false),
  pods: endpoint.optional(),
  service: endpoint.optional(),
  expect: z.enum(['nxdomain', 'nodata', 'no-answer']).optional(),
});

const answerCheck = z.strictObject({
  question: z.string(),
  equals: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  pattern: pattern.optional(),
  number: z.number().optional(),
  tolerance: z.number().min(0).default(0),
  field: z.strictObject({ object: objectReference, path: z.string().min(1) }).optional(),
});

const http = z.strictObject({
  from: endpoint,
  url: z.string().regex(/^https?:\/\/[^\s]+$/u, 'must be an http:// or https:// URL'),
  host: z.string().min(1).max(253).optional(),
  send: z.record(z.string(), z.string()).optional(),
  status: z.number().int().min(100).max(599).optional(),
  bodyContains: z.string().optional(),
  bodyMatches: pattern.optional(),
  headers: z.record(z.string(), z.strictObject(text)).optional(),
  redirectsTo: z.string().min(1).optional(),
  certificate: z
    .strictObject({
      subject: z.string().optional(),
      issuer: z.string().optional(),
      names: z.array(z.string()).min(1).optional(),
      trusted: z.boolean().optional(),
    })
    .optional(),
  weights: z
    .strictObject({
      requests: z.number().int().min(10).max(MAX_CONNECTIONS).default(100),
      tolerance: z.number().min(0).max(1).default(0.1),
      shares: z
        .array(z.strictObject({ ...text, share: z.number().min(0).max(1) }))
        .min(1)
        .max(8),
    })
    .optional(),
});

const logs = z.strictObject({
  pod: endpoint,
  container: z.string().optional(),
  contains: z.string().min(1).optional(),
  pattern: pattern.optional(),
  absent: z.boolean().default(false),
});

const events = z.strictObject({
  namespace: z.string().default('default'),
  reason: z.string().optional(),
  type: z.enum(['Normal', 'Warning']).optional(),
  on: z.strictObject({ kind: z.string().min(1), name: z.string().optional() }).optional(),
  contains: z.string().min(1).optional(),
  absent: z.boolean().default(false),
});

const command = z.strictObject({
  in: endpoint,
  run: z.string().min(1).max(2_000),
  exitCode: z.number().int().min(0).max(255).default(0),
  ...text,
  absent: z.boolean().default(false),
});

const file = z.strictObject({
  in: endpoint,
  path: z.string().startsWith('/').max(512),
  ...text,
  absent: z.boolean().default(false),
});

const policiesEqual = z.strictObject({
  reference: z.string().min(1).max(MAX_MANIFEST_CHARS),
  namespaces: z.array(z.string()).min(1).optional(),
});

const within = z
  .string()
  .regex(/^\d{1,3}(s|m)$/u, 'must be a time such as 30s or 2m')
  .refine((given) => secondsOf(given) <= MAX_WITHIN_SECONDS, `must be at most ${MAX_WITHIN_SECONDS}s`);

/** `30s` or `2m`. */
export function secondsOf(given: string): number {
  return Number.parseInt(given, 10) * (given.endsWith('m') ? 60 : 1);
}

/** What stands in the YAML block of a `check` directive. Exactly one of those before `weight` says what to look at. */
export const checkSchema = z.strictObject({
  object: objectCheck.optional(),
  manifests: manifests.optional(),
  connectivity: z.array(probe).min(1).max(64).optional(),
  matrix: matrixSchema.optional(),
  established: established.optional(),
  mtu: mtu.optional(),
  dns: dns.optional(),
  http: http.optional(),
  logs: logs.optional(),
  events: events.optional(),
  command: command.optional(),
  file: file.optional(),
  policiesEqual: policiesEqual.optional(),
  answer: answerCheck.optional(),
  weight: z.number().positive().max(MAX_CHECK_WEIGHT).default(1),
  mode: z.enum(['once', 'must-hold']).default('must-hold'),
  needs: z.array(z.string()).default([]),
  within: within.optional(),
  message: z.string().optional(),
  holdsAtStart: z.boolean().optional(),
});
export type CheckSource = z.infer<typeof checkSchema>;
