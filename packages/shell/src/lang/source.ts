import { IncompleteError } from './errors.ts';

/** Program text with a cursor. The text grows where an alias is put in. */
export class Source {
  #text: string;
  position = 0;
  /** Line number of the text's first line. */
  readonly #firstLine: number;
  /** Offset up to which lines have been counted, and how many there were. */
  #counted = { offset: 0, lines: 0 };

  constructor(text: string, firstLine = 1) {
    this.#text = text;
    this.#firstLine = firstLine;
  }

  get line(): number {
    let { offset, lines } = this.#counted;
    if (offset > this.position) [offset, lines] = [0, 0];
    for (; offset < this.position; offset++) if (this.#text.charCodeAt(offset) === 10) lines++;
    this.#counted = { offset, lines };
    return this.#firstLine + lines;
  }

  isAtEnd(): boolean {
    return this.position >= this.#text.length;
  }

  peek(ahead = 0): string {
    return this.#text.charAt(this.position + ahead);
  }

  advance(count: number): void {
    this.position = Math.min(this.#text.length, this.position + count);
  }

  reset(position: number): void {
    this.position = position;
  }

  /** From `start` to the cursor. */
  slice(start: number): string {
    return this.#text.slice(start, this.position);
  }

  text(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  rest(ahead: number, maxLength: number): string {
    return this.#text.slice(this.position + ahead, this.position + ahead + maxLength);
  }

  indexOf(what: string, from = this.position): number {
    return this.#text.indexOf(what, from);
  }

  startsWith(what: string): boolean {
    return this.#text.startsWith(what, this.position);
  }

  /** The text up to `end`, which is passed over. */
  until(end: string, matching: string): string {
    const at = this.#text.indexOf(end, this.position);
    if (at < 0) throw new IncompleteError(end, `unexpected EOF while looking for matching \`${matching}'`);
    const text = this.#text.slice(this.position, at);
    this.position = at + end.length;
    return text;
  }

  /** Puts `replacement` in place of what stands between `start` and the cursor, and goes back to `start`. */
  replace(start: number, replacement: string): void {
    this.#text = this.#text.slice(0, start) + replacement + this.#text.slice(this.position);
    this.position = start;
  }

  /** The whole line that holds `position`. */
  lineAt(position: number): string {
    const start = this.#text.lastIndexOf('\n', position - 1) + 1;
    const end = this.#text.indexOf('\n', position);
    return this.#text.slice(start, end < 0 ? this.#text.length : end);
  }
}
