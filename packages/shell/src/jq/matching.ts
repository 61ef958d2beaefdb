import { Regex } from '@podwire/sim';
import type { RegexMatch } from '@podwire/sim';
import type { Json } from './json.ts';
import { JqError, shown } from './values.ts';

/** How often a text may be matched, for expressions that match emptiness everywhere. */
const MAX_MATCHES = 100_000;

function compile(pattern: Json, flags: Json): { readonly regex: Regex; readonly global: boolean } {
  if (typeof pattern !== 'string')
    throw new JqError(`${shown(pattern)} cannot be matched, as it is not a string`);
  const letters = typeof flags === 'string' ? flags : '';
  const bad = /[^gimnpslx]/.exec(letters)?.[0];
  if (bad !== undefined) throw new JqError(`${letters} is not a valid modifier string`);
  const compiled = Regex.compile(letters.includes('x') ? pattern.replace(/\s+/g, '') : pattern, {
    syntax: 'perl',
    ignoreCase: letters.includes('i'),
    multiline: true,
    dotAll: letters.includes('s') || letters.includes('p'),
  });
  if (!compiled.ok) throw new JqError(`${pattern} (at offset 0) is not a valid regex: ${compiled.message}`);
  return { regex: compiled.value, global: letters.includes('g') };
}

export function matches(
  input: Json,
  pattern: Json,
  flags: Json,
  everywhere: boolean,
): { readonly regex: Regex; readonly found: readonly RegexMatch[]; readonly subject: string } {
  const subject = input;
  if (typeof subject !== 'string')
    throw new JqError(`${shown(input)} cannot be matched, as it is not a string`);
  const { regex, global } = compile(pattern, flags);
  const found: RegexMatch[] = [];
  for (let match = regex.search(subject, 0); match !== undefined && found.length < MAX_MATCHES;) {
    found.push(match);
    const next = match.end > match.start ? match.end : match.end + 1;
    if (!(global || everywhere) || next > subject.length) break;
    match = regex.search(subject, next);
  }
  return { regex, found, subject };
}

function groupNames(regex: Regex): ReadonlyMap<number, string> {
  return new Map([...regex.groupNames].map(([name, index]) => [index, name] as const));
}

export function matchObject(regex: Regex, match: RegexMatch, subject: string): Json {
  const offset = (units: number): number => Array.from(subject.slice(0, units)).length;
  const names = groupNames(regex);
  const captures = match.spans.slice(1).map((span, index): Json => {
    const string = span === undefined ? null : subject.slice(span[0], span[1]);
    return new Map<string, Json>([
      ['offset', span === undefined ? -1 : offset(span[0])],
      ['length', string === null ? 0 : Array.from(string).length],
      ['string', string],
      ['name', names.get(index + 1) ?? null],
    ]);
  });
  const string = subject.slice(match.start, match.end);
  return new Map<string, Json>([
    ['offset', offset(match.start)],
    ['length', Array.from(string).length],
    ['string', string],
    ['captures', captures],
  ]);
}

export function captureObject(regex: Regex, match: RegexMatch): Json {
  return new Map<string, Json>(
    [...regex.groupNames].map(([name, index]) => [name, match.groups[index] ?? null]),
  );
}

export function* scan(input: Json, pattern: Json, flags: Json): Generator<Json, void> {
  const { found } = matches(input, pattern, flags, true);
  for (const match of found)
    yield match.groups.length > 1
      ? match.groups.slice(1).map((group) => group ?? null)
      : (match.groups[0] ?? null);
}

export function* splits(input: Json, pattern: Json, flags: Json): Generator<Json, void> {
  const { found, subject } = matches(input, pattern, flags, true);
  let at = 0;
  for (const match of found) {
    yield subject.slice(at, match.start);
    at = match.end;
  }
  yield subject.slice(at);
}

/** For `sub` and `gsub`: texts between matches and capture objects, in turns. */
export function pieces(input: Json, pattern: Json, flags: Json): Json {
  const { regex, found, subject } = matches(input, pattern, flags, false);
  const result: Json[] = [];
  let at = 0;
  for (const match of found) {
    result.push(subject.slice(at, match.start), captureObject(regex, match));
    at = match.end;
  }
  result.push(subject.slice(at));
  return result;
}
