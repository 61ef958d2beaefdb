import { errnoText, openInput } from '@podwire/machine';
import type { Process, ReadStream, Task, TaskProgram } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { LineReader, readChunk } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, writeBytes } from '../stdio/output.ts';

const OPTIONS = [
  { name: 'number', short: 'n', long: 'number' },
  { name: 'number-nonblank', short: 'b', long: 'number-nonblank' },
  { name: 'squeeze-blank', short: 's', long: 'squeeze-blank' },
  { name: 'show-ends', short: 'E', long: 'show-ends' },
  { name: 'show-tabs', short: 'T', long: 'show-tabs' },
  { name: 'show-all', short: 'A', long: 'show-all' },
  { name: 'unbuffered', short: 'u' },
] as const;

/** cat(1). */
export const catProgram: TaskProgram = {
  kind: 'task',
  *run(process) {
    const parsed = parseOptions(process.argv.slice(1), OPTIONS);
    if (!parsed.ok) return yield* usageError(process, parsed.message);
    const flags = parsed.flags;
    const plain = flags.size === 0 || (flags.size === 1 && flags.has('unbuffered'));
    const state: LineState = { number: 0, blank: false };
    let code = 0;
    for (const name of parsed.operands.length === 0 ? ['-'] : parsed.operands) {
      const opened = yield* openOperand(process, name);
      if (opened === undefined) {
        code = 1;
        continue;
      }
      if (plain) yield* copy(process, opened);
      else yield* copyLines(process, opened, flags, state);
    }
    return code;
  },
};

/** A file operand, `-` for standard input; undefined after a message. */
export function* openOperand(process: Process, name: string): Task<ReadStream | undefined> {
  if (name === '-') return process.stdin;
  const program = process.argv[0]?.split('/').at(-1) ?? '';
  const opened = openInput(process, name);
  if (opened.ok) return opened.value;
  yield* complain(process, `${program}: ${name}: ${errnoText(opened.errno)}`);
  return undefined;
}

function* copy(process: Process, stream: ReadStream): Task<void> {
  for (let chunk = yield* readChunk(stream); chunk !== undefined; chunk = yield* readChunk(stream)) {
    yield* writeBytes(process.stdout, chunk);
    yield { kind: 'step' };
  }
}

interface LineState {
  number: number;
  blank: boolean;
}

function* copyLines(
  process: Process,
  stream: ReadStream,
  flags: ReadonlySet<string>,
  state: LineState,
): Task<void> {
  const reader = new LineReader(stream);
  for (let bytes = yield* reader.nextBytes(); bytes !== undefined; bytes = yield* reader.nextBytes()) {
    const blank = bytes.length === 0;
    if (flags.has('squeeze-blank') && blank && state.blank) continue;
    state.blank = blank;
    let line = utf8Decode(bytes);
    if (flags.has('show-tabs') || flags.has('show-all')) line = line.replaceAll('\t', '^I');
    if (flags.has('show-all'))
      line = line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) =>
        control === '\x7f' ? '^?' : `^${String.fromCharCode(control.charCodeAt(0) + 64)}`,
      );
    if (flags.has('show-ends') || flags.has('show-all')) line += '$';
    if (flags.has('number-nonblank') ? !blank : flags.has('number'))
      line = `${String(++state.number).padStart(6)}\t${line}`;
    yield* writeBytes(process.stdout, utf8Encode(reader.terminated ? `${line}\n` : line));
    yield { kind: 'step' };
  }
}
