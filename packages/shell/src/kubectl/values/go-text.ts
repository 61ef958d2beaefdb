import { compareText, isObject } from './json.ts';
import type { JsonValue } from './json.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\v', '\\v'],
  ['\x07', '\\a'],
  ['"', '\\"'],
  ['\\', '\\\\'],
]);

/** strconv.Quote: what `%q` prints. */
export function goQuote(text: string): string {
  const body = text.replace(
    /[\x00-\x1f"\\\x7f]/g,
    (c) => ESCAPES.get(c) ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${body}"`;
}

/** `%q` of a character. */
export function goQuoteRune(character: string): string {
  return `'${character === "'" ? "\\'" : character}'`;
}

/** A float64 as `%v` prints it: exponents from 1e21 on. */
export function goNumber(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? value.toString() : goExponent(value);
  const magnitude = Math.abs(value);
  return magnitude < 1e-4 || magnitude >= 1e21 ? goExponent(value) : value.toString();
}

function goExponent(value: number): string {
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** What `fmt.Sprint` writes for a decoded JSON value: `map[a:1 b:2]`, `[1 2]`, `<nil>`. */
export function goSprint(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => goSprint(item)).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.keys(value)
    .sort(compareText)
    .map((key) => `${key}:${goSprint(value[key])}`);
  return `map[${fields.join(' ')}]`;
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

export type DurationResult =
  { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly message: string };

/** time.ParseDuration, with its messages. */
export function parseDuration(text: string): DurationResult {
  const invalid = (): DurationResult => ({ ok: false, message: `time: invalid duration ${goQuote(text)}` });
  let rest = text;
  let sign = 1;
  if (rest.startsWith('-') || rest.startsWith('+')) {
    sign = rest.startsWith('-') ? -1 : 1;
    rest = rest.slice(1);
  }
  if (rest === '0') return { ok: true, ms: 0 };
  if (rest === '') return invalid();
  let ms = 0;
  while (rest !== '') {
    const match = /^(\d*)(\.\d*)?/.exec(rest);
    const amount = match?.[0] ?? '';
    if (amount === '' || amount === '.') return invalid();
    rest = rest.slice(amount.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? '';
    if (unit === '') return { ok: false, message: `time: missing unit in duration ${goQuote(text)}` };
    const factor = UNIT_MS.get(unit);
    if (factor === undefined) {
      return { ok: false, message: `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}` };
    }
    rest = rest.slice(unit.length);
    ms += Number(amount) * factor;
  }
  return { ok: true, ms: sign * ms };
}

/** time.Duration.String: `1m30s`, `0s`, `1.5s`, `250ms`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const magnitude = Math.abs(ms);
  if (magnitude < 1e-3) return `${sign}${String(Math.round(magnitude * 1e6))}ns`;
  if (magnitude < 1) return `${sign}${String(Number((magnitude * 1e3).toFixed(3)))}µs`;
  if (magnitude < 1000) return `${sign}${String(Number(magnitude.toFixed(6)))}ms`;
  const hours = Math.floor(magnitude / 3_600_000);
  const minutes = Math.floor((magnitude % 3_600_000) / 60_000);
  const seconds = Number(((magnitude % 60_000) / 1000).toFixed(9));
  const tail = `${seconds}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${tail}`;
  return minutes > 0 ? `${sign}${minutes}m${tail}` : sign + tail;
}

/** duration.HumanDuration: the AGE column and `describe`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(hours / 24 / 365);
  if (hours < 24 * 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
}

/** Age since a timestamp of the API, as tables and `describe` print it. */
export function ageSince(timestamp: string, nowMs: number): string {
  if (timestamp === '') return '<unknown>';
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? '<unknown>' : humanDuration(nowMs - then);
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const two = (value: number): string => value.toString().padStart(2, '0');

/** time.RFC1123Z in UTC, as `describe` prints times. */
export function rfc1123(timestamp: string): string {
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) return timestamp;
  const at = new Date(ms);
  const day = WEEKDAYS[at.getUTCDay()] ?? '';
  const month = MONTHS[at.getUTCMonth()] ?? '';
  return `${day}, ${two(at.getUTCDate())} ${month} ${at.getUTCFullYear()} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

/** time.RFC3339 in UTC. */
export function rfc3339(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** What `%T` prints for a decoded JSON value. */
export function goTypeOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return 'map[string]interface {}';
}

/** What `%#v` prints for a decoded JSON value. */
export function goSyntax(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  const fields = Object.keys(value)
    .sort(compareText)
    .map((key) => `${goQuote(key)}:${goSyntax(value[key])}`);
  return `map[string]interface {}{${fields.join(', ')}}`;
}
