import { columnsOf } from '@podwire/machine';

/** Where text ends on a terminal of this width, counted from where the prompt began. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** One character as the line editor shows it: control characters as `^X`, tabs as spaces. */
function shown(character: string, column: number): string {
  const code = character.charCodeAt(0);
  if (character === '\t') return ' '.repeat(8 - (column % 8));
  if (code < 32) return `^${String.fromCharCode(code + 64)}`;
  return code === 127 ? '^?' : character;
}

/** Text laid out on screen rows, from a starting column. */
export function layOut(
  text: string,
  start: Place,
  columns: number,
): { readonly end: Place; readonly rows: readonly string[] } {
  const rows: string[] = [''];
  let { column } = start;
  const add = (piece: string, width: number): void => {
    if (column + width > columns) {
      rows.push('');
      column = 0;
    }
    rows.push((rows.pop() ?? '') + piece);
    column += width;
    if (column >= columns) {
      rows.push('');
      column = 0;
    }
  };
  for (const character of text) {
    if (character === '\n') {
      rows.push('');
      column = 0;
      continue;
    }
    const code = character.charCodeAt(0);
    if (code >= 32 && code < 127) add(character, 1);
    else {
      const visible = shown(character, column);
      if (visible === character) add(character, columnsOf(character));
      else for (const piece of visible) add(piece, 1);
    }
  }
  return { end: { row: start.row + rows.length - 1, column }, rows };
}

/** Columns that a prompt takes, its colours and titles left out. */
export function promptColumns(prompt: string): number {
  let columns = 0;
  for (const character of plainPrompt(prompt).split('\n').at(-1) ?? '') columns += columnsOf(character);
  return columns;
}

function plainPrompt(prompt: string): string {
  return prompt.replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x01\x02\x07]/g, '');
}

/**
 * The part of the terminal that a line editor owns: from the prompt to the end of the text. A line
 * longer than the screen is shown as the window of rows around the cursor.
 */
export class EditorScreen {
  #cursorRow = 0;
  /** Nothing drawn yet: what stands on the cursor's row belongs to others (`echo -n`) and stays. */
  #untouched = true;

  /** Forgets what is on the screen: the cursor stands where the prompt is to begin. */
  reset(): void {
    this.#cursorRow = 0;
    this.#untouched = true;
  }

  /** What to write so that the terminal shows this. */
  redraw(options: {
    readonly prompt: string;
    readonly before: string;
    readonly after: string;
    readonly columns: number;
    readonly rows: number;
  }): string {
    const { prompt, columns } = options;
    const promptLast = (prompt.split('\n').at(-1) ?? '').replace(/[\x01\x02]/g, '');
    const start = { row: 0, column: promptColumns(promptLast) % columns };
    const cursor = layOut(options.before, start, columns).end;
    const { end, rows } = layOut(options.before + options.after, start, columns);
    let out = this.#untouched ? '' : this.#home();
    this.#untouched = false;
    const visible = Math.max(1, options.rows - 1);
    const top =
      end.row < visible
        ? 0
        : Math.max(0, Math.min(cursor.row - Math.floor(visible / 2), end.row + 1 - visible));
    const bottom = Math.min(end.row, top + visible - 1);
    const shownRows = rows.slice(top, bottom + 1);
    if (top === 0) out += promptLast;
    out += shownRows.join('\r\n');
    // A full last row leaves the cursor in limbo at the right edge; the line break above has put it on its own row.
    if (options.after !== '' || bottom < end.row) {
      const rowsUp = bottom - cursor.row;
      if (rowsUp > 0) out += `\x1b[${rowsUp}A`;
      out += '\r';
      if (cursor.column > 0) out += `\x1b[${cursor.column}C`;
    }
    this.#cursorRow = cursor.row - top;
    return out;
  }

  /** What to write to put the cursor behind the text, on a new row. */
  leave(options: {
    readonly prompt: string;
    readonly before: string;
    readonly after: string;
    readonly columns: number;
    readonly rows: number;
  }): string {
    const drawn = this.redraw({ ...options, before: options.before + options.after, after: '' });
    this.reset();
    return `${drawn}\r\n`;
  }

  /** To the start of the prompt's row, all below wiped. */
  #home(): string {
    return `${this.#cursorRow > 0 ? `\x1b[${this.#cursorRow}A` : ''}\r\x1b[J`;
  }
}
