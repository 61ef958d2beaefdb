import type { Process, Task, Wait } from '@podwire/machine';
import { writeText } from '../../stdio/output.ts';

const HEADINGS =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n';

/** How often curl looks at the clock while nothing happens, ms. */
const TICK_MS = 1_000;
/** Points in time that the current speed is counted over: five seconds. */
const SPEED_POINTS = 6;
/** Of `-#`, characters: what a terminal of 80 leaves for it. */
const BAR_WIDTH = 72;
const BAR_PAUSE_MS = 100;

type Watched<Result> = { readonly kind: 'done'; readonly value: Result } | { readonly kind: 'late' };

export type Shown = 'nothing' | 'meter' | 'bar';

interface Side {
  bytes: number;
  /** undefined while nobody said. */
  size: number | undefined;
}

/** What curl tells of a transfer on standard error while it runs, where its output does not go to a terminal. */
export class ProgressMeter {
  readonly #process: Process;
  readonly #shown: Shown;
  #startedMs = 0;
  readonly #down: Side = { bytes: 0, size: undefined };
  readonly #up: Side = { bytes: 0, size: undefined };
  #headed = false;
  #shownSecond = -1;
  #points: { readonly atMs: number; readonly bytes: number }[] = [];
  #speed = 0;
  #bar = { bytes: -1, atMs: -Infinity };

  constructor(process: Process, shown: Shown) {
    this.#process = process;
    this.#shown = shown;
  }

  /** Whether the bar has a line of its own to end. */
  get hasBar(): boolean {
    return this.#shown === 'bar';
  }

  /** A transfer begins, from its beginning when it is tried again. */
  start(): void {
    this.#startedMs = this.#process.nowMs();
    this.nextRequest();
  }

  /** A new request of the same transfer, behind a redirect. */
  nextRequest(): void {
    Object.assign(this.#down, { bytes: 0, size: undefined });
    Object.assign(this.#up, { bytes: 0, size: undefined });
  }

  expectDownload(size: number | undefined): void {
    this.#down.size = size;
  }

  expectUpload(size: number): void {
    this.#up.size = size;
  }

  *received(bytes: number): Task<void> {
    this.#down.bytes += bytes;
    yield* this.update();
  }

  *sent(bytes: number): Task<void> {
    this.#up.bytes += bytes;
    yield* this.update();
  }

  /** Shows where it stands, if a second has begun since it last did. */
  *update(): Task<void> {
    if (this.#shown === 'bar') yield* this.#drawBar(false);
    if (this.#shown !== 'meter') return;
    const nowMs = this.#process.nowMs();
    const second = Math.floor(nowMs / 1_000);
    if (second === this.#shownSecond) return;
    this.#shownSecond = second;
    this.#points.push({ atMs: nowMs, bytes: this.#down.bytes + this.#up.bytes });
    this.#points = this.#points.slice(-SPEED_POINTS);
    const [first] = this.#points;
    const last = this.#points.at(-1);
    this.#speed =
      this.#points.length < 2 || first === undefined || last === undefined
        ? this.#average(this.#down) + this.#average(this.#up)
        : Math.floor(((last.bytes - first.bytes) * 1_000) / Math.max(1, Math.floor(last.atMs - first.atMs)));
    const headings = this.#headed ? '' : HEADINGS;
    this.#headed = true;
    yield* writeText(this.#process.stderr, `${headings}\r${this.#line(nowMs)}`);
  }

  /** Shows how it ended, and ends the line. */
  *done(): Task<void> {
    if (this.#shown === 'bar') yield* this.#drawBar(true);
    if (this.#shown !== 'meter') return;
    this.#shownSecond = -1;
    yield* this.update();
    yield* writeText(this.#process.stderr, '\n');
    this.#points = [];
  }

  /**
   * Runs a part of the transfer, and shows how it goes while it waits.
   *
   * @param untilMs when the part gives up by itself: from then on `done` shows how it ended.
   */
  *watch<Result>(part: Task<Result>, untilMs = Infinity): Task<Result> {
    if (this.#shown === 'nothing') return yield* part;
    const outcome = yield* this.#drive(part, untilMs, false);
    if (outcome.kind === 'late') throw new Error('a part was left that was not to be left');
    return outcome.value;
  }

  /** The same for a part that knows no end of its own: it is left then. */
  *watchUntil<Result>(part: Task<Result>, untilMs: number): Task<Watched<Result>> {
    return yield* this.#drive(part, untilMs, true);
  }

  *#drive<Result>(part: Task<Result>, untilMs: number, leaves: boolean): Task<Watched<Result>> {
    let ended = false;
    try {
      let step = part.next(0);
      while (step.done !== true) {
        const sinceMs = this.#process.nowMs();
        for (;;) {
          const nowMs = this.#process.nowMs();
          const leftMs = leaves ? untilMs - nowMs : Infinity;
          if (leftMs <= 0) return { kind: 'late' };
          const waits = waitsOf(step.value, nowMs - sinceMs);
          const which = yield {
            kind: 'any',
            of: [...waits, { kind: 'sleep', ms: Math.min(TICK_MS, leftMs) }],
          };
          if (this.#process.nowMs() < untilMs) yield* this.update();
          if (which === waits.length) continue;
          step = part.next(which);
          break;
        }
      }
      ended = true;
      return { kind: 'done', value: step.value };
    } finally {
      // What a part has opened it closes, also where it is left in the middle.
      if (!ended) (part as Generator<Wait, unknown, number>).return(undefined);
    }
  }

  #average({ bytes }: Side): number {
    const microseconds = Math.floor((this.#process.nowMs() - this.#startedMs) * 1_000);
    return microseconds < 1 ? bytes * 1_000_000 : Math.floor((bytes * 1_000_000) / microseconds);
  }

  #line(nowMs: number): string {
    const spent = Math.floor((nowMs - this.#startedMs) / 1_000);
    const speeds = [this.#average(this.#down), this.#average(this.#up)] as const;
    const estimate = Math.max(secondsOf(this.#down, speeds[0]), secondsOf(this.#up, speeds[1]));
    const expected = (this.#down.size ?? this.#down.bytes) + (this.#up.size ?? this.#up.bytes);
    const share = (bytes: number, size: number | undefined): string =>
      String(percentOf(bytes, size)).padStart(3);
    return [
      share(this.#down.bytes + this.#up.bytes, expected),
      `${amount(expected)} `,
      share(this.#down.bytes, speeds[0] > 0 ? this.#down.size : undefined),
      `${amount(this.#down.bytes)} `,
      share(this.#up.bytes, speeds[1] > 0 ? this.#up.size : undefined),
      `${amount(this.#up.bytes)} `,
      `${amount(speeds[0])} `,
      amount(speeds[1]),
      clockTime(estimate),
      clockTime(spent),
      clockTime(estimate > 0 ? estimate - spent : 0),
      amount(this.#speed),
    ].join(' ');
  }

  *#drawBar(last: boolean): Task<void> {
    const nowMs = this.#process.nowMs();
    const total = (this.#down.size ?? 0) + (this.#up.size ?? 0);
    const bytes = this.#down.bytes + this.#up.bytes;
    if (total === 0 || bytes === this.#bar.bytes || bytes === 0) return;
    if (!last && bytes < total && nowMs - this.#bar.atMs < BAR_PAUSE_MS) return;
    this.#bar = { bytes, atMs: nowMs };
    const share = bytes / Math.max(total, bytes);
    const bar = '#'.repeat(Math.floor(BAR_WIDTH * share)).padEnd(BAR_WIDTH);
    yield* writeText(this.#process.stderr, `\r${bar} ${(share * 100).toFixed(1).padStart(5)}%`);
  }
}

/** What a wait waits for, of which so much time has passed. */
function waitsOf(wait: Wait, passedMs: number): readonly Wait[] {
  const waits = wait.kind === 'any' ? wait.of : [wait];
  return waits.map((each) =>
    each.kind === 'sleep' ? { kind: 'sleep', ms: Math.max(0, each.ms - passedMs) } : each,
  );
}

/** How long all of it takes at that speed. */
function secondsOf({ size }: Side, speed: number): number {
  return size === undefined || speed === 0 ? 0 : Math.floor(size / speed);
}

const WHOLE_PERCENT_FROM = 10_000;

function percentOf(bytes: number, size: number | undefined): number {
  if (size === undefined || size <= 0) return 0;
  return size > WHOLE_PERCENT_FROM
    ? Math.floor(bytes / Math.floor(size / 100))
    : Math.floor((bytes * 100) / size);
}

const KIBI = 1_024;
const UNITS = ['k', 'M', 'G', 'T'] as const;
const PLAIN_BELOW = 100_000;
const WHOLE_BELOW = 10_000;

/** A count of bytes in five characters. */
function amount(bytes: number): string {
  if (bytes < PLAIN_BELOW) return String(bytes).padStart(5);
  let unit = KIBI;
  for (const letter of UNITS) {
    const whole = Math.floor(bytes / unit);
    // From megabytes on, there is room for a digit behind the point below a hundred.
    if (letter !== 'k' && whole < 100)
      return `${String(whole).padStart(2)}.${Math.floor((bytes % unit) / (unit / 10))}${letter}`;
    if (whole < WHOLE_BELOW) return `${String(whole).padStart(4)}${letter}`;
    unit *= KIBI;
  }
  return '9999T';
}

const HOUR_SECONDS = 3_600;
const MOST_HOURS = 99;

function clockTime(seconds: number): string {
  if (seconds <= 0) return '--:--:--';
  const hours = Math.floor(seconds / HOUR_SECONDS);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours <= MOST_HOURS)
    return `${String(hours).padStart(2)}:${two(Math.floor((seconds % HOUR_SECONDS) / 60))}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / (24 * HOUR_SECONDS));
  return days <= 999 ? `${String(days).padStart(3)}d ${two(hours % 24)}h` : `${String(days).padStart(7)}d`;
}
