import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countIndexes, firstFree, hasIndex, parseIndexes, printIndexes, withIndexes } from './indexes.ts';

test.each([
  ['', 5, ''],
  ['0', 5, '0'],
  ['0,1', 5, '0,1'],
  ['0-2', 5, '0-2'],
  ['0,1,2,4', 5, '0-2,4'],
  ['1,3-9', 5, '1,3,4'],
  ['x,2', 5, '2'],
  ['7', 5, ''],
])('API19: the indexes %j of %i completions are %j', (text, completions, printed) => {
  expect(printIndexes(parseIndexes(text, completions))).toBe(printed);
});

test('API19: indexes that are printed and read again are the same, and the free ones are the others', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(30)), (taken) => {
      const indexes = withIndexes([], taken);
      expect(countIndexes(indexes)).toBe(taken.length);
      expect(parseIndexes(printIndexes(indexes), 31)).toEqual(indexes);
      const free = firstFree(indexes, 31, 31);
      expect([...free, ...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: 31 }, (_, at) => at));
      for (const index of free) expect(hasIndex(indexes, index)).toBe(false);
    }),
  );
});
