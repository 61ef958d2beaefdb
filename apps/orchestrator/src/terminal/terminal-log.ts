import { SCROLLBACK_BYTES } from '@podwire/protocol';

/** Cutting the front off a long string costs a copy of it: done in steps. */
const TRIM_SLACK_CHARS = SCROLLBACK_BYTES / 8;

/**
 * The output of one terminal, numbered by characters over its whole life. What is older than the scrollback
 * is forgotten; the numbers stay.
 */
export class TerminalLog {
  #text = '';
  #keptFrom = 0;

  /** Offset of the first character that is still kept. */
  get keptFrom(): number {
    return this.#keptFrom;
  }

  /** Offset of the character that comes next. */
  get end(): number {
    return this.#keptFrom + this.#text.length;
  }

  /** What was had already is skipped; after a gap (its text was never kept) counting goes on from the new place. */
  append(offset: number, data: string): void {
    if (offset > this.end) {
      this.#text = data;
      this.#keptFrom = offset;
    } else {
      this.#text += data.slice(this.end - offset);
    }
    const surplus = this.#text.length - SCROLLBACK_BYTES;
    if (surplus < TRIM_SLACK_CHARS) return;
    this.#text = this.#text.slice(surplus);
    this.#keptFrom += surplus;
  }

  /** At most `length` characters from `offset`, or from the first that is kept. Never half of a surrogate pair. */
  read(offset: number, length: number): { readonly offset: number; readonly data: string } {
    const from = Math.max(offset, this.#keptFrom);
    const start = from - this.#keptFrom;
    let stop = Math.min(start + length, this.#text.length);
    const last = this.#text.charCodeAt(stop - 1);
    if (stop < this.#text.length && stop - start > 1 && last >= 0xd800 && last <= 0xdbff) stop -= 1;
    return { offset: from, data: this.#text.slice(start, stop) };
  }
}
