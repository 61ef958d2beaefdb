import type { LiveAnswer, LiveOrder, LiveSent } from './messages.ts';

/** Of a worker, what is used of it. */
export interface WorkerPort {
  postMessage(order: LiveOrder): void;
  terminate(): void;
}

/** Starts a worker. It may throw: where there are no workers, or a policy forbids them. */
export type BeginWorker = (hear: (answer: LiveAnswer) => void, fail: () => void) => WorkerPort;

export type LivePhase = 'loading' | 'booting' | 'sending';
export type LiveOutcome =
  | { readonly ok: true; readonly sent: LiveSent }
  /** What happened, what is safe, what to do. */
  | { readonly ok: false; readonly message: string };

/** Its script has some hundred kilobytes: this long over a slow line. */
export const LOAD_LIMIT_MS = 60_000;
/** The worker ends what takes longer by itself, before this: a thread that hangs can't. */
export const ANSWER_LIMIT_MS = 20_000;
/** A cluster that nobody uses takes memory; booting another takes less than a second. */
export const IDLE_LIMIT_MS = 180_000;
export const HIDDEN_LIMIT_MS = 60_000;

const DRAWING = 'The drawing of the lesson is the same packet, sent when this page was made.';
const MESSAGES = {
  unavailable: `No cluster can start in this browser: its script did not load, or is blocked. ${DRAWING} Check your connection and send again.`,
  'too-long': `The cluster took too long and was ended. ${DRAWING} Send again, or on a machine that is less busy.`,
  broken: `The cluster failed, by a fault of ours. ${DRAWING} Send again, or go back to it.`,
  busy: 'Another packet of this page is still under way. Send this one when it has arrived.',
} as const;

interface Running {
  readonly id: number;
  readonly onPhase: (phase: LivePhase) => void;
  readonly settle: (outcome: LiveOutcome) => void;
  /** Until when the next thing has to happen. */
  limit: ReturnType<typeof setTimeout> | undefined;
}

/** The one worker of a page, begun when it is needed and ended when it is not; one packet at a time. */
export class LiveCluster {
  readonly #begin: BeginWorker;
  #worker: WorkerPort | undefined;
  #running: Running | undefined;
  #lastId = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(begin: BeginWorker) {
    this.#begin = begin;
  }

  send(order: Omit<LiveOrder, 'id'>, onPhase: (phase: LivePhase) => void): Promise<LiveOutcome> {
    if (this.#running !== undefined) return Promise.resolve({ ok: false, message: MESSAGES.busy });
    clearTimeout(this.#rest);
    const id = ++this.#lastId;
    return new Promise((settle) => {
      this.#running = { id, onPhase, settle, limit: undefined };
      const isNew = this.#worker === undefined;
      try {
        this.#worker ??= this.#begin(
          (answer) => this.#hear(answer),
          () => this.#end(MESSAGES.unavailable),
        );
        this.#worker.postMessage({ ...order, id });
      } catch {
        this.#end(MESSAGES.unavailable);
        return;
      }
      if (isNew) onPhase('loading');
      this.#limitTo(isNew ? LOAD_LIMIT_MS : ANSWER_LIMIT_MS, isNew ? 'unavailable' : 'too-long');
    });
  }

  /** The page can't be seen any more, or can again. */
  pageHidden(hidden: boolean): void {
    if (this.#worker !== undefined) this.#restFor(hidden ? HIDDEN_LIMIT_MS : IDLE_LIMIT_MS);
  }

  /** The page is left. */
  end(): void {
    this.#end(MESSAGES['too-long']);
  }

  #hear(answer: LiveAnswer): void {
    const running = this.#running;
    if (running === undefined) return;
    if (answer.kind === 'ready') {
      this.#limitTo(ANSWER_LIMIT_MS, 'too-long');
      return;
    }
    if (answer.id !== running.id) return;
    switch (answer.kind) {
      case 'booting':
      case 'sending':
        running.onPhase(answer.kind);
        return;
      case 'sent':
        this.#settle({ ok: true, sent: answer.sent });
        return;
      case 'failed':
        this.#settle({
          ok: false,
          message:
            answer.fault === 'refused'
              ? `The API refuses it: ${answer.message}. Switch on what it needs, or go back to the lesson’s own.`
              : MESSAGES[answer.fault],
        });
    }
  }

  #limitTo(ms: number, reason: 'unavailable' | 'too-long'): void {
    if (this.#running === undefined) return;
    clearTimeout(this.#running.limit);
    this.#running.limit = setTimeout(() => this.#end(MESSAGES[reason]), ms);
  }

  #settle(outcome: LiveOutcome): void {
    const running = this.#running;
    if (running === undefined) return;
    clearTimeout(running.limit);
    this.#running = undefined;
    this.#restFor(IDLE_LIMIT_MS);
    running.settle(outcome);
  }

  #end(message: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#settle({ ok: false, message });
    clearTimeout(this.#rest);
  }

  /** Ends the worker after so long, unless a packet is sent or the page is looked at before. */
  #restFor(ms: number): void {
    clearTimeout(this.#rest);
    if (this.#running === undefined && this.#worker !== undefined)
      this.#rest = setTimeout(() => this.end(), ms);
  }
}

let shared: LiveCluster | undefined;

/** This page's. */
export function liveCluster(): LiveCluster {
  if (shared !== undefined) return shared;
  const cluster = new LiveCluster((hear, fail) => {
    const worker = new Worker(new URL('./packet.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<LiveAnswer>) => hear(data));
    worker.addEventListener('error', fail);
    return worker;
  });
  document.addEventListener('visibilitychange', () =>
    cluster.pageHidden(document.visibilityState === 'hidden'),
  );
  window.addEventListener('pagehide', () => cluster.end());
  shared = cluster;
  return cluster;
}
