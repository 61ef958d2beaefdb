import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { parseOptions, usageError } from '../../stdio/options.ts';
import { complain, print } from '../../stdio/output.ts';
import { readOperand, taskProgram } from '../../stdio/program.ts';
import type { Regex, RegexMatch } from '@podwire/sim';
import { ScriptError, parseScript } from './script.ts';
import type { Address, Command, ReplacementPart, Substitution } from './script.ts';

/** The most commands that one line may run through: a loop without end stops with a message. */
const MAX_STEPS_PER_LINE = 100_000;
/** The longest pattern or hold space, characters. */
const MAX_SPACE = 4 * 1024 * 1024;

interface Input {
  readonly lines: readonly string[];
  /** Whether the last line ended with a line feed. */
  readonly terminated: boolean;
}

/** sed(1), GNU's commands but for those that run programs. */
export const sedProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'quiet', short: 'n', long: 'quiet' },
    { name: 'quiet', long: 'silent' },
    { name: 'extended', short: 'E', long: 'regexp-extended' },
    { name: 'extended', short: 'r' },
    { name: 'in-place', short: 'i', long: 'in-place', value: 'optional' },
    { name: 'expression', short: 'e', long: 'expression', value: 'required' },
    { name: 'file', short: 'f', long: 'file', value: 'required' },
    { name: 'separate', short: 's', long: 'separate' },
    { name: 'unbuffered', short: 'u', long: 'unbuffered' },
    { name: 'null', short: 'z', long: 'null-data' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const scripts: string[] = [];
  for (const { name, value = '' } of parsed.given) {
    if (name === 'expression') scripts.push(value);
    if (name === 'file') {
      const data = yield* readOperand(process, value);
      if (data === undefined) return 1;
      scripts.push(utf8Decode(data));
    }
  }
  let operands = parsed.operands;
  if (scripts.length === 0) {
    const [first] = operands;
    if (first === undefined)
      return yield* complain(
        process,
        'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...',
      );
    scripts.push(first);
    operands = operands.slice(1);
  }
  let commands: readonly Command[];
  try {
    commands = parseScript(scripts.join('\n'), parsed.flags.has('extended'));
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return yield* complain(
      process,
      error.position < 0
        ? `sed: -e ${error.message}`
        : `sed: -e expression #1, char ${error.position}: ${error.message}`,
    );
  }
  const quiet = parsed.flags.has('quiet') || /^#n\n/.test(scripts[0] ?? '');
  if (parsed.flags.has('in-place'))
    return yield* editInPlace(process, commands, quiet, operands, parsed.values.get('in-place') ?? '');
  let text = '';
  let code = 0;
  for (const name of operands.length === 0 ? ['-'] : operands) {
    const data = yield* readInput(process, name);
    if (data === undefined) code = 2;
    else text += (text !== '' && !text.endsWith('\n') ? '\n' : '') + utf8Decode(data);
  }
  const editor = new Editor(process, commands, quiet, toInput(text));
  const exitCode = yield* editor.run((output) => print(process, output));
  return exitCode === 0 ? code : exitCode;
});

function* readInput(process: Process, name: string): Task<Uint8Array | undefined> {
  if (name === '-') return yield* readOperand(process, name);
  const data = process.fs.readFile(absolutePath(process.cwd, name));
  if (data.ok) return data.value;
  yield* complain(
    process,
    data.errno === 'EISDIR'
      ? `sed: couldn't edit ${name}: not a regular file`
      : `sed: can't read ${name}: ${errnoText(data.errno)}`,
  );
  return undefined;
}

function toInput(text: string): Input {
  if (text === '') return { lines: [], terminated: true };
  const terminated = text.endsWith('\n');
  return { lines: (terminated ? text.slice(0, -1) : text).split('\n'), terminated };
}

function* editInPlace(
  process: Process,
  commands: readonly Command[],
  quiet: boolean,
  names: readonly string[],
  suffix: string,
): Task {
  if (names.length === 0) return yield* complain(process, 'sed: no input files');
  let code = 0;
  for (const name of names) {
    const data = yield* readInput(process, name);
    if (data === undefined) {
      code = 4;
      continue;
    }
    let output = '';
    const editor = new Editor(process, commands, quiet, toInput(utf8Decode(data)));
    code = yield* editor.run(function* (text) {
      output += text;
    });
    const path = absolutePath(process.cwd, name);
    if (suffix !== '')
      process.fs.writeFile(
        absolutePath(process.cwd, suffix.includes('*') ? suffix.replace('*', name) : `${name}${suffix}`),
        data,
      );
    const written = process.fs.writeFile(path, utf8Encode(output));
    if (!written.ok)
      return yield* complain(process, `sed: couldn't open file ${name}: ${errnoText(written.errno)}`, 4);
  }
  return code;
}

type Next =
  | { readonly kind: 'next' | 'end-cycle' | 'delete' | 'restart' }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'quit'; readonly print: boolean; readonly exitCode: number };

class Editor {
  readonly #process: Process;
  readonly #commands: readonly Command[];
  readonly #quiet: boolean;
  readonly #input: Input;
  readonly #labels: ReadonlyMap<string, number>;
  /** For each range, the line on which it ends; 0 while it is open without a known end. */
  readonly #ranges = new Map<Command, number>();
  #position = 0;
  #pattern = '';
  #hold = '';
  #appended: string[] = [];
  #replaced = false;
  #lastRegex: Regex | undefined;
  #output = '';

  constructor(process: Process, commands: readonly Command[], quiet: boolean, input: Input) {
    this.#process = process;
    this.#commands = commands;
    this.#quiet = quiet;
    this.#input = input;
    this.#labels = new Map(
      commands.flatMap((command, index) =>
        command.action.kind === ':' ? [[command.action.label, index] as const] : [],
      ),
    );
  }

  *run(write: (text: string) => Task<void>): Task {
    let restarted = false;
    while (restarted || this.#position < this.#input.lines.length) {
      yield { kind: 'step' };
      if (!restarted) this.#pattern = this.#input.lines[this.#position++] ?? '';
      this.#replaced = false;
      const outcome = this.#cycle();
      if (typeof outcome === 'string') return yield* complain(this.#process, `sed: ${outcome}`);
      if (outcome.kind === 'end-cycle' && !this.#quiet) this.#emit(this.#pattern);
      if (outcome.kind === 'quit' && outcome.print && !this.#quiet) this.#emit(this.#pattern);
      for (const text of this.#appended.splice(0)) this.#output += text;
      yield* write(this.#output);
      this.#output = '';
      if (outcome.kind === 'quit') return outcome.exitCode;
      restarted = outcome.kind === 'restart';
    }
    return 0;
  }

  #emit(text: string): void {
    const last = this.#position >= this.#input.lines.length;
    this.#output += last && !this.#input.terminated ? text : `${text}\n`;
  }

  #cycle(): Exclude<Next, { kind: 'next' | 'jump' }> | string {
    let steps = 0;
    for (let index = 0; index < this.#commands.length; index++) {
      if (++steps > MAX_STEPS_PER_LINE) return 'the script does not end';
      if (this.#pattern.length > MAX_SPACE || this.#hold.length > MAX_SPACE) return 'memory exhausted';
      const command = this.#commands[index];
      if (command === undefined) break;
      if (this.#selected(command) === command.negated) {
        if (command.action.kind === '{') index = command.action.end;
        continue;
      }
      const next = this.#execute(command);
      if (next.kind === 'jump') index = next.to - 1;
      else if (next.kind !== 'next') return next;
    }
    return { kind: 'end-cycle' };
  }

  // Addresses

  #selected(command: Command): boolean {
    const { first, second } = command;
    if (first === undefined) return true;
    if (second === undefined) return this.#matches(first);
    const open = this.#ranges.get(command);
    if (open !== undefined) {
      const ends =
        second.kind === 'regex'
          ? this.#matches(second)
          : second.kind === 'last'
            ? this.#isLast()
            : this.#position >= open;
      if (ends) this.#ranges.delete(command);
      // A range whose numbered end has gone by takes its first line only.
      return second.kind !== 'line' || this.#position <= open;
    }
    const zero = first.kind === 'line' && first.line === 0 && this.#position === 1;
    if (!zero && !this.#matches(first)) return false;
    const end =
      second.kind === 'line'
        ? second.line
        : second.kind === 'offset'
          ? this.#position + second.lines
          : second.kind === 'step'
            ? Math.ceil(this.#position / Math.max(1, second.step)) * second.step
            : 0;
    if (zero && second.kind === 'regex' && this.#matches(second)) return true;
    const single = second.kind === 'last' ? this.#isLast() : second.kind !== 'regex' && end <= this.#position;
    if (!single) this.#ranges.set(command, end);
    return true;
  }

  #matches(address: Address): boolean {
    switch (address.kind) {
      case 'line':
        return address.line === this.#position;
      case 'step':
        return address.step === 0
          ? this.#position === address.first
          : this.#position >= address.first && (this.#position - address.first) % address.step === 0;
      case 'last':
        return this.#isLast();
      case 'regex':
        return this.#regex(address.regex)?.test(this.#pattern) ?? false;
      case 'offset':
        return false;
    }
  }

  #isLast(): boolean {
    return this.#position >= this.#input.lines.length;
  }

  #regex(regex: Regex | undefined): Regex | undefined {
    if (regex !== undefined) this.#lastRegex = regex;
    return regex ?? this.#lastRegex;
  }

  // Commands

  #execute(command: Command): Next {
    const { action } = command;
    const next: Next = { kind: 'next' };
    switch (action.kind) {
      case 's':
        this.#substitute(action.substitution);
        return next;
      case 'y':
        this.#pattern = Array.from(this.#pattern)
          .map((character) => action.to[action.from.indexOf(character)] ?? character)
          .join('');
        return next;
      case 'a':
        this.#appended.push(`${action.text}\n`);
        return next;
      case 'i':
        this.#output += `${action.text}\n`;
        return next;
      case 'c':
        if (command.second === undefined || !this.#ranges.has(command)) this.#output += `${action.text}\n`;
        return { kind: 'delete' };
      case 'r': {
        const data = this.#process.fs.readFile(absolutePath(this.#process.cwd, action.file));
        if (data.ok) this.#appended.push(utf8Decode(data.value));
        return next;
      }
      case 'w':
        this.#writeTo(action.file);
        return next;
      case 'b':
        return this.#jump(action.label);
      case 't': {
        const replaced = this.#replaced;
        this.#replaced = false;
        return replaced ? this.#jump(action.label) : next;
      }
      case 'T': {
        const replaced = this.#replaced;
        this.#replaced = false;
        return replaced ? next : this.#jump(action.label);
      }
      case 'q':
      case 'Q':
        return { kind: 'quit', print: action.kind === 'q', exitCode: action.exitCode };
      case ':':
      case '{':
      case '}':
        return next;
      default:
        return this.#simple(action.kind);
    }
  }

  #jump(label: string): Next {
    return label === '' ? { kind: 'end-cycle' } : { kind: 'jump', to: (this.#labels.get(label) ?? 0) + 1 };
  }

  #simple(kind: 'd' | 'D' | 'p' | 'P' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | '=' | 'l' | 'z'): Next {
    const next: Next = { kind: 'next' };
    const breakAt = this.#pattern.indexOf('\n');
    switch (kind) {
      case 'd':
        return { kind: 'delete' };
      case 'D':
        if (breakAt < 0) return { kind: 'delete' };
        this.#pattern = this.#pattern.slice(breakAt + 1);
        return { kind: 'restart' };
      case 'p':
        this.#output += `${this.#pattern}\n`;
        return next;
      case 'P':
        this.#output += `${breakAt < 0 ? this.#pattern : this.#pattern.slice(0, breakAt)}\n`;
        return next;
      case 'n':
        if (this.#isLast()) return { kind: 'quit', print: true, exitCode: 0 };
        if (!this.#quiet) this.#emit(this.#pattern);
        this.#pattern = this.#input.lines[this.#position++] ?? '';
        return next;
      case 'N':
        if (this.#isLast()) return { kind: 'quit', print: true, exitCode: 0 };
        this.#pattern += `\n${this.#input.lines[this.#position++] ?? ''}`;
        return next;
      case 'g':
        this.#pattern = this.#hold;
        return next;
      case 'G':
        this.#pattern += `\n${this.#hold}`;
        return next;
      case 'h':
        this.#hold = this.#pattern;
        return next;
      case 'H':
        this.#hold += `\n${this.#pattern}`;
        return next;
      case 'x':
        [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
        return next;
      case '=':
        this.#output += `${this.#position}\n`;
        return next;
      case 'l':
        this.#output += `${this.#pattern.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n')}$\n`;
        return next;
      case 'z':
        this.#pattern = '';
        return next;
    }
  }

  #substitute(substitution: Substitution): void {
    const regex = this.#regex(substitution.regex);
    if (regex === undefined) return;
    const text = this.#pattern;
    let result = '';
    let at = 0;
    let count = 0;
    let changed = false;
    for (
      let match = regex.search(text, 0);
      match !== undefined;
      match = at <= text.length ? regex.search(text, at) : undefined
    ) {
      count++;
      const wanted =
        count === substitution.occurrence || (substitution.global && count > substitution.occurrence);
      result +=
        text.slice(at, match.start) +
        (wanted ? replacementText(substitution.replacement, match) : text.slice(match.start, match.end));
      changed ||= wanted;
      at = match.end;
      if (match.end === match.start) {
        result += text.charAt(at);
        at++;
      }
      if ((wanted && !substitution.global) || result.length > MAX_SPACE) break;
    }
    if (!changed) return;
    this.#replaced = true;
    this.#pattern = result + text.slice(at);
    if (substitution.print) this.#output += `${this.#pattern}\n`;
    if (substitution.writeTo !== undefined) this.#writeTo(substitution.writeTo);
  }

  #writeTo(file: string): void {
    if (file === '/dev/stdout') this.#output += `${this.#pattern}\n`;
    else
      this.#process.fs.writeFile(absolutePath(this.#process.cwd, file), utf8Encode(`${this.#pattern}\n`), {
        append: true,
      });
  }
}

function replacementText(parts: readonly ReplacementPart[], match: RegexMatch): string {
  let text = '';
  let mode = 'E';
  let once = '';
  for (const part of parts) {
    if (part.kind === 'case') {
      if (part.mode === 'u' || part.mode === 'l') once = part.mode;
      else mode = part.mode;
      continue;
    }
    let piece = part.kind === 'text' ? part.text : (match.groups[part.index] ?? '');
    if (mode === 'U') piece = piece.toUpperCase();
    if (mode === 'L') piece = piece.toLowerCase();
    if (once !== '' && piece !== '') {
      piece = (once === 'u' ? piece.charAt(0).toUpperCase() : piece.charAt(0).toLowerCase()) + piece.slice(1);
      once = '';
    }
    text += piece;
  }
  return text;
}
