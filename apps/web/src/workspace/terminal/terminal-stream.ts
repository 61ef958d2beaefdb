import { MAX_INPUT_CHARS, MAX_UNACKED_INPUT_CHARS } from '@podwire/protocol';

export interface InputPiece {
  readonly sequence: number;
  readonly data: string;
}

/**
 * One terminal's numbered input and output, as this page knows them. Output is counted in characters over the
 * terminal's whole life, input in messages; with both counts a lost connection loses and doubles nothing.
 */
export interface TerminalStream {
  /** The server has said where it stands; before that, what is typed waits. */
  readonly opened: boolean;
  /** Characters of output received: the next expected offset. */
  readonly receivedOffset: number;
  readonly nextSequence: number;
  /** Sent, or to be sent on the next connection, in order. */
  readonly unacknowledged: readonly InputPiece[];
  /** Typed, but held back: too much is under way. */
  readonly held: string;
}

export const NEW_STREAM: TerminalStream = {
  opened: false,
  receivedOffset: 0,
  nextSequence: 1,
  unacknowledged: [],
  held: '',
};

interface Sending {
  readonly stream: TerminalStream;
  /** To be sent now, in this order. */
  readonly send: readonly InputPiece[];
}

export interface OpenedTerminal {
  readonly keptFromOffset: number;
  readonly inputSequence: number;
}

/** The server has opened the terminal, or taken us back after a lost connection. */
export function opened(
  stream: TerminalStream,
  answer: OpenedTerminal,
): Sending & { readonly lostChars: number } {
  const lostChars = Math.max(0, answer.keptFromOffset - stream.receivedOffset);
  const unacknowledged = stream.unacknowledged.filter((piece) => piece.sequence > answer.inputSequence);
  const taken: TerminalStream = {
    ...stream,
    opened: true,
    receivedOffset: Math.max(stream.receivedOffset, answer.keptFromOffset),
    // A page that was loaded again counts on where the one before it stopped.
    nextSequence: Math.max(stream.nextSequence, answer.inputSequence + 1),
    unacknowledged,
  };
  const more = release(taken);
  return { stream: more.stream, send: [...unacknowledged, ...more.send], lostChars };
}

export function typed(stream: TerminalStream, text: string): Sending {
  return release({ ...stream, held: stream.held + text });
}

/** The server has taken every piece up to this one. */
export function acknowledged(stream: TerminalStream, sequence: number): Sending {
  return release({
    ...stream,
    unacknowledged: stream.unacknowledged.filter((piece) => piece.sequence > sequence),
  });
}

function release(stream: TerminalStream): Sending {
  if (!stream.opened || stream.held === '') return { stream, send: [] };
  let room =
    MAX_UNACKED_INPUT_CHARS - stream.unacknowledged.reduce((sum, piece) => sum + piece.data.length, 0);
  let { held, nextSequence } = stream;
  const send: InputPiece[] = [];
  while (held !== '' && room > 0) {
    const data = cut(held, Math.min(MAX_INPUT_CHARS, room));
    send.push({ sequence: nextSequence++, data });
    room -= data.length;
    held = held.slice(data.length);
  }
  return {
    stream: { ...stream, held, nextSequence, unacknowledged: [...stream.unacknowledged, ...send] },
    send,
  };
}

/** At most `length` code units from the start, never half of a surrogate pair, and always something. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? Math.max(length - 1, 2) : length);
}

export type Received =
  /** Draw this. Empty when all of it was here already. */
  | { readonly kind: 'draw'; readonly stream: TerminalStream; readonly text: string }
  /** Something in between is missing: open again from where we are. */
  | { readonly kind: 'gap' };

export function received(
  stream: TerminalStream,
  output: { readonly offset: number; readonly data: string },
): Received {
  if (output.offset > stream.receivedOffset) return { kind: 'gap' };
  const text = output.data.slice(stream.receivedOffset - output.offset);
  return { kind: 'draw', stream: { ...stream, receivedOffset: stream.receivedOffset + text.length }, text };
}
