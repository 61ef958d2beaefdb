import type { Process, Task } from '@podwire/machine';
import type { Key } from '../../interactive/keys.ts';
import { complain } from '../../stdio/output.ts';
import { taskProgram } from '../../stdio/program.ts';
import { Regex } from '@podwire/sim';
import { FullScreen, fitted, screenColumn, visibleText } from '../full-screen.ts';
import { TextBuffer, loadFile, saveFile } from '../text-buffer.ts';
import { parseEx, substituteLines } from './ex.ts';
import type { ExCommand } from './ex.ts';
import { NormalMode } from './normal.ts';
import type { EditorState } from './normal.ts';

/** The longest command line, characters. */
const MAX_COMMAND = 4096;

/** vi(1), as much of vim as people type into a YAML file. */
export const viProgram = taskProgram(function* (process) {
  const args = process.argv.slice(1);
  const start = args.find((argument) => /^\+/.test(argument));
  const names = args.filter((argument) => !/^[-+]./.test(argument));
  const unknown = args.find((argument) => /^-[^Rnu]/.test(argument));
  if (unknown !== undefined)
    return yield* complain(
      process,
      `VIM - Vi IMproved 9.1\nUnknown option argument: "${unknown}"\nMore info with: "vim -h"`,
    );
  const { tty } = process;
  if (tty === undefined) return yield* complain(process, 'Vim: Warning: Output is not to a terminal');
  if (names.length > 1)
    return yield* complain(process, 'vi: editing several files at once is not supported here');
  const editor = new Vi(process, names[0], start?.slice(1));
  return yield* FullScreen.run(process, tty, (screen) => editor.run(screen));
});

class Vi implements EditorState {
  readonly #process: Process;
  #file: string | undefined;
  buffer: TextBuffer;
  mode: 'normal' | 'insert' | 'replace' | 'visual' | 'visual-line' = 'normal';
  message = '';
  visualStart = { row: 0, column: 0 };
  register: { readonly text: readonly string[]; readonly lines: boolean } = { text: [], lines: false };
  lastSearch = '';
  searchForward = true;
  pageRows = 20;
  #commandLine: string | undefined;
  #commandHistory: string[] = [];
  #numbers = false;
  #isNew = false;
  #writable = true;
  #exitCode: number | undefined;
  #top = 0;
  #left = 0;
  readonly #normal: NormalMode;

  constructor(process: Process, file: string | undefined, start: string | undefined) {
    this.#process = process;
    this.#file = file;
    this.buffer = new TextBuffer('');
    if (file !== undefined) this.#load(file);
    this.#normal = new NormalMode(this);
    if (start !== undefined && /^\d*$/.test(start))
      this.buffer.moveTo({ row: start === '' ? this.buffer.lines.length - 1 : Number(start) - 1, column: 0 });
  }

  #load(file: string): void {
    const loaded = loadFile(this.#process, file);
    this.buffer = new TextBuffer(loaded.kind === 'loaded' ? loaded.text : '');
    this.#isNew = loaded.kind === 'new';
    this.#writable = loaded.kind !== 'loaded' || loaded.writable;
    const { lines } = this.buffer;
    if (loaded.kind === 'new') this.message = `"${file}" [New]`;
    else if (loaded.kind === 'failed') this.message = `"${file}" ${loaded.reason}`;
    else
      this.message = `"${file}" ${this.#writable ? '' : '[readonly] '}${loaded.text === '' ? 0 : lines.length}L, ${loaded.text.length}B`;
  }

  *run(screen: FullScreen): Task {
    while (this.#exitCode === undefined) {
      this.pageRows = Math.max(1, screen.tty.rows - 2);
      yield* screen.draw(this.#frame(screen.tty.columns, screen.tty.rows));
      const key = yield* screen.key();
      if (key === undefined) continue;
      if (key.kind === 'end') return 1;
      yield { kind: 'step' };
      if (this.#commandLine !== undefined) this.#typeCommand(key);
      else if (this.mode === 'insert' || this.mode === 'replace') this.#typeText(key);
      else if (!this.#normal.type(key)) yield* screen.bell();
    }
    return this.#exitCode;
  }

  // What the normal mode asks for

  openCommandLine(prefix: string): void {
    this.#commandLine = prefix;
  }

  save(options: { readonly quit: boolean }): void {
    this.#ex({
      kind: 'write',
      file: undefined,
      quit: options.quit,
      onlyIfModified: options.quit,
      force: false,
    });
  }

  quitWithoutSaving(): void {
    this.#exitCode = 0;
  }

  fileInfo(): void {
    const { lines, row } = this.buffer;
    this.message = `"${this.#file ?? '[No Name]'}" ${this.buffer.modified ? '[Modified] ' : ''}${lines.length} lines --${Math.floor(((row + 1) * 100) / lines.length)}%--`;
  }

  search(text: string, forward: boolean): boolean {
    const compiled = Regex.compile(text, { syntax: 'basic' });
    if (!compiled.ok) {
      this.message = `E486: Pattern not found: ${text}`;
      return false;
    }
    this.lastSearch = text;
    const { lines, row, column } = this.buffer;
    for (let round = 0; round <= lines.length; round++) {
      const at = (((forward ? row + round : row - round) % lines.length) + lines.length) % lines.length;
      const found = this.#searchLine(
        compiled.value,
        lines[at] ?? '',
        forward,
        round === 0 ? column : undefined,
      );
      if (found === undefined) continue;
      const wrapped = forward
        ? at < row || (at === row && found <= column)
        : at > row || (at === row && found >= column);
      this.message = wrapped
        ? `search hit ${forward ? 'BOTTOM, continuing at TOP' : 'TOP, continuing at BOTTOM'}`
        : '';
      this.buffer.moveTo({ row: at, column: found });
      return true;
    }
    this.message = `E486: Pattern not found: ${text}`;
    return false;
  }

  #searchLine(regex: Regex, line: string, forward: boolean, from: number | undefined): number | undefined {
    if (forward) return regex.search(line, from === undefined ? 0 : from + 1)?.start;
    let last: number | undefined;
    for (
      let match = regex.search(line, 0);
      match !== undefined;
      match = regex.search(line, match.start + 1)
    ) {
      if (from !== undefined && match.start >= from) break;
      last = match.start;
      if (match.start >= line.length) break;
    }
    return last;
  }

  // Insert mode

  #typeText(key: Key): void {
    const { buffer } = this;
    this.message = '';
    switch (key.kind) {
      case 'text':
      case 'paste':
        if (this.mode === 'replace' && key.kind === 'text')
          buffer.remove(buffer.cursor, {
            row: buffer.row,
            column: Math.min(buffer.line.length, buffer.column + key.text.length),
          });
        if (!buffer.insert(key.text)) this.message = 'E342: Out of memory!';
        this.#normal.recordInsertion(key.text);
        return;
      case 'control':
        this.#insertControl(key.letter);
        return;
      case 'named':
        this.#insertNamed(key.name);
        return;
      case 'alt':
        // Escape, and the next key typed at once.
        this.#leaveInsert();
        this.#normal.type({ kind: 'text', text: key.character });
        return;
      case 'end':
        return;
    }
  }

  #leaveInsert(): void {
    this.mode = 'normal';
    this.buffer.moveTo({ row: this.buffer.row, column: this.buffer.before(this.buffer.column) });
    this.#normal.endInsertion();
  }

  #insertControl(letter: string): void {
    const { buffer } = this;
    if (letter === '[' || letter === 'C') this.#leaveInsert();
    else if (letter === 'W') {
      const start = buffer.line.slice(0, buffer.column).replace(/(?:\w+|[^\w\s]+|)\s*$/, '').length;
      buffer.remove({ row: buffer.row, column: start }, buffer.cursor);
    } else if (letter === 'U') buffer.remove({ row: buffer.row, column: 0 }, buffer.cursor);
  }

  #insertNamed(name: string): void {
    const { buffer } = this;
    switch (name) {
      case 'escape':
        this.#leaveInsert();
        return;
      case 'enter': {
        // vim's autoindent, which its defaults for YAML switch on.
        const indent = /^[ \t]*/.exec(buffer.line.slice(0, buffer.column))?.[0] ?? '';
        buffer.insert(`\n${indent}`);
        this.#normal.recordInsertion(`\n${indent}`);
        return;
      }
      case 'tab':
        buffer.insert('\t');
        this.#normal.recordInsertion('\t');
        return;
      case 'backspace':
        if (buffer.column > 0)
          buffer.remove({ row: buffer.row, column: buffer.before(buffer.column) }, buffer.cursor);
        else if (buffer.row > 0)
          buffer.remove(
            { row: buffer.row - 1, column: (buffer.lines[buffer.row - 1] ?? '').length },
            buffer.cursor,
          );
        return;
      case 'delete':
        if (buffer.column < buffer.line.length)
          buffer.remove(buffer.cursor, { row: buffer.row, column: buffer.after(buffer.column) });
        return;
      case 'left':
        buffer.moveTo({ row: buffer.row, column: buffer.before(buffer.column) });
        return;
      case 'right':
        buffer.moveTo({ row: buffer.row, column: buffer.after(buffer.column) });
        return;
      case 'up':
      case 'down':
        buffer.moveTo({ row: buffer.row + (name === 'up' ? -1 : 1), column: buffer.column });
        return;
      case 'home':
        buffer.moveTo({ row: buffer.row, column: 0 });
        return;
      case 'end':
        buffer.moveTo({ row: buffer.row, column: buffer.line.length });
        return;
      default:
        return;
    }
  }

  // The command line

  #typeCommand(key: Key): void {
    const line = this.#commandLine ?? '';
    if (key.kind === 'text' || key.kind === 'paste') {
      if (line.length + key.text.length <= MAX_COMMAND)
        this.#commandLine = line + key.text.replaceAll('\n', ' ');
      return;
    }
    if (key.kind === 'control') {
      if (key.letter === 'U') this.#commandLine = line.charAt(0);
      else if (key.letter === 'W') this.#commandLine = line.charAt(0) + line.slice(1).replace(/\S*\s*$/, '');
      else if (key.letter === 'C' || key.letter === '[') this.#commandLine = undefined;
      return;
    }
    if (key.kind !== 'named') return;
    if (key.name === 'escape') this.#commandLine = undefined;
    else if (key.name === 'backspace') this.#commandLine = line.length === 1 ? undefined : line.slice(0, -1);
    else if (key.name === 'up')
      this.#commandLine = this.#commandHistory.findLast((past) => past.startsWith(line.charAt(0))) ?? line;
    else if (key.name === 'enter') {
      this.#commandLine = undefined;
      this.#commandHistory = [...this.#commandHistory.slice(-50), line];
      this.message = '';
      if (line.startsWith(':')) this.#ex(parseEx(line.slice(1), this.buffer, this.lastSearch));
      else this.#runSearch(line);
    }
  }

  #runSearch(line: string): void {
    this.searchForward = line.startsWith('/');
    const text = line.slice(1) === '' ? this.lastSearch : line.slice(1);
    if (text === '') this.message = 'E35: No previous regular expression';
    else this.search(text, this.searchForward);
  }

  #ex(command: ExCommand): void {
    const { buffer } = this;
    switch (command.kind) {
      case 'write':
        this.#write(command);
        return;
      case 'quit':
        if (buffer.modified && !command.force)
          this.message = 'E37: No write since last change (add ! to override)';
        else this.#exitCode = 0;
        return;
      case 'edit':
        if (buffer.modified && !command.force)
          this.message = 'E37: No write since last change (add ! to override)';
        else if (this.#file === undefined) this.message = 'E32: No file name';
        else this.#load(this.#file);
        return;
      case 'goto':
        buffer.moveTo({ row: command.row, column: 0 });
        return;
      case 'delete': {
        buffer.checkpoint();
        const removed = buffer.removeLines(command.from, command.to - command.from + 1);
        this.register = { text: removed, lines: true };
        if (removed.length > 2) this.message = `${removed.length} fewer lines`;
        return;
      }
      case 'yank':
        this.register = { text: buffer.lines.slice(command.from, command.to + 1), lines: true };
        return;
      case 'substitute': {
        buffer.checkpoint();
        const { count, lines } = substituteLines(buffer, command);
        if (count === 0) this.message = 'E486: Pattern not found';
        else if (count > 2) this.message = `${count} substitutions on ${lines} line${lines === 1 ? '' : 's'}`;
        return;
      }
      case 'set':
        this.#set(command.option);
        return;
      case 'undo':
        this.message = buffer.undo() ? '' : 'Already at oldest change';
        return;
      case 'failed':
        this.message = command.message;
        return;
      case 'nothing':
      case 'nohighlight':
        return;
    }
  }

  #set(option: string): void {
    if (/^(nu|number)$/.test(option)) this.#numbers = true;
    else if (/^(nonu|nonumber)$/.test(option)) this.#numbers = false;
    else if (
      !/^(?:no)?(?:paste|ai|autoindent|et|expandtab|list|wrap|hls|hlsearch|ic|ignorecase|ruler|syntax|cursorcolumn|cuc)$|^(?:sw|ts|sts|shiftwidth|tabstop|softtabstop)=\d+$/.test(
        option,
      )
    )
      this.message = `E518: Unknown option: ${option}`;
  }

  #write(command: ExCommand & { readonly kind: 'write' }): void {
    const name = command.file ?? this.#file;
    if (name === undefined) {
      this.message = 'E32: No file name';
      return;
    }
    if (command.onlyIfModified && !this.buffer.modified && command.file === undefined) {
      this.#exitCode = 0;
      return;
    }
    const { text, lines } = this.buffer;
    const saved = saveFile(this.#process, name, text);
    if (!saved.ok) {
      this.message = `"${name}" E212: Can't open file for writing`;
      return;
    }
    this.message = `"${name}" ${this.#isNew ? '[New] ' : ''}${text === '' ? 0 : lines.length}L, ${saved.bytes}B written`;
    this.#file ??= name;
    if (name === this.#file) {
      this.buffer.modified = false;
      this.#isNew = false;
    }
    if (command.quit) this.#exitCode = 0;
  }

  // The screen

  #frame(
    columns: number,
    rows: number,
  ): {
    readonly rows: readonly string[];
    readonly cursor: { readonly row: number; readonly column: number };
  } {
    const { buffer } = this;
    const height = Math.max(1, rows - 1);
    if (buffer.row < this.#top) this.#top = buffer.row;
    if (buffer.row >= this.#top + height) this.#top = buffer.row - height + 1;
    const gutter = this.#numbers ? Math.max(4, String(buffer.lines.length).length + 1) : 0;
    const width = Math.max(1, columns - gutter);
    const column = screenColumn(buffer.line, buffer.column);
    if (column < this.#left) this.#left = column;
    if (column >= this.#left + width) this.#left = column - width + 1;
    if (column < width) this.#left = 0;
    const shown: string[] = [];
    for (let index = 0; index < height; index++) {
      const row = this.#top + index;
      const line = buffer.lines[row];
      if (line === undefined) {
        shown.push('\x1b[34m~\x1b[0m');
        continue;
      }
      const number = gutter === 0 ? '' : `\x1b[33m${String(row + 1).padStart(gutter - 1)} \x1b[0m`;
      const text = visibleText(line, this.#left, width);
      shown.push(number + (this.#inVisual(row) ? `\x1b[7m${text === '' ? ' ' : text}\x1b[0m` : text));
    }
    shown.push(this.#statusLine(columns));
    if (this.#commandLine !== undefined)
      return {
        rows: shown,
        cursor: { row: rows - 1, column: Math.min(columns - 1, this.#commandLine.length) },
      };
    return { rows: shown, cursor: { row: buffer.row - this.#top, column: gutter + column - this.#left } };
  }

  #inVisual(row: number): boolean {
    if (this.mode !== 'visual' && this.mode !== 'visual-line') return false;
    return (
      row >= Math.min(this.visualStart.row, this.buffer.row) &&
      row <= Math.max(this.visualStart.row, this.buffer.row)
    );
  }

  #statusLine(columns: number): string {
    if (this.#commandLine !== undefined)
      return visibleText(this.#commandLine, Math.max(0, this.#commandLine.length - columns + 1), columns);
    const names = {
      normal: '',
      insert: '-- INSERT --',
      replace: '-- REPLACE --',
      visual: '-- VISUAL --',
      'visual-line': '-- VISUAL LINE --',
    } as const;
    const left = this.message !== '' ? this.message : names[this.mode];
    const { buffer } = this;
    const last = buffer.lines.length;
    const part =
      last <= this.pageRows + 1
        ? 'All'
        : this.#top === 0
          ? 'Top'
          : this.#top + this.pageRows + 1 >= last
            ? 'Bot'
            : `${Math.floor((this.#top * 100) / Math.max(1, last - this.pageRows))}%`;
    const place = `${buffer.row + 1},${buffer.line === '' ? '0-1' : buffer.column + 1}`;
    const right = `${place.padEnd(14)}${part}`;
    const room = columns - 18;
    if (room < 10) return fitted(left, Math.max(1, columns - 1));
    const shown =
      this.message.startsWith('E') && /^E\d+:/.test(this.message)
        ? `\x1b[41;97m${visibleText(left, 0, room)}\x1b[0m${' '.repeat(Math.max(0, room - left.length))}`
        : this.message === '' && left !== ''
          ? `\x1b[1m${fitted(left, room)}\x1b[0m`
          : fitted(left, room);
    return shown + right;
  }
}
