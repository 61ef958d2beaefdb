import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

const root = mkdtempSync(path.join(tmpdir(), 'podwire-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('making a folder', () => {
  it('makes those above it, and takes one that is there', () => {
    const folder = path.join(root, 'a/b/c');
    makeFolder(folder);
    makeFolder(folder);
    expect(existsSync(folder)).toBe(true);
  });

  it('says so where a file stands in its way', () => {
    writeFileSync(path.join(root, 'file'), '');
    expect(() => makeFolder(path.join(root, 'file'))).toThrow('is a file');
    expect(() => makeFolder(path.join(root, 'file/x'))).toThrow('ENOTDIR');
  });

  it.skipIf(!existsSync('/proc/self'))('ends where a file system takes none', () => {
    expect(() => makeFolder('/proc/nope/x')).toThrow('ENOENT');
  });
});
