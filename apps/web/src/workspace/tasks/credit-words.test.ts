import type { TaskReport } from '@podwire/protocol';
import { describe, expect, it } from 'vitest';
import { creditWords } from './credit-words.ts';

const REPORT: TaskReport = {
  id: 'a1',
  sessionId: 's1',
  labId: 'lab',
  taskId: 'task',
  verdict: 'passed',
  score: 0.8,
  checks: [],
  clusterTimeMs: 0,
  seed: 1,
  labDigest: '',
  durationMs: 1,
  createdAt: '2026-01-01T10:00:00.000Z',
};

describe('what is told of a submission', () => {
  it.each([
    ['passed', {}, /^Passed, with 80 %/],
    ['passed', { hintCost: 0.2 }, /after 20 % for hints/],
    ['failed', {}, /^Not passed: 80 %/],
    ['not-gradable', {}, /costs you nothing/],
    ['our-fault', {}, /our side.*costs you nothing/],
  ] as const)('%s', (verdict, more, words) => {
    expect(creditWords({ ...REPORT, verdict, ...more }).headline).toMatch(words);
  });
});
