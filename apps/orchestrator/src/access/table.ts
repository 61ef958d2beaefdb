import type { ClientEventName } from '@podwire/protocol';

/**
 * Who may do what. Every HTTP route and every socket event has a line here, and only what has a line can be
 * registered: a missing one does not compile, and does not start.
 */

/**
 * `anyone`: no identity needed. `newcomer`: gets an anonymous identity if there is none. `learner`: has one.
 * `session-owner`: the session in the path, or the one that the socket joined, is theirs.
 */
export type Who = 'anyone' | 'newcomer' | 'learner' | 'session-owner' | 'instructor' | 'admin';

/** `token`: the header must carry the learner's token. `origin`: the request must come from our own pages. `none`: changes nothing. */
export type Csrf = 'token' | 'origin' | 'none';

/** So many in so long, for each learner (for `anyone` and `newcomer`: each address). */
export interface Rate {
  readonly most: number;
  readonly windowMs: number;
}

export interface HttpRule {
  readonly who: Who;
  readonly csrf: Csrf;
  readonly rate: Rate;
  readonly bodyBytes: number;
}

export interface SocketRule {
  readonly who: 'learner' | 'session-owner';
  readonly rate: Rate;
}

const MINUTE_MS = 60_000;
/** Reading: a page polls at most every second or two. */
const READ: Rate = { most: 300, windowMs: MINUTE_MS };
const WRITE: Rate = { most: 120, windowMs: MINUTE_MS };
/** Starting a cluster costs the server most. */
const START: Rate = { most: 20, windowMs: MINUTE_MS };
const CHECK: Rate = { most: 60, windowMs: MINUTE_MS };
/** A class behind one address comes at once. */
const ARRIVE: Rate = { most: 600, windowMs: MINUTE_MS };
/** Passwords and one-time links are not to be guessed. */
const SECRET: Rate = { most: 30, windowMs: MINUTE_MS };

const NO_BODY = 1_024;
const SMALL_BODY = 16_384;
/** Answers to a task's questions. */
const ANSWERS_BODY = 262_144;
/** A file of 1 MiB as JSON, each character escaped at worst. */
const FILE_BODY = 6_500_000;

function read(who: Who): HttpRule {
  return { who, csrf: 'none', rate: READ, bodyBytes: NO_BODY };
}

function change(who: Who, rate: Rate, bodyBytes = NO_BODY): HttpRule {
  return { who, csrf: 'token', rate, bodyBytes };
}

export const HTTP_ACCESS = {
  'GET /api/health': { who: 'anyone', csrf: 'none', rate: ARRIVE, bodyBytes: NO_BODY },
  'GET /api/me': { who: 'newcomer', csrf: 'none', rate: ARRIVE, bodyBytes: NO_BODY },
  'GET /api/progress': read('learner'),
  'POST /api/lessons/:lessonId/read': change('learner', WRITE),
  'GET /api/labs/:labId/backends': read('learner'),
  'GET /api/sessions': read('learner'),
  'POST /api/sessions': change('learner', START, SMALL_BODY),
  'GET /api/sessions/:sessionId': read('session-owner'),
  'DELETE /api/sessions/:sessionId': change('session-owner', WRITE),
  'POST /api/sessions/:sessionId/extend': change('session-owner', WRITE),
  'POST /api/sessions/:sessionId/pause': change('session-owner', START),
  'POST /api/sessions/:sessionId/resume': change('session-owner', START),
  'POST /api/sessions/:sessionId/checks': change('session-owner', CHECK, ANSWERS_BODY),
  'GET /api/sessions/:sessionId/reports': read('session-owner'),
  'GET /api/sessions/:sessionId/sealing': {
    who: 'session-owner',
    csrf: 'none',
    rate: CHECK,
    bodyBytes: NO_BODY,
  },
  'GET /api/sessions/:sessionId/hints': read('session-owner'),
  'POST /api/sessions/:sessionId/hints': change('session-owner', WRITE, SMALL_BODY),
  'GET /api/sessions/:sessionId/tasks/:taskId/solution': read('session-owner'),
  'GET /api/quizzes/:pageId': read('learner'),
  'POST /api/quizzes/:pageId/:quizId': change('learner', WRITE, SMALL_BODY),
  'POST /api/sessions/:sessionId/probes': change('session-owner', CHECK, SMALL_BODY),
  'GET /api/sessions/:sessionId/packets/:packetId': read('session-owner'),
  'GET /api/sessions/:sessionId/files': read('session-owner'),
  'PUT /api/sessions/:sessionId/files': change('session-owner', WRITE, FILE_BODY),
  'POST /api/attempts/:attemptId/replay': change('instructor', CHECK),
  'POST /api/admin/claim': change('learner', SECRET, SMALL_BODY),
  'GET /api/auth/*': { who: 'anyone', csrf: 'none', rate: ARRIVE, bodyBytes: NO_BODY },
  'POST /api/auth/*': { who: 'anyone', csrf: 'origin', rate: SECRET, bodyBytes: SMALL_BODY },
} as const satisfies Readonly<Record<string, HttpRule>>;
export type RouteKey = keyof typeof HTTP_ACCESS;

const SECOND_MS = 1_000;
/** Keystrokes come one by one; a paste in pieces. */
const KEYS: Rate = { most: 400, windowMs: SECOND_MS };
const SELDOM: Rate = { most: 60, windowMs: 10 * SECOND_MS };

export const SOCKET_ACCESS = {
  'session:join': { who: 'learner', rate: SELDOM },
  'session:activity': { who: 'session-owner', rate: SELDOM },
  'terminal:open': { who: 'session-owner', rate: SELDOM },
  'terminal:input': { who: 'session-owner', rate: KEYS },
  'terminal:ack': { who: 'session-owner', rate: KEYS },
  'terminal:resize': { who: 'session-owner', rate: KEYS },
  'terminal:close': { who: 'session-owner', rate: SELDOM },
  'topology:watch': { who: 'session-owner', rate: SELDOM },
  'packets:watch': { who: 'session-owner', rate: SELDOM },
} as const satisfies Readonly<Record<ClientEventName, SocketRule>>;
