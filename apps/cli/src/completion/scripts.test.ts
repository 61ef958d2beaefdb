import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { factsOf } from './command-facts.ts';
import { completionScript } from './scripts.ts';

function program(): Command {
  const podwire = new Command('podwire').description('P');
  podwire
    .command('lint')
    .summary("find an author's mistakes: all")
    .argument('[folder]')
    .option('--json', 'as JSON [really]', false)
    .option('-n, --max <count>', 'most');
  const make = podwire.command('new').summary('make');
  make.command('course').description('Makes a course.');
  make.command('lab').description('Makes a lab.').option('--course <folder>', 'where');
  return podwire;
}
const facts = factsOf(program());

describe('the facts of a command', () => {
  it('are what it declares, sub-commands of sub-commands too', () => {
    expect(facts.map(({ path: place }) => place.join(' '))).toEqual([
      '',
      'lint',
      'new',
      'new course',
      'new lab',
    ]);
    expect(facts[1]?.options.find(({ flags }) => flags.includes('--max'))).toMatchObject({
      flags: ['-n', '--max'],
      takesValue: true,
      takesFile: false,
    });
    expect(facts[4]?.options.find(({ flags }) => flags.includes('--course'))?.takesFile).toBe(true);
  });
});

/** What bash offers after these words; the last is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'podwire-completion-')), 'podwire.bash');
  writeFileSync(file, completionScript('bash', facts));
  const typed = words.map((word) => `'${word}'`).join(' ');
  const script = `source ${file}; COMP_WORDS=(podwire ${typed}); COMP_CWORD=${words.length}; _podwire; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '');
}

describe('in bash', () => {
  it.each([
    [['l'], ['lint']],
    [
      ['new', ''],
      ['course', 'lab'],
    ],
    [['lint', '--j'], ['--json']],
    [['new', 'lab', '--c'], ['--course']],
    [['lint', '--max', '3', '--j'], ['--json']],
  ])('%j offers %j', (words, wanted) => {
    expect(offered(...words)).toEqual(wanted);
  });
});

describe('in zsh and fish', () => {
  it('quotes what authors of summaries write', () => {
    expect(completionScript('fish', facts)).toContain(
      String.raw`-a lint -d 'find an author'\''s mistakes: all'`,
    );
    expect(completionScript('zsh', facts)).toContain(String.raw`'lint:find an author'\''s mistakes\: all'`);
    expect(completionScript('zsh', facts)).toContain(String.raw`'--json[as JSON \[really\]]'`);
  });

  it.each(['zsh', 'fish'] as const)('%s reads the script, where it is installed', (shell) => {
    const ran = spawnSync(shell, ['-n'], { input: completionScript(shell, facts), encoding: 'utf8' });
    if (ran.error === undefined) expect(ran.stderr).toBe('');
    else expect(ran.error.message).toContain('ENOENT');
  });
});
