import type { TerminalHandle } from '@podwire/machine';
import type { Place } from '@podwire/kubesim';
import { SCROLLBACK_BYTES } from '@podwire/protocol';

interface InputMessage {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What one write gave to the terminal. */
export interface TakenInput {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Bytes of this message taken by now, and whether that is all. */
  readonly taken: number;
  readonly whole: boolean;
}

/** Untaken input beyond this is refused: the browser holds back far earlier. */
export const MAX_PENDING_INPUT_BYTES = 1_048_576;

/**
 * One terminal of a cluster: keystrokes wait here until the program side takes them, output gathers until
 * it is sent. Text is counted in characters (UTF-16 units), as the browser counts.
 */
export class HostedTerminal {
  readonly id: string;
  readonly place: Place;
  readonly #handle: TerminalHandle;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #input: InputMessage[] = [];
  #pendingBytes = 0;
  #full = false;
  #paused = false;
  /** Bytes already taken of the message after `#lastWhole`, which the browser sends again after a restart. */
  #taken = 0;
  #lastWhole = 0;
  #buffer = '';
  /** Characters of output before the buffer. */
  #offset = 0;
  #exitCode: number | undefined;
  #exitTold = false;

  #size: TerminalSize;

  constructor(id: string, place: Place, size: TerminalSize, handle: TerminalHandle) {
    this.id = id;
    this.place = place;
    this.#size = size;
    this.#handle = handle;
    handle.onOutput((data) => this.#collect(this.#decoder.decode(data, { stream: true })));
    handle.onExit((code) => {
      this.#collect(this.#decoder.decode());
      this.#exitCode = code;
    });
  }

  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** The last input message that was wholly taken. */
  get inputSequence(): number {
    return this.#lastWhole;
  }

  #collect(text: string): void {
    this.#buffer += text;
    const surplus = this.#buffer.length - SCROLLBACK_BYTES;
    // Only while nobody reads (a replay) does so much gather; what is older than the scrollback is gone anyway.
    if (surplus > 0) {
      this.#buffer = this.#buffer.slice(surplus);
      this.#offset += surplus;
    }
  }

  /** Output since the last call. */
  takeOutput(): { readonly offset: number; readonly data: string } | undefined {
    if (this.#buffer === '') return undefined;
    const piece = { offset: this.#offset, data: this.#buffer };
    this.#offset += this.#buffer.length;
    this.#buffer = '';
    return piece;
  }

  /** The exit code, told once. */
  takeExit(): number | undefined {
    if (this.#exitCode === undefined || this.#exitTold) return undefined;
    this.#exitTold = true;
    return this.#exitCode;
  }

  /** False when too much waits already. A message that was seen before is ignored. */
  queueInput(sequence: number, bytes: Uint8Array): boolean {
    const last = this.#input.at(-1)?.sequence ?? this.#lastWhole;
    if (sequence <= last) return true;
    if (this.#pendingBytes + bytes.length > MAX_PENDING_INPUT_BYTES) return false;
    this.#input.push({ sequence, bytes });
    this.#pendingBytes += bytes.length;
    return true;
  }

  /** Input waits, and the terminal was not found full since the cluster last had a slice. */
  get mayTakeInput(): boolean {
    return this.#input.length > 0 && !this.#full;
  }

  tryInputAgain(): void {
    this.#full = false;
  }

  /** Gives the first waiting message, or the rest of it, to the terminal. Undefined when it takes nothing now. */
  writeInput(): TakenInput | undefined {
    const message = this.#input[0];
    if (message === undefined) return undefined;
    const rest = message.bytes.subarray(this.#taken);
    // A terminal whose program has ended takes everything: there is nobody to type to.
    const count = this.#exitCode === undefined ? this.#handle.write(rest) : rest.length;
    if (count === 0 && rest.length > 0) {
      this.#full = true;
      return undefined;
    }
    this.#taken += count;
    const taken = this.#taken;
    const whole = taken >= message.bytes.length;
    if (whole) {
      this.#input.shift();
      this.#pendingBytes -= message.bytes.length;
      this.#taken = 0;
      this.#lastWhole = message.sequence;
    }
    return { sequence: message.sequence, bytes: rest.subarray(0, count), taken, whole };
  }

  /** Replays what `writeInput` once gave. The same bytes are taken again, since the world is the same. */
  replayInput(input: TakenInput): void {
    if (this.#exitCode === undefined) this.#handle.write(input.bytes);
    if (input.whole) {
      this.#lastWhole = input.sequence;
      this.#taken = 0;
    } else {
      this.#taken = input.taken;
    }
  }

  get size(): TerminalSize {
    return this.#size;
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (this.#exitCode === undefined) this.#handle.resize(columns, rows);
  }

  get paused(): boolean {
    return this.#paused;
  }

  setFlow(paused: boolean): void {
    this.#paused = paused;
    if (this.#exitCode === undefined) this.#handle.pauseOutput(paused);
  }

  hangUp(): void {
    if (this.#exitCode === undefined) this.#handle.hangUp();
  }
}
