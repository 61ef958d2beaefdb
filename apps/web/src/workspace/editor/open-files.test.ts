import { describe, expect, it } from 'vitest';
import {
  absolutePath,
  isChanged,
  NO_FILES,
  readOpenFiles,
  shellPath,
  withClosed,
  withOpened,
  withSaved,
  withText,
  writeOpenFiles,
} from './open-files.ts';

describe('paths', () => {
  it.each([
    ['~/web.yaml', '/home/learner/web.yaml'],
    ['web.yaml', '/home/learner/web.yaml'],
    ['/etc/../home/learner/./web.yaml', '/home/learner/web.yaml'],
    ['../../etc/hosts', '/etc/hosts'],
    ['', undefined],
    ['/', undefined],
  ])('%j is %j', (text, path) => {
    expect(absolutePath(text)).toBe(path);
  });
  it.each([
    ['/home/learner/web.yaml', '~/web.yaml'],
    ['/etc/hosts', '/etc/hosts'],
    ['/home/learner/my file.yaml', "'/home/learner/my file.yaml'"],
    ["/home/learner/it's.yaml", "'/home/learner/it'\\''s.yaml'"],
  ])('%j is %j to a shell', (path, text) => {
    expect(shellPath(path)).toBe(text);
  });
});

describe('open files', () => {
  const one = withOpened(NO_FILES, '/a', 'x');
  it('keep what was typed when the file is opened again', () => {
    const typed = withText(one, '/a', 'y');
    expect(withOpened(typed, '/a', 'z').files[0]?.text).toBe('y');
  });
  it('take over what changed on the toolbox when nothing was typed', () => {
    expect(withOpened(one, '/a', 'z').files[0]).toMatchObject({ text: 'z', saved: 'z' });
  });
  it('stay changed when typing went on during a save', () => {
    const after = withSaved(withText(one, '/a', 'yy'), '/a', 'y');
    expect(after.files[0] !== undefined && isChanged(after.files[0])).toBe(true);
  });
  it('come back after a reload, with what was not saved', () => {
    const typed = withText(one, '/a', 'y');
    expect(readOpenFiles(writeOpenFiles(typed))).toEqual(typed);
    expect(readOpenFiles('{"files":3}')).toEqual(NO_FILES);
    expect(readOpenFiles(undefined)).toEqual(NO_FILES);
  });
  it('show a neighbour when the current one is closed', () => {
    const three = withOpened(withOpened(one, '/b', ''), '/c', '');
    expect(withClosed({ ...three, current: '/b' }, '/b').current).toBe('/c');
    expect(withClosed(one, '/a')).toEqual({ files: [], current: undefined });
  });
});
