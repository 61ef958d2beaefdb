import { openedTerminalSchema } from '@podwire/protocol';
import type { PlaceView, ServerEvent } from '@podwire/protocol';
import { createStore } from '../../connection/store.ts';
import type { Store } from '../../connection/store.ts';
import type { LabSocket } from '../session/lab-socket.ts';
import { acknowledged, NEW_STREAM, opened, received, typed } from './terminal-stream.ts';
import type { InputPiece, TerminalStream } from './terminal-stream.ts';

export interface TerminalStatus {
  readonly kind: 'opening' | 'open' | 'exited' | 'failed';
  /** Exited or failed: what to say. */
  readonly message?: string;
}

/** Where output goes: the drawn terminal. `drawn` is called when the text is on the screen. */
export interface TerminalScreen {
  readonly write: (text: string, drawn: () => void) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
}

/** Acknowledging each line of a flood would be a flood of its own. */
const ACKNOWLEDGE_EVERY_CHARS = 8_192;
const ACKNOWLEDGE_WITHIN_MS = 150;
/** Refusals of input that are about when, not about what. */
const SENT_AGAIN: ReadonlySet<string> = new Set(['input-gap', 'too-many-requests', 'not-joined']);
const REOPEN_AFTER_MS = 700;
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** One terminal's life over the wire: outlives tabs, panes and lost connections; its screen may come and go. */
export class TerminalLink {
  readonly id: string;
  readonly place: PlaceView;
  /** Tells this shell from an earlier one of the same name. */
  readonly key: string = crypto.randomUUID();
  readonly status: Store<TerminalStatus> = createStore<TerminalStatus>({ kind: 'opening' });
  readonly #socket: LabSocket;
  #stream: TerminalStream = NEW_STREAM;
  #screen: TerminalScreen | undefined;
  /** Output that came while no screen was there. Bounded: the server blocks its programs when we do not acknowledge. */
  #undrawn = '';
  #drawnOffset = 0;
  #acknowledgedOffset = 0;
  #acknowledgeTimer: ReturnType<typeof setTimeout> | undefined;
  #reopenTimer: ReturnType<typeof setTimeout> | undefined;
  #opening = false;
  /** Output that overtook the answer to `terminal:open`. */
  #early: ServerEvent<'terminal:output'>[] = [];

  constructor(id: string, place: PlaceView, socket: LabSocket) {
    this.id = id;
    this.place = place;
    this.#socket = socket;
  }

  /** After each (re)connection and when output is missing. */
  async open(): Promise<void> {
    if (this.#opening || this.status.get().kind === 'exited') return;
    this.#opening = true;
    const size = this.#screen?.size() ?? DEFAULT_SIZE;
    const answer = await this.#socket.emit('terminal:open', {
      terminalId: this.id,
      place: this.place,
      ...size,
      fromOffset: this.#stream.receivedOffset,
    });
    this.#opening = false;
    if (answer.kind === 'refused') {
      this.status.set({ kind: 'failed', message: answer.message });
      return;
    }
    const parsed = openedTerminalSchema.safeParse(answer.kind === 'ok' ? answer.answer : undefined);
    if (!parsed.success) {
      // Lost on the way: the next connection opens it again, or this one if it never broke.
      this.#openSoon();
      return;
    }
    if (parsed.data.begun === true) this.#beginAnew();
    const result = opened(this.#stream, parsed.data);
    this.#stream = result.stream;
    if (result.lostChars > 0) {
      this.#drawnOffset = this.#stream.receivedOffset;
      if (this.#drawnOffset > 0)
        this.#draw(
          `\r\n\u001b[2m[${result.lostChars} earlier characters are no longer kept]\u001b[0m\r\n`,
          0,
        );
    }
    this.status.set({ kind: 'open' });
    this.#send(result.send);
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.onOutput(message);
  }

  /** The shell before ended with its cluster. Its text stays; what was typed into it and not taken is gone with it. */
  #beginAnew(): void {
    this.#stream = NEW_STREAM;
    this.#drawnOffset = 0;
    this.#acknowledgedOffset = 0;
    this.#draw('\r\n\u001b[2m[A new shell: the one before ended when its cluster stopped]\u001b[0m\r\n', 0);
  }

  type(text: string): void {
    if (this.status.get().kind === 'exited') return;
    const result = typed(this.#stream, text);
    this.#stream = result.stream;
    this.#send(result.send);
  }

  resize(columns: number, rows: number): void {
    if (this.#stream.opened && this.#socket.connected)
      void this.#socket.emit('terminal:resize', { terminalId: this.id, columns, rows });
  }

  attach(screen: TerminalScreen): void {
    this.#screen = screen;
    const waiting = this.#undrawn;
    this.#undrawn = '';
    if (waiting !== '') this.#draw(waiting, waiting.length);
  }

  onOutput(message: ServerEvent<'terminal:output'>): void {
    if (this.#opening) {
      this.#early.push(message);
      return;
    }
    const result = received(this.#stream, message);
    if (result.kind === 'gap') {
      void this.open();
      return;
    }
    this.#stream = result.stream;
    if (result.text === '') return;
    if (this.#screen === undefined) this.#undrawn += result.text;
    else this.#draw(result.text, result.text.length);
  }

  onExit(message: ServerEvent<'terminal:exit'>): void {
    this.status.set({
      kind: 'exited',
      message: message.message ?? `The shell ended with exit code ${message.exitCode}.`,
    });
  }

  close(): void {
    clearTimeout(this.#acknowledgeTimer);
    clearTimeout(this.#reopenTimer);
    if (this.#socket.connected) void this.#socket.emit('terminal:close', { terminalId: this.id });
  }

  #draw(text: string, counted: number): void {
    this.#screen?.write(text, () => {
      this.#drawnOffset += counted;
      if (this.#drawnOffset - this.#acknowledgedOffset >= ACKNOWLEDGE_EVERY_CHARS) this.#acknowledge();
      else this.#acknowledgeTimer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_WITHIN_MS);
    });
  }

  /** Opening again says what took effect, and sends the rest anew. */
  #openSoon(): void {
    this.#reopenTimer ??= setTimeout(() => {
      this.#reopenTimer = undefined;
      if (this.#socket.connected) void this.open();
    }, REOPEN_AFTER_MS);
  }

  #acknowledge(): void {
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = undefined;
    this.#acknowledgedOffset = this.#drawnOffset;
    if (this.#socket.connected)
      void this.#socket.emit('terminal:ack', { terminalId: this.id, offset: this.#drawnOffset });
  }

  #send(pieces: readonly InputPiece[]): void {
    if (!this.#socket.connected) return;
    for (const piece of pieces) {
      void this.#socket
        .emit('terminal:input', { terminalId: this.id, sequence: piece.sequence, data: piece.data })
        .then((answer) => {
          // Unknown: the connection broke; the next one says what took effect.
          if (answer.kind === 'unknown') return;
          if (answer.kind === 'refused' && SENT_AGAIN.has(answer.code)) {
            this.#openSoon();
            return;
          }
          const result = acknowledged(this.#stream, piece.sequence);
          this.#stream = result.stream;
          this.#send(result.send);
        });
    }
  }
}
