import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfigList } from './chain.ts';

test('no configuration list crashes its reader', () => {
  const value = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ name: fc.anything(), cniVersion: fc.anything(), plugins: fc.anything() }).map((list) => {
      try {
        return JSON.stringify(list);
      } catch {
        return '{';
      }
    }),
  );
  fc.assert(
    fc.property(value, (text) => {
      const list = parseConfigList(text);
      if (list !== undefined) expect(Array.isArray(list.plugins)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
