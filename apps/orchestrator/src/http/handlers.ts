import {
  answerQuizSchema,
  filePathSchema,
  fileSchema,
  localeSchema,
  probeBodySchema,
  startSessionSchema,
  submitCheckSchema,
  takeHintSchema,
} from '@podwire/protocol';
import type { Me, PacketTraceView, Progress, SessionView } from '@podwire/protocol';
import type { Database } from '@podwire/db';
import { z } from 'zod';
import type { RouteKey } from '../access/table.ts';
import type { Catalog } from '../course/catalog.ts';
import { Failure, notFound } from '../failure.ts';
import type { Grading } from '../grading/grading.ts';
import { claimAdmin } from '../identity/admin-invite.ts';
import type { Accounts } from '../identity/auth.ts';
import type { SessionService } from '../session/service.ts';
import type { Hints } from '../learning/hints.ts';
import type { Quizzes } from '../learning/quizzes.ts';
import { authHandler } from './auth-bridge.ts';
import { learnerOf, liveSessionOf, parse, pathId } from './request-context.ts';
import type { Handler } from './request-context.ts';

export interface HandlerWiring {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly sessions: SessionService;
  readonly grading: Grading;
  readonly hints: Hints;
  readonly quizzes: Quizzes;
  readonly accounts: Accounts;
  readonly origin: string;
  readonly signIn: Me['signIn'];
  readonly csrfToken: (learnerId: string) => string;
  readonly now: () => Date;
}

const packetIdSchema = z.object({ packetId: z.coerce.number().int().min(0) });
const localeQuerySchema = z.object({ locale: localeSchema.optional() });
const fileQuerySchema = z.object({ path: filePathSchema });
const claimSchema = z.object({ token: z.string().min(20).max(100) });

/** One handler for each line of the access table: a missing one, or one without a line, does not compile. */
export function createHandlers(wiring: HandlerWiring): Readonly<Record<RouteKey, Handler>> {
  const { database, catalog, sessions, grading } = wiring;

  const session = (
    change: (live: ReturnType<typeof liveSessionOf>) => SessionView | Promise<SessionView>,
  ): Handler => {
    return (context) => Promise.resolve(change(liveSessionOf(context)));
  };

  return {
    'GET /api/health': async () => {
      await database.$queryRaw`SELECT 1`;
      return { ok: true };
    },

    'GET /api/me': (context) => {
      const { learnerId, role, account } = learnerOf(context);
      const me: Me = {
        learnerId,
        anonymous: account === undefined,
        ...(account === undefined ? {} : { name: account.name, email: account.email }),
        role,
        csrfToken: wiring.csrfToken(learnerId),
        signIn: wiring.signIn,
      };
      return Promise.resolve(me);
    },

    'GET /api/progress': async (context): Promise<Progress> => {
      const { learnerId } = learnerOf(context);
      const [reads, tasks, openSessions] = await Promise.all([
        database.lessonRead.findMany({ where: { learnerId }, orderBy: { readAt: 'asc' } }),
        database.taskProgress.findMany({ where: { learnerId }, orderBy: { lastAttemptAt: 'asc' } }),
        sessions.openOf(learnerId),
      ]);
      return {
        lessonsRead: reads.map((read) => read.lessonId),
        tasks: tasks.map(({ labId, taskId, passed, bestScore, attempts, lastAttemptAt }) => ({
          labId,
          taskId,
          passed,
          bestScore,
          attempts,
          lastAttemptAt: lastAttemptAt.toISOString(),
        })),
        openSessions: [...openSessions],
      };
    },

    'POST /api/lessons/:lessonId/read': async (context) => {
      const lessonId = pathId(context.request, 'lessonId');
      if (catalog.lesson(lessonId) === undefined) throw notFound('lesson');
      const { learnerId } = learnerOf(context);
      await database.lessonRead.createMany({
        data: [{ learnerId, lessonId, readAt: wiring.now() }],
        skipDuplicates: true,
      });
      return { ok: true };
    },

    'GET /api/labs/:labId/backends': async (context) => ({
      backends: await sessions.offers(pathId(context.request, 'labId')),
    }),

    'GET /api/sessions': async (context) => ({
      sessions: await sessions.openOf(learnerOf(context).learnerId),
    }),

    'POST /api/sessions': (context) =>
      sessions.start(learnerOf(context).learnerId, parse(startSessionSchema, context.request.body)),

    'GET /api/sessions/:sessionId': (context) => {
      const { owned } = context;
      // Whoever asks is about to use it: after a restart of the server it comes back now.
      if (owned?.session?.machine.state === 'ready') owned.session.cluster().catch(() => undefined);
      return Promise.resolve(owned?.view);
    },

    'DELETE /api/sessions/:sessionId': (context) =>
      Promise.resolve(context.owned?.session?.end('learner-ended') ?? context.owned?.view),
    'POST /api/sessions/:sessionId/extend': session((live) => live.extend()),
    'POST /api/sessions/:sessionId/pause': session((live) => live.pause()),
    'POST /api/sessions/:sessionId/resume': session((live) => live.resume()),

    'POST /api/sessions/:sessionId/checks': async (context) => {
      const submission = parse(submitCheckSchema, context.request.body);
      return { report: await grading.submit(liveSessionOf(context), submission) };
    },

    'GET /api/sessions/:sessionId/reports': async (context) => ({
      reports: await grading.reports(context.owned?.view.id ?? ''),
    }),

    'GET /api/sessions/:sessionId/sealing': async (context) => ({
      tasks: await grading.sealing(liveSessionOf(context)),
    }),

    'GET /api/sessions/:sessionId/hints': (context) => {
      const { locale } = parse(localeQuerySchema, context.request.query);
      return wiring.hints.taken(liveSessionOf(context), locale);
    },

    'POST /api/sessions/:sessionId/hints': (context) =>
      wiring.hints.take(liveSessionOf(context), parse(takeHintSchema, context.request.body), wiring.now()),

    'GET /api/sessions/:sessionId/tasks/:taskId/solution': (context) => {
      const { locale } = parse(localeQuerySchema, context.request.query);
      return wiring.hints.solution(liveSessionOf(context), pathId(context.request, 'taskId'), locale);
    },

    'GET /api/quizzes/:pageId': (context) => {
      const { locale } = parse(localeQuerySchema, context.request.query);
      return wiring.quizzes.states(learnerOf(context).learnerId, pathId(context.request, 'pageId'), locale);
    },

    'POST /api/quizzes/:pageId/:quizId': (context) => {
      const { locale } = parse(localeQuerySchema, context.request.query);
      const { answer } = parse(answerQuizSchema, context.request.body);
      const pageId = pathId(context.request, 'pageId');
      const quizId = pathId(context.request, 'quizId');
      return wiring.quizzes.answer(
        { learnerId: learnerOf(context).learnerId, pageId, quizId, answer, locale },
        wiring.now(),
      );
    },

    'POST /api/sessions/:sessionId/probes': async (context) => {
      const live = liveSessionOf(context);
      const request = parse(probeBodySchema, context.request.body);
      live.activity();
      const result = await (await live.cluster()).probe(request);
      await live.journalWritten();
      return { result };
    },

    'GET /api/sessions/:sessionId/packets/:packetId': async (context): Promise<PacketTraceView> => {
      const { packetId } = parse(packetIdSchema, context.request.params);
      const packet = await (await liveSessionOf(context).cluster()).packet(packetId);
      if (packet === undefined)
        throw new Failure(
          404,
          'packet-gone',
          'This packet is no longer remembered. Send it again to see its way.',
        );
      return packet;
    },

    'GET /api/sessions/:sessionId/files': async (context) => {
      const { path } = parse(fileQuerySchema, context.request.query);
      const cluster = await liveSessionOf(context).cluster();
      const file = await cluster.readFile(path);
      if (file.ok)
        return { path, text: file.value.text, modifiedAt: new Date(file.value.modifiedMs).toISOString() };
      if (file.errno !== 'EISDIR') throw fileFailure(file);
      const list = await cluster.listFiles(path);
      if (!list.ok) throw fileFailure(list);
      return { directory: path, entries: list.value };
    },

    'PUT /api/sessions/:sessionId/files': async (context) => {
      const { path } = parse(fileQuerySchema, context.request.query);
      const { text } = parse(fileSchema, { path, ...(context.request.body as object | null) });
      const live = liveSessionOf(context);
      live.activity();
      const written = await (await live.cluster()).writeFile(path, text);
      if (!written.ok) throw fileFailure(written);
      await live.journalWritten();
      return { path, text: written.value.text, modifiedAt: new Date(written.value.modifiedMs).toISOString() };
    },

    'POST /api/attempts/:attemptId/replay': async (context) => {
      const outcome = await grading.replay(pathId(context.request, 'attemptId'));
      if (outcome === undefined) throw notFound('record of this attempt');
      return outcome.kind === 'same'
        ? { replay: outcome.kind, verdict: outcome.grade.verdict }
        : { replay: outcome.kind, message: outcome.message };
    },

    'POST /api/admin/claim': async (context) => {
      const { token } = parse(claimSchema, context.request.body);
      await claimAdmin(database, token, learnerOf(context).learnerId, wiring.now());
      return { ok: true, role: 'admin' };
    },

    'GET /api/auth/*': authHandler(wiring.accounts, wiring.origin),
    'POST /api/auth/*': authHandler(wiring.accounts, wiring.origin),
  };
}

function fileFailure(failure: { readonly errno: string; readonly message: string }): Failure {
  const status = failure.errno === 'ENOENT' ? 404 : failure.errno === 'EFBIG' ? 413 : 409;
  return new Failure(status, `file-${failure.errno.toLowerCase()}`, failure.message, { field: 'path' });
}
