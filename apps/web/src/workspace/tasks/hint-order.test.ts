import { describe, expect, it } from 'vitest';
import { nextHint } from './hint-order.ts';

const FREE = { id: 'free', cost: undefined };
const DEAR = { id: 'dear', cost: 20 };
const LAST = { id: 'last', cost: undefined };
const HINTS = [FREE, DEAR, LAST];

describe('hints', () => {
  it.each([
    ['none asked for', 0, [], [], 'free'],
    ['a free one', 1, [], ['free'], 'dear'],
    ['one that costs is not shown by asking', 2, [], ['free'], 'dear'],
    ['one that was paid for', 2, ['dear'], ['free', 'dear'], 'last'],
    ['paid for in an earlier cluster: with those before it', 0, ['dear'], ['free', 'dear'], 'last'],
    ['all', 3, ['dear'], ['free', 'dear', 'last'], undefined],
  ])('%s', (_what, asked, taken, shown, next) => {
    const found = nextHint(HINTS, asked, new Set(taken));
    expect(found.shown.map(({ id }) => id)).toEqual(shown);
    expect(found.next?.id).toBe(next);
  });
});
