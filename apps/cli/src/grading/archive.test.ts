import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { readArchive } from './archive.ts';

const BOUNDS = { files: 10, totalBytes: 10_000 };

async function tarOf(
  entries: readonly (Partial<Header> & { readonly name: string; readonly text?: string })[],
): Promise<Uint8Array> {
  const packing = pack();
  for (const { text, ...header } of entries) packing.entry(header, text ?? '');
  packing.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of packing) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

describe('an archive', () => {
  it('gives its files, whichever kind it is', async () => {
    const tar = await tarOf([
      { name: 'ann', type: 'directory' },
      { name: 'ann/a.yaml', text: 'kind: A' },
    ]);
    for (const [name, bytes] of [
      ['s.zip', zipSync({ 'ann/a.yaml': strToU8('kind: A') })],
      ['s.tar', tar],
      ['s.tar.gz', gzipSync(tar)],
      ['s.tgz', gzipSync(tar)],
    ] as const) {
      const read = await readArchive(name, bytes, BOUNDS);
      if (!read.ok) throw new Error(read.message);
      expect(read.files.map(({ path, bytes: content }) => [path, Buffer.from(content).toString()])).toEqual([
        ['ann/a.yaml', 'kind: A'],
      ]);
    }
  });

  it.each([
    ['zip slip', 's.zip', () => zipSync({ '../../etc/x.yaml': strToU8('x') }), /leads out/],
    ['absolute path', 's.zip', () => zipSync({ '/etc/x.yaml': strToU8('x') }), /leads out/],
    ['backslashes', 's.zip', () => zipSync({ '..\\x.yaml': strToU8('x') }), /leads out/],
    ['zip bomb', 's.zip', () => zipSync({ 'a.yaml': new Uint8Array(50_000) }), /more than 10000 bytes/],
    [
      'many files',
      's.zip',
      () => zipSync(Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`${at}.yaml`, strToU8('x')]))),
      /more than 10 files/,
    ],
    ['tar slip', 's.tar', () => tarOf([{ name: 'a/../../x.yaml', text: 'x' }]), /leads out/],
    [
      'symbolic link',
      's.tar',
      () => tarOf([{ name: 'x.yaml', type: 'symlink', linkname: '/etc/passwd' }]),
      /no regular file/,
    ],
    [
      'hard link',
      's.tar',
      () => tarOf([{ name: 'x.yaml', type: 'link', linkname: '/etc/passwd' }]),
      /no regular file/,
    ],
    [
      'tar bomb',
      's.tgz',
      async () => gzipSync(await tarOf([{ name: 'a.yaml', text: 'x'.repeat(100_000) }])),
      /more than 10000 bytes/,
    ],
    ['gzip bomb', 's.tar.gz', () => gzipSync(new Uint8Array(20_000_000)), /more than 10000 bytes/],
    ['no archive', 's.zip', () => strToU8('hello'), /damaged/],
    ['no archive', 's.tgz', () => strToU8('hello'), /damaged/],
  ])('is refused as a whole: %s (%s)', async (_what, name, make, message) => {
    const read = await readArchive(name, await make(), BOUNDS);
    expect(read.ok ? 'read' : read.message).toMatch(message);
  });

  it('of any bytes is read or refused', async () => {
    const good = zipSync({ 'a.yaml': strToU8('kind: A'), 'b.yaml': strToU8('kind: B') });
    const tar = await tarOf([{ name: 'a.yaml', text: 'kind: A' }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), async (at, byte, zip) => {
        const bytes = Uint8Array.from(zip ? good : tar);
        bytes[at % bytes.length] = byte;
        const read = await readArchive(zip ? 's.zip' : 's.tar', bytes, BOUNDS);
        expect(typeof read.ok).toBe('boolean');
      }),
      { numRuns: 200 },
    );
  });
});
