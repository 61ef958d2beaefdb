import { describe, expect, it } from 'vitest';
import { inOrder, moved } from './order.ts';

describe('an order', () => {
  it('begins as the page gives it, and keeps what the learner chose', () => {
    expect(inOrder(['a', 'b', 'c'], [])).toEqual(['a', 'b', 'c']);
    expect(inOrder(['a', 'b', 'c'], ['c', 'a', 'b'])).toEqual(['c', 'a', 'b']);
  });
  it('has each option once, whatever was remembered', () => {
    expect(inOrder(['a', 'b', 'c'], ['c', 'gone', 'c'])).toEqual(['c', 'a', 'b']);
  });
  it('moves one option by one place, and none beyond the ends', () => {
    expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c']);
    expect(moved(['a', 'b', 'c'], 'c', 1)).toEqual(['a', 'b', 'c']);
  });
});
