import type { ReadStream, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';

/** A keystroke, or a run of typed text. */
export type Key =
  | { readonly kind: 'text'; readonly text: string }
  /** Control characters by their letter (`A` for Ctrl-A), and the named keys. */
  | { readonly kind: 'control'; readonly letter: string }
  | { readonly kind: 'alt'; readonly character: string }
  | { readonly kind: 'named'; readonly name: KeyName }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'end' };

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'delete'
  | 'backspace'
  | 'enter'
  | 'tab'
  | 'back-tab'
  | 'page-up'
  | 'page-down'
  | 'word-left'
  | 'word-right'
  | 'escape'
  | 'insert'
  | 'unknown';

/** The longest run of text taken at once, and the longest paste, bytes. */
const MAX_RUN_BYTES = 4096;
const MAX_PASTE_BYTES = 2 * 1024 * 1024;
const ESCAPE = 27;
const PASTE_END = '\x1b[201~';

const SEQUENCES: Readonly<Record<string, KeyName>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  '[Z': 'back-tab',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[2~': 'insert',
  '[3~': 'delete',
  '[4~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[7~': 'home',
  '[8~': 'end',
  '[1;5C': 'word-right',
  '[1;5D': 'word-left',
  '[1;3C': 'word-right',
  '[1;3D': 'word-left',
  '[5C': 'word-right',
  '[5D': 'word-left',
};

/** Makes keys of the bytes of a raw terminal (ECMA-48 sequences, UTF-8, bracketed paste). Between keys it holds back no more than one control byte. */
export class KeyReader {
  readonly #stream: ReadStream;
  readonly #escapeWaitMs: number | undefined;
  /** A control byte that ended a run of text: the next key begins with it. */
  #pushedBack: number | undefined;

  /** With `escapeWaitMs`, an escape that stands alone that long is a key of its own, as editors need it. */
  constructor(stream: ReadStream, escapeWaitMs?: number) {
    this.#stream = stream;
    this.#escapeWaitMs = escapeWaitMs;
  }

  /** The next key; undefined when a signal came first. */
  *next(): Task<Key | undefined> {
    const first = yield* this.#byte();
    if (first === 'interrupted' || first === 'timeout') return undefined;
    if (first === 'end') return { kind: 'end' };
    if (first === ESCAPE) return yield* this.#escape();
    return control(first) ?? this.#run(first);
  }

  *#byte(waitMs?: number): Task<number | 'end' | 'interrupted' | 'timeout'> {
    const pushedBack = this.#pushedBack;
    this.#pushedBack = undefined;
    if (pushedBack !== undefined) return pushedBack;
    for (;;) {
      const data = this.#stream.read(1);
      if (data === undefined) return 'end';
      const [byte] = data;
      if (byte !== undefined) return byte;
      const value = yield waitMs === undefined
        ? { kind: 'readable', stream: this.#stream }
        : {
            kind: 'any',
            of: [
              { kind: 'readable', stream: this.#stream },
              { kind: 'sleep', ms: waitMs },
            ],
          };
      if (value === 1) return 'timeout';
      if (value < 0) return 'interrupted';
    }
  }

  /** Printable text as far as it has come, ending before the next control character. */
  #run(first: number): Key {
    const bytes = [first];
    let wanted = sequenceLength(first) - 1;
    while (bytes.length < MAX_RUN_BYTES || wanted > 0) {
      const [byte] = this.#stream.read(1) ?? [];
      if (byte === undefined) break;
      if (byte < 32 || byte === 127) {
        this.#pushedBack = byte;
        break;
      }
      bytes.push(byte);
      wanted = wanted > 0 ? wanted - 1 : sequenceLength(byte) - 1;
    }
    return { kind: 'text', text: utf8Decode(Uint8Array.from(bytes)) };
  }

  *#escape(): Task<Key | undefined> {
    const next = yield* this.#byte(this.#escapeWaitMs);
    if (next === 'interrupted') return undefined;
    if (next === 'end') return { kind: 'end' };
    if (next === 'timeout') return { kind: 'named', name: 'escape' };
    const character = String.fromCharCode(next);
    if (character !== '[' && character !== 'O')
      return next < 32
        ? { kind: 'named', name: 'unknown' }
        : { kind: 'alt', character: next === 127 ? 'backspace' : character };
    let sequence = character;
    for (let count = 0; count < 16; count++) {
      const byte = yield* this.#byte();
      if (typeof byte !== 'number') return undefined;
      sequence += String.fromCharCode(byte);
      if (byte >= 64 && byte <= 126) break;
    }
    if (sequence === '[200~') return yield* this.#paste();
    return {
      kind: 'named',
      name: Object.hasOwn(SEQUENCES, sequence) ? (SEQUENCES[sequence] ?? 'unknown') : 'unknown',
    };
  }

  *#paste(): Task<Key | undefined> {
    const bytes: number[] = [];
    const end = Array.from(PASTE_END).map((character) => character.charCodeAt(0));
    for (let count = 0; ; count++) {
      const byte = yield* this.#byte();
      if (typeof byte !== 'number') return undefined;
      if (bytes.length < MAX_PASTE_BYTES) bytes.push(byte);
      if (count % MAX_RUN_BYTES === MAX_RUN_BYTES - 1) yield { kind: 'step' };
      if (byte === 126 && end.every((wanted, index) => bytes[bytes.length - end.length + index] === wanted))
        break;
      if (bytes.length >= MAX_PASTE_BYTES && byte === 126) break;
    }
    const data = Uint8Array.from(bytes.slice(0, Math.max(0, bytes.length - end.length)));
    return { kind: 'paste', text: utf8Decode(data).replace(/\r\n?/g, '\n') };
  }
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

function control(byte: number): Key | undefined {
  if (byte === 13 || byte === 10) return { kind: 'named', name: 'enter' };
  if (byte === 9) return { kind: 'named', name: 'tab' };
  if (byte === 127 || byte === 8) return { kind: 'named', name: 'backspace' };
  if (byte < 32) return { kind: 'control', letter: String.fromCharCode(byte + 64) };
  return undefined;
}
