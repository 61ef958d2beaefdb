export {
  packetTraceSchema,
  placeSchema,
  probeRequestSchema,
  probeResultSchema,
  ruleOriginSchema,
  traceStepSchema,
} from './trace.ts';
export type {
  PacketTraceView,
  PlaceView,
  ProbeRequestView,
  ProbeResultView,
  TraceStepView,
} from './trace.ts';
export { checkResultSchema, evidenceSchema, taskReportSchema, verdictSchema } from './report.ts';
export type { CheckResult, Evidence, TaskReport, Verdict } from './report.ts';
export {
  END_REASONS,
  SESSION_STATES,
  backendSchema,
  endReasonSchema,
  sessionStateSchema,
  sessionTimersSchema,
  sessionViewSchema,
  timerNameSchema,
} from './session.ts';
export type {
  BackendName,
  EndReason,
  SessionState,
  SessionTimers,
  SessionView,
  StartProgressView,
  TimerName,
} from './session.ts';
export {
  MAX_FILE_BYTES,
  answerQuizSchema,
  apiErrorSchema,
  backendOffersSchema,
  fileListSchema,
  filePathSchema,
  fileSchema,
  idSchema,
  idempotencyKeySchema,
  localeSchema,
  meSchema,
  probeBodySchema,
  probeResponseSchema,
  progressSchema,
  quizStateSchema,
  quizStatesSchema,
  reportResponseSchema,
  reportsResponseSchema,
  roleSchema,
  sealingResponseSchema,
  solutionSchema,
  startSessionSchema,
  submitCheckSchema,
  takeHintSchema,
  takenHintSchema,
  takenHintsSchema,
} from './http.ts';
export type {
  ApiError,
  BackendOffer,
  Me,
  Progress,
  QuizState,
  Role,
  SealingView,
  TakenHint,
} from './http.ts';
export {
  MAX_INPUT_CHARS,
  MAX_UNACKED_INPUT_CHARS,
  MAX_UNACKED_OUTPUT_CHARS,
  SCROLLBACK_BYTES,
  SOCKET_PATH,
  belongsToOrchestrator,
  TOPOLOGY_KINDS,
  clientEvents,
  openedTerminalSchema,
  serverEvents,
} from './socket.ts';
export type { ClientEvent, ClientEventName, ServerEvent, ServerEventName } from './socket.ts';
