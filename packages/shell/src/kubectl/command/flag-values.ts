import { goQuote, parseDuration } from '@podwire/sim';
import type { Flag } from '../surface/flag.ts';

type Stored =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'toggle'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'duration'; readonly ms: number }
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'pairs'; readonly values: ReadonlyMap<string, string> };

type Parsed =
  { readonly ok: true; readonly stored: Stored } | { readonly ok: false; readonly message: string };

const TRUE_WORDS = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE_WORDS = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function parseInteger(text: string, bits: 32 | 64): Parsed {
  const wrong = (why: string): Parsed => ({
    ok: false,
    message: `strconv.ParseInt: parsing ${goQuote(text)}: ${why}`,
  });
  const match = /^([-+]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[1-9][0-9_]*|0)$/.exec(text);
  if (match === null) return wrong('invalid syntax');
  const digits = (match[2] ?? '').replaceAll('_', '').replace(/^0(?=[0-7])/, '0o');
  const magnitude = BigInt(digits);
  const value = match[1] === '-' ? -magnitude : magnitude;
  const limit = 1n << BigInt(bits - 1);
  if (value >= limit || value < -limit) return wrong('value out of range');
  return { ok: true, stored: { kind: 'integer', value: Number(value) } };
}

function parseToggle(text: string): Parsed {
  if (TRUE_WORDS.has(text)) return { ok: true, stored: { kind: 'toggle', value: true } };
  if (FALSE_WORDS.has(text)) return { ok: true, stored: { kind: 'toggle', value: false } };
  return { ok: false, message: `strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax` };
}

type CsvResult =
  | { readonly ok: true; readonly fields: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** One line of CSV, as pflag reads slices: `a,"b,c"`. */
export function parseCsvLine(text: string): CsvResult {
  if (text === '') return { ok: true, fields: [] };
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let field = '';
      at += 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          return {
            ok: false,
            message: `record on line 1; parse error on line 2, column 0: extraneous or missing " in quoted-field`,
          };
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at += 1;
      }
      if (at < text.length && text[at] !== ',') {
        return {
          ok: false,
          message: `parse error on line 1, column ${at}: extraneous or missing " in quoted-field`,
        };
      }
      fields.push(field);
    } else {
      const comma = text.indexOf(',', at);
      const field = comma < 0 ? text.slice(at) : text.slice(at, comma);
      const quote = field.indexOf('"');
      if (quote >= 0)
        return {
          ok: false,
          message: `parse error on line 1, column ${at + quote + 1}: bare " in non-quoted field`,
        };
      fields.push(field);
      at += field.length;
    }
    if (at >= text.length) return { ok: true, fields };
    at += 1;
    if (at === text.length) {
      fields.push('');
      return { ok: true, fields };
    }
  }
}

function initialOf(flag: Flag): Stored {
  switch (flag.kind) {
    case 'string':
      return { kind: 'text', value: flag.initial };
    case 'bool':
    case 'tristate':
      return { kind: 'toggle', value: flag.initial === 'true' };
    case 'int':
      return { kind: 'integer', value: Number(flag.initial) };
    case 'duration': {
      const parsed = parseDuration(flag.initial);
      return { kind: 'duration', ms: parsed.ok ? parsed.ms : 0 };
    }
    case 'stringSlice':
    case 'stringArray': {
      const inner = flag.initial.slice(1, -1);
      return { kind: 'list', values: inner === '' ? [] : inner.split(',') };
    }
    case 'stringToString':
      return { kind: 'pairs', values: new Map() };
  }
}

function parseValue(flag: Flag, text: string, before: Stored, changed: boolean): Parsed {
  switch (flag.kind) {
    case 'string':
      return { ok: true, stored: { kind: 'text', value: text } };
    case 'bool':
    case 'tristate':
      return parseToggle(text);
    case 'int':
      return parseInteger(text, flag.bits ?? 64);
    case 'duration': {
      const parsed = parseDuration(text);
      return parsed.ok ? { ok: true, stored: { kind: 'duration', ms: parsed.ms } } : parsed;
    }
    case 'stringSlice':
    case 'stringArray': {
      const earlier = changed && before.kind === 'list' ? before.values : [];
      const csv: CsvResult = flag.kind === 'stringArray' ? { ok: true, fields: [text] } : parseCsvLine(text);
      return csv.ok ? { ok: true, stored: { kind: 'list', values: [...earlier, ...csv.fields] } } : csv;
    }
    case 'stringToString': {
      const csv = parseCsvLine(text);
      if (!csv.ok) return csv;
      const values = new Map(changed && before.kind === 'pairs' ? before.values : []);
      for (const pair of csv.fields) {
        const equals = pair.indexOf('=');
        if (equals < 0) return { ok: false, message: `${pair} must be formatted as key=value` };
        values.set(pair.slice(0, equals), pair.slice(equals + 1));
      }
      return { ok: true, stored: { kind: 'pairs', values } };
    }
  }
}

/** The values of one invocation's flags. Asking for a flag that the command does not have is a defect. */
export class FlagValues {
  private readonly flags: ReadonlyMap<string, Flag>;
  private readonly stored = new Map<string, Stored>();
  private readonly set = new Set<string>();
  private readonly history: { readonly name: string; readonly text: string }[] = [];

  constructor(flags: Iterable<Flag>) {
    this.flags = new Map([...flags].map((flag) => [flag.name, flag]));
  }

  has(name: string): boolean {
    return this.flags.has(name);
  }

  /** The message of a value that the flag cannot take, or undefined. */
  assign(flag: Flag, text: string): string | undefined {
    const parsed = parseValue(flag, text, this.current(flag.name), this.set.has(flag.name));
    if (!parsed.ok) return parsed.message;
    this.stored.set(flag.name, parsed.stored);
    this.set.add(flag.name);
    this.history.push({ name: flag.name, text });
    return undefined;
  }

  /** What was given, in the order of the command line. */
  inOrder(): readonly { readonly name: string; readonly text: string }[] {
    return this.history;
  }

  changed(name: string): boolean {
    return this.set.has(name);
  }

  /** Names of the flags that were given. */
  given(): ReadonlySet<string> {
    return this.set;
  }

  private current(name: string): Stored {
    const stored = this.stored.get(name);
    if (stored !== undefined) return stored;
    const flag = this.flags.get(name);
    if (flag === undefined) throw new Error(`the command has no flag --${name}`);
    return initialOf(flag);
  }

  private of<K extends Stored['kind']>(name: string, kind: K): Stored & { kind: K } {
    const stored = this.current(name);
    if (stored.kind !== kind) throw new Error(`flag --${name} holds ${stored.kind}, not ${kind}`);
    return stored as Stored & { kind: K };
  }

  text(name: string): string {
    return this.of(name, 'text').value;
  }

  /** Text of a flag that only some commands have. */
  textIfAny(name: string): string {
    return this.has(name) ? this.text(name) : '';
  }

  /** A global flag's text; empty where a command has hidden it by a list of its own. */
  globalText(name: string): string {
    return this.flags.get(name)?.kind === 'string' ? this.text(name) : '';
  }

  toggle(name: string): boolean {
    return this.of(name, 'toggle').value;
  }

  toggleIfAny(name: string): boolean {
    return this.has(name) && this.toggle(name);
  }

  integer(name: string): number {
    return this.of(name, 'integer').value;
  }

  durationMs(name: string): number {
    return this.of(name, 'duration').ms;
  }

  list(name: string): readonly string[] {
    return this.of(name, 'list').values;
  }

  listIfAny(name: string): readonly string[] {
    return this.has(name) ? this.list(name) : [];
  }

  pairs(name: string): ReadonlyMap<string, string> {
    return this.of(name, 'pairs').values;
  }
}
