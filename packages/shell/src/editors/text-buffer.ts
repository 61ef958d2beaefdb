import { absolutePath, errnoText } from '@podwire/machine';
import type { Process } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';

/** A place between characters: line index, and offset in the line in UTF-16 units. */
export interface Position {
  readonly row: number;
  readonly column: number;
}

/** States that undo can go back to. Each shares its lines' text with the others. */
const MAX_UNDO = 200;
/** The longest text an editor holds, characters: the machine's file limit. */
const MAX_TEXT_LENGTH = 16 * 1024 * 1024;

interface State {
  readonly lines: readonly string[];
  readonly cursor: Position;
}

/** The text that an editor changes: lines, a cursor, and what undo needs. There is always at least one line. */
export class TextBuffer {
  lines: string[];
  row = 0;
  column = 0;
  modified = false;
  #length: number;
  #undo: State[] = [];
  #redo: State[] = [];

  constructor(text: string) {
    this.lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    this.#length = text.length;
  }

  get line(): string {
    return this.lines[this.row] ?? '';
  }

  get cursor(): Position {
    return { row: this.row, column: this.column };
  }

  moveTo(position: Position): void {
    this.row = Math.max(0, Math.min(this.lines.length - 1, position.row));
    this.column = Math.max(0, Math.min(this.line.length, position.column));
  }

  /** To be called before a change that undo takes back as one. */
  checkpoint(): void {
    this.#undo.push({ lines: [...this.lines], cursor: this.cursor });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redo = [];
  }

  undo(): boolean {
    return this.#swap(this.#undo, this.#redo);
  }

  redo(): boolean {
    return this.#swap(this.#redo, this.#undo);
  }

  #swap(from: State[], to: State[]): boolean {
    const state = from.pop();
    if (state === undefined) return false;
    to.push({ lines: this.lines, cursor: this.cursor });
    this.lines = [...state.lines];
    this.#length = this.lines.reduce((sum, line) => sum + line.length + 1, 0);
    this.modified = true;
    this.moveTo(state.cursor);
    return true;
  }

  /** Inserts at the cursor and moves behind it; false when the text would grow too long. */
  insert(text: string): boolean {
    if (this.#length + text.length > MAX_TEXT_LENGTH) return false;
    this.#length += text.length;
    this.modified = true;
    const before = this.line.slice(0, this.column);
    const after = this.line.slice(this.column);
    const parts = text.split('\n');
    const last = parts.at(-1) ?? '';
    if (parts.length === 1) {
      this.lines[this.row] = before + text + after;
      this.column += text.length;
      return true;
    }
    const inserted = [before + (parts[0] ?? ''), ...parts.slice(1, -1), last + after];
    this.lines = [...this.lines.slice(0, this.row), ...inserted, ...this.lines.slice(this.row + 1)];
    this.row += parts.length - 1;
    this.column = last.length;
    return true;
  }

  /** Takes out the text between two places and returns it; the cursor ends where it was. */
  remove(from: Position, to: Position): string {
    const [start, end] =
      from.row < to.row || (from.row === to.row && from.column <= to.column) ? [from, to] : [to, from];
    const first = this.lines[start.row] ?? '';
    const last = this.lines[end.row] ?? '';
    const removed =
      start.row === end.row
        ? first.slice(start.column, end.column)
        : [
            first.slice(start.column),
            ...this.lines.slice(start.row + 1, end.row),
            last.slice(0, end.column),
          ].join('\n');
    if (removed !== '') this.modified = true;
    this.#length -= removed.length;
    this.lines.splice(
      start.row,
      end.row - start.row + 1,
      first.slice(0, start.column) + last.slice(end.column),
    );
    this.moveTo(start);
    return removed;
  }

  /** Takes out whole lines. */
  removeLines(row: number, count: number): readonly string[] {
    const removed = this.lines.splice(row, count);
    this.#length -= removed.reduce((sum, line) => sum + line.length + 1, 0);
    if (this.lines.length === 0) this.lines.push('');
    this.modified = true;
    this.moveTo({ row, column: 0 });
    return removed;
  }

  insertLines(row: number, lines: readonly string[]): boolean {
    const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
    if (this.#length + length > MAX_TEXT_LENGTH) return false;
    this.#length += length;
    this.lines = [...this.lines.slice(0, row), ...lines, ...this.lines.slice(row)];
    this.modified = true;
    return true;
  }

  setLine(row: number, text: string): void {
    this.#length += text.length - (this.lines[row]?.length ?? 0);
    this.lines[row] = text;
    this.modified = true;
  }

  /** Offset of the character after or before one, over surrogate pairs. */
  after(column: number): number {
    const unit = this.line.charCodeAt(column);
    return Math.min(this.line.length, column + (unit >= 0xd800 && unit < 0xdc00 ? 2 : 1));
  }

  before(column: number): number {
    const unit = this.line.charCodeAt(column - 1);
    return Math.max(0, column - (unit >= 0xdc00 && unit < 0xe000 ? 2 : 1));
  }

  /** As it is saved: every line with its line feed. */
  get text(): string {
    return this.lines.length === 1 && this.lines[0] === '' ? '' : `${this.lines.join('\n')}\n`;
  }
}

export type Loaded =
  | { readonly kind: 'loaded'; readonly text: string; readonly writable: boolean }
  | { readonly kind: 'new' }
  | { readonly kind: 'failed'; readonly reason: string };

export function loadFile(process: Process, name: string): Loaded {
  const path = absolutePath(process.cwd, name);
  const data = process.fs.readFile(path);
  if (data.ok)
    return {
      kind: 'loaded',
      text: utf8Decode(data.value),
      writable: process.fs.writeFile(path, new Uint8Array(), { append: true }).ok,
    };
  return data.errno === 'ENOENT' ? { kind: 'new' } : { kind: 'failed', reason: errnoText(data.errno) };
}

/** The number of bytes written, or why not. */
export function saveFile(
  process: Process,
  name: string,
  text: string,
): { readonly ok: true; readonly bytes: number } | { readonly ok: false; readonly reason: string } {
  const bytes = utf8Encode(text);
  const written = process.fs.writeFile(absolutePath(process.cwd, name), bytes);
  return written.ok ? { ok: true, bytes: bytes.length } : { ok: false, reason: errnoText(written.errno) };
}
