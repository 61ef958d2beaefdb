import { ClusterError } from '../cluster-error.ts';

/** Learners who wait for a cluster. More than these would wait for longer than a lab takes. */
const MAX_WAITING = 50;

export interface StartWish {
  readonly id: string;
  readonly bytes: number;
  /** From 1. Told when it changes. */
  readonly onPlace: (place: number, waiting: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface StartQueueWiring {
  /** Whether a start of this size may begin now; if so, its room is taken with the answer. */
  readonly admits: (wish: StartWish) => boolean;
  /** Why waiting would be for nothing, or undefined. */
  readonly hopeless: (wish: StartWish) => ClusterError | undefined;
  /** Somebody waits: what nobody uses may go. */
  readonly onShortage: (wish: StartWish) => void;
}

interface Waiting {
  readonly wish: StartWish;
  readonly admit: () => void;
  readonly refuse: (error: ClusterError) => void;
  told: string;
}

/** Starts wait here in the order in which they came, until there is room. */
export class StartQueue {
  readonly #wiring: StartQueueWiring;
  #waiting: Waiting[] = [];

  constructor(wiring: StartQueueWiring) {
    this.#wiring = wiring;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Resolves when the start may begin, its room taken. */
  enter(wish: StartWish): Promise<void> {
    if (wish.signal?.aborted === true) return Promise.reject(withdrawn());
    if (this.#waiting.length === 0 && this.#wiring.admits(wish)) return Promise.resolve();
    const hopeless = this.#wiring.hopeless(wish);
    if (hopeless !== undefined) return Promise.reject(hopeless);
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(
        new ClusterError(
          'full',
          `${MAX_WAITING} learners wait for a kind cluster on this server already.`,
          'Come back later, or take a simulated cluster: it is there at once.',
        ),
      );
    return new Promise((admit, refuse) => {
      const waiting: Waiting = { wish, admit, refuse, told: '' };
      this.#waiting.push(waiting);
      wish.signal?.addEventListener('abort', () => this.#withdraw(waiting), { once: true });
      this.#tell();
      this.#wiring.onShortage(wish);
    });
  }

  /** Something has changed: those who are next and have room begin. */
  pump(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const refusal = this.#wiring.admits(first.wish) ? 'admitted' : this.#wiring.hopeless(first.wish);
      if (refusal === undefined) {
        this.#wiring.onShortage(first.wish);
        return;
      }
      this.#waiting.shift();
      if (refusal === 'admitted') first.admit();
      else first.refuse(refusal);
      this.#tell();
    }
  }

  close(): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(withdrawn());
  }

  #withdraw(waiting: Waiting): void {
    if (!this.#waiting.includes(waiting)) return;
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.refuse(withdrawn());
    this.#tell();
    this.pump();
  }

  #tell(): void {
    for (const [index, waiting] of this.#waiting.entries()) {
      const told = `${index + 1} of ${this.#waiting.length}`;
      if (waiting.told === told) continue;
      waiting.told = told;
      waiting.wish.onPlace(index + 1, this.#waiting.length);
    }
  }
}

export function withdrawn(): ClusterError {
  return new ClusterError('aborted', 'The start was withdrawn.', 'Start the lab again.');
}
