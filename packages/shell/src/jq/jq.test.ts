import { describe, expect, it } from 'vitest';
import { JQ_FILTERS, JQ_INPUT } from '../../test/jq-filters.ts';
import { newBench } from '../testing/bench.ts';

const bench = newBench();

describe('jq does as jq does', () => {
  it.each(JQ_FILTERS)('$filter', ({ filter, stdout, stderr, code }) => {
    expect(bench.exec(['jq', '-c', filter], { stdin: JQ_INPUT })).toEqual({ stdout, stderr, code });
  });
});

describe('hostile filters end', () => {
  it.each([
    ['an array without end', '[range(1e12)]'],
    ['a recursion without end', 'def f: f; f'],
    ['a recursion that grows', 'def f: [f]; f'],
    ['a path far away', '.[1e9] = 1'],
    ['a string that repeats', '"abc" * 1e9'],
    ['a loop without end', 'last(repeat(1))'],
  ])('%s', (_name, filter) => {
    const result = bench.exec(['jq', filter], { stdin: 'null' });
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(/^jq: error/);
  });

  it('nesting without end is a parse error', () => {
    expect(bench.exec(['jq', '.'], { stdin: '['.repeat(100_000) }).code).toBe(2);
  });
});
