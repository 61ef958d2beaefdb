import { columnsOf } from '@podwire/machine';
import type { Process, Task, Tty } from '@podwire/machine';
import { KeyReader } from '../interactive/keys.ts';
import type { Key } from '../interactive/keys.ts';
import { writeText } from '../stdio/output.ts';

/** How long an escape may stand alone before it is a key of its own, ms (vim's ttimeoutlen). */
const ESCAPE_WAIT_MS = 50;
const TAB_COLUMNS = 8;

/** One picture of the screen. */
export interface Frame {
  /** One text a row, already fitted to the width; may hold SGR sequences. */
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** A program that owns the whole terminal: draws frames, sending only the rows that changed. */
export class FullScreen {
  readonly tty: Tty;
  readonly #keys: KeyReader;
  #shown: readonly string[] = [];

  constructor(tty: Tty) {
    this.tty = tty;
    this.#keys = new KeyReader(tty.input, ESCAPE_WAIT_MS);
  }

  /** Runs `body` on the alternate screen with a raw keyboard, and puts the terminal back however it ends. */
  static *run(process: Process, tty: Tty, body: (screen: FullScreen) => Task): Task {
    const screen = new FullScreen(tty);
    process.onSignal('SIGWINCH', () => {
      screen.#shown = [];
    });
    process.onSignal('SIGINT', () => undefined);
    tty.setRaw(true);
    try {
      yield* writeText(tty.output, '\x1b[?1049h\x1b[?2004h\x1b[H\x1b[2J');
      return yield* body(screen);
    } finally {
      tty.setRaw(false);
      try {
        tty.output.write(LEAVE);
      } catch {
        // The terminal is gone, and so is its screen.
      }
    }
  }

  *key(): Task<Key | undefined> {
    return yield* this.#keys.next();
  }

  *draw(frame: Frame): Task<void> {
    let out = '\x1b[?25l';
    for (let row = 0; row < this.tty.rows; row++) {
      const text = frame.rows[row] ?? '';
      if (this.#shown[row] === text) continue;
      out += `\x1b[${row + 1};1H${text}\x1b[K`;
    }
    this.#shown = frame.rows.slice(0, this.tty.rows);
    out += `\x1b[${frame.cursor.row + 1};${frame.cursor.column + 1}H\x1b[?25h`;
    yield* writeText(this.tty.output, out);
  }

  *bell(): Task<void> {
    yield* writeText(this.tty.output, '\x07');
  }
}

const LEAVE = Uint8Array.from([...'\x1b[?2004l\x1b[?1049l'].map((character) => character.charCodeAt(0)));

/** Screen column of an offset in a line, tabs and wide characters counted. */
export function screenColumn(line: string, offset: number): number {
  let column = 0;
  for (const character of line.slice(0, offset)) column += widthAt(character, column);
  return column;
}

function widthAt(character: string, column: number): number {
  if (character === '\t') return TAB_COLUMNS - (column % TAB_COLUMNS);
  const code = character.charCodeAt(0);
  return code < 32 || code === 127 ? 2 : columnsOf(character);
}

/** The part of a line between two screen columns, as it is shown. */
export function visibleText(line: string, left: number, width: number): string {
  let column = 0;
  let text = '';
  for (const character of line) {
    const wide = widthAt(character, column);
    if (column >= left + width) break;
    const shown =
      character === '\t'
        ? ' '.repeat(wide)
        : wide === 2 && character.charCodeAt(0) < 128
          ? `^${String.fromCharCode(character.charCodeAt(0) ^ 64)}`
          : character;
    if (column >= left && column + wide <= left + width) text += shown;
    else if (column + wide > left)
      text += ' '.repeat(Math.min(column + wide, left + width) - Math.max(column, left));
    column += wide;
  }
  return text;
}

/** A line of text cut or padded to exactly `width` columns. */
export function fitted(text: string, width: number): string {
  const cut = visibleText(text, 0, width);
  return cut + ' '.repeat(Math.max(0, width - screenColumn(cut, cut.length)));
}
