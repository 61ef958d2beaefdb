import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '@podwire/db';
import { Failure } from '../failure.ts';

const TOKEN_BYTES = 32;
const VALID_MS = 24 * 3_600_000;

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * While there is no administrator, each start makes a new one-time token and makes the earlier ones void.
 *
 * @returns the token; only its hash is kept.
 */
export async function inviteFirstAdmin(database: Database, now: Date): Promise<string | undefined> {
  if ((await database.learner.count({ where: { role: 'admin', mergedIntoId: null } })) > 0) return undefined;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await database.$transaction([
    database.adminInvite.deleteMany({ where: { usedAt: null } }),
    database.adminInvite.create({
      data: { tokenHash: hashOf(token), expiresAt: new Date(now.getTime() + VALID_MS) },
    }),
  ]);
  return token;
}

/** Makes this learner an administrator, once. */
export async function claimAdmin(
  database: Database,
  token: string,
  learnerId: string,
  now: Date,
): Promise<void> {
  await database.$transaction(async (transaction) => {
    const used = await transaction.adminInvite.updateMany({
      where: { tokenHash: hashOf(token), usedAt: null, expiresAt: { gt: now } },
      data: { usedAt: now, usedById: learnerId },
    });
    if (used.count === 0) {
      throw new Failure(
        403,
        'invite-invalid',
        'This link was used before, has expired, or was replaced by a newer one. Restart Podwire to get a new link.',
      );
    }
    await transaction.learner.update({ where: { id: learnerId }, data: { role: 'admin' } });
    await transaction.auditLog.create({ data: { learnerId, action: 'admin-claimed', detail: {} } });
  });
}
