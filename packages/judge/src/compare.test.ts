import { describe, expect, it } from 'vitest';
import { compare, linesApart } from './compare.ts';

const REACH = 'reach | alpha/p0 → service alpha/s0:80/tcp';

describe('differences', () => {
  it.each([
    ['equal answers', [REACH, ['a', 'b'], ['a', 'b']], 0],
    ['other answers', [REACH, ['a'], ['b']], 1],
    ['fewer answers', [REACH, ['a'], ['a', 'b']], 1],
    ['objects with other lines', ['object | pods a/b', ['x: 1'], ['x: 1', 'y: 2']], 1],
  ] as const)('%s', (_case, [key, truth, judged], expected) => {
    expect(compare({ [key]: truth }, { [key]: judged })).toHaveLength(expected);
  });

  it.each([
    ['few draws may have shown less', ['a'], ['a', 'b'], 0],
    ['each shows something that the other does not', ['a', 'c'], ['a', 'b'], 1],
  ])('lenient: %s', (_case, truth, judged, expected) => {
    expect(compare({ [REACH]: truth }, { [REACH]: judged }, { lenient: true })).toHaveLength(expected);
  });

  it('what one side alone has is a difference', () => {
    expect(compare({ a: ['1'] }, {})).toEqual([{ key: 'a', expected: ['1'], found: undefined }]);
    expect(compare({}, { a: ['1'] })).toEqual([{ key: 'a', expected: undefined, found: ['1'] }]);
  });

  it('shows the lines that stand on one side alone', () => {
    expect(linesApart({ key: 'a', expected: ['1', '2'], found: ['2', '3'] })).toEqual({
      expected: ['1'],
      found: ['3'],
    });
  });
});
