import type { Process, Task } from '@podwire/machine';
import type { Key } from '../interactive/keys.ts';
import { complain } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { FullScreen, fitted, screenColumn, visibleText } from './full-screen.ts';
import { TextBuffer, loadFile, saveFile } from './text-buffer.ts';

const HELP_ROWS: readonly (readonly (readonly [string, string])[])[] = [
  [
    ['^G', 'Help'],
    ['^O', 'Write Out'],
    ['^W', 'Where Is'],
    ['^K', 'Cut'],
    ['^T', 'Execute'],
    ['^C', 'Location'],
  ],
  [
    ['^X', 'Exit'],
    ['^R', 'Read File'],
    ['^\\', 'Replace'],
    ['^U', 'Paste'],
    ['^J', 'Justify'],
    ['^/', 'Go To Line'],
  ],
];
const MAX_ANSWER = 1024;

/** nano(1). */
export const nanoProgram = taskProgram(function* (process) {
  const args = process.argv.slice(1);
  const [start] = args.filter((argument) => /^\+\d/.test(argument));
  const names = args.filter((argument) => !/^[-+]/.test(argument));
  if (process.tty === undefined) return yield* complain(process, 'Standard input is not a terminal');
  if (names.length > 1)
    return yield* complain(process, 'nano: editing several files at once is not supported here');
  const editor = new Nano(process, names[0] ?? '', start?.slice(1));
  return yield* FullScreen.run(process, process.tty, (screen) => editor.run(screen));
});

interface Question {
  readonly prompt: string;
  answer: string;
  /** Yes-or-no questions take one key. */
  readonly yesNo: boolean;
  readonly then: (answer: string) => void;
}

class Nano {
  readonly #process: Process;
  #file: string;
  readonly #buffer: TextBuffer;
  #message: string;
  #question: Question | undefined;
  #cut: readonly string[] = [];
  #lastWasCut = false;
  #lastSearch = '';
  #top = 0;
  #done = false;

  constructor(process: Process, file: string, start: string | undefined) {
    this.#process = process;
    this.#file = file;
    const loaded = file === '' ? ({ kind: 'new' } as const) : loadFile(process, file);
    this.#buffer = new TextBuffer(loaded.kind === 'loaded' ? loaded.text : '');
    const { length } = this.#buffer.lines;
    this.#message =
      loaded.kind === 'failed'
        ? `Error reading ${file}: ${loaded.reason}`
        : loaded.kind === 'new'
          ? file === ''
            ? ''
            : 'New File'
          : loaded.writable
            ? `Read ${length} line${length === 1 ? '' : 's'}`
            : `File '${file}' is unwritable`;
    if (start !== undefined) this.#buffer.moveTo({ row: Number(start.split(',')[0]) - 1, column: 0 });
  }

  *run(screen: FullScreen): Task {
    while (!this.#done) {
      yield* screen.draw(this.#frame(screen.tty.columns, screen.tty.rows));
      const key = yield* screen.key();
      if (key === undefined) continue;
      if (key.kind === 'end') return 1;
      yield { kind: 'step' };
      if (this.#question !== undefined) this.#typeAnswer(this.#question, key);
      else this.#type(key, Math.max(1, screen.tty.rows - 4));
    }
    return 0;
  }

  #ask(prompt: string, initial: string, then: (answer: string) => void, yesNo = false): void {
    this.#question = { prompt, answer: initial, yesNo, then };
  }

  #typeAnswer(question: Question, key: Key): void {
    const cancel =
      (key.kind === 'control' && (key.letter === 'C' || key.letter === '[')) ||
      (key.kind === 'named' && key.name === 'escape');
    if (cancel) {
      this.#question = undefined;
      this.#message = 'Cancelled';
    } else if (question.yesNo) {
      const answer = key.kind === 'text' ? key.text.charAt(0).toLowerCase() : '';
      if (answer !== 'y' && answer !== 'n') return;
      this.#question = undefined;
      question.then(answer);
    } else if (key.kind === 'text' || key.kind === 'paste')
      question.answer = (question.answer + key.text.replaceAll('\n', ' ')).slice(0, MAX_ANSWER);
    else if (key.kind === 'named' && key.name === 'backspace') question.answer = question.answer.slice(0, -1);
    else if (key.kind === 'control' && key.letter === 'U') question.answer = '';
    else if (key.kind === 'named' && key.name === 'enter') {
      this.#question = undefined;
      question.then(question.answer);
    }
  }

  #type(key: Key, pageRows: number): void {
    const wasCut = this.#lastWasCut;
    this.#lastWasCut = false;
    this.#message = '';
    switch (key.kind) {
      case 'text':
      case 'paste':
        this.#change(() => this.#buffer.insert(key.text));
        return;
      case 'named':
        this.#named(key.name, pageRows);
        return;
      case 'control':
        this.#control(key.letter, wasCut, pageRows);
        return;
      case 'alt':
        this.#alt(key.character);
        return;
      case 'end':
        return;
    }
  }

  #change(work: () => unknown): void {
    this.#buffer.checkpoint();
    work();
  }

  #named(name: string, pageRows: number): void {
    const buffer = this.#buffer;
    const { row, column } = buffer;
    switch (name) {
      case 'enter':
        this.#change(() => buffer.insert('\n'));
        return;
      case 'tab':
        this.#change(() => buffer.insert('\t'));
        return;
      case 'backspace':
        if (column > 0)
          this.#change(() => buffer.remove({ row, column: buffer.before(column) }, { row, column }));
        else if (row > 0)
          this.#change(() =>
            buffer.remove({ row: row - 1, column: (buffer.lines[row - 1] ?? '').length }, { row, column }),
          );
        return;
      case 'delete':
        this.#deleteForward();
        return;
      case 'left':
        buffer.moveTo(
          column > 0
            ? { row, column: buffer.before(column) }
            : row > 0
              ? { row: row - 1, column: (buffer.lines[row - 1] ?? '').length }
              : { row, column },
        );
        return;
      case 'right':
        buffer.moveTo(
          column < buffer.line.length
            ? { row, column: buffer.after(column) }
            : row < buffer.lines.length - 1
              ? { row: row + 1, column: 0 }
              : { row, column },
        );
        return;
      case 'up':
      case 'down':
        buffer.moveTo({ row: row + (name === 'up' ? -1 : 1), column });
        return;
      case 'home':
        buffer.moveTo({ row, column: 0 });
        return;
      case 'end':
        buffer.moveTo({ row, column: buffer.line.length });
        return;
      case 'page-up':
      case 'page-down':
        buffer.moveTo({ row: row + (name === 'page-up' ? -pageRows : pageRows), column });
        return;
      default:
        return;
    }
  }

  #deleteForward(): void {
    const buffer = this.#buffer;
    const { row, column } = buffer;
    if (column < buffer.line.length)
      this.#change(() => buffer.remove({ row, column }, { row, column: buffer.after(column) }));
    else if (row < buffer.lines.length - 1)
      this.#change(() => buffer.remove({ row, column }, { row: row + 1, column: 0 }));
  }

  #control(letter: string, wasCut: boolean, pageRows: number): void {
    const buffer = this.#buffer;
    switch (letter) {
      case 'X':
        this.#exit();
        return;
      case 'O':
        this.#ask('File Name to Write: ', this.#file, (name) => this.#save(name, false));
        return;
      case 'S':
        this.#save(this.#file, false);
        return;
      case 'K':
        this.#lastWasCut = true;
        this.#change(() => {
          const cut = buffer.removeLines(buffer.row, 1);
          this.#cut = wasCut ? [...this.#cut, ...cut] : cut;
        });
        return;
      case 'U':
        if (this.#cut.length === 0) this.#message = 'Cutbuffer is empty';
        else
          this.#change(() => {
            buffer.insertLines(buffer.row, this.#cut);
            buffer.moveTo({ row: buffer.row + this.#cut.length, column: 0 });
          });
        return;
      case 'W':
        this.#ask(`Search${this.#lastSearch === '' ? '' : ` [${this.#lastSearch}]`}: `, '', (text) =>
          this.#search(text === '' ? this.#lastSearch : text),
        );
        return;
      case '\\':
        this.#ask('Search (to replace): ', '', (text) =>
          this.#ask('Replace with: ', '', (replacement) => this.#replaceAll(text, replacement)),
        );
        return;
      case '_':
        this.#ask('Enter line number, column number: ', '', (text) => this.#goToLine(text));
        return;
      case 'C':
        this.#location();
        return;
      case 'D':
        this.#deleteForward();
        return;
      case 'R':
        this.#ask('File to insert [from ./]: ', '', (name) => this.#insertFile(name));
        return;
      default:
        this.#moveOrRefuse(letter, pageRows);
    }
  }

  #moveOrRefuse(letter: string, pageRows: number): void {
    const moves: Readonly<Record<string, string>> = {
      A: 'home',
      E: 'end',
      B: 'left',
      F: 'right',
      P: 'up',
      N: 'down',
      V: 'page-down',
      Y: 'page-up',
    };
    const move = Object.hasOwn(moves, letter) ? moves[letter] : undefined;
    if (move !== undefined) this.#named(move, pageRows);
    else if (letter !== '[' && letter !== 'L') this.#message = `^${letter} is not supported here`;
  }

  #alt(character: string): void {
    const buffer = this.#buffer;
    switch (character.toLowerCase()) {
      case 'u':
        this.#message = buffer.undo() ? 'Undid action' : 'Nothing to undo';
        return;
      case 'e':
        this.#message = buffer.redo() ? 'Redid action' : 'Nothing to redo';
        return;
      case '6':
        this.#cut = [buffer.line];
        buffer.moveTo({ row: buffer.row + 1, column: 0 });
        return;
      case 'w':
        this.#search(this.#lastSearch);
        return;
      case '\\':
      case '|':
        buffer.moveTo({ row: 0, column: 0 });
        return;
      case '/':
      case '?':
        buffer.moveTo({ row: buffer.lines.length - 1, column: (buffer.lines.at(-1) ?? '').length });
        return;
      default:
        this.#message = `M-${character.toUpperCase()} is not supported here`;
    }
  }

  #exit(): void {
    if (!this.#buffer.modified) {
      this.#done = true;
      return;
    }
    this.#ask(
      'Save modified buffer? ',
      '',
      (answer) => {
        if (answer === 'n') this.#done = true;
        else this.#ask('File Name to Write: ', this.#file, (name) => this.#save(name, true));
      },
      true,
    );
  }

  #save(name: string, exit: boolean): void {
    if (name === '') {
      this.#message = 'Cancelled';
      return;
    }
    const saved = saveFile(this.#process, name, this.#buffer.text);
    if (!saved.ok) {
      this.#message = `Error writing ${name}: ${saved.reason}`;
      return;
    }
    this.#file = name;
    this.#buffer.modified = false;
    const count = this.#buffer.text === '' ? 0 : this.#buffer.lines.length;
    this.#message = `Wrote ${count} line${count === 1 ? '' : 's'}`;
    this.#done = exit;
  }

  #insertFile(name: string): void {
    const loaded = loadFile(this.#process, name);
    if (loaded.kind !== 'loaded')
      this.#message =
        loaded.kind === 'new' ? `File "${name}" not found` : `Error reading ${name}: ${loaded.reason}`;
    else this.#change(() => this.#buffer.insert(loaded.text));
  }

  #search(text: string): void {
    if (text === '') {
      this.#message = 'No current search pattern';
      return;
    }
    this.#lastSearch = text;
    const wanted = text.toLowerCase();
    const { lines, row, column } = this.#buffer;
    for (let round = 0; round <= lines.length; round++) {
      const at = (row + round) % lines.length;
      const found = (lines[at] ?? '').toLowerCase().indexOf(wanted, round === 0 ? column + 1 : 0);
      if (found < 0) continue;
      if (at < row || (at === row && found <= column)) this.#message = 'Search Wrapped';
      this.#buffer.moveTo({ row: at, column: found });
      return;
    }
    this.#message = `"${text}" not found`;
  }

  #replaceAll(text: string, replacement: string): void {
    if (text === '') return;
    let count = 0;
    this.#buffer.checkpoint();
    this.#buffer.lines.forEach((line, row) => {
      const pieces = line.split(text);
      if (pieces.length === 1) return;
      count += pieces.length - 1;
      this.#buffer.setLine(row, pieces.join(replacement));
    });
    this.#buffer.moveTo(this.#buffer.cursor);
    this.#message =
      count === 0 ? `"${text}" not found` : `Replaced ${count} occurrence${count === 1 ? '' : 's'}`;
  }

  #goToLine(text: string): void {
    const match = /^(\d+)(?:[,;.]\s*(\d+))?$/.exec(text.trim());
    if (match === null) this.#message = 'Invalid line or column number';
    else this.#buffer.moveTo({ row: Number(match[1]) - 1, column: Number(match[2] ?? 1) - 1 });
  }

  #location(): void {
    const { lines, row, column, line } = this.#buffer;
    const percent = (part: number, whole: number): number => Math.floor((part * 100) / Math.max(1, whole));
    this.#message = `line ${row + 1}/${lines.length} (${percent(row + 1, lines.length)}%), col ${column + 1}/${line.length + 1} (${percent(column + 1, line.length + 1)}%)`;
  }

  #frame(
    columns: number,
    rows: number,
  ): {
    readonly rows: readonly string[];
    readonly cursor: { readonly row: number; readonly column: number };
  } {
    const buffer = this.#buffer;
    const height = Math.max(1, rows - 4);
    if (buffer.row < this.#top || buffer.row >= this.#top + height)
      this.#top = Math.max(0, buffer.row - Math.floor(height / 2));
    const column = screenColumn(buffer.line, buffer.column);
    const left = column < columns - 1 ? 0 : Math.floor(column / (columns - 8)) * (columns - 8);
    const modified = buffer.modified ? 'Modified' : '';
    const name = this.#file === '' ? 'New Buffer' : this.#file;
    const middle =
      fitted(
        `  GNU nano 7.2${' '.repeat(Math.max(1, Math.floor(columns / 2 - 14 - name.length / 2)))}${name}`,
        Math.max(1, columns - 10),
      ) +
      modified.padStart(9) +
      ' ';
    const shown = [`\x1b[7m${fitted(middle, columns)}\x1b[0m`];
    for (let index = 0; index < height; index++) {
      const row = this.#top + index;
      shown.push(visibleText(buffer.lines[row] ?? '', row === buffer.row ? left : 0, columns));
    }
    shown.push(this.#statusRow(columns));
    shown.push(...this.#helpRows(columns));
    if (this.#question !== undefined)
      return {
        rows: shown,
        cursor: {
          row: rows - 3,
          column: Math.min(columns - 1, this.#question.prompt.length + this.#question.answer.length),
        },
      };
    return { rows: shown, cursor: { row: 1 + buffer.row - this.#top, column: column - left } };
  }

  #statusRow(columns: number): string {
    if (this.#question !== undefined)
      return `\x1b[7m${fitted(this.#question.prompt + this.#question.answer, columns)}\x1b[0m`;
    if (this.#message === '') return '';
    const text = `[ ${this.#message} ]`;
    return `${' '.repeat(Math.max(0, Math.floor((columns - text.length) / 2)))}\x1b[7m${visibleText(text, 0, columns)}\x1b[0m`;
  }

  #helpRows(columns: number): readonly string[] {
    const entries =
      this.#question === undefined
        ? HELP_ROWS
        : this.#question.yesNo
          ? [[[' Y', 'Yes'] as const], [[' N', 'No'] as const, ['^C', 'Cancel'] as const]]
          : [[['^C', 'Cancel'] as const], []];
    const width = Math.max(8, Math.floor(columns / 6));
    return entries.map((row) =>
      row
        .slice(0, Math.floor(columns / width))
        .map(([key, label]) => `\x1b[7m${key}\x1b[0m${fitted(` ${label}`, width - 2)}`)
        .join(''),
    );
  }
}
