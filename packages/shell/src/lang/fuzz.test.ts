import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newBench } from '../testing/bench.ts';

/** What a shell line is made of, its edges more often than chance would bring them. */
const TOKENS = [
  ...'|&;<>(){}[]!*?~#$=%^,:@+-/\\"\'` \n\t'.split(''),
  '&&',
  '||',
  ';;',
  '<<',
  '<<<',
  '>>',
  '2>&1',
  '>&',
  '|&',
  '$(',
  '$((',
  '))',
  '${',
  '}',
  '[[',
  ']]',
  '"$@"',
  '$*',
  '$#',
  '$?',
  '$$',
  '$RANDOM',
  '${x:-y}',
  '${x%%*}',
  '${x//a/b}',
  '${#x}',
  '${!x}',
  '${x[@]}',
  '{a,b}',
  '{1..9}',
  'x=1',
  'x=(1 2)',
  'if',
  'then',
  'else',
  'fi',
  'for',
  'in',
  'do',
  'done',
  'while',
  'until',
  'case',
  'esac',
  'function',
  'f()',
  'f',
  'EOF',
  'echo',
  'cat',
  'read',
  'eval',
  'set',
  'trap',
  'exit',
  'return',
  'break',
  'local',
  'export',
  'printf',
  'test',
  'cd',
  'true',
  'false',
  'wait',
  'seq 3',
  'grep a',
  'sed s/a/b/',
  'awk {print}',
  'xargs',
  'sort',
  '/etc/passwd',
  'a b',
  '10',
  '-1',
  '0x',
  '\u0000',
  'é',
  '😀',
];
/** Virtual time and processor a line has: one that waits for ever is no failure, one that holds the thread is. */
const LINE_MS = 500;
const WALL_LIMIT_MS = 10_000;

const token = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...TOKENS) }, fc.string({ maxLength: 6 }));
const flat = fc
  .array(fc.tuple(token, fc.constantFrom('', ' ')), { maxLength: 25 })
  .map((parts) => parts.map(([text, space]) => text + space).join(''));
const nested: fc.Arbitrary<string> = fc.letrec<{ line: string }>((tie) => ({
  line: fc.oneof(
    { maxDepth: 5 },
    flat,
    fc
      .tuple(
        fc.constantFrom<readonly [string, string]>(
          ['"', '"'],
          ["'", "'"],
          ['$(', ')'],
          ['`', '`'],
          ['(', ')'],
          ['{ ', '; }'],
          ['$((', '))'],
          ['${x:-', '}'],
          ['if ', '; then :; fi'],
          ['for x in a b; do ', '; done'],
          ['case a in a) ', ';; esac'],
          ['cat <<EOF\n', '\nEOF\n'],
          ['eval "', '"'],
          ['f() { ', '; }; f'],
        ),
        tie('line'),
        fc.constantFrom('', ' | cat', ' && echo ok', ' > out', ' &'),
      )
      .map(([[open, close], inner, rest]) => `${open}${inner}${close}${rest}`),
  ),
})).line;

function survives(script: string, shell: 'bash' | 'sh'): void {
  const bench = newBench({ files: { '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n' } });
  const begunMs = performance.now();
  const result = bench.exec([shell, '-c', script], { stdin: 'one\ntwo\n', forMs: LINE_MS });
  expect(result.stderr).not.toContain('internal error');
  expect(performance.now() - begunMs).toBeLessThan(WALL_LIMIT_MS);
  // The machine is in order: the next command does what it should.
  expect(bench.exec(['echo', 'still here']).stdout).toBe('still here\n');
}

describe('lines of the shell that nobody would write', () => {
  it.each(['bash', 'sh'] as const)('never break %s: random tokens, quotes, expansions and pipes', (shell) => {
    fc.assert(
      fc.property(fc.oneof(flat, nested), (script) => survives(script, shell)),
      { numRuns: 250 },
    );
  });

  it('never break a prompt, whatever is typed at it', () => {
    const keys = fc.oneof(
      flat,
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('\x1b[A', '\t\t', '\x12', '\x03', '\x1b'),
    );
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 4 }), (typed) => {
        const bench = newBench();
        const terminal = bench.terminal(['bash', '-i']);
        for (const text of typed) terminal.type(text);
        expect(terminal.screen()).not.toContain('internal error');
        expect(bench.exec(['echo', 'still here']).stdout).toBe('still here\n');
      }),
      { numRuns: 40 },
    );
  });
});
