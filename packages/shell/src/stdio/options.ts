import type { Process, Task } from '@podwire/machine';
import { writeText } from './output.ts';

/** One option of a program: its letters and words, and whether a value follows. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  readonly long?: string;
  readonly value?: 'required' | 'optional';
}

export interface ParsedOptions {
  readonly ok: true;
  /** Options that were given. */
  readonly flags: ReadonlySet<string>;
  /** The last value of each option that takes one. */
  readonly values: ReadonlyMap<string, string>;
  /** All options in order, for those that may be repeated. */
  readonly given: readonly { readonly name: string; readonly value: string | undefined }[];
  readonly operands: readonly string[];
}

export interface OptionsStyle {
  /** Options end at the first operand, as for programs that run other programs. */
  readonly stopAtOperand?: boolean;
  /** Words may follow a single dash (`find -name`, `ip -br`). */
  readonly singleDashWords?: boolean;
}

/** getopt_long(3): the options of GNU programs, with its messages. */
export function parseOptions(
  args: readonly string[],
  specs: readonly OptionSpec[],
  style: OptionsStyle = {},
): ParsedOptions | { readonly ok: false; readonly message: string } {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const given: { name: string; value: string | undefined }[] = [];
  const operands: string[] = [];
  const record = (spec: OptionSpec, value: string | undefined): void => {
    flags.add(spec.name);
    if (value !== undefined) values.set(spec.name, value);
    given.push({ name: spec.name, value });
  };
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '--') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (argument === '-' || !argument.startsWith('-')) {
      if (style.stopAtOperand === true) {
        operands.push(...args.slice(index));
        break;
      }
      operands.push(argument);
      continue;
    }
    if (argument.startsWith('--')) {
      const equals = argument.indexOf('=');
      const word = argument.slice(2, equals < 0 ? undefined : equals);
      const found = findLong(specs, word);
      if (typeof found === 'string') return { ok: false, message: found };
      let value = equals < 0 ? undefined : argument.slice(equals + 1);
      if (found.value === undefined && value !== undefined)
        return { ok: false, message: `option '--${found.long ?? word}' doesn't allow an argument` };
      if (found.value === 'required' && value === undefined) {
        value = args[++index];
        if (value === undefined)
          return { ok: false, message: `option '--${found.long ?? word}' requires an argument` };
      }
      record(found, value);
      continue;
    }
    for (let at = 1; at < argument.length; at++) {
      const letter = argument.charAt(at);
      const spec = specs.find((candidate) => candidate.short === letter);
      if (spec === undefined) return { ok: false, message: `invalid option -- '${letter}'` };
      if (spec.value === undefined) {
        record(spec, undefined);
        continue;
      }
      let value: string | undefined = argument.slice(at + 1);
      if (value === '') value = spec.value === 'required' ? args[++index] : undefined;
      if (value === undefined && spec.value === 'required')
        return { ok: false, message: `option requires an argument -- '${letter}'` };
      record(spec, value);
      break;
    }
  }
  return { ok: true, flags, values, given, operands };
}

function findLong(specs: readonly OptionSpec[], word: string): OptionSpec | string {
  const exact = specs.find((spec) => spec.long === word);
  if (exact !== undefined) return exact;
  const [first, ...others] = specs.filter((spec) => spec.long?.startsWith(word) === true);
  if (first === undefined || word === '') return `unrecognized option '--${word}'`;
  return others.length > 0 ? `option '--${word}' is ambiguous` : first;
}

export function programName(process: Process): string {
  return process.argv[0]?.split('/').at(-1) ?? '';
}

/** `ls: invalid option -- 'z'` and where to look, as GNU programs end. */
export function* usageError(process: Process, message: string, exitCode = 1): Task {
  const name = programName(process);
  yield* writeText(process.stderr, `${name}: ${message}\nTry '${name} --help' for more information.\n`);
  return exitCode;
}
