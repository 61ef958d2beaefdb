import { openInput, errnoText } from '@podwire/machine';
import type { Process, ReadStream, Task, Tty } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { FullScreen, visibleText } from '../editors/full-screen.ts';
import { readAll, readChunk } from '../stdio/input.ts';
import { complain, writeBytes, writeText } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { Regex } from '@podwire/sim';

const MAX_QUERY = 1000;

/** less(1) and more(1): a whole text, page by page. */
export const lessProgram = taskProgram(function* (process) {
  const names = process.argv.slice(1).filter((argument) => !/^[-+]/.test(argument));
  const flags = process.argv
    .slice(1)
    .filter((argument) => argument.startsWith('-'))
    .join('');
  const inputs: ReadStream[] = [];
  for (const name of names) {
    const opened = openInput(process, name);
    if (!opened.ok) {
      yield* complain(
        process,
        opened.errno === 'EISDIR' ? `${name} is a directory` : `${name}: ${errnoText(opened.errno)}`,
      );
      return 1;
    }
    inputs.push(opened.value);
  }
  if (names.length === 0) {
    if (process.stdin.isTty) return yield* complain(process, 'Missing filename ("less --help" for help)');
    inputs.push(process.stdin);
  }
  // Away from a terminal a pager is cat.
  if (process.tty === undefined || !process.stdout.isTty) return yield* copyAll(process, inputs);
  let text = '';
  for (const input of inputs) text += utf8Decode(yield* readAll(input));
  const pager = new Pager(text, { name: names[0] ?? '', numbers: flags.includes('N') });
  if (flags.includes('F') && pager.fits(process.tty)) {
    yield* writeText(process.stdout, text);
    return 0;
  }
  return yield* FullScreen.run(process, process.tty, (screen) => pager.run(screen));
});

function* copyAll(process: Process, inputs: readonly ReadStream[]): Task {
  for (const input of inputs) {
    for (let chunk = yield* readChunk(input); chunk !== undefined; chunk = yield* readChunk(input)) {
      yield* writeBytes(process.stdout, chunk);
      yield { kind: 'step' };
    }
  }
  return 0;
}

class Pager {
  readonly #lines: readonly string[];
  readonly #name: string;
  readonly #numbers: boolean;
  #top = 0;
  #left = 0;
  #query: { readonly prefix: string; text: string } | undefined;
  #regex: Regex | undefined;
  #forward = true;
  #message = '';
  #count = '';

  constructor(text: string, options: { readonly name: string; readonly numbers: boolean }) {
    this.#lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    this.#name = options.name;
    this.#numbers = options.numbers;
  }

  fits(tty: Tty): boolean {
    return this.#lines.length < tty.rows;
  }

  *run(screen: FullScreen): Task {
    this.#message = this.#name;
    for (;;) {
      const height = Math.max(1, screen.tty.rows - 1);
      yield* screen.draw(this.#frame(screen.tty.columns, height));
      const key = yield* screen.key();
      if (key === undefined) continue;
      if (key.kind === 'end') return 0;
      yield { kind: 'step' };
      if (this.#query !== undefined) {
        if (key.kind === 'text') this.#query.text = (this.#query.text + key.text).slice(0, MAX_QUERY);
        else if (key.kind === 'named' && key.name === 'backspace')
          this.#query =
            this.#query.text === '' ? undefined : { ...this.#query, text: this.#query.text.slice(0, -1) };
        else if (key.kind === 'named' && key.name === 'enter') this.#search();
        else this.#query = undefined;
        continue;
      }
      const name =
        key.kind === 'text'
          ? key.text
          : key.kind === 'named'
            ? key.name
            : key.kind === 'control'
              ? `^${key.letter}`
              : '';
      for (const press of key.kind === 'text' ? name : [name]) {
        if (press === 'q' || press === 'Q' || press === '^C') return 0;
        this.#press(press, height);
        if (this.#currentQuery() !== undefined) break;
      }
    }
  }

  #currentQuery(): unknown {
    return this.#query;
  }

  #scroll(lines: number, height: number): void {
    this.#top = Math.max(0, Math.min(Math.max(0, this.#lines.length - height), this.#top + lines));
  }

  #press(key: string, height: number): void {
    this.#message = '';
    if (/^\d$/.test(key)) {
      this.#count = (this.#count + key).slice(0, 7);
      return;
    }
    const count = this.#count === '' ? undefined : Number(this.#count);
    this.#count = '';
    switch (key) {
      case 'j':
      case 'e':
      case 'down':
      case 'enter':
      case '^N':
        return this.#scroll(count ?? 1, height);
      case 'k':
      case 'y':
      case 'up':
      case '^P':
        return this.#scroll(-(count ?? 1), height);
      case ' ':
      case 'f':
      case '^F':
      case '^V':
      case 'page-down':
        return this.#scroll(height, height);
      case 'b':
      case '^B':
      case 'page-up':
        return this.#scroll(-height, height);
      case 'd':
      case '^D':
        return this.#scroll(Math.ceil(height / 2), height);
      case 'u':
      case '^U':
        return this.#scroll(-Math.ceil(height / 2), height);
      case 'g':
      case '<':
      case 'home':
        this.#top = 0;
        return this.#scroll((count ?? 1) - 1, height);
      case 'G':
      case '>':
      case 'end':
        if (count === undefined) return this.#scroll(this.#lines.length, height);
        this.#top = 0;
        return this.#scroll(count - 1, height);
      case 'right':
        this.#left += 40;
        return;
      case 'left':
        this.#left = Math.max(0, this.#left - 40);
        return;
      case '/':
      case '?':
        this.#query = { prefix: key, text: '' };
        return;
      case 'n':
        return this.#find(this.#forward);
      case 'N':
        return this.#find(!this.#forward);
      case 'h':
        this.#message = 'q quits, space and b turn pages, / searches, n repeats, g and G go to the ends';
        return;
      default:
        return;
    }
  }

  #search(): void {
    const query = this.#query;
    this.#query = undefined;
    if (query === undefined) return;
    this.#forward = query.prefix === '/';
    if (query.text !== '') {
      const compiled = Regex.compile(query.text, { syntax: 'extended' });
      if (!compiled.ok) {
        this.#message = compiled.message;
        return;
      }
      this.#regex = compiled.value;
    }
    this.#find(this.#forward);
  }

  #find(forward: boolean): void {
    const regex = this.#regex;
    if (regex === undefined) {
      this.#message = 'No previous regular expression';
      return;
    }
    for (
      let row = this.#top + (forward ? 1 : -1);
      row >= 0 && row < this.#lines.length;
      row += forward ? 1 : -1
    ) {
      if (!regex.test(this.#lines[row] ?? '')) continue;
      this.#top = row;
      return;
    }
    if (!regex.test(this.#lines[this.#top] ?? '')) this.#message = 'Pattern not found';
  }

  #frame(
    columns: number,
    height: number,
  ): {
    readonly rows: readonly string[];
    readonly cursor: { readonly row: number; readonly column: number };
  } {
    const rows: string[] = [];
    for (let index = 0; index < height; index++) {
      const line = this.#lines[this.#top + index];
      const number =
        this.#numbers && line !== undefined ? `${String(this.#top + index + 1).padStart(7)} ` : '';
      rows.push(
        line === undefined
          ? '\x1b[1m~\x1b[0m'
          : number +
              this.#highlight(
                visibleText(line.replace(/\x1b\[[0-9;]*m/g, ''), this.#left, columns - number.length),
              ),
      );
    }
    const atEnd = this.#top + height >= this.#lines.length;
    const status =
      this.#query !== undefined
        ? this.#query.prefix + this.#query.text
        : this.#count !== ''
          ? `:${this.#count}`
          : this.#message !== ''
            ? `\x1b[7m${this.#message}\x1b[0m`
            : atEnd
              ? '\x1b[7m(END)\x1b[0m'
              : ':';
    rows.push(status);
    return {
      rows,
      cursor: { row: height, column: Math.min(columns - 1, status.replace(/\x1b\[[0-9;]*m/g, '').length) },
    };
  }

  #highlight(text: string): string {
    const regex = this.#regex;
    if (regex === undefined) return text;
    let result = '';
    let at = 0;
    for (
      let match = regex.search(text, 0);
      match !== undefined && match.end > match.start;
      match = regex.search(text, at)
    ) {
      result += `${text.slice(at, match.start)}\x1b[7m${text.slice(match.start, match.end)}\x1b[0m`;
      at = match.end;
    }
    return result + text.slice(at);
  }
}
