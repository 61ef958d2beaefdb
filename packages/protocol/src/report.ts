import { z } from 'zod';
import { probeRequestSchema, probeResultSchema } from './trace.ts';

/** `our-fault` is infrastructure: retried, shown as ours. `not-gradable` could not be read; neither costs an attempt. */
export const verdictSchema = z.enum(['passed', 'failed', 'not-gradable', 'our-fault']);
export type Verdict = z.infer<typeof verdictSchema>;

/** What a verdict rests on, kept with it so that it can be shown and replayed. */
export const evidenceSchema = z.object({
  /** Index into `results` is the order in which the probes were made. */
  probes: z
    .array(
      z.object({
        label: z.string(),
        request: probeRequestSchema,
        expected: z.string(),
        result: probeResultSchema,
      }),
    )
    .optional(),
  /** Objects as they were when looked at, as YAML. */
  objects: z.array(z.object({ reference: z.string(), yaml: z.string() })).optional(),
  /** Not tried: the check of this id, which this one needs, has not passed. The verdict is that check's. */
  waitsFor: z.string().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const checkResultSchema = z.object({
  checkId: z.string(),
  title: z.string(),
  verdict: verdictSchema,
  weight: z.number(),
  /** A failure always says all three, in words for the learner. */
  expected: z.string().optional(),
  saw: z.string().optional(),
  because: z.string().optional(),
  /** Met at some time (`once`) although not at this moment. */
  metEarlier: z.boolean().optional(),
  evidence: evidenceSchema,
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export const taskReportSchema = z.object({
  id: z.string(),
  sessionId: z.string(),
  labId: z.string(),
  taskId: z.string(),
  verdict: verdictSchema,
  /** 0 to 1: the weights of the checks that passed over those of all, less what the hints that were taken cost. */
  score: z.number(),
  /** 0 to 1: what hints have cost, in `score` already. */
  hintCost: z.number().optional(),
  checks: z.array(checkResultSchema),
  /** The cluster's own time when it was graded, ms since the epoch. */
  clusterTimeMs: z.number(),
  seed: z.number(),
  labDigest: z.string(),
  /** Graded where the learner has never been; else in their own cluster. */
  sealed: z.boolean().optional(),
  /** What was not taken along into a sealed cluster, or was refused there. */
  notes: z.array(z.string()).optional(),
  durationMs: z.number(),
  createdAt: z.string(),
});
export type TaskReport = z.infer<typeof taskReportSchema>;
