import { describe, expect, it } from 'vitest';
import { JournalWriter } from './journal-writer.ts';
import type { StoredRecord } from './journal-writer.ts';

function bench(failures = 0) {
  const commits: string[][] = [];
  const durable: string[] = [];
  const delays: number[] = [];
  const callbacks: (() => void)[] = [];
  let failing = failures;
  const writer = new JournalWriter({
    store: (records: readonly StoredRecord[]) => {
      if (failing-- > 0) return Promise.reject(new Error('the database is away'));
      commits.push(records.map((record) => `${record.sessionId}${record.sequence}`));
      return Promise.resolve();
    },
    onDurable: (sessionId, record) => void durable.push(`${sessionId}${record.sequence}`),
    onTrouble: () => undefined,
    after: (delayMs, callback) => {
      delays.push(delayMs);
      callbacks.push(callback);
    },
  });
  const append = (sessionId: string, sequence: number): void =>
    writer.append(sessionId, [
      { sequence, virtualMs: 0, entry: { kind: 'terminal-closed', terminalId: 't' } },
    ]);
  return { writer, append, commits, durable, delays, fire: () => callbacks.shift()?.() };
}

describe('the writer of journals', () => {
  it('commits together what comes together, and tells what is on disk in order', async () => {
    const { writer, append, commits, durable } = bench();
    append('a', 1);
    append('b', 1);
    append('a', 2);
    expect(durable).toEqual([]);
    await writer.flushed();
    expect(commits).toEqual([['a1', 'b1', 'a2']]);
    expect(durable).toEqual(['a1', 'b1', 'a2']);
  });

  it('commits what comes meanwhile with the next', async () => {
    const { writer, append, commits } = bench();
    append('a', 1);
    await Promise.resolve();
    append('a', 2);
    append('a', 3);
    await writer.flushed();
    expect(commits).toEqual([['a1'], ['a2', 'a3']]);
  });

  it('waits for company while many come, and not for one alone', async () => {
    const { writer, append, commits, delays, fire } = bench();
    append('a', 1);
    await writer.flushed();
    expect(delays).toEqual([]);
    append('a', 2);
    append('b', 1);
    await writer.flushed();
    append('a', 3);
    expect(delays).toEqual([5]);
    append('b', 2);
    fire();
    await writer.flushed();
    expect(commits).toEqual([['a1'], ['a2', 'b1'], ['a3', 'b2']]);
  });

  it('acknowledges nothing while the database is away, and goes on when it is back', async () => {
    const { writer, append, durable, delays, fire } = bench(2);
    append('a', 1);
    const flushed = writer.flushed();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    append('a', 2);
    expect(durable).toEqual([]);
    fire();
    await Promise.resolve();
    await Promise.resolve();
    fire();
    await flushed;
    expect(durable).toEqual(['a1', 'a2']);
    expect(delays).toEqual([100, 200]);
  });
});
