import type { Task } from '@podwire/machine';
import { absolutePath } from '@podwire/machine';
import { evaluateArithmetic } from './arithmetic.ts';
import type { Parameter, Word, WordPart } from './ast.ts';
import { multiplyBraces } from './braces.ts';
import { ExpansionFailure } from './errors.ts';
import { globFiles } from './glob.ts';
import type { Io } from './io.ts';
import { Pattern } from './pattern.ts';
import type { PatternPiece } from './pattern.ts';
import { applyOperator, isList, parameterList, parameterValue, splitElement } from './parameters.ts';
import type { Shell } from './shell.ts';

/** The most words that one command expands to (ARG_MAX in spirit), and the longest text of one expansion, characters. */
const MAX_FIELDS = 50_000;
const MAX_TEXT_LENGTH = 4 * 1024 * 1024;

/** Collects expanded text into fields, splitting where IFS says so. */
class Fields {
  readonly #whitespace: string;
  readonly #others: string;
  readonly #fields: PatternPiece[][] = [];
  #current: PatternPiece[] | undefined;
  /** A delimiter that was white space has been seen since the last field ended. */
  #afterSpace = false;
  #length = 0;

  constructor(ifs: string) {
    this.#whitespace = Array.from(ifs)
      .filter((character) => ' \t\n'.includes(character))
      .join('');
    this.#others = Array.from(ifs)
      .filter((character) => !' \t\n'.includes(character))
      .join('');
  }

  add(text: string, quoted: boolean): void {
    this.#length += text.length;
    if (this.#length > MAX_TEXT_LENGTH) throw new ExpansionFailure('expansion is too large');
    if (text === '' && !quoted) return;
    this.#current ??= [];
    this.#current.push({ text, quoted });
    this.#afterSpace = false;
  }

  /** The result of an unquoted expansion. */
  split(text: string): void {
    let run = '';
    for (const character of text) {
      if (this.#whitespace.includes(character)) {
        this.add(run, false);
        run = '';
        if (this.#current !== undefined) {
          this.end();
          this.#afterSpace = true;
        }
      } else if (this.#others.includes(character)) {
        this.add(run, false);
        run = '';
        if (this.#current === undefined && this.#afterSpace) this.#afterSpace = false;
        else {
          this.#current ??= [];
          this.end();
        }
      } else run += character;
    }
    this.add(run, false);
  }

  end(): void {
    if (this.#current === undefined) return;
    this.#fields.push(this.#current);
    if (this.#fields.length > MAX_FIELDS) throw new ExpansionFailure('Argument list too long');
    this.#current = undefined;
  }

  finish(): readonly (readonly PatternPiece[])[] {
    this.end();
    return this.#fields;
  }
}

/** The expansions of POSIX 2.6, over one shell's state. */
export class Expander {
  readonly #shell: Shell;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  *words(words: readonly Word[], io: Io): Task<string[]> {
    const result: string[] = [];
    for (const word of words) {
      const only = word.parts[0];
      if (word.parts.length === 1 && only?.kind === 'literal' && (only.quoted || !/[*?[\\]/.test(only.text)))
        result.push(only.text);
      else result.push(...(yield* this.fields(word, io)));
      if (result.length > MAX_FIELDS) throw new ExpansionFailure('Argument list too long');
    }
    return result;
  }

  /** One word to as many fields as it becomes. */
  *fields(word: Word, io: Io): Task<string[]> {
    const variants = word.parts.some((part) => part.kind === 'braces')
      ? multiplyBraces(word.parts)
      : [word.parts];
    if (variants === undefined) throw new ExpansionFailure('brace expansion makes too many words');
    const result: string[] = [];
    for (const parts of variants) {
      const fields = new Fields(this.#shell.variables.value('IFS') ?? ' \t\n');
      yield* this.#expand(parts, fields, io, true);
      for (const field of fields.finish()) result.push(...this.#glob(field));
    }
    return result;
  }

  /** A word that stays one: assignments, redirection targets, here-documents. */
  *single(word: Word, io: Io): Task<string> {
    return (yield* this.pieces(word, io)).map((piece) => piece.text).join('');
  }

  *joined(parts: readonly WordPart[], io: Io): Task<string> {
    return (yield* this.pieces({ parts, raw: '' }, io)).map((piece) => piece.text).join('');
  }

  /** A word as a pattern. */
  *pieces(word: Word, io: Io): Task<readonly PatternPiece[]> {
    const fields = new Fields('');
    yield* this.#expand(word.parts, fields, io, false);
    return fields.finish().flat();
  }

  *pattern(word: Word, io: Io): Task<Pattern> {
    return new Pattern(yield* this.pieces(word, io));
  }

  *arithmetic(parts: readonly WordPart[], io: Io): Task<bigint> {
    const text = yield* this.joined(parts, io);
    return this.evaluate(text);
  }

  evaluate(text: string): bigint {
    const shell = this.#shell;
    return evaluateArithmetic(text, {
      get: (written) => {
        const name = this.#resolved(written);
        const value = parameterValue(shell, name);
        if (value === undefined && shell.options.nounset)
          throw new ExpansionFailure(`${name}: unbound variable`, true);
        return value;
      },
      set: (name, value) => assignVariable(shell, this.#resolved(name), value),
    });
  }

  /** The same name, with its subscript as the array knows it. */
  #resolved(name: string): string {
    const element = splitElement(name);
    return element === undefined ? name : `${element.name}[${this.key(element.name, element.subscript)}]`;
  }

  /** A subscript as the array knows it: a number that may count from the end, or any text. */
  key(name: string, subscript: string): string {
    const variable = this.#shell.variables.get(name);
    if (variable?.associative === true) return subscript;
    const index = Number(this.evaluate(subscript));
    if (index >= 0) return String(index);
    const last = Math.max(-1, ...[...this.#shell.variables.elements(name).keys()].map(Number));
    const counted = last + 1 + index;
    if (counted < 0) throw new ExpansionFailure(`${name}[${subscript}]: bad array subscript`);
    return String(counted);
  }

  /** Reading before the start of an array is told, and gives nothing. */
  *#keyToRead(name: string, subscript: Word, io: Io): Task<string> {
    try {
      return yield* this.subscriptKey(name, subscript, io);
    } catch (error) {
      if (!(error instanceof ExpansionFailure) || !error.message.endsWith('bad array subscript')) throw error;
      yield* this.#shell.complain(`${name}: bad array subscript`, io);
      return '';
    }
  }

  *subscriptKey(name: string, subscript: Word, io: Io): Task<string> {
    return this.key(name, yield* this.single(subscript, io));
  }

  #glob(field: readonly PatternPiece[]): readonly string[] {
    const text = field.map((piece) => piece.text).join('');
    if (this.#shell.options.noglob || !field.some((piece) => !piece.quoted && /[*?[]/.test(piece.text)))
      return [text];
    return globFiles(this.#shell.process.fs, this.#shell.process.cwd, field) ?? [text];
  }

  *#expand(parts: readonly WordPart[], fields: Fields, io: Io, split: boolean): Task<void> {
    for (const part of parts) {
      switch (part.kind) {
        case 'literal':
          fields.add(part.text, part.quoted);
          break;
        case 'tilde':
          fields.add(this.#home(part.user), true);
          break;
        case 'arithmetic':
          put(fields, (yield* this.arithmetic(part.expression, io)).toString(), part.quoted, split);
          break;
        case 'command':
          put(fields, yield* this.#shell.executor.substitute(part.body, io), part.quoted, split);
          break;
        case 'parameter':
          yield* this.#parameter(part.parameter, part.quoted, fields, io, split);
          break;
        case 'process':
          fields.add(yield* this.#shell.executor.processFile(part.body, part.direction, io), true);
          break;
        case 'braces':
          fields.add('', true);
          break;
      }
    }
  }

  #home(user: string): string {
    const { variables, process } = this.#shell;
    if (user === '') return variables.value('HOME') ?? '/';
    if (user === 'root') return '/root';
    const home = `/home/${user}`;
    return process.fs.stat(absolutePath('/', home)).ok ? home : `~${user}`;
  }

  *#parameter(written: Parameter, quoted: boolean, fields: Fields, io: Io, split: boolean): Task<void> {
    const { operator, subscript } = written;
    let parameter = written;
    if (subscript !== undefined) {
      const raw = subscript.raw;
      const key = raw === '@' || raw === '*' ? raw : yield* this.#keyToRead(written.name, subscript, io);
      parameter = { name: `${written.name}[${key}]`, operator };
    }
    if (isList(parameter.name) && operator.kind !== 'length') {
      yield* this.#all(parameter, quoted, fields, io, split);
      return;
    }
    if (operator.kind === 'default' || operator.kind === 'alternative') {
      const value = parameterValue(this.#shell, parameter.name);
      const missing = value === undefined || (operator.colon && value === '');
      if (missing === (operator.kind === 'default')) {
        // The word's own quoting decides: `${x:-"a b"}` is one field.
        const inner = quoted ? operator.word.parts.map(asQuoted) : operator.word.parts;
        if (quoted && inner.length === 0) fields.add('', true);
        yield* this.#expandOperand(inner, fields, io, split);
      } else put(fields, operator.kind === 'default' ? (value ?? '') : '', quoted, split);
      return;
    }
    put(fields, yield* applyOperator(this.#shell, this, parameter, io), quoted, split);
  }

  /** The word of `${x:-word}`: unquoted literal text in it is split too. */
  *#expandOperand(parts: readonly WordPart[], fields: Fields, io: Io, split: boolean): Task<void> {
    for (const part of parts) {
      if (split && part.kind === 'literal' && !part.quoted) fields.split(part.text);
      else yield* this.#expand([part], fields, io, split);
    }
  }

  /** `$@` and `$*`. */
  *#all(parameter: Parameter, quoted: boolean, fields: Fields, io: Io, split: boolean): Task<void> {
    const values = yield* parameterList(this.#shell, this, parameter, io);
    if (quoted && /^\*$|\[\*\]$/.test(parameter.name)) {
      const ifs = this.#shell.variables.value('IFS') ?? ' \t\n';
      fields.add(values.join(ifs.charAt(0)), true);
      return;
    }
    if (!split) {
      fields.add(values.join(' '), quoted);
      return;
    }
    values.forEach((value, index) => {
      if (index > 0) fields.end();
      put(fields, value, quoted, split);
    });
  }
}

function put(fields: Fields, text: string, quoted: boolean, split: boolean): void {
  if (quoted || !split) fields.add(text, quoted);
  else fields.split(text);
}

function asQuoted(part: WordPart): WordPart {
  return part.kind === 'tilde' || part.kind === 'braces' || part.kind === 'process'
    ? part
    : { ...part, quoted: true };
}

/** Sets a variable or fails as an assignment does. */
export function assignVariable(shell: Shell, name: string, value: string): void {
  const element = splitElement(name);
  const { variables } = shell;
  const text = variables.get(element?.name ?? name)?.integer === true ? evaluateInteger(shell, value) : value;
  const outcome =
    element === undefined
      ? variables.set(name, text)
      : variables.setElement(element.name, element.subscript, text);
  if (outcome === 'read-only') throw new ExpansionFailure(`${name}: readonly variable`);
  if (outcome === 'too-large') throw new ExpansionFailure(`${name}: cannot hold so much text`);
  if (shell.options.allexport) shell.variables.mark(name, { exported: true });
}

function evaluateInteger(shell: Shell, text: string): string {
  return evaluateArithmetic(text, {
    get: (name) => shell.variables.value(name),
    set: (name, value) => void shell.variables.set(name, value),
  }).toString();
}
