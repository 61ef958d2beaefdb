import { z } from 'zod';
import { endpoint, port } from './endpoint-schema.ts';
import { matrixSchema } from './matrix.ts';

const MAX_CHECK_WEIGHT = 100;

const objectReference = z.strictObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  namespace: z.string().optional(),
  name: z.string().optional(),
  labelSelector: z.string().optional(),
});

const objectCheck = objectReference.extend({
  count: z
    .strictObject({ min: z.number().int().min(0).optional(), max: z.number().int().min(0).optional() })
    .optional(),
  match: z.unknown().optional(),
  /** A CEL expression over `object` that must hold. */
  cel: z.string().min(1).max(2_000).optional(),
});

const probe = z.strictObject({
  from: endpoint,
  to: endpoint,
  port: port.default(0),
  protocol: z.enum(['tcp', 'udp', 'icmp']).default('tcp'),
  expect: z.enum(['open', 'refused', 'timed-out', 'blocked']),
  sourceSeen: z.string().optional(),
});

const answerCheck = z.strictObject({
  question: z.string(),
  equals: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  pattern: z.string().max(500).optional(),
  field: z.strictObject({ object: objectReference, path: z.string().min(1) }).optional(),
});

const http = z.strictObject({
  from: endpoint,
  url: z.string().startsWith('http://'),
  status: z.number().int().min(100).max(599).optional(),
  bodyContains: z.string().optional(),
});

const logs = z.strictObject({
  pod: endpoint,
  container: z.string().optional(),
  contains: z.string().min(1).optional(),
  pattern: z.string().min(1).max(500).optional(),
  absent: z.boolean().default(false),
});

/** What stands in the YAML block of a `check` directive. Exactly one of those before `weight` says what to look at. */
export const checkSchema = z.strictObject({
  object: objectCheck.optional(),
  connectivity: z.array(probe).min(1).max(64).optional(),
  matrix: matrixSchema.optional(),
  http: http.optional(),
  logs: logs.optional(),
  answer: answerCheck.optional(),
  weight: z.number().positive().max(MAX_CHECK_WEIGHT).default(1),
  mode: z.enum(['once', 'must-hold']).default('must-hold'),
  needs: z.array(z.string()).default([]),
  message: z.string().optional(),
  holdsAtStart: z.boolean().optional(),
});
export type CheckSource = z.infer<typeof checkSchema>;
