import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, ReadStream, Task } from '@podwire/machine';
import { LineReader } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { readOperand, taskProgram } from '../stdio/program.ts';
import { Regex } from '@podwire/sim';
import type { RegexMatch } from '@podwire/sim';
import { utf8Decode } from '@podwire/sim';
import { Pattern } from '../lang/pattern.ts';
import { openOperand } from './cat.ts';

const OPTIONS = [
  { name: 'extended', short: 'E', long: 'extended-regexp' },
  { name: 'fixed', short: 'F', long: 'fixed-strings' },
  { name: 'basic', short: 'G', long: 'basic-regexp' },
  { name: 'perl', short: 'P', long: 'perl-regexp' },
  { name: 'pattern', short: 'e', long: 'regexp', value: 'required' },
  { name: 'pattern-file', short: 'f', long: 'file', value: 'required' },
  { name: 'ignore-case', short: 'i', long: 'ignore-case' },
  { name: 'invert', short: 'v', long: 'invert-match' },
  { name: 'word', short: 'w', long: 'word-regexp' },
  { name: 'line', short: 'x', long: 'line-regexp' },
  { name: 'count', short: 'c', long: 'count' },
  { name: 'files-with', short: 'l', long: 'files-with-matches' },
  { name: 'files-without', short: 'L', long: 'files-without-match' },
  { name: 'max', short: 'm', long: 'max-count', value: 'required' },
  { name: 'only', short: 'o', long: 'only-matching' },
  { name: 'quiet', short: 'q', long: 'quiet' },
  { name: 'quiet', long: 'silent' },
  { name: 'no-messages', short: 's', long: 'no-messages' },
  { name: 'number', short: 'n', long: 'line-number' },
  { name: 'with-name', short: 'H', long: 'with-filename' },
  { name: 'no-name', short: 'h', long: 'no-filename' },
  { name: 'recursive', short: 'r', long: 'recursive' },
  { name: 'recursive', short: 'R', long: 'dereference-recursive' },
  { name: 'include', long: 'include', value: 'required' },
  { name: 'exclude', long: 'exclude', value: 'required' },
  { name: 'after', short: 'A', long: 'after-context', value: 'required' },
  { name: 'before', short: 'B', long: 'before-context', value: 'required' },
  { name: 'context', short: 'C', long: 'context', value: 'required' },
  { name: 'color', long: 'color', value: 'optional' },
  { name: 'color', long: 'colour', value: 'optional' },
  { name: 'line-buffered', long: 'line-buffered' },
  { name: 'text', short: 'a', long: 'text' },
] as const;

/** The most lines of context. */
const MAX_CONTEXT = 10_000;
const MAX_DEPTH = 50;

interface Search {
  readonly process: Process;
  readonly flags: ReadonlySet<string>;
  readonly find: (line: string, from: number) => RegexMatch | undefined;
  readonly names: boolean;
  readonly color: boolean;
  readonly after: number;
  readonly before: number;
  readonly max: number;
  readonly include: readonly Pattern[];
  readonly exclude: readonly Pattern[];
  matched: boolean;
  failed: boolean;
}

/** grep(1), and egrep and fgrep by their names. */
export const grepProgram = taskProgram(function* (process) {
  const own = process.argv[0]?.split('/').at(-1);
  const args = process.argv
    .slice(1)
    .flatMap((argument) => (/^-\d+$/.test(argument) ? ['-C', argument.slice(1)] : [argument]));
  const parsed = parseOptions(args, OPTIONS);
  if (!parsed.ok) {
    yield* usageError(process, parsed.message);
    return 2;
  }
  const patterns: string[] = [];
  for (const { name, value } of parsed.given) {
    if (name === 'pattern') patterns.push(...(value ?? '').split('\n'));
    if (name === 'pattern-file') {
      const data = yield* readOperand(process, value ?? '');
      if (data === undefined) return 2;
      const text = utf8Decode(data);
      if (text !== '') patterns.push(...(text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'));
    }
  }
  let operands = parsed.operands;
  if (!parsed.flags.has('pattern') && !parsed.flags.has('pattern-file')) {
    const [first] = operands;
    if (first === undefined)
      return yield* complain(
        process,
        "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.",
        2,
      );
    patterns.push(...first.split('\n'));
    operands = operands.slice(1);
  }
  const flags = new Set(parsed.flags);
  if (own === 'egrep') flags.add('extended');
  if (own === 'fgrep') flags.add('fixed');
  const find = compile(patterns, flags);
  if (typeof find === 'string') return yield* complain(process, `grep: ${find}`, 2);
  const contextOf = (name: string): number =>
    Math.min(MAX_CONTEXT, Number(parsed.values.get(name) ?? parsed.values.get('context') ?? 0) || 0);
  const recursive = flags.has('recursive');
  const colorWhen = parsed.values.get('color');
  const search: Search = {
    process,
    flags,
    find,
    names: !flags.has('no-name') && (flags.has('with-name') || operands.length > 1 || recursive),
    color: flags.has('color') && (colorWhen === 'always' || (colorWhen !== 'never' && process.stdout.isTty)),
    after: contextOf('after'),
    before: contextOf('before'),
    max: Number(parsed.values.get('max') ?? Number.POSITIVE_INFINITY),
    include: parsed.given
      .filter((option) => option.name === 'include')
      .map((option) => Pattern.of(option.value ?? '')),
    exclude: parsed.given
      .filter((option) => option.name === 'exclude')
      .map((option) => Pattern.of(option.value ?? '')),
    matched: false,
    failed: false,
  };
  for (const name of operands.length === 0 ? [recursive ? '.' : '-'] : operands) {
    yield* searchOperand(search, name, operands.length === 0, 0);
    if (search.matched && flags.has('quiet')) return 0;
  }
  return search.failed ? 2 : search.matched ? 0 : 1;
});

function compile(patterns: readonly string[], flags: ReadonlySet<string>): Search['find'] | string {
  const syntax = flags.has('perl')
    ? 'perl'
    : flags.has('extended') || flags.has('fixed')
      ? 'extended'
      : 'basic';
  const regexes: Regex[] = [];
  for (const pattern of patterns) {
    const source = flags.has('fixed') ? pattern.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&') : pattern;
    const compiled = Regex.compile(source, { syntax, ignoreCase: flags.has('ignore-case') });
    if (!compiled.ok) return compiled.message;
    regexes.push(compiled.value);
  }
  return (line, from) => {
    let best: RegexMatch | undefined;
    for (const regex of regexes) {
      const match = findFitting(regex, line, from, flags);
      if (
        match !== undefined &&
        (best === undefined ||
          match.start < best.start ||
          (match.start === best.start && match.end > best.end))
      )
        best = match;
    }
    return best;
  };
}

/** The first match that `-w` and `-x` accept. */
function findFitting(
  regex: Regex,
  line: string,
  from: number,
  flags: ReadonlySet<string>,
): RegexMatch | undefined {
  for (let at = from; at <= line.length;) {
    const match = regex.search(line, at);
    if (match === undefined) return undefined;
    const whole = !flags.has('line') || (match.start === 0 && match.end === line.length);
    const word =
      !flags.has('word') ||
      (!/\w/.test(line.charAt(match.start - 1)) &&
        !/\w/.test(line.charAt(match.end)) &&
        match.end > match.start);
    if (whole && word) return match;
    at = match.start + 1;
  }
  return undefined;
}

function* searchOperand(search: Search, name: string, implied: boolean, depth: number): Task<void> {
  const { process, flags } = search;
  const path = absolutePath(process.cwd, name);
  const info = name === '-' ? undefined : process.fs.stat(path);
  if (info?.ok === true && info.value.kind === 'directory') {
    if (!flags.has('recursive')) {
      if (!flags.has('no-messages')) yield* complain(process, `grep: ${name}: Is a directory`);
      search.failed = true;
      return;
    }
    const names = process.fs.list(path);
    if (!names.ok || depth > MAX_DEPTH) return;
    for (const entry of names.value) {
      const link = process.fs.lstat(`${path}/${entry}`);
      if (link.ok && link.value.kind === 'symlink') continue;
      yield* searchOperand(
        search,
        implied && depth === 0 ? entry : `${name.replace(/\/$/, '')}/${entry}`,
        implied,
        depth + 1,
      );
    }
    return;
  }
  const base = name.split('/').at(-1) ?? '';
  if (
    depth > 0 &&
    ((search.include.length > 0 && !search.include.some((pattern) => pattern.matches(base))) ||
      search.exclude.some((pattern) => pattern.matches(base)))
  )
    return;
  if (info?.ok === false) {
    if (!flags.has('no-messages')) yield* complain(process, `grep: ${name}: ${errnoText(info.errno)}`);
    search.failed = true;
    return;
  }
  const stream = yield* openOperand(process, name);
  if (stream !== undefined) yield* searchStream(search, name === '-' ? '(standard input)' : name, stream);
}

function* searchStream(search: Search, name: string, stream: ReadStream): Task<void> {
  const { process, flags } = search;
  const reader = new LineReader(stream);
  const before: { readonly line: string; readonly number: number }[] = [];
  let number = 0;
  let count = 0;
  let afterLeft = 0;
  let lastShown = 0;
  const silent =
    flags.has('quiet') || flags.has('count') || flags.has('files-with') || flags.has('files-without');
  const contextual = search.after > 0 || search.before > 0;
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    yield { kind: 'step' };
    number++;
    const hit = (search.find(line, 0) !== undefined) !== flags.has('invert');
    if (hit) {
      count++;
      search.matched = true;
      if (flags.has('quiet') || flags.has('files-with')) break;
      if (!silent) {
        if (contextual && lastShown > 0 && number - before.length > lastShown + 1)
          yield* print(process, search.color ? '\x1b[36m--\x1b[0m\n' : '--\n');
        for (const earlier of before.splice(0)) yield* show(search, name, earlier.number, earlier.line, '-');
        yield* show(search, name, number, line, ':');
        lastShown = number;
        afterLeft = search.after;
      }
      if (count >= search.max) break;
    } else if (!silent && afterLeft > 0) {
      afterLeft--;
      yield* show(search, name, number, line, '-');
      lastShown = number;
    } else if (search.before > 0) {
      before.push({ line, number });
      if (before.length > search.before) before.shift();
    }
  }
  if (flags.has('quiet')) return;
  if (flags.has('files-with')) {
    if (count > 0) yield* print(process, `${name}\n`);
  } else if (flags.has('files-without')) {
    if (count === 0) yield* print(process, `${name}\n`);
  } else if (flags.has('count')) yield* print(process, `${search.names ? `${name}:` : ''}${count}\n`);
}

function* show(search: Search, name: string, number: number, line: string, mark: ':' | '-'): Task<void> {
  const { process, flags, color } = search;
  const paint = (code: string, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const head =
    (search.names ? paint('35', name) + paint('36', mark) : '') +
    (flags.has('number') ? paint('32', String(number)) + paint('36', mark) : '');
  if (mark === '-' || (flags.has('invert') && !flags.has('only'))) {
    if (!flags.has('only')) yield* print(process, `${head}${line}\n`);
    return;
  }
  let out = '';
  let at = 0;
  for (
    let match = search.find(line, 0);
    match !== undefined && match.start <= line.length;
    match = search.find(line, at)
  ) {
    const text = line.slice(match.start, match.end);
    if (flags.has('only')) out += text === '' ? '' : `${head}${paint('01;31', text)}\n`;
    else out += line.slice(at, match.start) + (text === '' ? '' : paint('01;31', text));
    at = match.end > match.start ? match.end : match.end + 1;
    if (match.end === match.start && !flags.has('only')) out += line.slice(match.end, at);
    if (!color && !flags.has('only')) break;
    if (at > line.length) break;
  }
  if (flags.has('only')) yield* print(process, flags.has('invert') ? '' : out);
  else
    yield* print(
      process,
      color ? `${head}${out}${line.slice(Math.min(at, line.length))}\n` : `${head}${line}\n`,
    );
}
