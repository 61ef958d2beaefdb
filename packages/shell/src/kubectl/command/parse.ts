import type { Flag } from '../surface/flag.ts';
import { goQuote, goQuoteRune } from '../values/go-text.ts';
import { FlagValues } from './flag-values.ts';

/** What the words behind a command's name say. */
export interface ParsedArguments {
  readonly args: readonly string[];
  /** How many of them stood before `--`; -1 without one. */
  readonly argsBeforeDash: number;
  readonly flags: FlagValues;
  readonly help: boolean;
  /** Lines for standard error: deprecations. */
  readonly notices: readonly string[];
}

export type ParseResult =
  | { readonly ok: true; readonly parsed: ParsedArguments }
  | { readonly ok: false; readonly message: string; readonly notices: readonly string[] };

const HELP: Flag = { name: 'help', kind: 'bool', usage: '', initial: 'false', shorthand: 'h', bare: 'true' };

/** Flags mix with arguments in any order until `--`, as pflag reads them. */
export function parseArguments(words: readonly string[], flags: readonly Flag[]): ParseResult {
  const all = [...flags, HELP];
  const byName = new Map(all.map((flag) => [flag.name, flag]));
  const byShorthand = new Map(
    all.flatMap((flag) => (flag.shorthand === undefined ? [] : [[flag.shorthand, flag] as const])),
  );
  const values = new FlagValues(all);
  const args: string[] = [];
  const notices: string[] = [];
  let argsBeforeDash = -1;
  let at = 0;

  const assign = (flag: Flag, text: string): string | undefined => {
    const wrong = values.assign(flag, text);
    if (wrong !== undefined) {
      const label = flag.shorthand === undefined ? `--${flag.name}` : `-${flag.shorthand}, --${flag.name}`;
      return `invalid argument ${goQuote(text)} for ${goQuote(label)} flag: ${wrong}`;
    }
    if (flag.deprecated !== undefined)
      notices.push(`Flag --${flag.name} has been deprecated, ${flag.deprecated}`);
    return undefined;
  };

  const long = (word: string): string | undefined => {
    const body = word.slice(2);
    if (body.startsWith('-') || body.startsWith('=')) return `bad flag syntax: ${word}`;
    const equals = body.indexOf('=');
    // Flags may be spelled with underscores: cliflag.WarnWordSepNormalizeFunc.
    const name = (equals < 0 ? body : body.slice(0, equals)).replaceAll('_', '-');
    const flag = byName.get(name);
    if (flag === undefined) return `unknown flag: --${equals < 0 ? body : body.slice(0, equals)}`;
    if (equals >= 0) return assign(flag, body.slice(equals + 1));
    if (flag.bare !== undefined) return assign(flag, flag.bare);
    const next = words[at];
    if (next === undefined) return `flag needs an argument: ${word}`;
    at += 1;
    return assign(flag, next);
  };

  const short = (word: string): string | undefined => {
    let rest = word.slice(1);
    while (rest !== '') {
      const letter = [...rest][0] ?? '';
      const flag = byShorthand.get(letter);
      if (flag === undefined) return `unknown shorthand flag: ${goQuoteRune(letter)} in -${rest}`;
      if (rest.length > 2 && rest[1] === '=') return assign(flag, rest.slice(2));
      if (flag.bare !== undefined) {
        const wrong = assign(flag, flag.bare);
        if (wrong !== undefined) return wrong;
        rest = rest.slice(1);
        continue;
      }
      if (rest.length > 1) return assign(flag, rest.slice(1));
      const next = words[at];
      if (next === undefined) return `flag needs an argument: ${goQuoteRune(letter)} in -${rest}`;
      at += 1;
      return assign(flag, next);
    }
    return undefined;
  };

  while (at < words.length) {
    const word = words[at] ?? '';
    at += 1;
    if (word.length < 2 || !word.startsWith('-')) {
      args.push(word);
      continue;
    }
    if (word === '--') {
      argsBeforeDash = args.length;
      args.push(...words.slice(at));
      break;
    }
    const wrong = word.startsWith('--') ? long(word) : short(word);
    if (wrong !== undefined) return { ok: false, message: wrong, notices };
  }
  return { ok: true, parsed: { args, argsBeforeDash, flags: values, help: values.toggle('help'), notices } };
}
