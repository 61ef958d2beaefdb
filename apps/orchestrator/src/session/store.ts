import type { ClusterOrigin, JournalRecord } from '@podwire/cluster';
import type { Database, Prisma } from '@podwire/db';
import type { EndReason, SessionState } from '@podwire/protocol';
import { storableJson, storableJsonText } from './json.ts';
import type { StoredRecord } from './journal-writer.ts';
import type { Machine, MachineSettings } from './machine.ts';
import type { SessionFacts } from './view.ts';

/** A session as it lies in the database. */
export interface StoredSession {
  readonly facts: SessionFacts;
  readonly learnerId: string;
  readonly requestKey: string;
  readonly origin: ClusterOrigin;
  readonly machine: Machine;
  readonly settings: MachineSettings;
  readonly clock: ClusterClock;
}

/** The cluster's clock as it was last known. */
export interface ClusterClock {
  readonly clusterTimeMs: number;
  readonly markedAtMs: number;
}

export const OPEN_STATES = [
  'requested',
  'starting',
  'ready',
  'paused',
] as const satisfies readonly SessionState[];
const UNIQUE_VIOLATION = 'P2002';

type Row = Prisma.LabSessionGetPayload<object>;
type RowEndReason = NonNullable<Row['endReason']>;

export class SessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** False when this learner's request made a session before. */
  async insert(session: StoredSession): Promise<boolean> {
    try {
      await this.#database.labSession.create({
        data: {
          id: session.facts.id,
          learnerId: session.learnerId,
          labId: session.facts.labId,
          labDigest: session.origin.labDigest,
          requestKey: session.requestKey,
          backend: session.facts.backend,
          seed: session.facts.seed,
          parameters: session.facts.parameters,
          origin: storableJson(session.origin),
          createdAt: new Date(session.machine.createdMs),
          ...changingColumns(session),
        },
      });
      return true;
    } catch (error) {
      if (hasCode(error, UNIQUE_VIOLATION)) return false;
      throw error;
    }
  }

  async save(session: Pick<StoredSession, 'facts' | 'machine' | 'settings' | 'clock'>): Promise<void> {
    await this.#database.labSession.updateMany({
      where: { id: session.facts.id },
      data: changingColumns(session),
    });
  }

  async byId(id: string): Promise<StoredSession | undefined> {
    const row = await this.#database.labSession.findUnique({ where: { id } });
    return row === null ? undefined : storedSession(row);
  }

  async byRequest(learnerId: string, requestKey: string): Promise<StoredSession | undefined> {
    const row = await this.#database.labSession.findUnique({
      where: { learnerId_requestKey: { learnerId, requestKey } },
    });
    return row === null ? undefined : storedSession(row);
  }

  async openOf(learnerId: string): Promise<readonly StoredSession[]> {
    const rows = await this.#database.labSession.findMany({
      where: { learnerId, state: { in: [...OPEN_STATES] } },
      orderBy: { createdAt: 'asc' },
    });
    return rows.map(storedSession);
  }

  /** Those whose timers run, and those that were ending when the server stopped. */
  async running(): Promise<readonly StoredSession[]> {
    const rows = await this.#database.labSession.findMany({
      where: { state: { in: ['requested', 'starting', 'ready', 'ending'] } },
    });
    return rows.map(storedSession);
  }

  /** Ids of those whose clusters are to be kept. */
  async openOn(backend: StoredSession['facts']['backend']): Promise<ReadonlySet<string>> {
    const rows = await this.#database.labSession.findMany({
      where: { backend, state: { in: [...OPEN_STATES] } },
      select: { id: true },
    });
    return new Set(rows.map(({ id }) => id));
  }

  async paused(): Promise<readonly StoredSession[]> {
    const rows = await this.#database.labSession.findMany({ where: { state: 'paused' } });
    return rows.map(storedSession);
  }

  async journal(sessionId: string): Promise<readonly JournalRecord[]> {
    const rows = await this.#database.journalEntry.findMany({
      where: { sessionId },
      orderBy: { sequence: 'asc' },
    });
    return rows.map((row) => ({
      sequence: row.sequence,
      virtualMs: row.virtualMs,
      entry: row.payload as unknown as JournalRecord['entry'],
    }));
  }

  /**
   * All or none; what is there already (an answer was lost on the way) counts as stored, and so does what is of
   * a session that is no more: its learner was deleted, and the others' records must not wait for theirs.
   * One query whose text is always the same: the client compiles it once, and keystrokes come by the thousand.
   */
  async appendJournal(records: readonly StoredRecord[]): Promise<void> {
    await this.#database.$executeRaw`
      INSERT INTO journal_entry (session_id, sequence, virtual_ms, kind, payload)
      SELECT record."sessionId", record.sequence, record."virtualMs", record.kind, record.payload
      FROM jsonb_to_recordset(${storableJsonText(records)}::jsonb)
        AS record ("sessionId" text, sequence int, "virtualMs" double precision, kind text, payload jsonb)
      JOIN lab_session ON lab_session.id = record."sessionId"
      ON CONFLICT DO NOTHING`;
  }

  /** Journals of sessions that ended before `before`: their results keep their own evidence. */
  async dropJournals(before: Date): Promise<number> {
    const { count } = await this.#database.journalEntry.deleteMany({
      where: { session: { state: 'ended', endedAt: { lt: before } } },
    });
    return count;
  }
}

function changingColumns(session: Pick<StoredSession, 'facts' | 'machine' | 'settings' | 'clock'>) {
  const { machine, clock, facts } = session;
  return {
    state: machine.state,
    endReason:
      machine.endReason === undefined ? null : (machine.endReason.replaceAll('-', '_') as RowEndReason),
    endMessage: facts.endMessage ?? null,
    clusterTimeMs: clock.clusterTimeMs,
    clockMarkedAt: new Date(clock.markedAtMs),
    readyAt: machine.readyMs === undefined ? null : new Date(machine.readyMs),
    endedAt: machine.endedMs === undefined ? null : new Date(machine.endedMs),
    timers: storableJson({ machine, settings: session.settings }),
  };
}

function storedSession(row: Row): StoredSession {
  const { machine, settings } = row.timers as unknown as {
    readonly machine: Machine;
    readonly settings: MachineSettings;
  };
  return {
    facts: {
      id: row.id,
      labId: row.labId,
      backend: row.backend,
      seed: row.seed,
      parameters: row.parameters as Record<string, string>,
      ...(row.endMessage === null ? {} : { endMessage: row.endMessage }),
    },
    learnerId: row.learnerId,
    requestKey: row.requestKey,
    origin: row.origin as unknown as ClusterOrigin,
    // The columns are what queries see; the machine is what they are made from.
    machine: {
      ...machine,
      state: row.state,
      ...(row.endReason === null ? {} : { endReason: row.endReason.replaceAll('_', '-') as EndReason }),
    },
    settings,
    clock: { clusterTimeMs: row.clusterTimeMs, markedAtMs: row.clockMarkedAt.getTime() },
  };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
