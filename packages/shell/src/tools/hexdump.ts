import type { Process, Task } from '@podwire/machine';
import { joinBytes } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { print } from '../stdio/output.ts';
import { readOperand, taskProgram } from '../stdio/program.ts';

const LINE_BYTES = 16;
/** A line in four gives way to others. */
const LINES_A_STEP = 256;
const OPTIONS = [
  { name: 'canonical', short: 'C' },
  { name: 'verbose', short: 'v' },
  { name: 'length', short: 'n', value: 'required' },
  { name: 'skip', short: 's', value: 'required' },
] as const;

/** hexdump(1): words of two bytes, or with `-C` bytes and the characters they stand for. */
export const hexdumpProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), OPTIONS);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const { flags, values, operands } = parsed;
  const pieces: Uint8Array[] = [];
  let code = 0;
  for (const name of operands.length === 0 ? ['-'] : operands) {
    const data = yield* readOperand(process, name);
    if (data === undefined) code = 1;
    else pieces.push(data);
  }
  const skipped = amount(values.get('skip')) ?? 0;
  const length = amount(values.get('length'));
  const bytes = joinBytes(pieces).subarray(skipped, length === undefined ? undefined : skipped + length);
  yield* dump(process, bytes, skipped, flags.has('canonical'), flags.has('verbose'));
  return code;
});

function amount(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
}

function* dump(
  process: Process,
  bytes: Uint8Array,
  from: number,
  canonical: boolean,
  verbose: boolean,
): Task<void> {
  const digits = canonical ? 8 : 7;
  const offset = (at: number): string => (from + at).toString(16).padStart(digits, '0');
  let [block, before, starred] = ['', '', false];
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const line = bytes.subarray(at, at + LINE_BYTES);
    const shown = canonical ? canonicalText(line) : wordsText(line);
    if (!verbose && shown === before && line.length === LINE_BYTES) {
      if (!starred) block += '*\n';
      starred = true;
    } else {
      block += `${offset(at)}${shown}\n`;
      [before, starred] = [shown, false];
    }
    if ((at / LINE_BYTES) % LINES_A_STEP !== LINES_A_STEP - 1) continue;
    yield* print(process, block);
    block = '';
    yield { kind: 'step' };
  }
  if (bytes.length > 0) block += `${offset(bytes.length)}\n`;
  yield* print(process, block);
}

function canonicalText(line: Uint8Array): string {
  const hex = Array.from(line, (byte) => byte.toString(16).padStart(2, '0'));
  const columns = `${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}`;
  const text = Array.from(line, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  return `  ${columns}  |${text}|`;
}

/** In the byte order of the machine: little-endian. */
function wordsText(line: Uint8Array): string {
  let text = '';
  for (let at = 0; at < line.length; at += 2)
    text += ` ${(((line[at + 1] ?? 0) << 8) | (line[at] ?? 0)).toString(16).padStart(4, '0')}`;
  return text.padEnd((LINE_BYTES / 2) * 5);
}
