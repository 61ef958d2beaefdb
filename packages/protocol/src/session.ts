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
  backend: z.enum(['simulated', 'kind', 'kubernetes']),
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
