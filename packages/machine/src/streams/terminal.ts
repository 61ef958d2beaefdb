import { utf8Decode } from '@podwire/sim';
import { Killed } from '../contract.ts';
import type { ReadStream, Signal, Tty, WriteStream } from '../contract.ts';
import { ByteQueue } from './byte-queue.ts';
import { pokeAll } from './pollable.ts';
import type { Pollable, Waiter } from './pollable.ts';
import { OutputSink } from './sink.ts';
import type { SinkClock } from './sink.ts';

/** Keystrokes that wait for a reader, bytes: room for a paste of a megabyte while the shell is busy. */
const INPUT_QUEUE_BYTES = 2 * 1024 * 1024;
/** The longest line of cooked input, bytes (N_TTY_BUF_SIZE); more is dropped with a bell. */
const MAX_LINE_BYTES = 4096;
const MAX_DIMENSION = 1000;
/** What a terminal shows in a virtual millisecond, bytes: far above what anyone reads, and a bound on `yes`. */
const SCREEN_BYTES_PER_MS = 2048;

const LF = 10;
const CR = 13;
const BELL = 7;
const BACKSPACE = 8;
const DELETE = 127;
const END_OF_FILE = 4;
const KILL_LINE = 21;
const ERASE_WORD = 23;
const LITERAL_NEXT = 22;
const SIGNAL_KEYS: ReadonlyMap<number, Signal> = new Map([
  [3, 'SIGINT'],
  [26, 'SIGTSTP'],
  [28, 'SIGQUIT'],
]);

/**
 * A pseudo-terminal with the line discipline of termios(3): ICANON ECHO ECHOE ECHOK ISIG ICRNL OPOST
 * ONLCR while cooked; raw input (output still ONLCR) while a program asked for it.
 */
export class Terminal implements Tty {
  readonly screen: OutputSink;
  readonly output: WriteStream & Pollable;
  readonly input: ReadStream & Pollable;
  columns: number;
  rows: number;
  foreground = 0;
  readonly #signalGroup: (group: number, signal: Signal) => void;
  readonly #waiters = new Set<Waiter>();
  /** Bytes that a read takes as they are; while cooked, whole lines. */
  readonly #ready = new ByteQueue();
  /** Typed while raw and not read yet: cooked on demand, so that a long paste is worked through once. */
  readonly #uncooked = new ByteQueue();
  /** Lengths of the lines in `#ready`, and 0 for each Ctrl-D on an empty line. */
  #lines: number[] = [];
  #line: number[] = [];
  #raw = false;
  #literalNext = false;
  #hungUp = false;

  constructor(options: {
    readonly columns: number;
    readonly rows: number;
    readonly clock: SinkClock;
    readonly signalGroup: (group: number, signal: Signal) => void;
  }) {
    this.screen = new OutputSink({ isTty: true, bytesPerMs: SCREEN_BYTES_PER_MS, clock: options.clock });
    this.columns = dimension(options.columns, 80);
    this.rows = dimension(options.rows, 24);
    this.#signalGroup = options.signalGroup;
    this.input = {
      isTty: true,
      waiters: this.#waiters,
      read: (maxBytes) => this.#read(maxBytes),
      ready: () => this.#hungUp || this.#inputReady(),
      attach: () => undefined,
      detach: () => undefined,
    };
    this.output = {
      isTty: true,
      waiters: this.screen.waiters,
      write: (data) => this.#write(data),
      ready: () => this.#hungUp || this.screen.ready(),
      attach: () => undefined,
      detach: () => undefined,
    };
  }

  setForeground(group: number): void {
    this.foreground = group;
  }

  setRaw(raw: boolean): void {
    if (raw === this.#raw) return;
    this.#raw = raw;
    if (raw) {
      this.#ready.push(Uint8Array.from(this.#line));
      this.#line = [];
      this.#lines = [];
    } else {
      // What an earlier raw reader left of cooked lines goes through the discipline again, as one.
      const left = this.#ready.take();
      if (left.length > 0) {
        const rest = this.#uncooked.take();
        this.#uncooked.push(left);
        this.#uncooked.push(rest);
      }
    }
    pokeAll(this.#waiters);
  }

  resize(columns: number, rows: number): void {
    this.columns = dimension(columns, this.columns);
    this.rows = dimension(rows, this.rows);
    this.#signalGroup(this.foreground, 'SIGWINCH');
  }

  hangUp(): void {
    this.#hungUp = true;
    pokeAll(this.#waiters);
    pokeAll(this.screen.waiters);
  }

  /** Keystrokes; returns the count taken. */
  type(data: Uint8Array): number {
    if (this.#hungUp) return data.length;
    const taken = data.subarray(0, Math.max(0, INPUT_QUEUE_BYTES - this.#ready.size - this.#uncooked.size));
    if (this.#raw) this.#uncooked.push(taken.slice());
    else if (this.#uncooked.size === 0) this.#cook(taken);
    else this.#typeBehind(taken);
    pokeAll(this.#waiters);
    return taken.length;
  }

  #read(maxBytes?: number): Uint8Array | undefined {
    if (this.#hungUp) return undefined;
    if (this.#raw) return this.#ready.size > 0 ? this.#ready.take(maxBytes) : this.#uncooked.take(maxBytes);
    if (!this.#inputReady()) return new Uint8Array();
    const length = this.#lines.shift();
    if (length === undefined) return new Uint8Array();
    if (length === 0) return undefined;
    const data = this.#ready.take(Math.min(length, maxBytes ?? length));
    if (data.length < length) this.#lines.unshift(length - data.length);
    return data;
  }

  #inputReady(): boolean {
    if (this.#raw) return this.#ready.size > 0 || this.#uncooked.size > 0;
    while (this.#lines.length === 0 && this.#uncooked.size > 0) this.#cook(this.#uncooked.take(1));
    return this.#lines.length > 0;
  }

  /** Typed behind what still waits to be cooked: a signal key works at once all the same. */
  #typeBehind(data: Uint8Array): void {
    const last = data.findLastIndex((byte) => SIGNAL_KEYS.has(byte));
    if (last >= 0) {
      this.#uncooked.clear();
      this.#cook(data.subarray(last));
    } else this.#uncooked.push(data.slice());
  }

  #write(data: Uint8Array): number {
    if (this.#hungUp) throw new Killed('SIGHUP');
    let lineFeeds = 0;
    for (const byte of data) if (byte === LF) lineFeeds++;
    if (lineFeeds === 0) return this.screen.write(data);
    const cooked = new Uint8Array(data.length + lineFeeds);
    let length = 0;
    for (const byte of data) {
      if (byte === LF) cooked[length++] = CR;
      cooked[length++] = byte;
    }
    const taken = this.screen.write(cooked);
    if (taken === cooked.length) return data.length;
    // Count back what of the original fitted; a carriage return alone on the screen does no harm.
    let fitted = 0;
    for (let used = 0; fitted < data.length; fitted++) {
      used += data[fitted] === LF ? 2 : 1;
      if (used > taken) break;
    }
    return fitted;
  }

  #cook(data: Uint8Array): void {
    const echo: number[] = [];
    for (const byte of data) this.#cookByte(byte, echo);
    if (echo.length > 0) this.#echo(echo);
  }

  #echo(bytes: number[]): void {
    this.screen.write(Uint8Array.from(bytes));
    bytes.length = 0;
  }

  #cookByte(typed: number, echo: number[]): void {
    const byte = typed === CR ? LF : typed;
    if (this.#literalNext) {
      this.#literalNext = false;
      this.#append(typed, echo);
      return;
    }
    const signal = SIGNAL_KEYS.get(byte);
    if (signal !== undefined) {
      this.#line = [];
      this.#lines = [];
      this.#ready.clear();
      this.#uncooked.clear();
      echo.push(94, byte + 64);
      this.#echo(echo);
      this.#signalGroup(this.foreground, signal);
      return;
    }
    switch (byte) {
      case LF:
        this.#line.push(LF);
        echo.push(CR, LF);
        this.#finishLine();
        break;
      case END_OF_FILE:
        this.#finishLine();
        break;
      case BACKSPACE:
      case DELETE:
        this.#erase(echo);
        break;
      case KILL_LINE:
        while (this.#line.length > 0) this.#erase(echo);
        break;
      case ERASE_WORD:
        while (this.#line.at(-1) === 32) this.#erase(echo);
        while (this.#line.length > 0 && this.#line.at(-1) !== 32) this.#erase(echo);
        break;
      case LITERAL_NEXT:
        this.#literalNext = true;
        break;
      default:
        this.#append(byte, echo);
    }
  }

  #append(byte: number, echo: number[]): void {
    if (this.#line.length >= MAX_LINE_BYTES - 1) {
      echo.push(BELL);
      return;
    }
    this.#line.push(byte);
    if (byte < 32 && byte !== 9) echo.push(94, byte + 64);
    else echo.push(byte);
  }

  #finishLine(): void {
    this.#ready.push(Uint8Array.from(this.#line));
    this.#lines.push(this.#line.length);
    this.#line = [];
  }

  /** Takes one character (all bytes of its UTF-8) off the line and off the screen. */
  #erase(echo: number[]): void {
    const bytes: number[] = [];
    for (let byte = this.#line.pop(); byte !== undefined; byte = this.#line.pop()) {
      bytes.unshift(byte);
      if ((byte & 0xc0) !== 0x80) break;
    }
    const first = bytes[0];
    if (first === undefined) return;
    const columns = first < 32 ? 2 : columnsOf(utf8Decode(Uint8Array.from(bytes)));
    for (let column = 0; column < columns; column++) echo.push(BACKSPACE, 32, BACKSPACE);
  }
}

function dimension(value: number, fallback: number): number {
  return Number.isInteger(value) && value > 0 ? Math.min(value, MAX_DIMENSION) : fallback;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u;
const COMBINING = /^\p{M}$/u;

/** Screen columns of one character, as wcwidth(3) counts them. */
export function columnsOf(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Columns of a whole text without control characters. */
export function textColumns(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOf(character);
  return columns;
}
