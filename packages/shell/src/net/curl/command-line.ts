import type { Arguments } from '../arguments.ts';
import { optionNamed, optionOfLetter } from './options.ts';
import type { CurlOption } from './options.ts';

/** Options by their letters, or by long names that have none; operands are URLs. */
export interface CurlArguments extends Arguments {
  /** Options with values in the order of the command line, as pieces of a body are joined in it. */
  readonly given: readonly (readonly [key: string, value: string])[];
}

type CommandLine =
  | { readonly ok: true; readonly arguments: CurlArguments }
  /** In curl's words, without its name. */
  | { readonly ok: false; readonly message: string };

const TRY = "curl: try 'curl --help' or 'curl --manual' for more information";
const SECONDS: readonly string[] = ['m', 'connect-timeout'];
const WHOLE_NUMBERS: readonly string[] = [
  'retry',
  'retry-delay',
  'retry-max-time',
  'max-redirs',
  'max-filesize',
];

/** Reads a command line as curl does: long names may be shortened, take no `=`, and `--no-` takes a switch back. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const options = new Map<string, string[]>();
  const given: (readonly [string, string])[] = [];
  const operands: string[] = [];
  let onlyUrls = false;
  const take = (option: CurlOption, value: string): void => {
    options.set(option.key, [...(options.get(option.key) ?? []), value]);
    if (option.takesValue) given.push([option.key, value]);
    if (option.key === 'url') operands.push(value);
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (onlyUrls || !arg.startsWith('-') || arg === '-') {
      operands.push(arg);
      continue;
    }
    if (arg === '--') {
      onlyUrls = true;
      continue;
    }
    const wrong = (why: string): CommandLine => ({ ok: false, message: `option ${arg}: ${why}\n${TRY}` });
    const read = arg.startsWith('--') ? longOption(arg.slice(2)) : letters(arg.slice(1));
    if (typeof read === 'string') return wrong(read);
    for (const { option, spelled, off, inline } of read) {
      if (!option.modelled) return { ok: false, message: `option ${spelled} is not part of this simulation` };
      if (off) options.delete(option.key);
      else if (!option.takesValue) take(option, '');
      else {
        const value = inline ?? args[++index];
        if (value === undefined) return wrong('requires parameter');
        const problem = problemOf(option.key, value);
        if (problem !== undefined) return wrong(problem);
        take(option, value);
      }
    }
  }
  if (operands.length === 0 && !options.has('V') && !options.has('h'))
    return {
      ok: false,
      message: args.length === 0 ? TRY.slice('curl: '.length) : `no URL specified!\n${TRY}`,
    };
  return { ok: true, arguments: { options, given, operands } };
}

interface Read {
  readonly option: CurlOption;
  readonly spelled: string;
  readonly off: boolean;
  /** What follows its letter in the same word. */
  readonly inline?: string;
}

/** What is wrong with it, when it is a text. */
function longOption(name: string): readonly Read[] | string {
  const found = optionNamed(name);
  if (found === 'ambiguous') return 'is ambiguous';
  if (found !== undefined) return [{ option: found, spelled: `--${found.long}`, off: false }];
  const reversed = name.startsWith('no-') ? optionNamed(name.slice('no-'.length)) : undefined;
  if (reversed === 'ambiguous') return 'is ambiguous';
  if (reversed === undefined) return 'is unknown';
  if (reversed.takesValue) return "used '--no-' for option that is not a boolean";
  return [{ option: reversed, spelled: `--no-${reversed.long}`, off: true }];
}

function letters(word: string): readonly Read[] | string {
  const read: Read[] = [];
  for (let at = 0; at < word.length; at++) {
    const option = optionOfLetter(word.charAt(at));
    if (option === undefined) return 'is unknown';
    const spelled = `-${option.key}`;
    if (!option.takesValue) {
      read.push({ option, spelled, off: false });
      continue;
    }
    const inline = word.slice(at + 1);
    read.push({ option, spelled, off: false, ...(inline === '' ? {} : { inline }) });
    break;
  }
  return read;
}

function problemOf(key: string, value: string): string | undefined {
  if (SECONDS.includes(key)) {
    if (/^-\d/.test(value)) return 'expected a positive numerical parameter';
    return /^(\d+\.?\d*|\.\d+)$/.test(value) ? undefined : 'expected a proper numerical parameter';
  }
  if (key === 'max-redirs' && value === '-1') return undefined;
  if (!WHOLE_NUMBERS.includes(key)) return undefined;
  if (/^-\d+$/.test(value)) return 'expected a positive numerical parameter';
  return /^\d{1,15}$/.test(value) ? undefined : 'expected a proper numerical parameter';
}

/** The width that curl wraps its warnings to. */
const WARNING_WIDTH = 79;

/** A warning in its lines. */
export function warning(text: string): string {
  const prefix = 'Warning: ';
  const width = WARNING_WIDTH - prefix.length;
  let [left, lines] = [text, ''];
  while (left.length > width) {
    const blank = left.slice(0, width).search(/[ \t][^ \t]*$/);
    const cut = blank <= 0 ? width : blank + 1;
    lines += `${prefix}${left.slice(0, cut)}\n`;
    left = left.slice(cut);
  }
  return `${lines}${prefix}${left}\n`;
}
