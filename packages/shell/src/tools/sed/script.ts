import { Regex } from '@podwire/sim';

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'regex'; readonly regex: Regex | undefined }
  /** `addr,+3` */
  | { readonly kind: 'offset'; readonly lines: number };

export interface Substitution {
  readonly regex: Regex | undefined;
  readonly replacement: readonly ReplacementPart[];
  readonly global: boolean;
  readonly print: boolean;
  readonly occurrence: number;
  readonly writeTo: string | undefined;
}

export type ReplacementPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly index: number }
  | { readonly kind: 'case'; readonly mode: 'U' | 'L' | 'u' | 'l' | 'E' };

export type Action =
  | { readonly kind: 's'; readonly substitution: Substitution }
  | { readonly kind: 'y'; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly kind: 'a' | 'i' | 'c'; readonly text: string }
  | { readonly kind: 'r' | 'w'; readonly file: string }
  | { readonly kind: 'b' | 't' | 'T'; readonly label: string }
  | { readonly kind: ':'; readonly label: string }
  | { readonly kind: 'q' | 'Q'; readonly exitCode: number }
  | { readonly kind: '{'; end: number }
  | {
      readonly kind: '}' | 'd' | 'D' | 'p' | 'P' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | '=' | 'l' | 'z';
    };

export interface Command {
  readonly first?: Address;
  readonly second?: Address;
  readonly negated: boolean;
  readonly action: Action;
}

/** What sed says of a script that is wrong, without `sed: -e expression #1, char N: `. */
export class ScriptError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const SIMPLE = '}dDpPnNgGhHx=lz';
/** The most commands of a script. */
const MAX_COMMANDS = 10_000;

/** Parses a sed script. @throws ScriptError */
export function parseScript(text: string, extended: boolean): readonly Command[] {
  return new ScriptParser(text, extended).parse();
}

class ScriptParser {
  readonly #text: string;
  readonly #extended: boolean;
  #at = 0;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
  }

  parse(): readonly Command[] {
    const commands: Command[] = [];
    const open: number[] = [];
    for (;;) {
      this.#skip(/[\s;]/);
      if (this.#at >= this.#text.length) break;
      if (this.#peek() === '#') {
        this.#line();
        continue;
      }
      const command = this.#command();
      commands.push(command);
      if (commands.length > MAX_COMMANDS) throw this.#error('script is too long');
      if (command.action.kind === '{') open.push(commands.length - 1);
      if (command.action.kind === '}') {
        const start = open.pop();
        const opener = start === undefined ? undefined : commands[start]?.action;
        if (opener?.kind !== '{') throw this.#error("unexpected `}'");
        opener.end = commands.length - 1;
      }
    }
    if (open.length > 0) throw new ScriptError("unmatched `{'", 0);
    const labels = new Set(
      commands.flatMap((command) => (command.action.kind === ':' ? [command.action.label] : [])),
    );
    for (const { action } of commands) {
      if (
        (action.kind === 'b' || action.kind === 't' || action.kind === 'T') &&
        action.label !== '' &&
        !labels.has(action.label)
      )
        throw new ScriptError(`can't find label for jump to \`${action.label}'`, -1);
    }
    return commands;
  }

  #error(message: string): ScriptError {
    return new ScriptError(message, this.#at);
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #skip(pattern: RegExp): void {
    while (this.#at < this.#text.length && pattern.test(this.#peek())) this.#at++;
  }

  /** The rest of the line, passed over. */
  #line(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return line;
  }

  #command(): Command {
    const first = this.#address();
    this.#skip(/[ \t]/);
    let second: Address | undefined;
    if (first !== undefined && this.#peek() === ',') {
      this.#at++;
      this.#skip(/[ \t]/);
      second = this.#address(true);
      if (second === undefined) throw this.#error("unexpected `,'");
    }
    this.#skip(/[ \t]/);
    let negated = false;
    while (this.#peek() === '!') {
      negated = true;
      this.#at++;
      this.#skip(/[ \t]/);
    }
    return {
      ...(first === undefined ? {} : { first }),
      ...(second === undefined ? {} : { second }),
      negated,
      action: this.#action(),
    };
  }

  #address(isSecond = false): Address | undefined {
    const rest = this.#text.slice(this.#at);
    const number = /^(\d+)(?:~(\d+))?/.exec(rest);
    if (number !== null) {
      this.#at += number[0].length;
      return number[2] === undefined
        ? { kind: 'line', line: Number(number[1]) }
        : { kind: 'step', first: Number(number[1]), step: Number(number[2]) };
    }
    const offset = isSecond ? /^\+(\d+)/.exec(rest) : null;
    if (offset !== null) {
      this.#at += offset[0].length;
      return { kind: 'offset', lines: Number(offset[1]) };
    }
    if (rest.startsWith('$')) {
      this.#at++;
      return { kind: 'last' };
    }
    if (!/^(?:\/|\\.)/s.test(rest)) return undefined;
    this.#at += rest.startsWith('/') ? 1 : 2;
    const delimiter = this.#text.charAt(this.#at - 1);
    const source = this.#delimited(delimiter, 'unterminated address regex');
    let ignoreCase = false;
    while (this.#peek() === 'I' || this.#peek() === 'M') {
      ignoreCase ||= this.#peek() === 'I';
      this.#at++;
    }
    return { kind: 'regex', regex: this.#regex(source, ignoreCase) };
  }

  /** Text up to the delimiter; an escaped delimiter stands for itself. */
  #delimited(delimiter: string, problem: string): string {
    let text = '';
    let inSet = false;
    for (; ; this.#at++) {
      const character = this.#peek();
      if (character === '') throw this.#error(problem);
      if (character === '\\') {
        const next = this.#text.charAt(++this.#at);
        text += next === delimiter ? next : next === '\n' ? '\n' : `\\${next}`;
        continue;
      }
      if (character === '[' && !inSet) inSet = true;
      else if (character === ']' && inSet && !/\[\^?$/.test(text)) inSet = false;
      if (character === delimiter && !inSet) break;
      if (character === delimiter && inSet && !this.#text.slice(this.#at).includes(']')) break;
      text += character;
    }
    this.#at++;
    return text;
  }

  #regex(source: string, ignoreCase: boolean): Regex | undefined {
    if (source === '') return undefined;
    const compiled = Regex.compile(source, {
      syntax: this.#extended ? 'extended' : 'basic',
      ignoreCase,
      dotAll: true,
    });
    if (!compiled.ok) throw this.#error(compiled.message);
    return compiled.value;
  }

  #action(): Action {
    const letter = this.#peek();
    if (letter === '') throw this.#error('missing command');
    this.#at++;
    if (SIMPLE.includes(letter)) {
      this.#end(letter);
      return { kind: letter as '}' };
    }
    switch (letter) {
      case '{':
        return { kind: '{', end: -1 };
      case 's':
        return { kind: 's', substitution: this.#substitution() };
      case 'y':
        return this.#transliteration();
      case 'a':
      case 'i':
      case 'c':
        return { kind: letter, text: this.#insertion() };
      case 'r':
      case 'w': {
        this.#skip(/[ \t]/);
        const file = this.#line();
        if (file === '') throw this.#error('missing filename in r/R/w/W commands');
        return { kind: letter, file };
      }
      case 'b':
      case 't':
      case 'T':
      case ':': {
        this.#skip(/[ \t]/);
        const label = (letter === ':' ? /^[^\n;]*/ : /^[^\n;}]*/).exec(this.#text.slice(this.#at))?.[0] ?? '';
        this.#at += label.length;
        return { kind: letter, label: label.trim() };
      }
      case 'q':
      case 'Q': {
        this.#skip(/[ \t]/);
        const code = /^\d*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
        this.#at += code.length;
        this.#end(letter);
        return { kind: letter, exitCode: Number(code === '' ? 0 : code) };
      }
      default:
        throw this.#error(`unknown command: \`${letter}'`);
    }
  }

  #end(letter: string): void {
    this.#skip(/[ \t]/);
    const next = this.#peek();
    if (next !== '' && !'\n;}#'.includes(next) && letter !== '}')
      throw this.#error('extra characters after command');
  }

  /** The text of `a`, `i` and `c`: on the same line (GNU) or after a backslash and a line break. */
  #insertion(): string {
    this.#skip(/[ \t]/);
    if (this.#peek() === '\\') {
      this.#at++;
      this.#skip(/[ \t]/);
      if (this.#peek() === '\n') this.#at++;
    }
    let text = '';
    for (;;) {
      const character = this.#peek();
      if (character === '' || character === '\n') break;
      if (character === '\\') {
        this.#at++;
        const next = this.#peek();
        text += next === 't' ? '\t' : next;
        this.#at++;
        continue;
      }
      text += character;
      this.#at++;
    }
    if (text === '' && this.#peek() === '') throw this.#error("expected \\ after `a', `c' or `i'");
    this.#at++;
    return text;
  }

  #substitution(): Substitution {
    const delimiter = this.#peek();
    this.#at++;
    const source = this.#delimited(delimiter, "unterminated `s' command");
    const replacement = this.#replacement(delimiter);
    let [global, print, ignoreCase, occurrence] = [false, false, false, 1];
    let writeTo: string | undefined;
    for (;;) {
      const flag = this.#peek();
      const number = /^\d+/.exec(this.#text.slice(this.#at))?.[0];
      if (flag === 'g') global = true;
      else if (flag === 'p') print = true;
      else if (flag === 'i' || flag === 'I') ignoreCase = true;
      else if (flag === 'w') {
        this.#at++;
        this.#skip(/[ \t]/);
        writeTo = this.#line();
        break;
      } else if (number !== undefined) {
        occurrence = Number(number);
        if (occurrence === 0) throw this.#error("number option to `s' command may not be zero");
        this.#at += number.length - 1;
      } else break;
      this.#at++;
    }
    this.#skip(/[ \t]/);
    if (this.#peek() !== '' && !'\n;}#'.includes(this.#peek()) && writeTo === undefined)
      throw this.#error("unknown option to `s'");
    return { regex: this.#regex(source, ignoreCase), replacement, global, print, occurrence, writeTo };
  }

  #replacement(delimiter: string): readonly ReplacementPart[] {
    const parts: ReplacementPart[] = [];
    let text = '';
    const push = (part: ReplacementPart): void => {
      if (text !== '') parts.push({ kind: 'text', text });
      text = '';
      parts.push(part);
    };
    for (; ; this.#at++) {
      const character = this.#peek();
      if (character === '') throw this.#error("unterminated `s' command");
      if (character === delimiter) break;
      if (character === '&') push({ kind: 'group', index: 0 });
      else if (character === '\\') {
        const next = this.#text.charAt(++this.#at);
        if (/\d/.test(next)) push({ kind: 'group', index: Number(next) });
        else if (next === 'n') text += '\n';
        else if (next === 't') text += '\t';
        else if ('ULulE'.includes(next) && next !== '') push({ kind: 'case', mode: next as 'U' });
        else text += next;
      } else text += character;
    }
    this.#at++;
    if (text !== '') parts.push({ kind: 'text', text });
    return parts;
  }

  #transliteration(): Action {
    const delimiter = this.#peek();
    this.#at++;
    const unescape = (text: string): string[] => [
      ...text.replace(/\\(n|t|\\)/g, (_, letter: string) =>
        letter === 'n' ? '\n' : letter === 't' ? '\t' : '\\',
      ),
    ];
    const from = unescape(this.#delimited(delimiter, "unterminated `y' command"));
    const to = unescape(this.#delimited(delimiter, "unterminated `y' command"));
    if (from.length !== to.length) throw this.#error("strings for `y' command are different lengths");
    return { kind: 'y', from, to };
  }
}
