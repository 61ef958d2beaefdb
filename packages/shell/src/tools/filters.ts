import { absolutePath, errnoText, openOutput } from '@podwire/machine';
import type { Process, ReadStream, Task, WriteStream } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { LineReader, readChunk } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print, writeBytes, writeText } from '../stdio/output.ts';
import { readOperand, taskProgram } from '../stdio/program.ts';
import { openOperand } from './cat.ts';

/** How often `tail -f` looks at a file, ms. */
const FOLLOW_MS = 1000;

/** `-5` as head and tail still take it: as the first argument alone. */
function withoutDashNumber(args: readonly string[]): readonly string[] {
  const [first = '', ...rest] = args;
  return /^-\d+$/.test(first) ? ['-n', first.slice(1), ...rest] : args;
}

function parseCount(text: string): number | undefined {
  const match = /^([-+]?\d+)([kKmM]?)b?$/i.exec(text);
  if (match === null) return undefined;
  const unit = match[2]?.toLowerCase();
  return Number(match[1]) * (unit === 'k' ? 1024 : unit === 'm' ? 1024 * 1024 : 1);
}

/** head(1). */
export const headProgram = taskProgram(function* (process) {
  const parsed = parseOptions(withoutDashNumber(process.argv.slice(1)), [
    { name: 'lines', short: 'n', long: 'lines', value: 'required' },
    { name: 'bytes', short: 'c', long: 'bytes', value: 'required' },
    { name: 'quiet', short: 'q', long: 'quiet' },
    { name: 'verbose', short: 'v', long: 'verbose' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const bytes = parsed.values.get('bytes');
  const lines = parsed.values.get('lines') ?? '10';
  const count = parseCount(bytes ?? lines);
  if (count === undefined)
    return yield* complain(
      process,
      `head: invalid number of ${bytes === undefined ? 'lines' : 'bytes'}: '${bytes ?? lines}'`,
    );
  const names = parsed.operands.length === 0 ? ['-'] : parsed.operands;
  let code = 0;
  for (const [index, name] of names.entries()) {
    const stream = yield* openOperand(process, name);
    if (stream === undefined) {
      code = 1;
      continue;
    }
    if ((names.length > 1 || parsed.flags.has('verbose')) && !parsed.flags.has('quiet'))
      yield* print(process, `${index > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`);
    if (count < 0) yield* headAllBut(process, stream, -count, bytes === undefined);
    else if (bytes === undefined) yield* headLines(process, stream, count);
    else yield* headBytes(process, stream, count);
  }
  return code;
});

function* headLines(process: Process, stream: ReadStream, count: number): Task<void> {
  const reader = new LineReader(stream);
  for (let line = 0; line < count; line++) {
    const bytes = yield* reader.nextBytes();
    if (bytes === undefined) return;
    yield* writeBytes(process.stdout, bytes);
    if (reader.terminated) yield* writeText(process.stdout, '\n');
    yield { kind: 'step' };
  }
}

function* headBytes(process: Process, stream: ReadStream, count: number): Task<void> {
  for (let left = count; left > 0;) {
    const chunk = yield* readChunk(stream, Math.min(left, 65_536));
    if (chunk === undefined) return;
    left -= chunk.length;
    yield* writeBytes(process.stdout, chunk);
    yield { kind: 'step' };
  }
}

function* headAllBut(process: Process, stream: ReadStream, count: number, lines: boolean): Task<void> {
  const reader = new LineReader(stream);
  const all: string[] = [];
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next())
    all.push(reader.terminated ? `${line}\n` : line);
  const text = lines ? all.slice(0, Math.max(0, all.length - count)).join('') : all.join('').slice(0, -count);
  yield* print(process, text);
}

/** tail(1). */
export const tailProgram = taskProgram(function* (process) {
  const parsed = parseOptions(withoutDashNumber(process.argv.slice(1)), [
    { name: 'lines', short: 'n', long: 'lines', value: 'required' },
    { name: 'bytes', short: 'c', long: 'bytes', value: 'required' },
    { name: 'follow', short: 'f', long: 'follow' },
    { name: 'follow', short: 'F' },
    { name: 'quiet', short: 'q', long: 'quiet' },
    { name: 'verbose', short: 'v', long: 'verbose' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const bytes = parsed.values.get('bytes');
  const given = bytes ?? parsed.values.get('lines') ?? '10';
  const count = parseCount(given);
  if (count === undefined)
    return yield* complain(
      process,
      `tail: invalid number of ${bytes === undefined ? 'lines' : 'bytes'}: '${given}'`,
    );
  const names = parsed.operands.length === 0 ? ['-'] : parsed.operands;
  let code = 0;
  const sizes = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const data = yield* readTailOperand(process, name);
    if (data === undefined) {
      code = 1;
      continue;
    }
    if ((names.length > 1 || parsed.flags.has('verbose')) && !parsed.flags.has('quiet'))
      yield* print(process, `${index > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`);
    yield* writeBytes(
      process.stdout,
      lastPart(data, Math.abs(count), given.startsWith('+'), bytes === undefined),
    );
    if (name !== '-') sizes.set(name, data.length);
  }
  if (parsed.flags.has('follow') && sizes.size > 0) yield* follow(process, sizes);
  return code;
});

function* readTailOperand(process: Process, name: string): Task<Uint8Array | undefined> {
  if (name === '-') return yield* readOperand(process, name);
  const data = process.fs.readFile(absolutePath(process.cwd, name));
  if (data.ok) return data.value;
  yield* complain(process, `tail: cannot open '${name}' for reading: ${errnoText(data.errno)}`);
  return undefined;
}

function lastPart(data: Uint8Array, count: number, fromStart: boolean, lines: boolean): Uint8Array {
  if (!lines)
    return fromStart
      ? data.subarray(Math.max(0, count - 1))
      : data.subarray(Math.max(0, data.length - count));
  if (fromStart) {
    let at = 0;
    for (let line = 1; line < count && at < data.length; line++) {
      const next = data.indexOf(10, at);
      at = next < 0 ? data.length : next + 1;
    }
    return data.subarray(at);
  }
  let at = data.length;
  if (count === 0) return data.subarray(at);
  if (data[at - 1] === 10) at--;
  for (let line = 0; line < count; line++) {
    at = data.lastIndexOf(10, at - 1);
    if (at < 0) return data;
  }
  return data.subarray(at + 1);
}

function* follow(process: Process, sizes: Map<string, number>): Task<void> {
  let last = [...sizes.keys()].at(-1);
  for (;;) {
    yield { kind: 'sleep', ms: FOLLOW_MS };
    for (const [name, size] of sizes) {
      const data = process.fs.readFile(absolutePath(process.cwd, name));
      if (!data.ok || data.value.length === size) continue;
      if (data.value.length < size) yield* complain(process, `tail: ${name}: file truncated`);
      if (sizes.size > 1 && last !== name) yield* print(process, `\n==> ${name} <==\n`);
      last = name;
      yield* writeBytes(process.stdout, data.value.subarray(data.value.length < size ? 0 : size));
      sizes.set(name, data.value.length);
    }
  }
}

/** wc(1). */
export const wcProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'lines', short: 'l', long: 'lines' },
    { name: 'words', short: 'w', long: 'words' },
    { name: 'chars', short: 'm', long: 'chars' },
    { name: 'bytes', short: 'c', long: 'bytes' },
    { name: 'longest', short: 'L', long: 'max-line-length' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const chosen = ['lines', 'words', 'chars', 'bytes', 'longest'].filter((name) =>
    parsed.flags.size === 0 ? ['lines', 'words', 'bytes'].includes(name) : parsed.flags.has(name),
  );
  const rows: { readonly counts: readonly number[]; readonly name: string }[] = [];
  let code = 0;
  for (const name of parsed.operands.length === 0 ? [''] : parsed.operands) {
    const data = yield* readOperand(process, name === '' ? '-' : name);
    if (data === undefined) code = 1;
    else rows.push({ counts: chosen.map((what) => countOf(what, data)), name });
  }
  if (parsed.operands.length > 1)
    rows.push({
      counts: chosen.map((what, index) =>
        rows.reduce(
          (sum, row) =>
            what === 'longest' ? Math.max(sum, row.counts[index] ?? 0) : sum + (row.counts[index] ?? 0),
          0,
        ),
      ),
      name: 'total',
    });
  const widest = Math.max(...rows.flatMap((row) => row.counts.map((count) => String(count).length)), 1);
  const width =
    rows.length === 1 && chosen.length === 1
      ? 1
      : parsed.operands.length === 0 && chosen.length > 1
        ? 7
        : widest;
  for (const row of rows)
    yield* print(
      process,
      `${row.counts.map((count) => String(count).padStart(width)).join(' ')}${row.name === '' ? '' : ` ${row.name}`}\n`,
    );
  return code;
});

function countOf(what: string, data: Uint8Array): number {
  switch (what) {
    case 'bytes':
      return data.length;
    case 'lines': {
      let lines = 0;
      for (const byte of data) if (byte === 10) lines++;
      return lines;
    }
    case 'chars':
      return Array.from(utf8Decode(data)).length;
    case 'words':
      return utf8Decode(data)
        .split(/\s+/)
        .filter((word) => word !== '').length;
    default:
      return utf8Decode(data)
        .split('\n')
        .reduce((longest, line) => Math.max(longest, Array.from(line).length), 0);
  }
}

/** tee(1). */
export const teeProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'append', short: 'a', long: 'append' },
    { name: 'ignore', short: 'i', long: 'ignore-interrupts' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const outputs: WriteStream[] = [process.stdout];
  let code = 0;
  for (const name of parsed.operands) {
    const opened = openOutput(process, name, { append: parsed.flags.has('append') });
    if (opened.ok) outputs.push(opened.value);
    else code = yield* complain(process, `tee: ${name}: ${errnoText(opened.errno)}`);
  }
  for (
    let chunk = yield* readChunk(process.stdin);
    chunk !== undefined;
    chunk = yield* readChunk(process.stdin)
  ) {
    for (const output of outputs) yield* writeBytes(output, chunk);
    yield { kind: 'step' };
  }
  return code;
});

/** tac(1) and rev(1). */
export const tacProgram = taskProgram(function* (process) {
  let code = 0;
  for (const name of process.argv.length > 1 ? process.argv.slice(1) : ['-']) {
    const data = yield* readOperand(process, name);
    if (data === undefined) {
      code = 1;
      continue;
    }
    const text = utf8Decode(data);
    const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
    if (text !== '')
      yield* print(
        process,
        lines
          .reverse()
          .map((line) => `${line}\n`)
          .join(''),
      );
  }
  return code;
});

export const revProgram = taskProgram(function* (process) {
  let code = 0;
  for (const name of process.argv.length > 1 ? process.argv.slice(1) : ['-']) {
    const stream = yield* openOperand(process, name);
    if (stream === undefined) {
      code = 1;
      continue;
    }
    const reader = new LineReader(stream);
    for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
      yield* print(process, `${Array.from(line).reverse().join('')}\n`);
      yield { kind: 'step' };
    }
  }
  return code;
});

/** yes(1). */
export const yesProgram = taskProgram(function* (process) {
  const line = `${process.argv.slice(1).join(' ') || 'y'}\n`;
  const block = line.repeat(Math.max(1, Math.floor(8192 / line.length)));
  for (;;) {
    yield* print(process, block);
    yield { kind: 'step' };
  }
});

/** seq(1). */
export const seqProgram = taskProgram(function* (process) {
  const parsed = parseSeq(process.argv.slice(1));
  if (typeof parsed === 'string') return yield* usageError(process, parsed);
  const { numbers, separator, equalWidth } = parsed;
  const [first, step, last] =
    numbers.length === 1
      ? ['1', '1', numbers[0] ?? '1']
      : numbers.length === 2
        ? [numbers[0] ?? '1', '1', numbers[1] ?? '1']
        : [numbers[0] ?? '1', numbers[1] ?? '1', numbers[2] ?? '1'];
  const digits = Math.max(...[first, step].map((text) => text.split('.')[1]?.length ?? 0));
  const [from, by, to] = [Number(first), Number(step), Number(last)];
  if ([from, by, to].some((value) => Number.isNaN(value)))
    return yield* usageError(
      process,
      `invalid floating point argument: '${numbers.find((text) => Number.isNaN(Number(text))) ?? ''}'`,
    );
  if (by === 0) return yield* usageError(process, `invalid Zero increment value: '${step}'`);
  const width = equalWidth ? Math.max(from.toFixed(digits).length, to.toFixed(digits).length) : 0;
  let block = '';
  let any = false;
  for (let index = 0; ; index++) {
    const value = from + index * by;
    if (by > 0 ? value > to + 1e-9 : value < to - 1e-9) break;
    block += (any ? separator : '') + value.toFixed(digits).padStart(width, '0');
    any = true;
    if (block.length > 4096) {
      yield* print(process, block);
      block = '';
      yield { kind: 'step' };
    }
  }
  yield* print(process, any ? `${block}\n` : '');
  return 0;
});

function parseSeq(
  args: readonly string[],
):
  { readonly numbers: readonly string[]; readonly separator: string; readonly equalWidth: boolean } | string {
  const numbers: string[] = [];
  let separator = '\n';
  let equalWidth = false;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '-w' || argument === '--equal-width') equalWidth = true;
    else if (argument === '-s') separator = args[++index] ?? '';
    else if (argument.startsWith('-s')) separator = argument.slice(2);
    else numbers.push(argument);
  }
  if (numbers.length === 0) return 'missing operand';
  return numbers.length > 3 ? `extra operand '${numbers[3] ?? ''}'` : { numbers, separator, equalWidth };
}

/** tr(1). */
export const trProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'delete', short: 'd', long: 'delete' },
    { name: 'squeeze', short: 's', long: 'squeeze-repeats' },
    { name: 'complement', short: 'c', long: 'complement' },
    { name: 'complement', short: 'C' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const [first, second] = parsed.operands;
  if (first === undefined) return yield* usageError(process, 'missing operand');
  const [remove, squeeze] = [parsed.flags.has('delete'), parsed.flags.has('squeeze')];
  if (second === undefined && !remove && !squeeze)
    return yield* usageError(
      process,
      `missing operand after '${first}'\nTwo strings must be given when translating.`,
    );
  const set = expandSet(first);
  const inSet = (character: string): boolean => set.includes(character) !== parsed.flags.has('complement');
  const target = second === undefined ? [] : expandSet(second);
  const squeezed = (character: string): boolean =>
    second === undefined ? inSet(character) : target.includes(character);
  let previous = '';
  const translate = (text: string): string => {
    let result = '';
    for (const character of text) {
      const hit = inSet(character);
      if (remove && hit) continue;
      const mapped =
        remove || !hit || target.length === 0
          ? character
          : (target[
              parsed.flags.has('complement')
                ? target.length - 1
                : Math.min(set.indexOf(character), target.length - 1)
            ] ?? '');
      if (squeeze && mapped === previous && squeezed(mapped)) continue;
      previous = mapped;
      result += mapped;
    }
    return result;
  };
  const reader = new LineReader(process.stdin);
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    yield* print(process, translate(reader.terminated ? `${line}\n` : line));
    yield { kind: 'step' };
  }
  return 0;
});

const TR_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\t\\n\\v\\f\\r ',
  blank: '\\t ',
  punct: '!-/:-@[-`{-~',
  cntrl: '\\001-\\037',
  xdigit: '0-9A-Fa-f',
  print: ' -~',
  graph: '!-~',
};

function expandSet(text: string): string[] {
  const source = text.replace(/\[:([a-z]+):\]/g, (whole, name: string) =>
    Object.hasOwn(TR_CLASSES, name) ? (TR_CLASSES[name] ?? whole) : whole,
  );
  const characters: string[] = [];
  const tokens = [...source.matchAll(/\\([0-7]{1,3}|.)|([\s\S])/gu)].map((match) =>
    match[1] === undefined
      ? { text: match[2] ?? '', plain: true }
      : { text: trEscape(match[1]), plain: false },
  );
  for (let index = 0; index < tokens.length; index++) {
    const low = tokens[index]?.text ?? '';
    const dash = tokens[index + 1];
    const high = tokens[index + 2]?.text;
    if (dash?.plain === true && dash.text === '-' && high !== undefined) {
      const [from, to] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0];
      for (let code = from; code <= to && code - from < 1024; code++)
        characters.push(String.fromCodePoint(code));
      index += 2;
    } else characters.push(low);
  }
  return characters;
}

function trEscape(escape: string): string {
  if (/^[0-7]+$/.test(escape)) return String.fromCharCode(parseInt(escape, 8));
  const known: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  return Object.hasOwn(known, escape) ? (known[escape] ?? escape) : escape;
}

/** cut(1). */
export const cutProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'fields', short: 'f', long: 'fields', value: 'required' },
    { name: 'characters', short: 'c', long: 'characters', value: 'required' },
    { name: 'bytes', short: 'b', long: 'bytes', value: 'required' },
    { name: 'delimiter', short: 'd', long: 'delimiter', value: 'required' },
    { name: 'only-delimited', short: 's', long: 'only-delimited' },
    { name: 'output-delimiter', long: 'output-delimiter', value: 'required' },
    { name: 'complement', long: 'complement' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const list = parsed.values.get('fields') ?? parsed.values.get('characters') ?? parsed.values.get('bytes');
  if (list === undefined)
    return yield* usageError(process, 'you must specify a list of bytes, characters, or fields');
  const ranges = parseRanges(list);
  if (ranges === undefined)
    return yield* usageError(
      process,
      parsed.flags.has('fields')
        ? `invalid field value '${list}'`
        : `invalid byte/character position '${list}'`,
    );
  const delimiter = parsed.values.get('delimiter') ?? '\t';
  if (Array.from(delimiter).length > 1)
    return yield* usageError(process, 'the delimiter must be a single character');
  const joint = parsed.values.get('output-delimiter') ?? (parsed.flags.has('fields') ? delimiter : '');
  const chosen = (position: number): boolean =>
    ranges.some(([from, to]) => position >= from && position <= to) !== parsed.flags.has('complement');
  let code = 0;
  for (const name of parsed.operands.length === 0 ? ['-'] : parsed.operands) {
    const stream = yield* openOperand(process, name);
    if (stream === undefined) {
      code = 1;
      continue;
    }
    const reader = new LineReader(stream);
    for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
      yield { kind: 'step' };
      if (parsed.flags.has('fields') && !line.includes(delimiter)) {
        if (!parsed.flags.has('only-delimited')) yield* print(process, `${line}\n`);
        continue;
      }
      const parts = parsed.flags.has('fields') ? line.split(delimiter) : Array.from(line);
      yield* print(process, `${parts.filter((_, index) => chosen(index + 1)).join(joint)}\n`);
    }
  }
  return code;
});

function parseRanges(list: string): (readonly [number, number])[] | undefined {
  const ranges: (readonly [number, number])[] = [];
  for (const part of list.split(/[,\s]+/)) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (match === null || (match[1] === '' && match[3] === '')) return undefined;
    const from = match[1] === '' ? 1 : Number(match[1]);
    const to = match[2] === '' ? from : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (from === 0 || to < from) return undefined;
    ranges.push([from, to]);
  }
  return ranges;
}

/** uniq(1). */
export const uniqProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'count', short: 'c', long: 'count' },
    { name: 'repeated', short: 'd', long: 'repeated' },
    { name: 'unique', short: 'u', long: 'unique' },
    { name: 'ignore-case', short: 'i', long: 'ignore-case' },
    { name: 'skip-fields', short: 'f', long: 'skip-fields', value: 'required' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const stream = yield* openOperand(process, parsed.operands[0] ?? '-');
  if (stream === undefined) return 1;
  const skip = Number(parsed.values.get('skip-fields') ?? 0);
  const keyOf = (line: string): string => {
    const kept = skip > 0 ? line.replace(new RegExp(`^(?:\\s*\\S+){0,${Math.min(skip, 1000)}}`), '') : line;
    return parsed.flags.has('ignore-case') ? kept.toLowerCase() : kept;
  };
  const reader = new LineReader(stream);
  let current: string | undefined;
  let count = 0;
  const flush = function* (): Task<void> {
    if (current === undefined) return;
    if ((parsed.flags.has('repeated') && count === 1) || (parsed.flags.has('unique') && count > 1)) return;
    yield* print(process, `${parsed.flags.has('count') ? `${String(count).padStart(7)} ` : ''}${current}\n`);
  };
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    yield { kind: 'step' };
    if (current !== undefined && keyOf(line) === keyOf(current)) {
      count++;
      continue;
    }
    yield* flush();
    current = line;
    count = 1;
  }
  yield* flush();
  return 0;
});
