import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreAfterHints } from './hint-cost.ts';

const part = fc.double({ min: 0, max: 1, noNaN: true });

describe('the cost of hints', () => {
  it.each([
    [1, 0, 1],
    [1, 0.2, 0.8],
    [0.7, 0.1, 0.6],
    [0.5, 0.5, 0],
    [0.3, 0.9, 0],
    [0, 0.1, 0],
  ])('%d less %d is %d', (score, cost, left) => {
    expect(scoreAfterHints(score, cost)).toBe(left);
  });

  it('never gives more than was reached, and never less than nothing', () => {
    fc.assert(
      fc.property(part, part, (score, cost) => {
        const left = scoreAfterHints(score, cost);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(score + 1e-9);
      }),
    );
  });

  it('falls with every further hint, and never rises with one', () => {
    fc.assert(
      fc.property(part, part, part, (score, cost, more) => {
        expect(scoreAfterHints(score, Math.min(1, cost + more))).toBeLessThanOrEqual(
          scoreAfterHints(score, cost),
        );
      }),
    );
  });
});
