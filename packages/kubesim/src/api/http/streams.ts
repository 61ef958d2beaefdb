import type { Simulation } from '@podwire/sim';
import type { ObjectStore } from '../../store/store.ts';

type Why = 'change' | 'deadline' | 'tick';

/** A response that goes on, as the server holds it. */
export interface OpenStream {
  /** Tells the reader to look. */
  wake(): void;
  end(): void;
}

/** Watches and followed logs at once: a browser has a handful, a cluster's clients some dozens. */
const MAX_STREAMS = 1000;
const TARGET = 'kube-apiserver/streams';
const WAKE_EVERY_MS = 60_000;

/** The responses that go on. They are no state: a fork has none, and a client opens them anew. */
export class Streams {
  readonly #simulation: Simulation;
  readonly #open = new Set<OpenStream>();
  #scheduled = false;
  #ticking = false;

  constructor(simulation: Simulation, store: ObjectStore) {
    this.#simulation = simulation;
    simulation.on(TARGET, (data) => this.#wake((data as { readonly why: Why }).why));
    store.onChange(() => this.changed());
  }

  /** false when too many are open. */
  open(stream: OpenStream): boolean {
    if (this.#open.size >= MAX_STREAMS) return false;
    this.#open.add(stream);
    this.#tick();
    return true;
  }

  closed(stream: OpenStream): void {
    this.#open.delete(stream);
  }

  /** Something was written: readers are told within the simulation, after the write is done. */
  changed(): void {
    if (this.#scheduled || this.#open.size === 0) return;
    this.#scheduled = true;
    this.#simulation.schedule(0, TARGET, Object.freeze({ why: 'change' }));
  }

  wakeIn(delayMs: number): void {
    this.#simulation.schedule(delayMs, TARGET, Object.freeze({ why: 'deadline' }));
  }

  endAll(): void {
    for (const stream of [...this.#open]) stream.end();
    this.#open.clear();
  }

  /** Quiet watches send a bookmark now and then. */
  #tick(): void {
    if (this.#ticking || this.#open.size === 0) return;
    this.#ticking = true;
    this.#simulation.schedule(WAKE_EVERY_MS, TARGET, Object.freeze({ why: 'tick' }));
  }

  #wake(why: Why): void {
    if (why === 'change') this.#scheduled = false;
    if (why === 'tick') this.#ticking = false;
    for (const stream of [...this.#open]) stream.wake();
    this.#tick();
  }
}
