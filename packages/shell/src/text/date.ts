const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** strftime(3) in UTC and the C locale. */
export function formatDate(format: string, timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour12 = date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12;
  const dayOfYear = Math.floor((timeMs - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const day = DAYS[date.getUTCDay()] ?? '';
  const month = MONTHS[date.getUTCMonth()] ?? '';
  const fields: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getUTCFullYear()),
    y: () => two(date.getUTCFullYear() % 100),
    m: () => two(date.getUTCMonth() + 1),
    d: () => two(date.getUTCDate()),
    e: () => String(date.getUTCDate()).padStart(2),
    H: () => two(date.getUTCHours()),
    I: () => two(hour12),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    N: () => `${String(Math.floor(timeMs % 1000)).padStart(3, '0')}000000`,
    s: () => String(Math.floor(timeMs / 1000)),
    a: () => day.slice(0, 3),
    A: () => day,
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    B: () => month,
    j: () => String(dayOfYear).padStart(3, '0'),
    p: () => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
    u: () => String(date.getUTCDay() === 0 ? 7 : date.getUTCDay()),
    w: () => String(date.getUTCDay()),
    z: () => '+0000',
    Z: () => 'UTC',
    n: () => '\n',
    t: () => '\t',
    '%': () => '%',
    F: () => formatDate('%Y-%m-%d', timeMs),
    T: () => formatDate('%H:%M:%S', timeMs),
    R: () => formatDate('%H:%M', timeMs),
    D: () => formatDate('%m/%d/%y', timeMs),
    c: () => formatDate('%a %b %e %H:%M:%S %Y', timeMs),
    x: () => formatDate('%m/%d/%y', timeMs),
    X: () => formatDate('%H:%M:%S', timeMs),
    r: () => formatDate('%I:%M:%S %p', timeMs),
  };
  return format.replace(
    /%([-_0]?)(\d*)([A-Za-z%])/g,
    (whole, flag: string, width: string, letter: string) => {
      const field = Object.hasOwn(fields, letter) ? fields[letter]?.() : undefined;
      if (field === undefined) return whole;
      if (letter === 'N' && width !== '') return field.slice(0, Number(width));
      return flag === '-'
        ? field.replace(/^[0 ]+(?=\d)/, '')
        : flag === '_'
          ? field.replace(/^0+(?=\d)/, (zeros) => ' '.repeat(zeros.length))
          : field;
    },
  );
}

const UNITS: Readonly<Record<string, number>> = {
  second: 1000,
  sec: 1000,
  minute: 60_000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** `@1700000000`, ISO 8601, `now`, `yesterday`, `2 hours ago`, `+1 day`; undefined for anything else. */
export function parseDate(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (/^@-?\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed.slice(1)) * 1000;
  if (trimmed === '' || trimmed === 'now' || trimmed === 'today') return nowMs;
  if (trimmed === 'yesterday') return nowMs - 86_400_000;
  if (trimmed === 'tomorrow') return nowMs + 86_400_000;
  const relative = /^([-+]?\d+)\s*(second|sec|minute|min|hour|day|week)s?(\s+ago)?$/.exec(trimmed);
  if (relative !== null)
    return (
      nowMs + Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0) * (relative[3] === undefined ? 1 : -1)
    );
  const iso =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/.exec(
      trimmed,
    );
  if (iso === null) return undefined;
  const zone = /^([+-])(\d{2}):?(\d{2})$/.exec(iso[7] ?? '');
  const offsetMinutes =
    zone === null ? 0 : (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]));
  return (
    Date.UTC(
      Number(iso[1]),
      Number(iso[2]) - 1,
      Number(iso[3]),
      Number(iso[4] ?? 0),
      Number(iso[5] ?? 0),
      Number(iso[6] ?? 0),
    ) -
    offsetMinutes * 60_000
  );
}
