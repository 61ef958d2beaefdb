import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CourseWatch } from './course-watch.ts';

const LIMIT_MS = 10_000;
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function course(): { readonly folder: string; readonly watch: CourseWatch } {
  const folder = mkdtempSync(path.join(tmpdir(), 'podwire-watch-'));
  writeFileSync(
    path.join(folder, 'course.yaml'),
    'title: T\nsummary: S\nchapters:\n  - { id: a, title: A, summary: S, lessons: [one], labs: [] }\n',
  );
  mkdirSync(path.join(folder, 'a'));
  writeFileSync(path.join(folder, 'a/one.md'), lesson('One'));
  const watch = new CourseWatch(folder, () => undefined);
  opened.push(() => {
    watch.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, watch };
}

const lesson = (title: string): string =>
  `---\nid: one\ntitle: ${title}\nsummary: S\nminutes: 1\n---\n\nText.\n`;

describe('a course that is watched', () => {
  it('is seen to change each time an editor saves by renaming', async () => {
    const { folder, watch } = course();
    const errors = (): number =>
      watch.state.diagnostics.filter(({ severity }) => severity === 'error').length;
    expect(errors()).toBe(0);
    for (const [title, expected] of [
      ['Two', 0],
      ['[', 1],
      ['Three', 0],
    ] as const) {
      const { revision } = watch.state;
      writeFileSync(path.join(folder, 'a/one.md.swp'), lesson(title));
      renameSync(path.join(folder, 'a/one.md.swp'), path.join(folder, 'a/one.md'));
      expect((await watch.newerThan(revision, LIMIT_MS)).revision).toBeGreaterThan(revision);
      expect(errors()).toBe(expected);
    }
  });

  it('is seen to change in a folder that is new', async () => {
    const { folder, watch } = course();
    const before = watch.state.revision;
    mkdirSync(path.join(folder, 'b'));
    const { revision } = await watch.newerThan(before, LIMIT_MS);
    writeFileSync(path.join(folder, 'b/two.md'), lesson('Two'));
    expect((await watch.newerThan(revision, LIMIT_MS)).revision).toBeGreaterThan(revision);
  });
});
