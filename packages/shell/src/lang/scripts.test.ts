import { describe, expect, it } from 'vitest';
import { BASH_SCRIPTS } from '../../test/bash-scripts.ts';
import { LANGUAGE_SCRIPTS } from '../../test/language-scripts.ts';
import { newBench } from '../testing/bench.ts';

const FILES = { '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n' };

describe('the shell language does as bash does', () => {
  it.each([...LANGUAGE_SCRIPTS, ...BASH_SCRIPTS])('$script', ({ script, stdout, stderr, code }) => {
    expect(newBench({ files: FILES }).bash(script)).toEqual({ stdout, stderr, code });
  });
});

describe('hostile scripts end', () => {
  it.each([
    ['a function that calls itself', 'f() { f; }; f; echo after', 'maximum function nesting level exceeded'],
    ['a text that evaluates itself', 'x=\'eval "$x"\'; eval "$x"', 'maximum eval nesting level exceeded'],
    ['braces that multiply', 'echo {1..9999}{1..9999}', 'too many words'],
    ['a variable that doubles', 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done', ''],
    ['parentheses without end', '('.repeat(5000), 'nested too deeply'],
    ['substitutions without end', `echo ${'$('.repeat(5000)}`, 'nested too deeply'],
    ['arithmetic without end', `echo $((${'('.repeat(5000)}1${')'.repeat(5000)}))`, 'recursion level'],
    ['a variable that names itself', 'x=x; echo $((x))', 'recursion level'],
  ])('%s', (_name, script, message) => {
    const result = newBench().bash(script);
    expect(result.code).not.toBe(0);
    expect(result.code).toBeDefined();
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toContain('internal error');
  });

  it('a fork bomb meets the limit of processes, and the machine lives on', () => {
    const bench = newBench();
    bench.exec(['bash', '-c', 'b() { b | b & }; b'], { forMs: 2000 });
    const killed = bench.machines.exec('box', { argv: ['true'] });
    expect(killed.ok || killed.reason === 'too-many-processes').toBe(true);
  });
});

describe('sh', () => {
  it.each([
    ['a program that is not there', 'nope', 'sh: nope: not found\n', 127],
    ['a file that is not there', 'cat < /nope', "sh: can't open /nope: no such file\n", 1],
    ['a token that does not fit', 'echo )', 'sh: syntax error: unexpected ")"\n', 2],
    ['a quote that does not end', 'echo "a', 'sh: syntax error: unterminated quoted string\n', 2],
  ])('says of %s what ash says', (_name, script, stderr, code) => {
    expect(newBench().sh(script)).toMatchObject({ stderr, code });
  });

  it.each([
    ['an array', 'a=(1 2)', 'sh: syntax error: unexpected "("\n'],
    ['process substitution', 'cat <(echo a)', 'sh: syntax error: unexpected "("\n'],
  ])('has no %s, as ash has none', (_name, script, stderr) => {
    expect(newBench().sh(script)).toMatchObject({ stderr, code: 2 });
  });

  it('becomes its last command, as ash does', () => {
    const bench = newBench();
    const started = bench.machines.exec('box', { argv: ['sh', '-c', 'echo one; sleep 100'] });
    bench.run(100);
    expect(started.ok && bench.machines.hasRunningTasks()).toBe(false);
  });
});
