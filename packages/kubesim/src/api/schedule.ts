/** A cron schedule: which minutes, hours, days, months and weekdays, each as a set of numbers. */
export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** A star in days or weekdays: then both must match, else either. */
  readonly starred: boolean;
}

export type ParsedSchedule =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: true; readonly everyMs: number }
  /** Words of robfig/cron, which upstream uses. */
  | { readonly ok: false; readonly message: string };

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

/** Five fields, `@daily` and its like, or `@every 1h30m`. */
export function parseSchedule(text: string): ParsedSchedule {
  const spec = text.trim().replace(/^(?:CRON_)?TZ=\S+\s+/, '');
  if (spec === '') return { ok: false, message: 'empty spec string' };
  if (spec.startsWith('@')) return parseDescriptor(spec);
  const fields = spec.split(/\s+/);
  if (fields.length !== 5)
    return { ok: false, message: `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]` };
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  try {
    return {
      ok: true,
      schedule: {
        minutes: parseField(minute, 0, 59),
        hours: parseField(hour, 0, 23),
        days: parseField(day, 1, 31),
        months: parseField(month, 1, 12, MONTHS, 1),
        weekdays: parseField(weekday, 0, 6, WEEKDAYS, 0),
        starred: /^[*?]/.test(day) || /^[*?]/.test(weekday),
      },
    };
  } catch (error) {
    if (error instanceof ScheduleError) return { ok: false, message: error.message };
    throw error;
  }
}

class ScheduleError extends Error {}

function parseDescriptor(spec: string): ParsedSchedule {
  const macro = Object.hasOwn(MACROS, spec) ? MACROS[spec] : undefined;
  if (macro !== undefined) return parseSchedule(macro);
  const every = /^@every ((?:\d+(?:\.\d+)?[hms])+)$/.exec(spec)?.[1];
  if (every === undefined) return { ok: false, message: `unrecognized descriptor: ${spec}` };
  let ms = 0;
  for (const part of every.matchAll(/(\d+(?:\.\d+)?)([hms])/g))
    ms += Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0);
  return { ok: true, everyMs: Math.max(UNITS['s'] ?? 0, ms) };
}

function parseField(
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  nameOffset = 0,
): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', stepText, extra] = part.split('/');
    if (extra !== undefined) throw new ScheduleError(`too many slashes: ${part}`);
    const [startText = '', endText, more] = range.split('-');
    if (more !== undefined) throw new ScheduleError(`too many hyphens: ${part}`);
    const star = startText === '*' || startText === '?';
    const start = star ? min : parseNumber(startText, names, nameOffset);
    let end = star ? max : endText === undefined ? start : parseNumber(endText, names, nameOffset);
    const step = stepText === undefined ? 1 : parseNumber(stepText, [], 0);
    if (stepText !== undefined && endText === undefined && !star) end = max;
    if (start < min) throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${part}`);
    if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${part}`);
    if (start > end)
      throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${part}`);
    if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${part}`);
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

function parseNumber(text: string, names: readonly string[], offset: number): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + offset;
  if (!/^\d{1,9}$/.test(text))
    throw new ScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}
