import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCorefile } from './server-config.ts';

const word = fc.constantFrom(
  '.',
  '{',
  '}',
  '.:53',
  'kubernetes',
  'forward',
  'cluster.local',
  'import',
  'hosts',
  'log',
  'template',
  'regex',
  'answer',
  '(.*',
  'rewrite',
  'cache',
  '"',
  '\\',
  '#',
  'fallthrough',
  '{$X}',
  '(a)',
  '\n',
);

test('no Corefile crashes or holds its reader', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 60 }).map((words) => words.join(' ')),
      ),
      (text) => {
        const parsed = readCorefile(text, 'Corefile', { readFile: () => undefined });
        expect(typeof parsed.ok).toBe('boolean');
      },
    ),
    { numRuns: 300 },
  );
});
