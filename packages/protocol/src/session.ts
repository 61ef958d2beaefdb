import { z } from 'zod';

export const SESSION_STATES = ['requested', 'starting', 'ready', 'paused', 'ending', 'ended'] as const;
export const sessionStateSchema = z.enum(SESSION_STATES);
export type SessionState = z.infer<typeof sessionStateSchema>;

/** Every end has one of these, shown to the learner and stored. */
export const END_REASONS = [
  'learner-ended',
  'lifetime-over',
  'idle',
  'orphaned',
  'hard-deadline',
  'replaced',
  'start-failed',
  'worker-crashed',
  'cpu-exceeded',
  'memory-exceeded',
  'disk-exceeded',
  'operator-ended',
] as const;
export const endReasonSchema = z.enum(END_REASONS);
export type EndReason = z.infer<typeof endReasonSchema>;

/**
 * The five timers. `lifetime`: the time the lab is planned for; when it is over, `overtime` runs, in which
 * work can be finished or the session extended. `idle`: no keystroke, check or reading. `orphaned`: no page
 * open. `hardDeadline`: no extension goes beyond it.
 */
export const timerNameSchema = z.enum(['lifetime', 'overtime', 'idle', 'orphaned', 'hardDeadline']);
export type TimerName = z.infer<typeof timerNameSchema>;

export const backendSchema = z.enum(['simulated', 'kind', 'kubernetes']);
export type BackendName = z.infer<typeof backendSchema>;

/** How a start goes that takes long enough to wonder. */
export const startProgressSchema = z.discriminatedUnion('kind', [
  /** No room yet. `place`: from 1; `waiting`: all who wait. */
  z.object({ kind: z.literal('queued'), place: z.number().int(), waiting: z.number().int() }),
  z.object({
    kind: z.literal('step'),
    text: z.string(),
    /** From 1. */
    number: z.number().int(),
    of: z.number().int(),
    /** Until the cluster is ready, by the last runs; absent while there were none. */
    remainingMs: z.number().optional(),
    /** From 1: what failed for a passing reason is tried again. */
    attempt: z.number().int(),
  }),
]);
export type StartProgressView = z.infer<typeof startProgressSchema>;

export const sessionTimersSchema = z.object({
  /** ISO times; absent while the timer does not run. */
  lifetimeEndsAt: z.string().optional(),
  overtimeEndsAt: z.string().optional(),
  idleEndsAt: z.string().optional(),
  orphanedEndsAt: z.string().optional(),
  hardDeadlineAt: z.string().optional(),
  /** How often it may still be extended, and by how much each time. */
  extensionsLeft: z.number().int(),
  extensionMinutes: z.number(),
});
export type SessionTimers = z.infer<typeof sessionTimersSchema>;

export const sessionViewSchema = z.object({
  id: z.string(),
  labId: z.string(),
  state: sessionStateSchema,
  endReason: endReasonSchema.optional(),
  /** One sentence for the learner that goes with the end reason or a failed start. */
  endMessage: z.string().optional(),
  backend: backendSchema,
  /** While the cluster is being made, or brought back. */
  progress: startProgressSchema.optional(),
  createdAt: z.string(),
  readyAt: z.string().optional(),
  endedAt: z.string().optional(),
  timers: sessionTimersSchema,
  /** The server's time when this was made: the browser counts from it, not from its own clock. */
  serverTime: z.string(),
  /** Drawn for this learner; `{{name}}` in the lab's text stands for these. */
  parameters: z.record(z.string(), z.string()),
  seed: z.number(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;
