import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../journal.ts';
import type { ClusterOrigin } from '../port.ts';
import { bootCluster } from './boot.ts';
import { performCall } from './calls.ts';
import { HostedCluster } from './hosted-cluster.ts';
import { toyFactory } from './testing/toy-cluster.ts';

const ORIGIN: ClusterOrigin = {
  labId: 'toy',
  labDigest: 'digest',
  seed: 7,
  startMs: 1_700_000_000_000,
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [],
  files: [{ path: 'client.yaml', text: 'kind: Pod' }],
};
const NEVER = () => false;

/** A hosted cluster under a clock that the test holds. */
class Bench {
  wallMs = 5_000;
  readonly host: HostedCluster;
  readonly records: JournalRecord[] = [];
  readonly text = new Map<string, string>();
  offsets: { offset: number; length: number }[] = [];

  constructor() {
    const booted = bootCluster(ORIGIN, toyFactory);
    if (!booted.ok) throw new Error(booted.message);
    this.host = new HostedCluster(booted.cluster, this.wallMs);
  }

  slice(spent: () => boolean = NEVER) {
    const outcome = this.host.slice(this.wallMs, spent);
    this.hear();
    return outcome;
  }

  hear(): void {
    const news = this.host.takeNews(this.wallMs);
    this.records.push(...(news?.records ?? []));
    for (const piece of news?.output ?? []) {
      this.text.set(piece.terminalId, (this.text.get(piece.terminalId) ?? '') + piece.data);
      this.offsets.push({ offset: piece.offset, length: piece.data.length });
    }
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.slice();
  }

  async open(terminalId = 't1'): Promise<unknown> {
    const answer = performCall(this.host, {
      name: 'open-terminal',
      terminalId,
      place: { kind: 'toolbox' },
      columns: 80,
      rows: 24,
    });
    this.slice();
    return answer;
  }

  type(sequence: number, data: string, terminalId = 't1'): void {
    this.host.terminals.get(terminalId)?.queueInput(sequence, new TextEncoder().encode(data));
    this.slice();
  }

  /** What comes back from the journal alone. */
  restored(clusterTimeMs = this.host.cluster.nowMs()): Bench {
    const other = new Bench();
    const steps = other.host.replay({ records: this.records, clusterTimeMs }, NEVER, () => other.wallMs);
    for (const _ of steps);
    other.hear();
    return other;
  }
}

describe('a hosted cluster', () => {
  it('boots ready, with the lab’s files in the home folder', async () => {
    const bench = new Bench();
    const read = performCall(bench.host, { name: 'read-file', path: '/home/learner/client.yaml' });
    bench.slice();
    expect(await read).toMatchObject({ ok: true, value: { text: 'kind: Pod' } });
  });

  it('follows the wall clock and sleeps until the next event, not longer and not shorter', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(10);
    bench.type(1, 'tick 2\r');
    expect(bench.slice()).toEqual({ kind: 'asleep', wakeAtMs: bench.wallMs + 0.25 });
    bench.pass(0.25);
    const outcome = bench.slice();
    expect(outcome).toEqual({ kind: 'asleep', wakeAtMs: bench.wallMs + 100 });
    bench.pass(100);
    expect(bench.text.get('t1')).toMatch(/tick 2 \d+\r\n$/);
    bench.pass(1_000);
    expect(bench.slice()).toEqual({ kind: 'asleep', wakeAtMs: undefined });
  });

  it('numbers output without gaps', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(5);
    bench.type(1, 'flood 3\r');
    bench.pass(5);
    let end = 0;
    for (const piece of bench.offsets) {
      expect(piece.offset).toBe(end);
      end += piece.length;
    }
    expect(end).toBe(bench.text.get('t1')?.length);
  });

  it('takes a long paste in pieces as the terminal takes it, loses nothing, and records each piece', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(5);
    const paste = 'x'.repeat(16_000);
    bench.type(1, paste);
    for (let i = 0; i < 50; i++) bench.pass(1);
    expect(bench.text.get('t1')).toBe(`> ${paste}`);
    const inputs = bench.records.flatMap((record) =>
      record.entry.kind === 'terminal-input' ? [record.entry] : [],
    );
    expect(inputs.length).toBeGreaterThan(10);
    expect(inputs.map((entry) => entry.whole)).toEqual([...inputs.slice(1).map(() => false), true]);
  });

  it('ignores an input message that came before', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(5);
    bench.type(1, 'a');
    bench.type(1, 'a');
    bench.pass(5);
    expect(bench.text.get('t1')).toBe('> a');
  });

  it('passes a probe’s time at once; the clock jumps and goes on from there', async () => {
    const bench = new Bench();
    const before = bench.host.cluster.nowMs();
    const probe = performCall(bench.host, {
      name: 'probe',
      request: {
        from: { kind: 'toolbox' },
        to: { kind: 'host', host: 'web' },
        port: 81,
        protocol: 'tcp',
        timeoutMs: 3_000,
      },
    });
    bench.slice();
    await Promise.resolve();
    await Promise.resolve();
    bench.slice();
    expect(await probe).toMatchObject({ verdict: 'timed-out' });
    expect(bench.host.cluster.nowMs()).toBe(before + 3_000);
    bench.pass(500);
    expect(bench.host.cluster.nowMs()).toBe(before + 3_500);
  });

  it('goes slower than the wall clock rather than chase it when it can’t keep up', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(5);
    bench.type(1, 'spin\r');
    const before = bench.host.cluster.nowMs();
    bench.wallMs += 60_000;
    let looks = 0;
    expect(bench.slice(() => ++looks > 20)).toEqual({ kind: 'busy' });
    expect(bench.host.cluster.nowMs() - before).toBeLessThan(1_000);
    bench.wallMs += 11 * 60_000;
    looks = 0;
    expect(bench.slice(() => ++looks > 20)).toEqual({ kind: 'runaway' });
  });

  it('records only what took effect', async () => {
    const bench = new Bench();
    const written = performCall(bench.host, { name: 'write-file', path: '/sys/kernel', text: 'x' });
    bench.slice();
    expect(await written).toEqual({
      ok: false,
      errno: 'EROFS',
      message: 'This part of the file system is read-only.',
    });
    const refused = performCall(bench.host, {
      name: 'open-terminal',
      terminalId: 't1',
      place: { kind: 'node', name: 'none' },
      columns: 80,
      rows: 24,
    });
    bench.slice();
    expect(await refused).toMatchObject({ kind: 'refused', reason: 'no-such-place' });
    expect(bench.records).toEqual([]);
  });

  it('comes back from its journal as it was: text, clock, files, numbers drawn', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(50);
    bench.type(1, 'random\rat\r');
    bench.pass(333.3);
    bench.type(2, 'tick 5\r');
    const file = performCall(bench.host, {
      name: 'write-file',
      path: '/home/learner/a',
      text: 'nul\0 and \ud83d',
    });
    bench.pass(220);
    await file;
    bench.type(3, 'rand');
    bench.pass(30);
    const other = bench.restored();
    expect(other.text).toEqual(bench.text);
    expect(other.host.cluster.nowMs()).toBe(bench.host.cluster.nowMs());
    expect(other.host.terminalStates()).toEqual(bench.host.terminalStates());
    for (const each of [bench, other]) {
      each.type(4, 'om\r');
      each.pass(1_000);
    }
    expect(other.text).toEqual(bench.text);
    expect(other.records.at(-1)?.sequence).toBe(bench.records.at(-1)?.sequence);
  });

  it('continues a message of which a part was taken before a crash', async () => {
    const bench = new Bench();
    await bench.open();
    bench.pass(5);
    const paste = Array.from({ length: 5_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join(
      '',
    );
    bench.type(1, paste);
    bench.pass(1);
    const other = bench.restored();
    expect(other.host.terminalStates()[0]?.inputSequence).toBe(0);
    other.type(1, paste);
    for (let i = 0; i < 20; i++) other.pass(1);
    expect(other.text.get('t1')).toBe(`> ${paste}`);
  });

  it('is the same after any replay, however the slices were cut', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('type' as const),
        text: fc.constantFrom('random\r', 'at\r', 'tick 3\r', 'x', 'flood 4\r'),
      }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.double({ min: 0, max: 300, noNaN: true }) }),
      fc.record({ kind: fc.constant('flow' as const), paused: fc.boolean() }),
      fc.record({ kind: fc.constant('cut' as const), looks: fc.integer({ min: 1, max: 6 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const bench = new Bench();
        await bench.open();
        let sequence = 0;
        for (const each of steps) {
          if (each.kind === 'type') bench.type(++sequence, each.text);
          if (each.kind === 'pass') bench.pass(each.ms);
          if (each.kind === 'flow')
            bench.host.whenSettledAtInstant(() =>
              bench.host.commit({ kind: 'terminal-flow', terminalId: 't1', paused: each.paused }),
            );
          if (each.kind === 'cut') {
            let looks = 0;
            bench.slice(() => ++looks > each.looks);
          }
        }
        bench.pass(50);
        expect(bench.restored().text).toEqual(bench.text);
      }),
      { numRuns: 60 },
    );
  });
});
