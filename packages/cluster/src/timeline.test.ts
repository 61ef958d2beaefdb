import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEntry, JournalRecord } from './journal.ts';
import { clusterPoints, historyUntil, journalDefect } from './timeline.ts';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function typed(text: string, terminalId = 't1'): JournalEntry {
  return { kind: 'terminal-input', terminalId, bytes: base64(text), inputSequence: 1, taken: 1, whole: true };
}

function journal(...entries: readonly JournalEntry[]): readonly JournalRecord[] {
  return entries.map((entry, index) => ({ sequence: index + 1, virtualMs: 1_000 * (index + 1), entry }));
}

describe('the points of a journal', () => {
  const records = journal(
    { kind: 'terminal-opened', terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 },
    typed('kubectl get '),
    typed('ls', 't2'),
    typed('pods\r'),
    { kind: 'time-skipped', untilMs: 9_000 },
    { kind: 'file-written', path: '/home/learner/web.yaml', bytes: base64('kind: Pod') },
    { kind: 'api-written', request: { method: 'DELETE', path: '/api/v1/namespaces/default/pods/web' } },
    { kind: 'component-switched', name: 'kube-scheduler', running: false },
    typed('\x1b[A\r'),
  );

  it('are what a person did: lines, files, requests, switches', () => {
    expect(clusterPoints(0, records).map(({ sequence, kind, text }) => [sequence, kind, text])).toEqual([
      [0, 'started', ''],
      [1, 'terminal', 't1'],
      [4, 'command', 'kubectl get pods'],
      [6, 'file', '/home/learner/web.yaml'],
      [7, 'api', 'DELETE /api/v1/namespaces/default/pods/web'],
      [8, 'component', 'stop kube-scheduler'],
      [9, 'command', '[A'],
    ]);
  });

  it('give the history as it was at each, without what came later', () => {
    const [, , command] = clusterPoints(0, records);
    if (command === undefined) throw new Error('no command');
    const history = historyUntil({ records, clusterTimeMs: 99_000 }, command);
    expect(history.records.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(history.clusterTimeMs).toBe(4_000);
    const [start] = clusterPoints(500, records);
    expect(start === undefined ? undefined : historyUntil({ records, clusterTimeMs: 1 }, start)).toEqual({
      records: [],
      clusterTimeMs: 500,
    });
  });

  it('are bounded, the start always among them', () => {
    const many = journal(...Array.from({ length: 3_000 }, (_none, number) => typed(`echo ${number}\r`)));
    const points = clusterPoints(0, many);
    expect(points).toHaveLength(1_000);
    expect(points[0]?.kind).toBe('started');
    expect(points.at(-1)?.text).toBe('echo 2999');
  });
});

describe('a stored journal', () => {
  const whole = journal(
    typed('x'),
    { kind: 'time-skipped', untilMs: 5_000 },
    { kind: 'terminal-flow', terminalId: 't1', paused: true },
  );

  it('is sound as it was written, also when it is empty', () => {
    expect(journalDefect(whole)).toBeUndefined();
    expect(journalDefect([])).toBeUndefined();
  });

  it.each<readonly [string, (records: unknown[]) => void, string]>([
    ['a record is missing', (records) => void records.splice(1, 1), 'has the number 3'],
    ['a record is twice there', (records) => void records.splice(1, 0, records[0]), 'has the number 1'],
    [
      'its time runs back',
      (records) => Object.assign(records[2] as object, { virtualMs: 1 }),
      'before the one before',
    ],
    [
      'a time is missing',
      (records) => Object.assign(records[2] as object, { virtualMs: null }),
      'has no time',
    ],
    [
      'an entry is missing',
      (records) => Object.assign(records[0] as object, { entry: null }),
      'has no entry',
    ],
    ['a record is null', (records) => void (records[0] = null), 'is no object'],
    [
      'a kind is unknown',
      (records) => Object.assign(records[0] as object, { entry: { kind: 'constructor' } }),
      'no known kind: "constructor"',
    ],
    [
      'a field is of another type',
      (records) => Object.assign(records[1] as object, { entry: { kind: 'time-skipped', untilMs: '5' } }),
      '(time-skipped) has no number "untilMs"',
    ],
  ])('is refused with the place when %s', (_what, damage, says) => {
    const records = structuredClone(whole) as unknown[];
    damage(records);
    expect(journalDefect(records as JournalRecord[])).toContain(says);
  });

  it('is never read with a crash, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 5 }), (records) => {
        const reason = journalDefect(records as unknown as JournalRecord[]);
        expect(reason === undefined).toBe(records.length === 0);
      }),
    );
    const field = fc.constantFrom('kind', 'terminalId', 'bytes', 'untilMs', 'request', 'place');
    const near = fc.array(fc.record({ field, value: fc.anything() }), { maxLength: 5 });
    fc.assert(
      fc.property(near, (fields) => {
        const entry = {
          kind: 'terminal-input',
          ...Object.fromEntries(fields.map((each) => [each.field, each.value])),
        };
        const record = { sequence: 1, virtualMs: 1, entry } as unknown as JournalRecord;
        expect(() => journalDefect([record])).not.toThrow();
      }),
    );
  });
});
