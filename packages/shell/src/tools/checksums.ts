import { utf8Decode } from '@podwire/sim';
import { parseOptions, programName, usageError } from '../stdio/options.ts';
import { complain, print, writeBytes } from '../stdio/output.ts';
import { readOperand, taskProgram } from '../stdio/program.ts';
import { decodeBase64, encodeBase64 } from '../text/base64.ts';
import { md5Hex, sha1Hex, sha256Hex } from '../text/digest.ts';

const DIGESTS: Readonly<Record<string, (data: Uint8Array) => string>> = {
  md5sum: md5Hex,
  sha1sum: sha1Hex,
  sha256sum: sha256Hex,
};

/** md5sum(1), sha1sum(1), sha256sum(1), by the name they are called by. */
export const checksumProgram = taskProgram(function* (process) {
  const name = programName(process);
  const digest = Object.hasOwn(DIGESTS, name) ? DIGESTS[name] : undefined;
  if (digest === undefined) return yield* complain(process, `${name}: unknown digest`);
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'check', short: 'c', long: 'check' },
    { name: 'binary', short: 'b', long: 'binary' },
    { name: 'text', short: 't', long: 'text' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  let code = 0;
  for (const operand of parsed.operands.length === 0 ? ['-'] : parsed.operands) {
    const data = yield* readOperand(process, operand);
    if (data === undefined) {
      code = 1;
      continue;
    }
    if (!parsed.flags.has('check')) {
      yield* print(process, `${digest(data)}  ${operand}\n`);
      continue;
    }
    for (const line of utf8Decode(data).split('\n')) {
      const match = /^([0-9a-f]+) [ *](.+)$/i.exec(line);
      if (match === null) continue;
      const file = yield* readOperand(process, match[2] ?? '');
      const good = file !== undefined && digest(file) === match[1]?.toLowerCase();
      yield* print(process, `${match[2] ?? ''}: ${good ? 'OK' : 'FAILED'}\n`);
      if (!good) code = 1;
    }
  }
  return code;
});

/** base64(1). */
export const base64Program = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'decode', short: 'd', long: 'decode' },
    { name: 'decode', short: 'D' },
    { name: 'ignore', short: 'i', long: 'ignore-garbage' },
    { name: 'wrap', short: 'w', long: 'wrap', value: 'required' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const data = yield* readOperand(process, parsed.operands[0] ?? '-');
  if (data === undefined) return 1;
  if (!parsed.flags.has('decode')) {
    const width = Number(parsed.values.get('wrap') ?? 76);
    const text = encodeBase64(data);
    yield* print(
      process,
      width === 0
        ? text
        : (text.match(new RegExp(`.{1,${Math.max(1, Math.min(width, 100_000))}}`, 'g')) ?? [])
            .map((line) => `${line}\n`)
            .join(''),
    );
    return 0;
  }
  const decoded = decodeBase64(utf8Decode(data), parsed.flags.has('ignore'));
  yield* writeBytes(process.stdout, decoded.bytes);
  return decoded.complete ? 0 : yield* complain(process, 'base64: invalid input');
});
