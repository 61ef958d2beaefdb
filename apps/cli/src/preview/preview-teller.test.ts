import { describe, expect, it } from 'vitest';
import type { Output } from '../terminal/output.ts';
import type { CourseState } from './course-watch.ts';
import { previewTeller } from './preview-teller.ts';

const BROKEN: CourseState = {
  revision: 2,
  diagnostics: [
    {
      code: 'PW0203',
      severity: 'error',
      file: 'a/b/lab.md',
      line: 3,
      column: 5,
      message: 'There is no task "x".',
      remedy: 'Name one.',
    },
    { code: 'PW0501', severity: 'warning', file: 'a/c.md', line: 1, column: 1, message: 'M', remedy: 'R' },
  ],
};

function told(json: boolean): { readonly out: readonly string[]; readonly err: readonly string[] } {
  const [out, err]: [string[], string[]] = [[], []];
  const output: Output = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    paint: (_colour, text) => text,
    interactive: false,
  };
  const teller = previewTeller(json, output);
  teller.building();
  teller.built(16.94);
  teller.ready('/course', 'http://localhost:3000');
  teller.read({ revision: 1, diagnostics: [] }, undefined, '/course');
  teller.read(BROKEN, 31.26, '/course');
  teller.error('port 3000 is taken.');
  return { out, err };
}

describe('what a preview tells', () => {
  it('a program: one object a line, all of them on standard output', () => {
    const { out, err } = told(true);
    expect(err).toEqual([]);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { kind: 'building' },
      { kind: 'built', seconds: 16.9 },
      { kind: 'ready', url: 'http://localhost:3000', folder: '/course' },
      { kind: 'read', revision: 1, errors: 0, warnings: 0, diagnostics: [] },
      { kind: 'read', revision: 2, tookMs: 31.3, errors: 1, warnings: 1, diagnostics: BROKEN.diagnostics },
      { kind: 'error', message: 'port 3000 is taken.' },
    ]);
    expect(out.every((line) => !line.includes('\n'))).toBe(true);
  });

  it('a person: where it is, and each mistake by its place', () => {
    const { out, err } = told(false);
    expect(out).toEqual([
      'Previewing /course on http://localhost:3000. Pages follow the files; Ctrl-C ends it.',
      '0 errors, 0 warnings',
      'read again in 31 ms; 1 error, 1 warning',
    ]);
    expect(err.slice(1)).toEqual([
      'Built in 17 s.',
      '/course/a/b/lab.md:3:5 error PW0203 There is no task "x".\n  Name one.\n/course/a/c.md:1:1 warning PW0501 M\n  R',
      'podwire preview: port 3000 is taken.',
    ]);
  });
});
