import type { Key } from '../../interactive/keys.ts';
import type { Position, TextBuffer } from '../text-buffer.ts';
import { findCharacter, motion, textObject } from './motions.ts';
import type { Target } from './motions.ts';

/** What normal mode changes and asks of the editor around it. */
export interface EditorState {
  buffer: TextBuffer;
  mode: 'normal' | 'insert' | 'replace' | 'visual' | 'visual-line';
  message: string;
  visualStart: Position;
  register: { readonly text: readonly string[]; readonly lines: boolean };
  readonly lastSearch: string;
  readonly searchForward: boolean;
  readonly pageRows: number;
  openCommandLine(prefix: string): void;
  save(options: { readonly quit: boolean }): void;
  quitWithoutSaving(): void;
  search(text: string, forward: boolean): boolean;
  fileInfo(): void;
}

/** The largest count: `999999999p` is not a wish. */
const MAX_COUNT = 10_000;
/** The longest recorded change that `.` repeats, keys. */
const MAX_RECORD = 1000;
const SHIFT_WIDTH = 2;

const CONTROL_KEYS: Readonly<Record<string, string>> = {
  F: 'page-down',
  B: 'page-up',
  D: 'half-down',
  U: 'half-up',
  N: 'j',
  P: 'k',
  R: 'redo',
  G: 'file-info',
  L: 'redraw',
};
const NAMED_KEYS: Readonly<Record<string, string>> = {
  left: 'h',
  right: 'l',
  up: 'k',
  down: 'j',
  home: '0',
  end: '$',
  'page-up': 'page-up',
  'page-down': 'page-down',
  delete: 'x',
  backspace: 'h',
  enter: 'enter',
  escape: 'escape',
  'word-left': 'b',
  'word-right': 'w',
  insert: 'i',
};
const OPERATORS = new Set(['d', 'c', 'y', '>', '<']);

/** vi's normal and visual modes: keys to changes. */
export class NormalMode {
  readonly #editor: EditorState;
  #count = '';
  #operator = '';
  #operatorCount = '';
  /** A key that waits for another: `g`, `f`, `r`, `i` behind an operator… */
  #pending = '';
  #record: string[] = [];
  #lastChange: readonly string[] = [];
  #insertion = '';
  #lastInsertion = '';
  #replaying = false;
  #lastFind: { readonly key: string; readonly character: string } | undefined;

  constructor(editor: EditorState) {
    this.#editor = editor;
  }

  /** Handles a key; false when it means nothing here. */
  type(key: Key): boolean {
    this.#editor.message = '';
    switch (key.kind) {
      case 'text': {
        let ok = true;
        for (const character of key.text) {
          if (this.#editor.mode === 'insert' || this.#editor.mode === 'replace') {
            this.#editor.buffer.insert(character);
            this.recordInsertion(character);
          } else ok = this.#key(character) && ok;
        }
        return ok;
      }
      case 'named':
        return this.#key(NAMED_KEYS[key.name] ?? '');
      case 'control':
        return key.letter === '[' || key.letter === 'C'
          ? this.#key('escape')
          : this.#key(Object.hasOwn(CONTROL_KEYS, key.letter) ? (CONTROL_KEYS[key.letter] ?? '') : '');
      case 'alt':
        return this.#key('escape') && this.#key(key.character);
      case 'paste':
        return this.#editor.buffer.insert(key.text);
      case 'end':
        return false;
    }
  }

  recordInsertion(text: string): void {
    if (this.#insertion.length < MAX_RECORD) this.#insertion += text;
  }

  endInsertion(): void {
    this.#lastInsertion = this.#insertion;
    this.#insertion = '';
  }

  get #visual(): boolean {
    return this.#editor.mode === 'visual' || this.#editor.mode === 'visual-line';
  }

  #counted(): number | undefined {
    const product =
      (this.#count === '' ? 1 : Number(this.#count)) *
      (this.#operatorCount === '' ? 1 : Number(this.#operatorCount));
    return this.#count === '' && this.#operatorCount === '' ? undefined : Math.min(MAX_COUNT, product);
  }

  #reset(): void {
    this.#count = '';
    this.#operator = '';
    this.#operatorCount = '';
    this.#pending = '';
    this.#record = [];
  }

  #key(key: string): boolean {
    if (this.#record.length < MAX_RECORD) this.#record.push(key);
    if (key === 'escape') {
      if (this.#visual) this.#editor.mode = 'normal';
      this.#reset();
      return true;
    }
    if (this.#pending !== '') return this.#withPending(key);
    if (/^[1-9]$/.test(key) || (key === '0' && this.#count !== '')) {
      this.#count += key;
      return true;
    }
    if (['g', 'f', 't', 'F', 'T', 'r', 'Z', 'z', "'", 'm', 'q', '@', '"'].includes(key)) {
      this.#pending = key;
      return true;
    }
    if (this.#operator !== '' || this.#visual) {
      if (key === 'i' || key === 'a') {
        this.#pending = key;
        return true;
      }
    }
    if (this.#visual && this.#visualCommand(key)) return true;
    if (this.#operator !== '') return this.#operate(key);
    if (OPERATORS.has(key)) {
      this.#operator = key;
      this.#operatorCount = this.#count;
      this.#count = '';
      return true;
    }
    const target =
      motion(this.#editor.buffer, key, this.#counted(), this.#editor.pageRows) ?? this.#searchMotion(key);
    if (target !== undefined) {
      this.#go(target);
      this.#reset();
      return true;
    }
    const done = this.#command(key);
    this.#reset();
    return done;
  }

  #go(target: Target): void {
    this.#editor.buffer.moveTo(target.to);
    this.#clamp();
  }

  /** In normal mode the cursor stands on a character, not behind the last. */
  #clamp(): void {
    const { buffer } = this.#editor;
    if (this.#editor.mode !== 'insert' && buffer.column >= buffer.line.length && buffer.column > 0)
      buffer.moveTo({ row: buffer.row, column: buffer.before(buffer.line.length) });
  }

  #searchMotion(key: string): Target | undefined {
    const editor = this.#editor;
    if (key === ';' && this.#lastFind !== undefined)
      return findCharacter(editor.buffer, this.#lastFind.key, this.#lastFind.character, this.#counted() ?? 1);
    if (key !== 'n' && key !== 'N' && key !== '*') return undefined;
    const before = editor.buffer.cursor;
    const word = /^\w+/.exec(
      editor.buffer.line.slice(editor.buffer.line.slice(0, editor.buffer.column).replace(/\w*$/, '').length),
    )?.[0];
    const text = key === '*' ? (word === undefined ? '' : `\\<${word}\\>`) : editor.lastSearch;
    if (
      text === '' ||
      !editor.search(text, key === 'N' ? !editor.searchForward : key === '*' || editor.searchForward)
    )
      return undefined;
    const to = editor.buffer.cursor;
    editor.buffer.moveTo(before);
    return { to, kind: 'exclusive' };
  }

  #withPending(key: string): boolean {
    const pending = this.#pending;
    const { buffer } = this.#editor;
    this.#pending = '';
    if ((pending === 'i' || pending === 'a') && (this.#operator !== '' || this.#visual)) {
      const found = textObject(buffer, pending === 'a', key);
      const operator = this.#operator;
      if (found !== undefined && this.#visual) {
        this.#editor.visualStart = found.from;
        buffer.moveTo({ row: found.to.row, column: Math.max(found.from.column, found.to.column - 1) });
      } else if (found !== undefined) {
        this.#change();
        this.#apply(operator, found.from, found.to, 'exclusive');
      }
      this.#reset();
      return found !== undefined;
    }
    if (pending === 'g') {
      if (key === 'g') return this.#moveOrOperate('gg');
      if (key === 'e' || key === '_') return this.#moveOrOperate('b');
      this.#reset();
      return false;
    }
    if ('ftFT'.includes(pending)) {
      this.#lastFind = { key: pending, character: key };
      const target = findCharacter(buffer, pending, key, this.#counted() ?? 1);
      if (target !== undefined && this.#operator !== '') this.#operateTo(target);
      else if (target !== undefined) this.#go(target);
      this.#reset();
      return target !== undefined;
    }
    return this.#pendingCommand(pending, key);
  }

  #pendingCommand(pending: string, key: string): boolean {
    const { buffer } = this.#editor;
    const count = this.#counted() ?? 1;
    let ok = true;
    if (pending === 'r') {
      ok = buffer.column + count <= buffer.line.length;
      if (ok) {
        this.#change();
        const character = key === 'enter' ? '\n' : key;
        buffer.remove(buffer.cursor, { row: buffer.row, column: buffer.column + count });
        buffer.insert(character.repeat(character === '\n' ? 1 : count));
        if (character !== '\n') buffer.moveTo({ row: buffer.row, column: buffer.column - 1 });
      }
    } else if (pending === 'Z') {
      if (key === 'Z') this.#editor.save({ quit: true });
      else if (key === 'Q') this.#editor.quitWithoutSaving();
      else ok = false;
    } else if (pending === 'z') ok = true;
    else {
      this.#editor.message = 'Marks, macros and named registers are not supported here';
      ok = false;
    }
    this.#reset();
    return ok;
  }

  #moveOrOperate(key: string): boolean {
    const target = motion(this.#editor.buffer, key, this.#counted(), this.#editor.pageRows);
    if (target !== undefined && this.#operator !== '') this.#operateTo(target);
    else if (target !== undefined) this.#go(target);
    this.#reset();
    return target !== undefined;
  }

  // Operators

  #operate(key: string): boolean {
    const { buffer } = this.#editor;
    const operator = this.#operator;
    if (key === operator) {
      const last = Math.min(buffer.lines.length - 1, buffer.row + (this.#counted() ?? 1) - 1);
      this.#change();
      this.#applyLines(operator, buffer.row, last);
      this.#reset();
      return true;
    }
    // `cw` on a word is `ce`.
    const meant =
      operator === 'c' && (key === 'w' || key === 'W') && /\S/.test(buffer.line.charAt(buffer.column))
        ? key === 'w'
          ? 'e'
          : 'E'
        : key;
    const target = motion(buffer, meant, this.#counted(), this.#editor.pageRows) ?? this.#searchMotion(meant);
    if (target !== undefined)
      this.#operateTo(
        meant === 'w' && target.to.row > buffer.row
          ? { to: { row: buffer.row, column: buffer.line.length }, kind: 'exclusive' }
          : target,
      );
    this.#reset();
    return target !== undefined;
  }

  #operateTo(target: Target): void {
    const { buffer } = this.#editor;
    this.#change();
    if (target.kind === 'line')
      this.#applyLines(
        this.#operator,
        Math.min(buffer.row, target.to.row),
        Math.max(buffer.row, target.to.row),
      );
    else this.#apply(this.#operator, buffer.cursor, target.to, target.kind);
  }

  /** Remembers the keys of a change for `.`, and the text for undo. */
  #change(): void {
    this.#editor.buffer.checkpoint();
    if (!this.#replaying && !this.#visual) this.#lastChange = [...this.#record];
  }

  #apply(operator: string, from: Position, to: Position, kind: 'exclusive' | 'inclusive'): void {
    const { buffer } = this.#editor;
    const forward = from.row < to.row || (from.row === to.row && from.column <= to.column);
    const [start, end] = forward ? [from, to] : [to, from];
    if (operator === '>' || operator === '<') {
      this.#applyLines(operator, start.row, end.row);
      return;
    }
    const endColumn = kind === 'inclusive' && forward ? end.column + 1 : end.column;
    const stop = { row: end.row, column: Math.min((buffer.lines[end.row] ?? '').length, endColumn) };
    const removed = buffer.remove(start, stop);
    this.#editor.register = { text: removed.split('\n'), lines: false };
    if (operator === 'y') {
      buffer.moveTo(start);
      buffer.insert(removed);
      buffer.moveTo(start);
    } else if (operator === 'c') this.#editor.mode = 'insert';
    this.#clamp();
  }

  #applyLines(operator: string, from: number, to: number): void {
    const editor = this.#editor;
    const { buffer } = editor;
    const count = to - from + 1;
    if (operator === 'y') {
      editor.register = { text: buffer.lines.slice(from, to + 1), lines: true };
      if (count > 2) editor.message = `${count} lines yanked`;
      buffer.moveTo({ row: from, column: buffer.column });
      return;
    }
    if (operator === '>' || operator === '<') {
      for (let row = from; row <= to; row++) {
        const line = buffer.lines[row] ?? '';
        if (line !== '')
          buffer.setLine(
            row,
            operator === '>' ? ' '.repeat(SHIFT_WIDTH) + line : line.replace(/^(?: {1,2}|\t)/, ''),
          );
      }
      buffer.moveTo({ row: from, column: /\S/.exec(buffer.lines[from] ?? '')?.index ?? 0 });
      return;
    }
    if (operator === 'c') {
      const indent = /^[ \t]*/.exec(buffer.lines[from] ?? '')?.[0] ?? '';
      editor.register = { text: buffer.lines.slice(from, to + 1), lines: true };
      if (count > 1) buffer.removeLines(from + 1, count - 1);
      buffer.setLine(from, indent);
      buffer.moveTo({ row: from, column: indent.length });
      editor.mode = 'insert';
      return;
    }
    editor.register = { text: buffer.removeLines(from, count), lines: true };
    if (count > 2) editor.message = `${count} fewer lines`;
    buffer.moveTo({ row: buffer.row, column: /\S/.exec(buffer.line)?.index ?? 0 });
  }

  // Visual mode

  #visualCommand(key: string): boolean {
    const editor = this.#editor;
    const { buffer } = editor;
    if (key === 'v' || key === 'V') {
      editor.mode =
        (key === 'v') === (editor.mode === 'visual') ? 'normal' : key === 'v' ? 'visual' : 'visual-line';
      this.#reset();
      return true;
    }
    if (key === ':') {
      editor.mode = 'normal';
      const rows = [editor.visualStart.row, buffer.row].sort((left, right) => left - right);
      editor.openCommandLine(`:${(rows[0] ?? 0) + 1},${(rows[1] ?? 0) + 1}`);
      this.#reset();
      return true;
    }
    const operator = key === 'x' ? 'd' : key === 's' ? 'c' : key;
    if (!OPERATORS.has(operator)) return false;
    const lines = editor.mode === 'visual-line';
    const [from, to] = [editor.visualStart, buffer.cursor];
    this.#change();
    editor.mode = 'normal';
    if (lines) this.#applyLines(operator, Math.min(from.row, to.row), Math.max(from.row, to.row));
    else {
      const ordered = from.row < to.row || (from.row === to.row && from.column <= to.column);
      this.#apply(operator, ordered ? from : to, ordered ? to : from, 'inclusive');
    }
    this.#reset();
    return true;
  }

  // Commands

  #insertAt(position: Position): boolean {
    this.#change();
    this.#editor.mode = 'insert';
    this.#insertion = '';
    this.#editor.buffer.moveTo(position);
    return true;
  }

  #openLine(row: number): boolean {
    const { buffer } = this.#editor;
    this.#change();
    const indent = /^[ \t]*/.exec(buffer.line)?.[0] ?? '';
    buffer.insertLines(row, [indent]);
    buffer.moveTo({ row, column: indent.length });
    this.#editor.mode = 'insert';
    this.#insertion = '';
    return true;
  }

  #command(key: string): boolean {
    const editor = this.#editor;
    const { buffer } = editor;
    const { row, column } = buffer;
    const count = this.#counted() ?? 1;
    switch (key) {
      case 'i':
        return this.#insertAt({ row, column });
      case 'a':
        return this.#insertAt({ row, column: buffer.line === '' ? 0 : buffer.after(column) });
      case 'I':
        return this.#insertAt({ row, column: /\S/.exec(buffer.line)?.index ?? buffer.line.length });
      case 'A':
        return this.#insertAt({ row, column: buffer.line.length });
      case 'o':
        return this.#openLine(row + 1);
      case 'O':
        return this.#openLine(row);
      case 'R':
        this.#insertAt({ row, column });
        editor.mode = 'replace';
        return true;
      case 'x':
      case 'X':
      case 's':
      case 'D':
      case 'C':
      case 'S':
      case 'Y':
        return this.#shorthand(key, count);
      case 'p':
      case 'P':
        return this.#put(key === 'p', count);
      case 'u':
        editor.message = buffer.undo() ? '' : 'Already at oldest change';
        this.#clamp();
        return true;
      case 'redo':
        editor.message = buffer.redo() ? '' : 'Already at newest change';
        this.#clamp();
        return true;
      case 'J':
        return this.#join(count);
      case '~':
        return this.#swapCase(count);
      case '.':
        return this.#repeat();
      case 'v':
      case 'V':
        editor.mode = key === 'v' ? 'visual' : 'visual-line';
        editor.visualStart = buffer.cursor;
        return true;
      case ':':
      case '/':
      case '?':
        editor.openCommandLine(key);
        return true;
      case 'file-info':
        editor.fileInfo();
        return true;
      case 'redraw':
        return true;
      default:
        return false;
    }
  }

  /** `x` is `dl`, `D` is `d$`, and so on. */
  #shorthand(key: string, count: number): boolean {
    const { buffer } = this.#editor;
    const { row, column } = buffer;
    this.#change();
    if (key === 'S' || key === 'Y') {
      this.#applyLines(key === 'S' ? 'c' : 'y', row, Math.min(buffer.lines.length - 1, row + count - 1));
      return true;
    }
    if (key === 'X') {
      if (column === 0) return false;
      this.#apply('d', { row, column: Math.max(0, column - count) }, { row, column }, 'exclusive');
      return true;
    }
    const whole = key === 'D' || key === 'C';
    if (buffer.line === '' && !whole && key !== 's') return false;
    let end = column;
    for (let round = 0; round < count; round++) end = buffer.after(end);
    this.#apply(
      key === 'C' || key === 's' ? 'c' : 'd',
      { row, column },
      { row, column: whole ? buffer.line.length : end },
      'exclusive',
    );
    return true;
  }

  #put(after: boolean, count: number): boolean {
    const { buffer, register } = this.#editor;
    if (register.text.length === 0) return false;
    this.#change();
    const { row, column } = buffer;
    if (register.lines) {
      const lines = Array.from(
        { length: Math.min(count, Math.ceil(MAX_COUNT / register.text.length)) },
        () => register.text,
      ).flat();
      const ok = buffer.insertLines(after ? row + 1 : row, lines);
      buffer.moveTo({ row: after ? row + 1 : row, column: 0 });
      buffer.moveTo({ row: buffer.row, column: /\S/.exec(buffer.line)?.index ?? 0 });
      return ok;
    }
    buffer.moveTo({ row, column: after && buffer.line !== '' ? buffer.after(column) : column });
    const ok = buffer.insert(register.text.join('\n').repeat(count));
    buffer.moveTo({ row: buffer.row, column: Math.max(0, buffer.column - 1) });
    return ok;
  }

  #join(count: number): boolean {
    const { buffer } = this.#editor;
    if (buffer.row >= buffer.lines.length - 1) return false;
    this.#change();
    for (let round = 1; round < Math.max(2, count) && buffer.row < buffer.lines.length - 1; round++) {
      const next = (buffer.lines[buffer.row + 1] ?? '').trimStart();
      const end = buffer.line.length;
      const joint =
        next === '' || next.startsWith(')') || /\s$/.test(buffer.line) || buffer.line === '' ? '' : ' ';
      buffer.setLine(buffer.row, buffer.line + joint + next);
      const { row } = buffer;
      buffer.removeLines(row + 1, 1);
      buffer.moveTo({ row, column: end });
    }
    this.#clamp();
    return true;
  }

  #swapCase(count: number): boolean {
    const { buffer } = this.#editor;
    if (buffer.line === '') return false;
    this.#change();
    const { row, column, line } = buffer;
    const end = Math.min(line.length, column + count);
    const swapped = Array.from(line.slice(column, end))
      .map((character) =>
        character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase(),
      )
      .join('');
    buffer.setLine(row, line.slice(0, column) + swapped + line.slice(end));
    buffer.moveTo({ row, column: end });
    this.#clamp();
    return true;
  }

  #repeat(): boolean {
    if (this.#lastChange.length === 0) return false;
    const keys = this.#lastChange;
    const typed = this.#lastInsertion;
    this.#reset();
    this.#replaying = true;
    for (const key of keys) this.#key(key);
    if (this.#editor.mode === 'insert' || this.#editor.mode === 'replace') {
      this.#editor.buffer.insert(typed);
      this.#editor.mode = 'normal';
      this.#editor.buffer.moveTo({
        row: this.#editor.buffer.row,
        column: this.#editor.buffer.before(this.#editor.buffer.column),
      });
    }
    this.#replaying = false;
    return true;
  }
}
