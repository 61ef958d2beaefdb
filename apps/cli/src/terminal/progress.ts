import process from 'node:process';
import type { Output } from './output.ts';

/** At most so often, ms: terminals are slow. */
const EVERY_MS = 60;
const DEFAULT_COLUMNS = 80;

/** One line that says what is going on, where a person looks; nothing elsewhere. */
export class Progress {
  readonly #on: boolean;
  #shownAtMs = 0;
  #shown = false;

  constructor({ interactive }: Output) {
    this.#on = interactive;
  }

  show(text: string): void {
    const nowMs = performance.now();
    if (!this.#on || nowMs - this.#shownAtMs < EVERY_MS) return;
    this.#shownAtMs = nowMs;
    this.#shown = true;
    process.stderr.write(`\r\u001B[2K${text.slice(0, (process.stderr.columns || DEFAULT_COLUMNS) - 1)}`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write('\r\u001B[2K');
    this.#shown = false;
  }
}
