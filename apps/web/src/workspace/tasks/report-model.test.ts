import type { CheckResult, ProbeResultView, TaskReport } from '@podwire/protocol';
import { describe, expect, it } from 'vitest';
import { reportView } from './report-model.ts';

const checks = [
  { id: 'a', title: 'A holds' },
  { id: 'b', title: 'B holds' },
];
const result = (checkId: string, own: Partial<CheckResult>): CheckResult => ({
  checkId,
  title: checkId,
  verdict: 'passed',
  weight: 1,
  evidence: {},
  ...own,
});
const report = (own: Partial<TaskReport>): TaskReport => ({
  id: 'r',
  sessionId: 's',
  labId: 'l',
  taskId: 't',
  verdict: 'failed',
  score: 0,
  checks: [],
  clusterTimeMs: 0,
  seed: 1,
  labDigest: '',
  durationMs: 5,
  createdAt: '2026-01-01T00:00:00Z',
  ...own,
});
const probe = (verdict: ProbeResultView['verdict']): ProbeResultView => ({
  verdict,
  durationMs: 1,
  packets: [],
  because: '',
});

describe('a task before its first check', () => {
  it('says what will be checked', () => {
    const view = reportView(checks, undefined);
    expect(view.rows.map((row) => [row.title, row.mark])).toEqual([
      ['A holds', 'waiting'],
      ['B holds', 'waiting'],
    ]);
    expect(view.headline).toBeUndefined();
  });
});

describe('a report', () => {
  it('does not count as failed what was not tried, and says what it waits for', () => {
    const view = reportView(checks, {
      kind: 'answered',
      report: report({
        checks: [
          result('a', { verdict: 'failed', expected: 'open', saw: 'refused', because: 'No endpoints.' }),
          result('b', {
            verdict: 'failed',
            evidence: { waitsFor: 'a' },
            because: 'This is tried once "A holds" has passed.',
          }),
        ],
      }),
    });
    expect(view.headline).toBe('One check failed.');
    expect(view.rows[1]).toMatchObject({
      mark: 'waiting',
      word: 'not tried yet',
      failure: undefined,
      note: 'This is tried once "A holds" has passed.',
    });
  });

  it('gives what passed in one line and a failure with expected, saw and because', () => {
    const view = reportView(checks, {
      kind: 'answered',
      report: report({
        checks: [
          result('a', {}),
          result('b', {
            verdict: 'failed',
            expected: 'open',
            saw: 'timed out',
            because: 'the policy db-deny',
          }),
        ],
      }),
    });
    expect(view.rows[0]?.failure).toBeUndefined();
    expect(view.rows[1]).toMatchObject({
      word: 'failed',
      failure: { expected: 'open', saw: 'timed out', because: 'the policy db-deny' },
    });
    expect(view.headline).toBe('One check failed.');
  });
  it('tells a fault of ours from a failure of the learner', () => {
    expect(reportView(checks, { kind: 'answered', report: report({ verdict: 'our-fault' }) })).toMatchObject({
      tone: 'ours',
    });
  });
  it('says when a check was met earlier although it is not now', () => {
    const view = reportView(checks, {
      kind: 'answered',
      report: report({ checks: [result('a', { metEarlier: true })] }),
    });
    expect(view.rows[0]?.word).toBe('passed earlier');
  });
  it('shows the probe that broke the expectation first; blocked is met by anything but open', () => {
    const probes = [
      { label: 'one', request: {} as never, expected: 'blocked', result: probe('timed-out') },
      { label: 'two', request: {} as never, expected: 'blocked', result: probe('open') },
    ];
    const view = reportView(checks, {
      kind: 'answered',
      report: report({ checks: [result('a', { verdict: 'failed', evidence: { probes } })] }),
    });
    expect(view.rows[0]?.probes.map((evidence) => evidence.label)).toEqual(['two', 'one']);
  });
  it('stays on show when a later check could not be asked', () => {
    const previous = report({ checks: [result('a', {})] });
    const view = reportView(checks, {
      kind: 'unanswered',
      error: { code: 'x', message: 'y', status: 0 },
      previous,
    });
    expect(view.rows[0]?.word).toBe('passed');
  });
});
