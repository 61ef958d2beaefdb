import type { Database, Prisma } from '@podwire/db';
import type { Role } from '@podwire/protocol';

const ROLE_ORDER: readonly Role[] = ['learner', 'instructor', 'admin'];

export function higherRole(left: Role, right: Role): Role {
  return ROLE_ORDER.indexOf(left) >= ROLE_ORDER.indexOf(right) ? left : right;
}

/**
 * Joins what was done anonymously in a browser to the account that signed in there:
 *
 * - lessons read: those of both;
 * - tasks: passed if either passed, the better score, attempts added, the later time;
 * - hints taken: those of both, since both have been read; quizzes: the right answer, else the later one;
 * - sessions and their results: all move; where both have one open of the same lab, see `endedSessions`;
 * - role: the higher.
 *
 * The anonymous learner stays as a mark that it was merged, so that another tab's old cookie still leads here.
 *
 * @returns ids of the account's open sessions that give way, since only one of a lab may be open: the browser's
 * own stays, because it is on the screen.
 */
export async function mergeLearners(
  database: Database,
  anonymousId: string,
  accountId: string,
  now: Date,
): Promise<{ readonly givingWay: readonly string[] }> {
  return database.$transaction(async (transaction) => {
    // Two requests of one page may come at once: the second finds it done.
    const taken = await transaction.learner.updateMany({
      where: { id: anonymousId, userId: null, mergedIntoId: null },
      data: { mergedIntoId: accountId, mergedAt: now },
    });
    if (taken.count === 0) return { givingWay: [] };
    const givingWay = await clashingSessions(transaction, anonymousId, accountId);
    const reads = await transaction.lessonRead.findMany({ where: { learnerId: anonymousId } });
    await transaction.lessonRead.createMany({
      data: reads.map((read) => ({ ...read, learnerId: accountId })),
      skipDuplicates: true,
    });
    await transaction.lessonRead.deleteMany({ where: { learnerId: anonymousId } });
    await mergeProgress(transaction, anonymousId, accountId);
    await mergeHints(transaction, anonymousId, accountId);
    await mergeQuizzes(transaction, anonymousId, accountId);
    await moveSessions(transaction, anonymousId, accountId);
    const [anonymous, account] = await Promise.all([
      transaction.learner.findUniqueOrThrow({ where: { id: anonymousId } }),
      transaction.learner.findUniqueOrThrow({ where: { id: accountId } }),
    ]);
    await transaction.learner.update({
      where: { id: accountId },
      data: { role: higherRole(anonymous.role, account.role) },
    });
    await transaction.auditLog.create({
      data: { learnerId: accountId, action: 'learner-merged', detail: { from: anonymousId } },
    });
    return { givingWay };
  });
}

const OPEN_STATES = ['requested', 'starting', 'ready', 'paused'] as const;

async function clashingSessions(
  transaction: Prisma.TransactionClient,
  anonymousId: string,
  accountId: string,
): Promise<readonly string[]> {
  const open = await transaction.labSession.findMany({
    where: { learnerId: { in: [anonymousId, accountId] }, state: { in: [...OPEN_STATES] } },
    select: { id: true, learnerId: true, labId: true },
  });
  const anonymousLabs = new Set(
    open.filter((session) => session.learnerId === anonymousId).map((session) => session.labId),
  );
  return open
    .filter((session) => session.learnerId === accountId && anonymousLabs.has(session.labId))
    .map((session) => session.id);
}

async function mergeProgress(
  transaction: Prisma.TransactionClient,
  anonymousId: string,
  accountId: string,
): Promise<void> {
  for (const theirs of await transaction.taskProgress.findMany({ where: { learnerId: anonymousId } })) {
    const key = { learnerId: accountId, labId: theirs.labId, taskId: theirs.taskId };
    const ours = await transaction.taskProgress.findUnique({ where: { learnerId_labId_taskId: key } });
    await transaction.taskProgress.upsert({
      where: { learnerId_labId_taskId: key },
      create: { ...theirs, learnerId: accountId },
      update: {
        passed: theirs.passed || ours?.passed === true,
        bestScore: Math.max(theirs.bestScore, ours?.bestScore ?? 0),
        sealedPassed: theirs.sealedPassed || ours?.sealedPassed === true,
        sealedScore:
          theirs.sealedScore === null
            ? (ours?.sealedScore ?? null)
            : Math.max(theirs.sealedScore, ours?.sealedScore ?? 0),
        attempts: theirs.attempts + (ours?.attempts ?? 0),
        lastAttemptAt:
          ours !== null && ours.lastAttemptAt > theirs.lastAttemptAt
            ? ours.lastAttemptAt
            : theirs.lastAttemptAt,
      },
    });
  }
  await transaction.taskProgress.deleteMany({ where: { learnerId: anonymousId } });
}

/** What was paid for a hint stays paid; where both took it, the higher cost. */
async function mergeHints(
  transaction: Prisma.TransactionClient,
  anonymousId: string,
  accountId: string,
): Promise<void> {
  for (const theirs of await transaction.hintReveal.findMany({ where: { learnerId: anonymousId } })) {
    const { labId, taskId, hintId } = theirs;
    const key = { learnerId: accountId, labId, taskId, hintId };
    const ours = await transaction.hintReveal.findUnique({
      where: { learnerId_labId_taskId_hintId: key },
    });
    await transaction.hintReveal.upsert({
      where: { learnerId_labId_taskId_hintId: key },
      create: { ...theirs, learnerId: accountId },
      update: { cost: Math.max(theirs.cost, ours?.cost ?? 0) },
    });
  }
}

async function mergeQuizzes(
  transaction: Prisma.TransactionClient,
  anonymousId: string,
  accountId: string,
): Promise<void> {
  for (const theirs of await transaction.quizAnswer.findMany({ where: { learnerId: anonymousId } })) {
    const key = { learnerId: accountId, pageId: theirs.pageId, quizId: theirs.quizId };
    const ours = await transaction.quizAnswer.findUnique({ where: { learnerId_pageId_quizId: key } });
    const later = ours === null || theirs.answeredAt > ours.answeredAt ? theirs : ours;
    const kept = ours?.correct === true ? ours : theirs.correct ? theirs : later;
    const { answer, correct, answeredAt } = kept;
    await transaction.quizAnswer.upsert({
      where: { learnerId_pageId_quizId: key },
      create: { ...theirs, learnerId: accountId },
      update: { answer, correct, answeredAt, tries: theirs.tries + (ours?.tries ?? 0) },
    });
  }
  await transaction.quizAnswer.deleteMany({ where: { learnerId: anonymousId } });
}

/** Request keys are unique to a learner; a key that both used is made the session's own. */
async function moveSessions(
  transaction: Prisma.TransactionClient,
  anonymousId: string,
  accountId: string,
): Promise<void> {
  const sessions = await transaction.labSession.findMany({
    where: { learnerId: anonymousId },
    select: { id: true, requestKey: true },
  });
  const used = new Set(
    (
      await transaction.labSession.findMany({ where: { learnerId: accountId }, select: { requestKey: true } })
    ).map((session) => session.requestKey),
  );
  for (const { id, requestKey } of sessions) {
    await transaction.labSession.update({
      where: { id },
      data: { learnerId: accountId, ...(used.has(requestKey) ? { requestKey: `moved-${id}` } : {}) },
    });
  }
}
