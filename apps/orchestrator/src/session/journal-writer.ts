import type { JournalEntry, JournalRecord } from '@podwire/cluster';

/** While many come, records wait this long for others to share their commit. */
const GATHER_MS = 5;
/** One commit's most records. */
const MAX_BATCH = 1_000;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5_000;

export interface StoredRecord {
  readonly sessionId: string;
  readonly sequence: number;
  readonly virtualMs: number;
  readonly kind: JournalEntry['kind'];
  readonly payload: JournalEntry;
}

export interface JournalWriterWiring {
  /** Stores all or none of them. */
  readonly store: (records: readonly StoredRecord[]) => Promise<void>;
  /** Called for each record once it is on disk, in order within a session. */
  readonly onDurable: (sessionId: string, record: JournalRecord) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly after: (delayMs: number, callback: () => void) => void;
}

/**
 * Writes the journals of all sessions with group commits: whatever comes while one is under way goes with
 * the next. When the database is away, records wait, nothing is acknowledged, and browsers hold input back.
 */
export class JournalWriter {
  readonly #wiring: JournalWriterWiring;
  #queue: { readonly sessionId: string; readonly record: JournalRecord }[] = [];
  readonly #idle: (() => void)[] = [];
  #running = false;
  #lastBatch = 0;

  constructor(wiring: JournalWriterWiring) {
    this.#wiring = wiring;
  }

  append(sessionId: string, records: readonly JournalRecord[]): void {
    for (const record of records) this.#queue.push({ sessionId, record });
    if (this.#running || this.#queue.length === 0) return;
    this.#running = true;
    const write = (): void => void this.#write(RETRY_FIRST_MS);
    // One learner alone is not kept waiting for nobody.
    if (this.#lastBatch > 1) this.#wiring.after(GATHER_MS, write);
    else queueMicrotask(write);
  }

  /** Resolves when all that was appended before is on disk. */
  flushed(): Promise<void> {
    return this.#running ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  async #write(retryMs: number): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, MAX_BATCH);
      try {
        await this.#wiring.store(
          batch.map(({ sessionId, record }) => ({
            sessionId,
            sequence: record.sequence,
            virtualMs: record.virtualMs,
            kind: record.entry.kind,
            payload: record.entry,
          })),
        );
      } catch (error) {
        this.#wiring.onTrouble(error);
        this.#wiring.after(retryMs, () => void this.#write(Math.min(RETRY_MOST_MS, retryMs * 2)));
        return;
      }
      this.#queue = this.#queue.slice(batch.length);
      this.#lastBatch = batch.length;
      for (const { sessionId, record } of batch) this.#wiring.onDurable(sessionId, record);
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
