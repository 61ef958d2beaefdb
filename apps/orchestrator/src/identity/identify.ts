import { randomBytes } from 'node:crypto';
import type { Database } from '@podwire/db';
import type { Role } from '@podwire/protocol';
import type { Accounts, SignedIn } from './auth.ts';
import { learnerIdOf } from './learner-cookie.ts';
import { mergeLearners } from './merge.ts';
import type { Signer } from './secret.ts';

export interface Identity {
  readonly learnerId: string;
  readonly role: Role;
  /** Present when signed in; without it the learner is anonymous. */
  readonly account?: SignedIn;
}

/** When a learner was last seen is kept to the hour: writing each request down would cost more than it tells. */
const SEEN_EVERY_MS = 3_600_000;
const ID_BYTES = 12;
/** Prisma's code for a unique constraint that would be violated. */
const UNIQUE_VIOLATION = 'P2002';

export interface IdentityWiring {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly cookieSigner: Signer;
  readonly nowMs: () => number;
  /** Anonymous progress was joined to an account's: see `mergeLearners`. */
  readonly onMerged: (merged: {
    readonly from: string;
    readonly to: string;
    readonly givingWay: readonly string[];
  }) => void;
}

/** Letters and digits, so that it fits everywhere an id goes. */
export function newId(prefix: string): string {
  return `${prefix}${randomBytes(ID_BYTES).toString('hex')}`;
}

/** Finds out who is asking: by the learner's own cookie, and by the account signed in beside it. */
export class Identifier {
  readonly #wiring: IdentityWiring;

  constructor(wiring: IdentityWiring) {
    this.#wiring = wiring;
  }

  /** Undefined: nobody we know. Claims and joins anonymous progress when an account is signed in. */
  async identify(headers: Headers, learnerCookie: string | undefined): Promise<Identity | undefined> {
    const account = await this.#wiring.accounts.signedIn(headers);
    const cookieId = learnerIdOf(learnerCookie, this.#wiring.cookieSigner);
    const learner = cookieId === undefined ? undefined : await this.#find(cookieId);
    if (account !== undefined) return this.#ofAccount(account, learner);
    // A cookie that names an account's learner is worth nothing once that account is signed out.
    if (learner === undefined || learner.userId !== null) return undefined;
    await this.#seen(learner);
    return { learnerId: learner.id, role: learner.role };
  }

  async createAnonymous(): Promise<Identity> {
    const learner = await this.#wiring.database.learner.create({ data: { id: newId('l') } });
    return { learnerId: learner.id, role: learner.role };
  }

  async #find(id: string) {
    const { database } = this.#wiring;
    const learner = await database.learner.findUnique({ where: { id } });
    if (learner?.mergedIntoId == null) return learner ?? undefined;
    return database.learner.findUniqueOrThrow({ where: { id: learner.mergedIntoId } });
  }

  async #ofAccount(
    account: SignedIn,
    browser: { readonly id: string; readonly userId: string | null } | undefined,
  ): Promise<Identity> {
    const { database } = this.#wiring;
    const anonymousId = browser?.userId === null ? browser.id : undefined;
    const owner = await database.learner.findUnique({ where: { userId: account.id } });
    if (owner === null) return { ...(await this.#claim(account, anonymousId)), account };
    if (anonymousId !== undefined) {
      const { givingWay } = await mergeLearners(
        database,
        anonymousId,
        owner.id,
        new Date(this.#wiring.nowMs()),
      );
      this.#wiring.onMerged({ from: anonymousId, to: owner.id, givingWay });
      const merged = await database.learner.findUniqueOrThrow({ where: { id: owner.id } });
      return { learnerId: merged.id, role: merged.role, account };
    }
    await this.#seen(owner);
    return { learnerId: owner.id, role: owner.role, account };
  }

  /** The account's first sign-in: the anonymous learner of this browser becomes the account's. */
  async #claim(account: SignedIn, anonymousId: string | undefined): Promise<Identity> {
    const { database } = this.#wiring;
    if (anonymousId !== undefined && (await this.#takeOver(anonymousId, account))) {
      const learner = await database.learner.findUniqueOrThrow({ where: { id: anonymousId } });
      return { learnerId: learner.id, role: learner.role };
    }
    // Two first requests may come at once: whichever is second finds the first one's.
    const learner = await database.learner.upsert({
      where: { userId: account.id },
      create: { id: newId('l'), userId: account.id },
      update: {},
    });
    return { learnerId: learner.id, role: learner.role };
  }

  async #takeOver(anonymousId: string, account: SignedIn): Promise<boolean> {
    try {
      const { count } = await this.#wiring.database.learner.updateMany({
        where: { id: anonymousId, userId: null, mergedIntoId: null },
        data: { userId: account.id },
      });
      return count === 1;
    } catch (error) {
      // Another request gave the account its learner a moment ago.
      if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }

  async #seen(learner: { readonly id: string; readonly lastSeenAt: Date }): Promise<void> {
    const nowMs = this.#wiring.nowMs();
    if (nowMs - learner.lastSeenAt.getTime() < SEEN_EVERY_MS) return;
    await this.#wiring.database.learner.updateMany({
      where: { id: learner.id },
      data: { lastSeenAt: new Date(nowMs) },
    });
  }
}
