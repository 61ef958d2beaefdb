import type { Process, Task, Tty } from '@podwire/machine';
import { writeText } from '../stdio/output.ts';
import { inColumns } from './columns.ts';
import type { Completion } from './completion.ts';
import { KeyReader } from './keys.ts';
import type { Key } from './keys.ts';
import { EditorScreen } from './screen.ts';

/** The longest line, characters; beyond it the terminal beeps. */
const MAX_LINE_LENGTH = 2 * 1024 * 1024;
/** Steps that Ctrl-_ can take back, and deleted pieces that Ctrl-Y can bring. */
const MAX_UNDO = 100;
/** Above this the user is asked before candidates are listed (completion-query-items). */
const MANY_CANDIDATES = 100;
const BELL = '\x07';

export type LineOutcome =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'interrupt' };

export interface LineEditorOptions {
  readonly process: Process;
  readonly tty: Tty;
  readonly history: readonly string[];
  readonly complete: (before: string) => Completion;
}

/** A line editor in the manner of GNU readline's emacs mode. */
export class LineEditor {
  readonly #options: LineEditorOptions;
  readonly #keys: KeyReader;
  readonly #screen = new EditorScreen();
  #text = '';
  #cursor = 0;
  #prompt = '';
  #historyIndex = 0;
  /** What was being typed before the arrows went into history. */
  #draft = '';
  #killed = '';
  #undo: { readonly text: string; readonly cursor: number }[] = [];
  #lastWasTab = false;
  /** Whether the screen shows the text with the cursor at its end and no row was ever full. */
  #plainEnd = false;

  constructor(options: LineEditorOptions) {
    this.#options = options;
    this.#keys = new KeyReader(options.tty.input);
  }

  /** Reads one line. The terminal is raw meanwhile. */
  *read(prompt: string): Task<LineOutcome> {
    const { tty } = this.#options;
    this.#text = '';
    this.#cursor = 0;
    this.#prompt = prompt;
    this.#historyIndex = this.#options.history.length;
    this.#draft = '';
    this.#undo = [];
    this.#screen.reset();
    tty.setRaw(true);
    try {
      const above = prompt.lastIndexOf('\n');
      yield* this.#write(
        `\x1b[?2004h${above < 0 ? '' : prompt.slice(0, above + 1).replace(/[\x01\x02]/g, '')}`,
      );
      yield* this.#redraw();
      return yield* this.#loop();
    } finally {
      tty.setRaw(false);
    }
  }

  *#loop(): Task<LineOutcome> {
    for (;;) {
      const key = yield* this.#keys.next();
      if (key === undefined) {
        // A signal: most likely the window has another size.
        yield* this.#redraw();
        continue;
      }
      const outcome = yield* this.#handle(key);
      if (outcome !== undefined) return outcome;
    }
  }

  *#write(text: string): Task<void> {
    yield* writeText(this.#options.tty.output, text);
  }

  *#redraw(): Task<void> {
    const { tty } = this.#options;
    yield* this.#write(
      this.#screen.redraw({
        prompt: this.#prompt,
        before: this.#text.slice(0, this.#cursor),
        after: this.#text.slice(this.#cursor),
        columns: tty.columns,
        rows: tty.rows,
      }),
    );
    this.#plainEnd = this.#cursor === this.#text.length;
  }

  *#leave(suffix = ''): Task<void> {
    const { tty } = this.#options;
    if (suffix === '' && this.#plainEnd) {
      yield* this.#write('\r\n\x1b[?2004l');
      return;
    }
    const drawn = this.#screen.leave({
      prompt: this.#prompt,
      before: this.#text,
      after: suffix,
      columns: tty.columns,
      rows: tty.rows,
    });
    yield* this.#write(`${drawn}\x1b[?2004l`);
  }

  *#handle(key: Key): Task<LineOutcome | undefined> {
    const wasTab = this.#lastWasTab;
    this.#lastWasTab = false;
    switch (key.kind) {
      case 'end':
        return { kind: 'end' };
      case 'text':
        yield* this.#insertTyped(key.text);
        return undefined;
      case 'paste':
        yield* this.#insert(key.text);
        return undefined;
      case 'alt':
        yield* this.#alt(key.character);
        return undefined;
      case 'named':
        if (key.name === 'enter') {
          yield* this.#leave();
          return { kind: 'line', text: this.#text };
        }
        if (key.name === 'tab') yield* this.#complete(wasTab);
        else yield* this.#named(key.name);
        return undefined;
      case 'control':
        return yield* this.#control(key.letter);
    }
  }

  // Changing the text

  #remember(): void {
    this.#undo.push({ text: this.#text, cursor: this.#cursor });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
  }

  /** Plain typing at the end of a short line needs no redrawing. */
  *#insertTyped(text: string): Task<void> {
    const simple = this.#plainEnd && this.#cursor === this.#text.length && /^[\x20-\x7e]+$/.test(text);
    const room = this.#options.tty.columns - 1 - this.#columnsUsed();
    if (!simple || text.length > room || this.#text.length + text.length > MAX_LINE_LENGTH) {
      yield* this.#insert(text);
      return;
    }
    this.#remember();
    this.#text += text;
    this.#cursor = this.#text.length;
    yield* this.#write(text);
  }

  #columnsUsed(): number {
    if (this.#text.length > 1000 || !/^[\x20-\x7e]*$/.test(this.#text)) return Number.POSITIVE_INFINITY;
    return (
      this.#text.length +
      (this.#prompt.split('\n').at(-1) ?? '').replace(
        /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x01\x02]/g,
        '',
      ).length
    );
  }

  *#insert(text: string): Task<void> {
    if (this.#text.length + text.length > MAX_LINE_LENGTH) {
      yield* this.#write(BELL);
      return;
    }
    this.#remember();
    this.#text = this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
    yield* this.#redraw();
  }

  *#delete(from: number, to: number, kill: boolean): Task<void> {
    if (from >= to) {
      yield* this.#write(BELL);
      return;
    }
    this.#remember();
    if (kill) this.#killed = this.#text.slice(from, to);
    this.#text = this.#text.slice(0, from) + this.#text.slice(to);
    this.#cursor = from;
    yield* this.#redraw();
  }

  *#move(to: number): Task<void> {
    this.#cursor = Math.max(0, Math.min(this.#text.length, to));
    yield* this.#redraw();
  }

  *#setText(text: string): Task<void> {
    this.#text = text;
    this.#cursor = text.length;
    yield* this.#redraw();
  }

  // Places in the text

  #previous(): number {
    const unit = this.#text.charCodeAt(this.#cursor - 1);
    return Math.max(0, this.#cursor - (unit >= 0xdc00 && unit < 0xe000 ? 2 : 1));
  }

  #next(): number {
    const unit = this.#text.charCodeAt(this.#cursor);
    return Math.min(this.#text.length, this.#cursor + (unit >= 0xd800 && unit < 0xdc00 ? 2 : 1));
  }

  #wordStart(separator: RegExp): number {
    let at = this.#cursor;
    while (at > 0 && separator.test(this.#text.charAt(at - 1))) at--;
    while (at > 0 && !separator.test(this.#text.charAt(at - 1))) at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#text.length && /\W/.test(this.#text.charAt(at))) at++;
    while (at < this.#text.length && /\w/.test(this.#text.charAt(at))) at++;
    return at;
  }

  // Keys

  *#named(name: string): Task<void> {
    switch (name) {
      case 'left':
        return yield* this.#move(this.#previous());
      case 'right':
        return yield* this.#move(this.#next());
      case 'home':
        return yield* this.#move(0);
      case 'end':
        return yield* this.#move(this.#text.length);
      case 'word-left':
        return yield* this.#move(this.#wordStart(/\W/));
      case 'word-right':
        return yield* this.#move(this.#wordEnd());
      case 'backspace':
        return yield* this.#delete(this.#previous(), this.#cursor, false);
      case 'delete':
        return yield* this.#delete(this.#cursor, this.#next(), false);
      case 'up':
        return yield* this.#history(-1);
      case 'down':
        return yield* this.#history(1);
      default:
        return;
    }
  }

  *#alt(character: string): Task<void> {
    switch (character) {
      case 'b':
        return yield* this.#move(this.#wordStart(/\W/));
      case 'f':
        return yield* this.#move(this.#wordEnd());
      case 'd':
        return yield* this.#delete(this.#cursor, this.#wordEnd(), true);
      case 'backspace':
        return yield* this.#delete(this.#wordStart(/\W/), this.#cursor, true);
      case '.':
        return yield* this.#insert(this.#options.history.at(-1)?.trim().split(/\s+/).at(-1) ?? '');
      case '<':
        this.#historyIndex = 1;
        return yield* this.#history(-1);
      case '>':
        this.#historyIndex = this.#options.history.length - 1;
        return yield* this.#history(1);
      default:
        return;
    }
  }

  *#control(letter: string): Task<LineOutcome | undefined> {
    switch (letter) {
      case 'A':
        return yield* this.#done(this.#move(0));
      case 'B':
        return yield* this.#done(this.#move(this.#previous()));
      case 'C':
        this.#cursor = this.#text.length;
        yield* this.#leave('^C');
        return { kind: 'interrupt' };
      case 'D':
        if (this.#text !== '') return yield* this.#done(this.#delete(this.#cursor, this.#next(), false));
        yield* this.#write('\r\n\x1b[?2004l');
        return { kind: 'end' };
      case 'E':
        return yield* this.#done(this.#move(this.#text.length));
      case 'F':
        return yield* this.#done(this.#move(this.#next()));
      case 'K':
        return yield* this.#done(this.#delete(this.#cursor, this.#text.length, true));
      case 'U':
        return yield* this.#done(this.#delete(0, this.#cursor, true));
      case 'W':
        return yield* this.#done(this.#delete(this.#wordStart(/\s/), this.#cursor, true));
      case 'Y':
        return yield* this.#done(this.#insert(this.#killed));
      case 'T':
        return yield* this.#done(this.#transpose());
      case 'L':
        yield* this.#write('\x1b[H\x1b[2J');
        this.#screen.reset();
        return yield* this.#done(this.#redraw());
      case 'N':
        return yield* this.#done(this.#history(1));
      case 'P':
        return yield* this.#done(this.#history(-1));
      case 'R':
        return yield* this.#search();
      case '_':
        return yield* this.#done(this.#takeBack());
      default:
        return undefined;
    }
  }

  *#done(work: Task<void>): Task<undefined> {
    yield* work;
    return undefined;
  }

  *#transpose(): Task<void> {
    const at = Math.min(this.#cursor, this.#text.length - 1);
    if (at < 1) return yield* this.#write(BELL);
    this.#remember();
    this.#text =
      this.#text.slice(0, at - 1) +
      this.#text.charAt(at) +
      this.#text.charAt(at - 1) +
      this.#text.slice(at + 1);
    return yield* this.#move(at + 1);
  }

  *#takeBack(): Task<void> {
    const before = this.#undo.pop();
    if (before === undefined) return yield* this.#write(BELL);
    this.#text = before.text;
    return yield* this.#move(before.cursor);
  }

  *#history(step: -1 | 1): Task<void> {
    const { history } = this.#options;
    const index = this.#historyIndex + step;
    if (index < 0 || index > history.length) return yield* this.#write(BELL);
    if (this.#historyIndex === history.length) this.#draft = this.#text;
    this.#historyIndex = index;
    return yield* this.#setText(index === history.length ? this.#draft : (history[index] ?? ''));
  }

  // Reverse search

  *#search(): Task<LineOutcome | undefined> {
    const { history, tty } = this.#options;
    const before = { text: this.#text, cursor: this.#cursor };
    let query = '';
    let index = history.length;
    let failed = false;
    /** @returns whether the search failed. */
    const find = (from: number): boolean => {
      const found = history.findLastIndex((line, at) => at < from && line.includes(query));
      if (query === '') return false;
      if (found < 0) return true;
      index = found;
      this.#text = history[found] ?? '';
      this.#cursor = this.#text.indexOf(query);
      return false;
    };
    for (;;) {
      yield* this.#write(
        this.#screen.redraw({
          prompt: `(${failed ? 'failed ' : ''}reverse-i-search)\`${query}': `,
          before: this.#text.slice(0, this.#cursor),
          after: this.#text.slice(this.#cursor),
          columns: tty.columns,
          rows: tty.rows,
        }),
      );
      const key = yield* this.#keys.next();
      if (key === undefined) continue;
      if (key.kind === 'text') {
        query += key.text;
        failed = find(Math.min(index + 1, history.length));
      } else if (key.kind === 'named' && key.name === 'backspace') {
        query = query.slice(0, -1);
        failed = find(history.length);
      } else if (key.kind === 'control' && key.letter === 'R') failed = find(index);
      else if (key.kind === 'control' && (key.letter === 'G' || key.letter === 'C')) {
        this.#text = before.text;
        this.#cursor = before.cursor;
        yield* this.#redraw();
        return key.letter === 'C' ? yield* this.#control('C') : undefined;
      } else {
        this.#historyIndex = index;
        yield* this.#redraw();
        return key.kind === 'named' && key.name === 'escape' ? undefined : yield* this.#handle(key);
      }
    }
  }

  // Completion

  *#complete(again: boolean): Task<void> {
    const completion = this.#options.complete(this.#text.slice(0, this.#cursor));
    const { candidates } = completion;
    if (candidates.length === 0) return yield* this.#write(BELL);
    const common = commonPrefix(candidates.map((candidate) => candidate.insert));
    const typed = this.#text.slice(completion.start, this.#cursor);
    const [only] = candidates;
    const replacement = candidates.length === 1 && only !== undefined ? only.insert + only.suffix : common;
    if (replacement.length > typed.length || (candidates.length === 1 && replacement !== typed)) {
      this.#remember();
      this.#text = this.#text.slice(0, completion.start) + replacement + this.#text.slice(this.#cursor);
      this.#cursor = completion.start + replacement.length;
      return yield* this.#redraw();
    }
    this.#lastWasTab = true;
    if (!again) return yield* this.#write(BELL);
    return yield* this.#listCandidates(candidates.map((candidate) => candidate.shown));
  }

  *#listCandidates(names: readonly string[]): Task<void> {
    const { tty } = this.#options;
    yield* this.#write(
      this.#screen.leave({
        prompt: this.#prompt,
        before: this.#text.slice(0, this.#cursor),
        after: this.#text.slice(this.#cursor),
        columns: tty.columns,
        rows: tty.rows,
      }),
    );
    if (names.length > MANY_CANDIDATES && !(yield* this.#confirm(names.length))) {
      return yield* this.#redraw();
    }
    yield* this.#write(inColumns(names, tty.columns).replaceAll('\n', '\r\n'));
    return yield* this.#redraw();
  }

  *#confirm(count: number): Task<boolean> {
    yield* this.#write(`Display all ${count} possibilities? (y or n)`);
    for (;;) {
      const key = yield* this.#keys.next();
      const answer = key?.kind === 'text' ? key.text.charAt(0).toLowerCase() : '';
      if (answer !== 'y' && answer !== 'n' && key?.kind !== 'control' && key?.kind !== 'end') continue;
      yield* this.#write('\r\n');
      return answer === 'y';
    }
  }
}

function commonPrefix(words: readonly string[]): string {
  let prefix = words[0] ?? '';
  for (const word of words) while (!word.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
