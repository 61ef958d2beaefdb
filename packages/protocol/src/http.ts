import { z } from 'zod';
import { taskReportSchema } from './report.ts';
import { backendSchema, sessionViewSchema } from './session.ts';
import { probeRequestSchema, probeResultSchema } from './trace.ts';

/** Identifiers in paths: labs, lessons, tasks, sessions. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, - and _, at most 64');
/** A language, as labs and lessons are tagged with. */
export const localeSchema = z.string().regex(/^[a-z]{2,3}(?:-[A-Z]{2})?$/);
/** Made by the client so that a repeated request has one effect. */
export const idempotencyKeySchema = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);

export const roleSchema = z.enum(['learner', 'instructor', 'admin']);
export type Role = z.infer<typeof roleSchema>;

/** GET /api/me */
export const meSchema = z.object({
  learnerId: z.string(),
  anonymous: z.boolean(),
  name: z.string().optional(),
  email: z.string().optional(),
  role: roleSchema,
  /** Sent back in `x-podwire-csrf` with every request that changes something. */
  csrfToken: z.string(),
  signIn: z.object({
    emailAndPassword: z.boolean(),
    oidc: z.array(z.object({ id: z.string(), name: z.string() })),
  }),
});
export type Me = z.infer<typeof meSchema>;

/** GET /api/progress */
export const progressSchema = z.object({
  lessonsRead: z.array(z.string()),
  tasks: z.array(
    z.object({
      labId: z.string(),
      taskId: z.string(),
      passed: z.boolean(),
      bestScore: z.number(),
      attempts: z.number().int(),
      lastAttemptAt: z.string(),
    }),
  ),
  openSessions: z.array(sessionViewSchema),
});
export type Progress = z.infer<typeof progressSchema>;

/** POST /api/sessions */
export const startSessionSchema = z.object({
  labId: idSchema,
  requestKey: idempotencyKeySchema,
  /** End the learner's session of this lab, if there is one, and start afresh. */
  fresh: z.boolean().optional(),
  /** Which kind of cluster, of those that `GET /api/labs/:labId/backends` offers; absent: the first of them. */
  backend: backendSchema.optional(),
});

/** GET /api/labs/:labId/backends : the kinds of cluster that the lab can run on, in its author's order. */
export const backendOfferSchema = z.discriminatedUnion('offered', [
  z.object({
    backend: backendSchema,
    offered: z.literal(true),
    /** One stands ready. */
    warm: z.boolean(),
    /** By the last starts on this server; absent while there were none, or where a cluster is there at once. */
    readyMs: z.number().optional(),
  }),
  z.object({
    backend: backendSchema,
    offered: z.literal(false),
    /** Why not, and what it needs. */
    because: z.string(),
    remedy: z.string().optional(),
  }),
]);
export type BackendOffer = z.infer<typeof backendOfferSchema>;
export const backendOffersSchema = z.object({ backends: z.array(backendOfferSchema) });

/** POST /api/sessions/:id/checks */
export const submitCheckSchema = z.object({
  taskId: idSchema,
  submissionKey: idempotencyKeySchema,
  /** Question id → the learner's answer. */
  answers: z
    .record(z.string().max(64), z.union([z.string().max(4_000), z.array(z.string().max(400)).max(20)]))
    .optional(),
  /** For credit: what was made is replayed in a fresh cluster, and graded there. */
  sealed: z.boolean().optional(),
});
export const reportResponseSchema = z.object({ report: taskReportSchema });
/** GET /api/sessions/:id/sealing : which tasks of the lab can be handed in for credit. */
export const sealingResponseSchema = z.object({
  tasks: z.array(
    z.object({
      taskId: z.string(),
      sealable: z.boolean(),
      /** Titles of the checks that ask for something done, which leaves no object behind. Absent: it is the cluster that can't be graded so. */
      done: z.array(z.string()).optional(),
    }),
  ),
});
export type SealingView = z.infer<typeof sealingResponseSchema>;
export const reportsResponseSchema = z.object({ reports: z.array(taskReportSchema) });

/** POST /api/sessions/:id/hints: takes a hint. One that costs something is recorded before it is told. */
export const takeHintSchema = z.object({
  taskId: idSchema,
  hintId: idSchema,
  locale: localeSchema.optional(),
});
/** A text of the course as its tree of markdown (mdast), for what is not in the page. */
const treeSchema = z.array(z.looseObject({ type: z.string() }));
export const takenHintSchema = z.object({
  taskId: z.string(),
  hintId: z.string(),
  /** Percent of the task's score; what was paid when it was taken. */
  cost: z.number(),
  body: treeSchema,
});
export type TakenHint = z.infer<typeof takenHintSchema>;
/** GET /api/sessions/:id/hints: those that were taken and cost something. */
export const takenHintsSchema = z.object({ hints: z.array(takenHintSchema) });

/** GET /api/sessions/:id/tasks/:taskId/solution?locale= : for who has passed the task. */
export const solutionSchema = z.object({ body: treeSchema });

/** POST /api/quizzes/:pageId/:quizId */
export const answerQuizSchema = z.object({ answer: z.array(idSchema).min(1).max(20) });
export const quizStateSchema = z.object({
  quizId: z.string(),
  answer: z.array(z.string()),
  correct: z.boolean(),
  tries: z.number().int(),
  /** Told with the right answer; of a prediction, with any. */
  explanation: treeSchema.optional(),
});
export type QuizState = z.infer<typeof quizStateSchema>;
/** GET /api/quizzes/:pageId */
export const quizStatesSchema = z.object({ quizzes: z.array(quizStateSchema) });

/** POST /api/sessions/:id/probes */
export const probeBodySchema = probeRequestSchema;
export const probeResponseSchema = z.object({ result: probeResultSchema });

/** GET, PUT /api/sessions/:id/files?path= : files of the learner's toolbox. */
export const MAX_FILE_BYTES = 1_048_576;
export const filePathSchema = z.string().regex(/^\/[^\0]{0,1023}$/);
export const fileSchema = z.object({
  path: filePathSchema,
  text: z.string().max(MAX_FILE_BYTES),
  modifiedAt: z.string().optional(),
});
export const fileListSchema = z.object({
  directory: z.string(),
  entries: z.array(z.object({ name: z.string(), kind: z.enum(['file', 'directory', 'symlink']) })),
});

/** Every error the API answers with. */
export const apiErrorSchema = z.object({
  error: z.object({
    /** Stable, for programs: `not-found`, `session-ended`, `too-many-sessions`… */
    code: z.string(),
    /** What happened, what is safe, what to do: for people. */
    message: z.string(),
    field: z.string().optional(),
  }),
});
export type ApiError = z.infer<typeof apiErrorSchema>;
