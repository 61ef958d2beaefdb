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
