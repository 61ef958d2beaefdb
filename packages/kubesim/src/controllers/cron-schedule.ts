/** Standard five-field cron expressions, with the macros that upstream's parser knows, in UTC. */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Vixie cron: when both day fields are restricted, either may match. */
  readonly eitherDay: boolean;
}

const MACROS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE_MS = 60_000;
/** A schedule such as 29 February is met within eight years, or never. */
const MAX_DAYS_AHEAD = 8 * 366;

export function parseCron(text: string): CronSchedule | undefined {
  const fields = (MACROS.get(text.trim()) ?? text.trim()).split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (
    fields.length !== 5 ||
    minute === undefined ||
    hour === undefined ||
    day === undefined ||
    month === undefined ||
    weekday === undefined
  )
    return undefined;
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const months = parseField(month, 1, 12, MONTHS, 1);
  const weekdays = parseField(weekday, 0, 7, WEEKDAYS, 0);
  if (
    minutes === undefined ||
    hours === undefined ||
    days === undefined ||
    months === undefined ||
    weekdays === undefined
  )
    return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  return { minutes, hours, days, months, weekdays, eitherDay: !/^[*?]/.test(day) && !/^[*?]/.test(weekday) };
}

function parseField(
  text: string,
  lowest: number,
  highest: number,
  names: readonly string[] = [],
  firstName = 0,
): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|\?|[a-z0-9]+(?:-[a-z0-9]+)?)(?:\/(\d{1,4}))?$/i.exec(part);
    const range = match?.[1];
    if (range === undefined) return undefined;
    const step = match?.[2] === undefined ? 1 : Number(match[2]);
    const [startText, endText] =
      range === '*' || range === '?' ? [String(lowest), String(highest)] : range.split('-');
    const start = toNumber(startText, names, firstName);
    const open = match?.[2] !== undefined && endText === undefined;
    const end = endText === undefined ? (open ? highest : start) : toNumber(endText, names, firstName);
    if (
      start === undefined ||
      end === undefined ||
      step < 1 ||
      start < lowest ||
      end > highest ||
      start > end
    )
      return undefined;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

function toNumber(text: string | undefined, names: readonly string[], firstName: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? undefined : index + firstName;
}

/** The first time after `afterMs` at which the schedule is due. */
export function nextDueMs(schedule: CronSchedule, afterMs: number): number | undefined {
  let atMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  for (let days = 0; days < MAX_DAYS_AHEAD; days++) {
    const midnight = new Date(atMs);
    if (dayMatches(schedule, midnight)) {
      const date = midnight.getUTCDate();
      for (let time = atMs; new Date(time).getUTCDate() === date; time += MINUTE_MS) {
        const moment = new Date(time);
        if (schedule.hours.has(moment.getUTCHours()) && schedule.minutes.has(moment.getUTCMinutes()))
          return time;
      }
    }
    atMs = Date.UTC(midnight.getUTCFullYear(), midnight.getUTCMonth(), midnight.getUTCDate() + 1);
  }
  return undefined;
}

function dayMatches(schedule: CronSchedule, date: Date): boolean {
  if (!schedule.months.has(date.getUTCMonth() + 1)) return false;
  const day = schedule.days.has(date.getUTCDate());
  const weekday = schedule.weekdays.has(date.getUTCDay());
  return schedule.eitherDay ? day || weekday : day && weekday;
}
