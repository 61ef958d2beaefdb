import { describe, expect, it } from 'vitest';
import { readAnswers, withAnswer, writeAnswers } from './answers.ts';

describe('answers', () => {
  it('come back after a reload', () => {
    const answers = withAnswer(withAnswer(new Map(), 'one', 'ip', '10.0.0.1'), 'one', 'why', ['a', 'b']);
    expect(readAnswers(writeAnswers(answers))).toEqual(answers);
  });
  it.each([undefined, '', '[]', '{"one":3}', 'nonsense'])('are none in %j', (text) => {
    expect(readAnswers(text).size).toBe(0);
  });
});
