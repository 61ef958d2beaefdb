import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, ReadStream, Task } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { LineReader } from '../stdio/input.ts';
import { parseOptions } from '../stdio/options.ts';
import { complain, print, writeText } from '../stdio/output.ts';
import { readOperand, taskProgram } from '../stdio/program.ts';
import { unescape } from '../text/printf.ts';
import { openOperand } from '../tools/cat.ts';
import { AwkInterpreter, Exit } from './interpreter.ts';
import { parseAwk } from './parser.ts';
import { AwkProblem } from './syntax.ts';
import { fromInput } from './values.ts';

/** awk(1): POSIX awk without commands (`system`, pipes) and `getline` from files. */
export const awkProgram = taskProgram(function* (process) {
  const parsed = parseOptions(
    process.argv.slice(1),
    [
      { name: 'separator', short: 'F', long: 'field-separator', value: 'required' },
      { name: 'variable', short: 'v', long: 'assign', value: 'required' },
      { name: 'file', short: 'f', long: 'file', value: 'required' },
    ],
    { stopAtOperand: true },
  );
  if (!parsed.ok) return yield* complain(process, `awk: ${parsed.message}`, 2);
  let operands = parsed.operands;
  let source = '';
  for (const { name, value = '' } of parsed.given) {
    if (name !== 'file') continue;
    const data = yield* readOperand(process, value);
    if (data === undefined) return 2;
    source += `${utf8Decode(data)}\n`;
  }
  if (!parsed.flags.has('file')) {
    const [program] = operands;
    if (program === undefined)
      return yield* complain(process, 'usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]', 2);
    source = program;
    operands = operands.slice(1);
  }
  const run = new Run(process, operands);
  try {
    const interpreter = new AwkInterpreter(parseAwk(source), run);
    const separator = parsed.values.get('separator');
    if (separator !== undefined)
      interpreter.setGlobal('FS', separator === 't' ? '\t' : unescape(separator, 'format').text);
    for (const { name, value = '' } of parsed.given) if (name === 'variable') assign(interpreter, value);
    for (const [name, value] of process.env) interpreter.setElement('ENVIRON', name, fromInput(value));
    return yield* run.run(interpreter);
  } catch (error) {
    if (!(error instanceof AwkProblem)) throw error;
    yield* run.flush();
    return yield* complain(process, `awk: ${error.message}`, 2);
  }
});

function assign(interpreter: AwkInterpreter, text: string): boolean {
  const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
  if (match === null) return false;
  interpreter.setGlobal(match[1] ?? '', fromInput(unescape(match[2] ?? '', 'format').text));
  return true;
}

class Run {
  readonly #process: Process;
  readonly #operands: readonly string[];
  readonly #written = new Set<string>();
  #reading = false;
  #out = '';
  #err = '';
  /** Records that `getline` may take: the rest of what has been read. */
  #ahead: string[] = [];

  constructor(process: Process, operands: readonly string[]) {
    this.#process = process;
    this.#operands = operands;
  }

  nextRecord(): string | undefined {
    if (!this.#reading) throw new AwkProblem('getline in BEGIN is not supported here');
    return this.#ahead.shift();
  }

  write(file: string | undefined, append: boolean, text: string): void {
    if (file === undefined || file === '/dev/stdout' || file === '-') this.#out += text;
    else if (file === '/dev/stderr') this.#err += text;
    else {
      const path = absolutePath(this.#process.cwd, file);
      const written = this.#process.fs.writeFile(path, utf8Encode(text), {
        append: append || this.#written.has(path),
      });
      if (!written.ok) throw new AwkProblem(`can't redirect to \`${file}': ${errnoText(written.errno)}`);
      this.#written.add(path);
    }
  }

  warn(message: string): void {
    this.#err += `awk: ${message}\n`;
  }

  random(): number {
    return this.#process.randomInt(2 ** 31) / 2 ** 31;
  }

  *flush(): Task<void> {
    const [out, err] = [this.#out, this.#err];
    this.#out = '';
    this.#err = '';
    yield* print(this.#process, out);
    yield* writeText(this.#process.stderr, err);
  }

  *run(interpreter: AwkInterpreter): Task {
    let exitCode = 0;
    try {
      interpreter.runSpecial('begin');
      yield* this.flush();
      this.#reading = true;
      if (interpreter.hasMainRules) exitCode = yield* this.#records(interpreter);
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      exitCode = error.exitCode;
    }
    try {
      if (interpreter.hasMainRules) interpreter.runSpecial('end');
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      exitCode = error.exitCode;
    }
    yield* this.flush();
    return exitCode;
  }

  *#records(interpreter: AwkInterpreter): Task {
    let code = 0;
    let any = false;
    for (const operand of this.#operands) {
      if (assign(interpreter, operand)) continue;
      any = true;
      const stream = yield* openOperand(this.#process, operand);
      if (stream === undefined) code = 2;
      else {
        interpreter.setGlobal('FILENAME', operand);
        interpreter.setGlobal('FNR', 0);
        yield* this.#stream(interpreter, stream);
      }
    }
    if (!any) yield* this.#stream(interpreter, this.#process.stdin);
    return code;
  }

  *#stream(interpreter: AwkInterpreter, stream: ReadStream): Task<void> {
    const reader = new LineReader(stream);
    for (
      let line = yield* reader.next();
      line !== undefined;
      line = this.#ahead.shift() ?? (yield* reader.next())
    ) {
      if (this.#ahead.length === 0) {
        const following = yield* reader.next();
        if (following !== undefined) this.#ahead.push(following);
      }
      interpreter.runRecord(line);
      yield* this.flush();
      yield { kind: 'step' };
    }
  }
}
