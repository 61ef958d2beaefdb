import type { PlaceView, ServerEvent } from '@podwire/protocol';
import { MAX_UNACKED_INPUT_CHARS, MAX_UNACKED_OUTPUT_CHARS } from '@podwire/protocol';
import { TerminalLog } from './terminal-log.ts';

/** One message's most characters of output. */
const MAX_PIECE_CHARS = 65_536;
/** Output flows again when this much room is there: not at each character. */
const RESUME_BELOW_CHARS = MAX_UNACKED_OUTPUT_CHARS / 2;

/** A page that shows this terminal. */
export interface TerminalReader {
  sendOutput(output: ServerEvent<'terminal:output'>): void;
  sendExit(exit: ServerEvent<'terminal:exit'>): void;
}

/** Browsers hold back at half of this. */
const MAX_UNSAFE_INPUT_CHARS = 2 * MAX_UNACKED_INPUT_CHARS;

interface Attachment {
  sent: number;
  acked: number;
  exitTold: boolean;
}

type InputOutcome = 'taken' | 'gone';

export type InputAnswer =
  | { readonly kind: 'accepted' | 'duplicate'; readonly durable: Promise<InputOutcome> }
  | { readonly kind: 'gap' }
  | { readonly kind: 'full' };

/** What a terminal asks of the cluster behind it. */
export interface TerminalBackend {
  sendInput(inputSequence: number, data: string): void;
  setFlow(paused: boolean): void;
  resize(columns: number, rows: number): void;
}

/** How a terminal is when it is opened, or comes back with its cluster. */
export interface TerminalBeginning {
  readonly columns: number;
  readonly rows: number;
  readonly inputSequence: number;
  readonly paused: boolean;
}

/**
 * One terminal between its cluster and the pages that show it: each page is sent what it lacks, no further
 * ahead of what it has drawn than the bound; programs block when even the quickest page is that far behind.
 */
export class LiveTerminal {
  readonly id: string;
  readonly place: PlaceView;
  readonly #backend: TerminalBackend;
  readonly #log = new TerminalLog();
  readonly #readers = new Map<TerminalReader, Attachment>();
  readonly #waiting: { readonly sequence: number; readonly settle: (outcome: InputOutcome) => void }[] = [];
  #size: { readonly columns: number; readonly rows: number };
  /** Input that was heard and is not on disk yet: given again to a cluster that comes back without it. */
  #unsafe: { readonly sequence: number; readonly data: string }[] = [];
  #received: number;
  #durable: number;
  #paused: boolean;
  #exitCode: number | undefined;
  /** The furthest that any page has drawn. */
  #drawn = 0;

  constructor(id: string, place: PlaceView, backend: TerminalBackend, beginning: TerminalBeginning) {
    this.id = id;
    this.place = place;
    this.#backend = backend;
    this.#size = { columns: beginning.columns, rows: beginning.rows };
    this.#received = beginning.inputSequence;
    this.#durable = beginning.inputSequence;
    this.#paused = beginning.paused;
  }

  /** The last input message that was heard. */
  get inputSequence(): number {
    return this.#received;
  }

  get keptFrom(): number {
    return this.#log.keptFrom;
  }

  get exited(): boolean {
    return this.#exitCode !== undefined;
  }

  attach(reader: TerminalReader, fromOffset: number): void {
    this.#readers.set(reader, { sent: fromOffset, acked: fromOffset, exitTold: false });
    // What a page has is drawn; it may even know more than we do for a moment, after a restart.
    this.#drawn = Math.max(this.#drawn, Math.min(fromOffset, this.#log.end));
    this.#pump(reader);
    this.#adjustFlow();
  }

  detach(reader: TerminalReader): void {
    this.#readers.delete(reader);
    this.#adjustFlow();
  }

  acknowledge(reader: TerminalReader, offset: number): void {
    const attachment = this.#readers.get(reader);
    if (attachment === undefined) return;
    attachment.acked = Math.max(attachment.acked, Math.min(offset, attachment.sent));
    this.#drawn = Math.max(this.#drawn, attachment.acked);
    this.#pump(reader);
    this.#adjustFlow();
  }

  onOutput(offset: number, data: string): void {
    this.#log.append(offset, data);
    for (const reader of this.#readers.keys()) this.#pump(reader);
    this.#adjustFlow();
  }

  onExit(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#unsafe = [];
    this.#settle(Infinity, 'gone');
    for (const reader of this.#readers.keys()) this.#pump(reader);
  }

  #pump(reader: TerminalReader): void {
    const attachment = this.#readers.get(reader);
    if (attachment === undefined) return;
    // Bounded by what may be unacknowledged.
    while (attachment.sent < this.#log.end && attachment.sent - attachment.acked < MAX_UNACKED_OUTPUT_CHARS) {
      const piece = this.#log.read(attachment.sent, MAX_PIECE_CHARS);
      // What was forgotten meanwhile can't be drawn and so not be acknowledged.
      if (piece.offset > attachment.sent) attachment.acked = piece.offset;
      attachment.sent = piece.offset + piece.data.length;
      reader.sendOutput({ terminalId: this.id, offset: piece.offset, data: piece.data });
    }
    if (this.#exitCode === undefined || attachment.exitTold || attachment.sent < this.#log.end) return;
    attachment.exitTold = true;
    reader.sendExit({ terminalId: this.id, exitCode: this.#exitCode });
  }

  #adjustFlow(): void {
    if (this.#exitCode !== undefined) return;
    const undrawn = this.#log.end - this.#drawn;
    const paused = this.#paused ? undrawn > RESUME_BELOW_CHARS : undrawn > MAX_UNACKED_OUTPUT_CHARS;
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#backend.setFlow(paused);
  }

  /**
   * Takes the next input message. `duplicate`: it came before. `gap`: one before it is missing. `full`: too much
   * waits already. The promise settles when the message is part of the journal on disk, or the terminal is gone.
   */
  input(sequence: number, data: string): InputAnswer {
    if (sequence > this.#received + 1) return { kind: 'gap' };
    if (this.#exitCode !== undefined) return { kind: 'duplicate', durable: Promise.resolve('gone') };
    if (sequence <= this.#received) return { kind: 'duplicate', durable: this.#untilDurable(sequence) };
    const unsafeChars = this.#unsafe.reduce((sum, message) => sum + message.data.length, 0);
    if (unsafeChars + data.length > MAX_UNSAFE_INPUT_CHARS) return { kind: 'full' };
    this.#received = sequence;
    this.#unsafe.push({ sequence, data });
    this.#backend.sendInput(sequence, data);
    return { kind: 'accepted', durable: this.#untilDurable(sequence) };
  }

  #untilDurable(sequence: number): Promise<InputOutcome> {
    if (sequence <= this.#durable) return Promise.resolve('taken');
    return new Promise((settle) => this.#waiting.push({ sequence, settle }));
  }

  /** The journal up to this input message is on disk. */
  onDurableInput(sequence: number): void {
    this.#durable = Math.max(this.#durable, sequence);
    this.#unsafe = this.#unsafe.filter((message) => message.sequence > this.#durable);
    this.#settle(sequence, 'taken');
  }

  #settle(upTo: number, outcome: InputOutcome): void {
    const rest = this.#waiting.filter((waiter) => waiter.sequence > upTo);
    for (const waiter of this.#waiting.splice(0)) if (waiter.sequence <= upTo) waiter.settle(outcome);
    this.#waiting.push(...rest);
  }

  /** All input that was heard is on disk, or the terminal is gone. */
  settled(): Promise<InputOutcome> {
    return this.#exitCode === undefined ? this.#untilDurable(this.#received) : Promise.resolve('gone');
  }

  /** A page that comes back says its size again: only a new one reaches the programs. */
  resize(columns: number, rows: number): void {
    if (this.#exitCode !== undefined || (columns === this.#size.columns && rows === this.#size.rows)) return;
    this.#size = { columns, rows };
    this.#backend.resize(columns, rows);
  }

  /**
   * Its cluster was away and has come back from the journal. Pages stay attached: output that they have is
   * told again and skipped, input that the journal does not have is given again.
   */
  onReturn(state: TerminalBeginning): void {
    this.#paused = state.paused;
    this.#size = { columns: state.columns, rows: state.rows };
    this.onDurableInput(state.inputSequence);
    for (const { sequence, data } of this.#unsafe) this.#backend.sendInput(sequence, data);
    this.#adjustFlow();
  }

  /** It is gone for good: whoever waits stops waiting. */
  close(): void {
    this.#readers.clear();
    this.#unsafe = [];
    this.#settle(Infinity, 'gone');
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }
}
