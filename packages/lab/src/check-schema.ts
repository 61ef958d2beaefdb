import { z } from 'zod';
import { ENDPOINT_NOTATIONS, parseEndpoint } from './endpoint.ts';
import type { Endpoint } from './model.ts';

const MAX_CHECK_WEIGHT = 100;

const endpoint = z.string().transform((text, context): Endpoint => {
  const parsed = parseEndpoint(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no endpoint; write one of ${ENDPOINT_NOTATIONS.join(', ')}`,
  });
  return z.NEVER;
});

const port = z.number().int().min(0).max(65_535);

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

/** What stands in the YAML block of a `check` directive. Exactly one of the first four says what to look at. */
export const checkSchema = z.strictObject({
  object: objectCheck.optional(),
  connectivity: z.array(probe).min(1).max(64).optional(),
  http: http.optional(),
  answer: answerCheck.optional(),
  weight: z.number().positive().max(MAX_CHECK_WEIGHT).default(1),
  mode: z.enum(['once', 'must-hold']).default('must-hold'),
  needs: z.array(z.string()).default([]),
  message: z.string().optional(),
  holdsAtStart: z.boolean().optional(),
});
export type CheckSource = z.infer<typeof checkSchema>;
