/** What a line tells of: information, a warning, an error, the end. */
export type LogSeverity = 'I' | 'W' | 'E' | 'F';

/** A value of klog's structured lines. A `reference` is an object by namespace and name. */
export type LogValue = string | number | boolean | readonly string[];

/** A line of a component's log, before the time and the process are put in front of it. */
export interface LogEntry {
  readonly severity?: LogSeverity;
  /** The `--v` from which on the line is written; 0 when it always is. */
  readonly verbosity?: number;
  /** File and line of the real source: `schedule_one.go:346`. */
  readonly source: string;
  readonly message: string;
  /** Absent: the message stands as it is, not as a structured line. */
  readonly values?: Readonly<Record<string, LogValue>>;
}

/** A line as klog writes it: `I1122 16:06:23.088168       1 log.go:244] Started …`. */
export function klogText(
  nowMs: number,
  pid: number,
  severity: LogSeverity,
  source: string,
  text: string,
): string {
  const at = new Date(nowMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const micros = String(Math.floor((nowMs % 1000) * 1000)).padStart(6, '0');
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}.${micros}`;
  return `${severity}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())} ${time} ${String(pid).padStart(7)} ${source}] ${text}\n`;
}

/** The text of an entry: `"Successfully bound pod to node" pod="default/web" node="worker"`. */
export function entryText({ message, values }: LogEntry): string {
  if (values === undefined) return message;
  const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${valueText(value)}`);
  return `${JSON.stringify(message)}${pairs.join('')}`;
}

/** Texts of several lines are written below each other, as klog does. */
function valueText(value: LogValue): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value.includes('\n')
    ? `<\n${value
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `\t${line}\n`)
        .join('')} >`
    : JSON.stringify(value);
}
