import type { SimulatedCluster } from '@podwire/kubesim';

/** Events run before other connections get a turn: some milliseconds' worth. */
const EVENTS_PER_SLICE = 2_000;
/** The longest delay that setTimeout takes. */
const MAX_DELAY_MS = 2_147_483_647;
/** Behind the wall clock by more than this, the cluster does not hurry to catch up: its time then goes slower. */
const MAX_LAG_MS = 60_000;

export interface WallClock {
  nowMs(): number;
  after(delayMs: number, callback: () => void): { cancel(): void };
}

export const systemClock: WallClock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    if (delayMs <= 0) {
      const immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    }
    const timer = setTimeout(callback, Math.min(MAX_DELAY_MS, Math.ceil(delayMs)));
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Drives one cluster so that its time follows the wall clock, and gives way between slices. */
export class ClusterClock {
  readonly #cluster: SimulatedCluster;
  readonly #clock: WallClock;
  readonly #onFault: (error: unknown) => void;
  #offsetMs: number;
  #next: { cancel(): void } | undefined;
  #running = false;
  #stopped = false;

  constructor(cluster: SimulatedCluster, clock: WallClock, onFault: (error: unknown) => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#onFault = onFault;
    this.#offsetMs = cluster.nowMs() - clock.nowMs();
  }

  start(): void {
    this.#turn();
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.cancel();
  }

  /** Brings the cluster to this moment before something comes in from outside, as far as one slice goes. */
  catchUp(): void {
    if (!this.#running && !this.#stopped) this.#slice();
  }

  /** After something came in: what it caused may be due before the next turn. */
  wake(): void {
    if (this.#stopped) return;
    this.#next?.cancel();
    this.#next = this.#clock.after(0, () => this.#turn());
  }

  #turn(): void {
    if (this.#stopped) return;
    const busy = this.#slice();
    this.#next?.cancel();
    const nextMs = this.#cluster.nextEventMs();
    if (busy) this.#next = this.#clock.after(0, () => this.#turn());
    else if (nextMs === undefined) this.#next = undefined;
    else
      this.#next = this.#clock.after(Math.max(1, nextMs - this.#offsetMs - this.#clock.nowMs()), () =>
        this.#turn(),
      );
  }

  /** @returns whether events that are due are left. */
  #slice(): boolean {
    this.#running = true;
    try {
      const wallMs = this.#clock.nowMs();
      const lagMs = wallMs + this.#offsetMs - this.#cluster.nowMs();
      if (lagMs > MAX_LAG_MS) this.#offsetMs -= lagMs - MAX_LAG_MS;
      return (
        this.#cluster.run({
          untilMs: Math.max(this.#cluster.nowMs(), wallMs + this.#offsetMs),
          maxEvents: EVENTS_PER_SLICE,
        }) === 'budget'
      );
    } catch (error) {
      this.stop();
      this.#onFault(error);
      return false;
    } finally {
      this.#running = false;
    }
  }
}
