import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_UNACKED_OUTPUT_CHARS, SCROLLBACK_BYTES } from '@podwire/protocol';
import type { ServerEvent } from '@podwire/protocol';
import { LiveTerminal } from './live-terminal.ts';
import type { TerminalReader } from './live-terminal.ts';
import { TerminalLog } from './terminal-log.ts';

class Page implements TerminalReader {
  text = '';
  received = 0;
  lost = 0;
  exit: number | undefined;
  sendOutput({ offset, data }: ServerEvent<'terminal:output'>): void {
    this.lost += Math.max(0, offset - this.received);
    this.text += data.slice(Math.max(0, this.received - offset));
    this.received = offset + data.length;
  }
  sendExit({ exitCode }: ServerEvent<'terminal:exit'>): void {
    this.exit = exitCode;
  }
}

function terminal() {
  const sent: (readonly [number, string])[] = [];
  const flow: boolean[] = [];
  const live = new LiveTerminal(
    't',
    { kind: 'toolbox' },
    {
      sendInput: (sequence, data) => void sent.push([sequence, data]),
      setFlow: (paused) => void flow.push(paused),
      resize: () => undefined,
    },
    { columns: 80, rows: 24, inputSequence: 0, paused: false },
  );
  let end = 0;
  const output = (data: string): void => {
    live.onOutput(end, data);
    end += data.length;
  };
  return { live, sent, flow, output };
}

describe('the log of a terminal', () => {
  it('keeps the scrollback and never forgets where it stands', () => {
    const log = new TerminalLog();
    const line = 'x'.repeat(1_000);
    for (let count = 0; count < 3_000; count++) log.append(log.end, line);
    expect(log.end).toBe(3_000_000);
    expect(log.end - log.keptFrom).toBeGreaterThanOrEqual(SCROLLBACK_BYTES);
    expect(log.end - log.keptFrom).toBeLessThan(SCROLLBACK_BYTES * 1.2);
    expect(log.read(0, 10)).toEqual({ offset: log.keptFrom, data: 'xxxxxxxxxx' });
  });

  it('takes what overlaps once, and goes on after a gap', () => {
    const log = new TerminalLog();
    log.append(0, 'hello');
    log.append(3, 'lo, you');
    expect(log.read(0, 100).data).toBe('hello, you');
    log.append(50, 'later');
    expect(log.read(0, 100)).toEqual({ offset: 50, data: 'later' });
  });

  it('cuts no surrogate pair', () => {
    const log = new TerminalLog();
    log.append(0, 'a\u{1F600}b');
    expect(log.read(0, 2).data).toBe('a');
    expect(log.read(1, 2).data).toBe('\u{1F600}');
  });
});

describe('a terminal with its pages', () => {
  it('sends a page that comes back exactly what it lacks', () => {
    const { live, output } = terminal();
    const page = new Page();
    live.attach(page, 0);
    output('one ');
    live.detach(page);
    output('two ');
    live.attach(page, page.received);
    output('three');
    expect(page).toMatchObject({ text: 'one two three', lost: 0 });
    const other = new Page();
    live.attach(other, 0);
    expect(other.text).toBe('one two three');
  });

  it('waits for a page that knows more than it does, as after a restart', () => {
    const { live, output } = terminal();
    const page = new Page();
    page.received = 8;
    page.text = 'one two ';
    live.attach(page, 8);
    output('one ');
    expect(page.text).toBe('one two ');
    output('two three');
    expect(page.text).toBe('one two three');
  });

  it('runs no further ahead of the drawing than the bound, then blocks the programs, then lets them go on', () => {
    const { live, output, flow } = terminal();
    const page = new Page();
    live.attach(page, 0);
    for (let count = 0; count < 10; count++) output('x'.repeat(50_000));
    expect(page.received).toBeLessThanOrEqual(MAX_UNACKED_OUTPUT_CHARS + 65_536);
    expect(flow).toEqual([true]);
    live.acknowledge(page, 100_000);
    expect(flow).toEqual([true]);
    while (page.received < 500_000) live.acknowledge(page, page.received);
    live.acknowledge(page, page.received);
    expect(flow).toEqual([true, false]);
    expect(page).toMatchObject({ received: 500_000, lost: 0 });
  });

  it('blocks the programs when nobody reads', () => {
    const { output, flow } = terminal();
    for (let count = 0; count < 10; count++) output('x'.repeat(50_000));
    expect(flow).toEqual([true]);
  });

  it('is not held up by a page that stopped drawing while another draws', () => {
    const { live, output, flow } = terminal();
    const [asleep, awake] = [new Page(), new Page()];
    live.attach(asleep, 0);
    live.attach(awake, 0);
    for (let count = 0; count < 20; count++) {
      output('x'.repeat(50_000));
      live.acknowledge(awake, awake.received);
    }
    expect(flow).toEqual([]);
    expect(awake.received).toBe(1_000_000);
    expect(asleep.received).toBeLessThanOrEqual(MAX_UNACKED_OUTPUT_CHARS + 65_536);
  });

  it('tells the exit after the last character', () => {
    const { live, output } = terminal();
    const page = new Page();
    live.attach(page, 0);
    output('bye');
    live.onExit(3);
    expect(page).toMatchObject({ text: 'bye', exit: 3 });
    const late = new Page();
    live.attach(late, 0);
    expect(late).toMatchObject({ text: 'bye', exit: 3 });
  });

  it('takes each input message once, in order, and acknowledges it when it is on disk', async () => {
    const { live, sent } = terminal();
    const first = live.input(1, 'a');
    const again = live.input(1, 'a');
    expect(live.input(3, 'c')).toEqual({ kind: 'gap' });
    expect(first.kind).toBe('accepted');
    expect(again.kind).toBe('duplicate');
    expect(sent).toEqual([[1, 'a']]);
    live.onDurableInput(1);
    if (!('durable' in first) || !('durable' in again)) throw new Error('refused');
    expect(await Promise.all([first.durable, again.durable])).toEqual(['taken', 'taken']);
    const late = live.input(1, 'a');
    expect('durable' in late && (await late.durable)).toBe('taken');
  });

  it('goes on for the same page when its cluster comes back: output is told once, unsafe input is given again', async () => {
    const { live, sent } = terminal();
    const page = new Page();
    live.attach(page, 0);
    live.onOutput(0, 'one two');
    const [first, second] = [live.input(1, 'a'), live.input(2, 'b')];
    live.onDurableInput(1);
    live.onReturn({ columns: 80, rows: 24, inputSequence: 1, paused: false });
    live.onOutput(0, 'one two three');
    expect(page.text).toBe('one two three');
    expect(sent).toEqual([
      [1, 'a'],
      [2, 'b'],
      [2, 'b'],
    ]);
    live.onDurableInput(2);
    for (const answer of [first, second]) expect('durable' in answer && (await answer.durable)).toBe('taken');
  });

  it('refuses input that runs far ahead of what is safe', () => {
    const { live } = terminal();
    const kinds = Array.from({ length: 40 }, (_, index) => live.input(index + 1, 'x'.repeat(16_384)).kind);
    expect(kinds.indexOf('full')).toBe(16);
    live.onDurableInput(16);
    expect(live.input(17, 'y').kind).toBe('accepted');
  });

  it('loses and doubles no character, whatever comes when', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('output' as const), length: fc.integer({ min: 1, max: 90_000 }) }),
      fc.record({ kind: fc.constant('ack' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.constant({ kind: 'leave' as const }),
      fc.constant({ kind: 'come' as const }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { live, output } = terminal();
        const page = new Page();
        let whole = '';
        live.attach(page, 0);
        for (const each of events) {
          if (each.kind === 'output') {
            const piece = String.fromCharCode(97 + (whole.length % 26)).repeat(each.length);
            whole += piece;
            output(piece);
          }
          if (each.kind === 'ack') live.acknowledge(page, Math.floor(page.received * each.share));
          if (each.kind === 'leave') live.detach(page);
          if (each.kind === 'come') live.attach(page, page.received);
        }
        live.attach(page, page.received);
        for (let round = 0; round < 100; round++) live.acknowledge(page, page.received);
        expect(page.received).toBe(whole.length);
        if (page.lost === 0) expect(page.text).toBe(whole);
        else expect(whole.endsWith(page.text.slice(-1_000))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
