import { MAX_INPUT_CHARS, MAX_UNACKED_INPUT_CHARS } from '@podwire/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledged, NEW_STREAM, opened, received, typed } from './terminal-stream.ts';
import type { InputPiece, TerminalStream } from './terminal-stream.ts';

const open = (stream: TerminalStream = NEW_STREAM): TerminalStream =>
  opened(stream, { keptFromOffset: 0, inputSequence: 0 }).stream;

describe('input', () => {
  it('typed before the terminal is open waits, then goes', () => {
    const before = typed(NEW_STREAM, 'ls\r');
    expect(before.send).toEqual([]);
    expect(opened(before.stream, { keptFromOffset: 0, inputSequence: 7 }).send).toEqual([
      { sequence: 8, data: 'ls\r' },
    ]);
  });
  it('is numbered from where the page before this one stopped', () => {
    const { stream } = opened(NEW_STREAM, { keptFromOffset: 0, inputSequence: 41 });
    expect(typed(stream, 'a').send).toEqual([{ sequence: 42, data: 'a' }]);
  });
  it('is cut into pieces that the server takes', () => {
    const { send } = typed(open(), 'x'.repeat(MAX_INPUT_CHARS + 5));
    expect(send.map((piece) => piece.data.length)).toEqual([MAX_INPUT_CHARS, 5]);
    expect(send.map((piece) => piece.sequence)).toEqual([1, 2]);
  });
  it('never cuts a surrogate pair', () => {
    const { send } = typed(open(), 'x'.repeat(MAX_INPUT_CHARS - 1) + '😀');
    expect(send[0]?.data.length).toBe(MAX_INPUT_CHARS - 1);
    expect(send[1]?.data).toBe('😀');
  });
  it('is held back while too much is under way, and goes on with acknowledgements', () => {
    const first = typed(open(), 'y'.repeat(MAX_UNACKED_INPUT_CHARS + 10));
    expect(first.send.reduce((sum, piece) => sum + piece.data.length, 0)).toBe(MAX_UNACKED_INPUT_CHARS);
    const next = acknowledged(first.stream, 1);
    expect(next.send.map((piece) => piece.data)).toEqual(['y'.repeat(10)]);
  });
  it('that took no effect is sent again after a lost connection, the rest is not', () => {
    const { stream } = typed(typed(open(), 'a').stream, 'b');
    expect(opened(stream, { keptFromOffset: 0, inputSequence: 1 }).send).toEqual([
      { sequence: 2, data: 'b' },
    ]);
  });
});

describe('output', () => {
  it('that overlaps what is here is drawn once', () => {
    const first = received(open(), { offset: 0, data: 'hello' });
    if (first.kind !== 'draw') throw new Error('expected to draw');
    expect(received(first.stream, { offset: 3, data: 'lo world' })).toMatchObject({
      kind: 'draw',
      text: ' world',
    });
    expect(received(first.stream, { offset: 0, data: 'hel' })).toMatchObject({ kind: 'draw', text: '' });
  });
  it('with a hole before it asks for what is missing', () => {
    expect(received(open(), { offset: 4, data: 'x' })).toEqual({ kind: 'gap' });
  });
  it('says how much is gone when the server keeps less than we lack', () => {
    expect(opened(NEW_STREAM, { keptFromOffset: 100, inputSequence: 0 })).toMatchObject({
      lostChars: 100,
      stream: { receivedOffset: 100 },
    });
  });
});

describe('whatever is lost on the way', () => {
  it('each character takes effect exactly once, in order', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('type' as const), text: fc.string({ minLength: 1, maxLength: 40 }) }),
      fc.record({ kind: fc.constant('deliver' as const) }),
      fc.record({ kind: fc.constant('reconnect' as const) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        let stream = open();
        let wire: InputPiece[] = [];
        let applied = 0;
        let shell = '';
        let wanted = '';
        const deliver = (piece: InputPiece): void => {
          if (piece.sequence === applied + 1) {
            applied = piece.sequence;
            shell += piece.data;
          }
        };
        for (const step of actions) {
          if (step.kind === 'type') {
            wanted += step.text;
            const result = typed(stream, step.text);
            stream = result.stream;
            wire.push(...result.send);
          } else if (step.kind === 'deliver') {
            const piece = wire.shift();
            if (piece === undefined) continue;
            deliver(piece);
            // Every other acknowledgement is lost.
            if (piece.sequence % 2 === 0) stream = acknowledged(stream, piece.sequence).stream;
          } else {
            const result = opened(stream, { keptFromOffset: 0, inputSequence: applied });
            stream = result.stream;
            wire = [...result.send];
          }
        }
        const last = opened(stream, { keptFromOffset: 0, inputSequence: applied });
        for (const piece of last.send) deliver(piece);
        expect(shell).toBe(wanted);
      }),
    );
  });
});
