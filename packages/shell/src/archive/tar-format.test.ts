import { utf8Encode } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import { readTar, writeTar } from './tar-format.ts';
import type { TarEntry } from './tar-format.ts';

const base = { owner: 'root', modifiedMs: 1_767_261_600_000 };
const file = (name: string, text: string): TarEntry => ({
  ...base,
  name,
  kind: 'file',
  mode: 0o644,
  data: utf8Encode(text),
});

describe('tar archives', () => {
  it('come back as they were written, long names and links included', () => {
    const entries: readonly TarEntry[] = [
      file('page.html', '<h1>hi</h1>'),
      file(`${'deep/'.repeat(40)}end`, 'x'.repeat(1025)),
      { ...base, name: 'empty/', kind: 'directory', mode: 0o755, data: new Uint8Array() },
      { ...base, name: 'link', kind: 'symlink', mode: 0o777, target: 'page.html', data: new Uint8Array() },
    ];
    expect(readTar(writeTar(entries))).toEqual({ ok: true, entries });
  });

  it('are refused when they are cut off or changed', () => {
    const archive = writeTar([file('a', 'b'.repeat(600))]);
    expect(readTar(archive.slice(0, 700))).toEqual({ ok: false, message: 'unexpected EOF' });
    const changed = archive.slice();
    changed[0] = 122;
    expect(readTar(changed)).toEqual({ ok: false, message: 'invalid tar header' });
  });
});
