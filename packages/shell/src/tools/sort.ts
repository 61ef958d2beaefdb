import { absolutePath, errnoText } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { readOperand, taskProgram } from '../stdio/program.ts';

interface Key {
  readonly fromField: number;
  readonly fromCharacter: number;
  readonly toField: number;
  readonly toCharacter: number;
  readonly flags: string;
}

/** Lines are sorted in one go, so more of them would hold the thread for seconds. The real one says the same when memory ends. */
const MAX_LINES = 250_000;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

function hasMoreLines(text: string, lineEnd: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf(lineEnd); at >= 0; at = text.indexOf(lineEnd, at + 1))
    if (++count > most) return true;
  return false;
}

/** sort(1), in the C locale. */
export const sortProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'n', short: 'n', long: 'numeric-sort' },
    { name: 'r', short: 'r', long: 'reverse' },
    { name: 'u', short: 'u', long: 'unique' },
    { name: 'f', short: 'f', long: 'ignore-case' },
    { name: 'h', short: 'h', long: 'human-numeric-sort' },
    { name: 'V', short: 'V', long: 'version-sort' },
    { name: 'M', short: 'M', long: 'month-sort' },
    { name: 'b', short: 'b', long: 'ignore-leading-blanks' },
    { name: 's', short: 's', long: 'stable' },
    { name: 'c', short: 'c', long: 'check' },
    { name: 'z', short: 'z', long: 'zero-terminated' },
    { name: 'key', short: 'k', long: 'key', value: 'required' },
    { name: 'separator', short: 't', long: 'field-separator', value: 'required' },
    { name: 'output', short: 'o', long: 'output', value: 'required' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message, 2);
  const globals = ['n', 'r', 'f', 'h', 'V', 'M', 'b'].filter((flag) => parsed.flags.has(flag)).join('');
  const keys: Key[] = [];
  for (const { name, value } of parsed.given) {
    if (name !== 'key') continue;
    const key = parseKey(value ?? '', globals);
    if (key === undefined)
      return yield* complain(
        process,
        `sort: invalid number at field start: invalid count at start of '${value ?? ''}'`,
        2,
      );
    keys.push(key);
  }
  if (keys.length === 0)
    keys.push({ fromField: 1, fromCharacter: 1, toField: 0, toCharacter: 0, flags: globals });
  const lineEnd = parsed.flags.has('z') ? '\0' : '\n';
  let text = '';
  for (const name of parsed.operands.length === 0 ? ['-'] : parsed.operands) {
    const info = name === '-' ? undefined : process.fs.stat(absolutePath(process.cwd, name));
    if (info?.ok === false)
      return yield* complain(process, `sort: cannot read: ${name}: ${errnoText(info.errno)}`, 2);
    const data = yield* readOperand(process, name);
    if (data === undefined) return 2;
    text += utf8Decode(data);
    if (text !== '' && !text.endsWith(lineEnd)) text += lineEnd;
  }
  if (hasMoreLines(text, lineEnd, MAX_LINES)) return yield* complain(process, 'sort: memory exhausted', 2);
  const lines = text === '' ? [] : text.slice(0, -1).split(lineEnd);
  const separator = parsed.values.get('separator');
  const compare = comparer(
    keys,
    separator,
    parsed.flags.has('u') || parsed.flags.has('s') ? undefined : parsed.flags.has('r'),
  );
  if (parsed.flags.has('c')) {
    const disorder = lines.findIndex((line, index) => index > 0 && compare(lines[index - 1] ?? '', line) > 0);
    return disorder < 0
      ? 0
      : yield* complain(
          process,
          `sort: ${parsed.operands[0] ?? '-'}:${disorder + 1}: disorder: ${lines[disorder] ?? ''}`,
        );
  }
  let sorted = lines.sort(compare);
  if (parsed.flags.has('u'))
    sorted = sorted.filter((line, index) => index === 0 || compare(sorted[index - 1] ?? '', line) !== 0);
  const result = sorted.map((line) => line + lineEnd).join('');
  const output = parsed.values.get('output');
  if (output === undefined) {
    yield* print(process, result);
    return 0;
  }
  const written = process.fs.writeFile(absolutePath(process.cwd, output), utf8Encode(result));
  return written.ok
    ? 0
    : yield* complain(process, `sort: open failed: ${output}: ${errnoText(written.errno)}`, 2);
});

function parseKey(text: string, globals: string): Key | undefined {
  const match = /^(\d+)(?:\.(\d+))?([bdfghiMnrV]*)(?:,(\d+)(?:\.(\d+))?([bdfghiMnrV]*))?$/.exec(text);
  if (match === null || match[1] === '0') return undefined;
  const own = (match[3] ?? '') + (match[6] ?? '');
  return {
    fromField: Number(match[1]),
    fromCharacter: Number(match[2] ?? 1),
    toField: Number(match[4] ?? 0),
    toCharacter: Number(match[5] ?? 0),
    flags: own === '' ? globals : own,
  };
}

function comparer(
  keys: readonly Key[],
  separator: string | undefined,
  lastResortReverse: boolean | undefined,
): (left: string, right: string) => number {
  return (left, right) => {
    for (const key of keys) {
      const result = compareBy(key.flags, keyText(left, key, separator), keyText(right, key, separator));
      if (result !== 0) return key.flags.includes('r') ? -result : result;
    }
    if (lastResortReverse === undefined) return 0;
    const result = left < right ? -1 : left > right ? 1 : 0;
    return lastResortReverse ? -result : result;
  };
}

function keyText(line: string, key: Key, separator: string | undefined): string {
  if (key.fromField === 1 && key.fromCharacter === 1 && key.toField === 0)
    return key.flags.includes('b') ? line.trimStart() : line;
  // Without -t a field begins with the blanks before it.
  const fields = separator === undefined ? (line.match(/\s*\S+/g) ?? []) : line.split(separator);
  const joint = separator ?? '';
  const last = key.toField === 0 ? fields.length : key.toField;
  const part = fields.slice(key.fromField - 1, last);
  if (part.length === 0) return '';
  if (key.toField > 0 && key.toCharacter > 0 && part.length === last - key.fromField + 1)
    part[part.length - 1] = (part.at(-1) ?? '').slice(0, key.toCharacter);
  const text = part.join(joint).slice(key.fromCharacter - 1);
  return key.flags.includes('b') || key.flags.includes('n') ? text.trimStart() : text;
}

function compareBy(flags: string, left: string, right: string): number {
  if (flags.includes('n') || flags.includes('g')) return numberOf(left) - numberOf(right);
  if (flags.includes('h')) return humanOf(left) - humanOf(right);
  if (flags.includes('M'))
    return (
      MONTHS.indexOf(left.trim().slice(0, 3).toUpperCase()) -
      MONTHS.indexOf(right.trim().slice(0, 3).toUpperCase())
    );
  if (flags.includes('V')) return compareVersions(left, right);
  const [a, b] = flags.includes('f') ? [left.toUpperCase(), right.toUpperCase()] : [left, right];
  return a < b ? -1 : a > b ? 1 : 0;
}

function numberOf(text: string): number {
  const match = /^\s*(-?\d*\.?\d+|-?\d+)/.exec(text);
  return match === null ? 0 : Number(match[1]);
}

function humanOf(text: string): number {
  const match = /^\s*(-?\d+(?:\.\d+)?)([KMGTP])?/i.exec(text);
  return match === null ? 0 : Number(match[1]) * (UNITS[(match[2] ?? '').toUpperCase()] ?? 1);
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left.match(/\d+|\D+/g) ?? [], right.match(/\d+|\D+/g) ?? []];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [x = '', y = ''] = [a[index], b[index]];
    const bothNumbers = /^\d/.test(x) && /^\d/.test(y);
    const result = bothNumbers ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0;
    if (result !== 0) return result;
  }
  return 0;
}
