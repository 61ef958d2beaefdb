import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseCourse } from '@podwire/lab';
import { afterAll, describe, expect, it } from 'vitest';
import { readCourse } from './course-files.ts';

const root = mkdtempSync(path.join(tmpdir(), 'podwire-course-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const OUTLINE =
  'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: First, lessons: [], labs: [small] }\n';

let folders = 0;
function courseOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = path.join(root, String(++folders));
  for (const [name, content] of Object.entries({ 'course.yaml': OUTLINE, ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

describe('the files of a course', () => {
  it('are read as text; images are only named, and the rest is left alone', () => {
    const folder = courseOf({
      'one/small/lab.md': 'x',
      'images/a.svg': '<svg/>',
      'one/small/notes.doc': 'y',
      'one/small/setup.zip': Uint8Array.of(0x50, 0x4b),
    });
    const read = readCourse(folder, root);
    if (!read.ok) throw new Error(read.message);
    expect([...read.files.keys()].sort()).toEqual(['course.yaml', 'one/small/lab.md']);
    expect(read.others).toEqual(['images/a.svg']);
  });

  it('of 100 MB are refused by name before they are read', () => {
    const folder = courseOf({ 'one/small/lab.md': '' });
    truncateSync(path.join(folder, 'one/small/lab.md'), 100_000_000);
    expect(readCourse(folder, root)).toEqual({
      ok: false,
      message: expect.stringMatching(/lab\.md is larger than 1048576 bytes/) as string,
    });
  });

  it('are no symbolic links: those could lead anywhere, and in circles', () => {
    const folder = courseOf({ 'one/other.md': 'x' });
    mkdirSync(path.join(folder, 'one/small'));
    symlinkSync('/etc/passwd', path.join(folder, 'one/small/lab.md'));
    symlinkSync('..', path.join(folder, 'one/again'));
    const read = readCourse(folder, root);
    if (!read.ok) throw new Error(read.message);
    expect([...read.files.keys()].sort()).toEqual(['course.yaml', 'one/other.md']);
    // What is linked is not there.
    expect(parseCourse(read.files, read.others).diagnostics.map(({ code }) => code)).toContain('PW0101');
  });

  it('that are binary are told by name and code', () => {
    const bytes = Uint8Array.from({ length: 4_096 }, (_none, at) => (at * 197) % 256);
    const read = readCourse(courseOf({ 'one/small/lab.md': bytes }), root);
    if (!read.ok) throw new Error(read.message);
    const { diagnostics } = parseCourse(read.files, read.others);
    expect(diagnostics.map(({ code, file }) => `${code} ${file}`)).toEqual(['PW0106 one/small/lab.md']);
  });

  it('are looked for in a folder, and in no file', () => {
    expect(readCourse(path.join(courseOf({}), 'course.yaml'), root).ok).toBe(false);
    expect(readCourse(undefined, root)).toMatchObject({ ok: false });
  });
});
