import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { readSubmission } from './submission.ts';

const root = mkdtempSync(path.join(tmpdir(), 'podwire-submission-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GOOD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
/** No submission takes longer to be read, or refused; measured in work, since machines differ: see MAX_DRAWS. */
const MAX_DRAWS = 300;
const alias = (levels: number): string =>
  Array.from({ length: levels }, (_none, at) =>
    at === 0 ? 'a0: &a0 [x]' : `a${at}: &a${at} [${`*a${at - 1}, `.repeat(9)}]`,
  ).join('\n');

function write(id: string, content: string | Uint8Array): string {
  mkdirSync(path.dirname(path.join(root, id)), { recursive: true });
  writeFileSync(path.join(root, id), content);
  return id;
}

async function verdict(id: string): Promise<string> {
  const { content } = await readSubmission(root, id);
  if (content.kind === 'readable') return 'readable';
  expect(content.message.length).toBeGreaterThan(10);
  expect(content.message.length).toBeLessThan(2_000);
  expect(content.message).not.toContain(root);
  return content.message;
}

describe('a submission', () => {
  it('that is sound is read', async () => {
    expect(await verdict(write('good.yaml', GOOD))).toBe('readable');
  });

  it.each([
    ['a bomb of aliases', 'bomb.yaml', alias(12), /alias/i],
    ['an alias of itself', 'self.yaml', 'a: &a [*a]\n', /./],
    ['an anchor that is nowhere', 'nowhere.yaml', 'a: *b\n', /./],
    ['lists in lists', 'deep.yaml', '['.repeat(20_000), /./],
    [
      'maps in maps',
      'deep-maps.yaml',
      Array.from({ length: 3_000 }, (_none, at) => `${' '.repeat(at)}a:`).join('\n'),
      /./,
    ],
    [
      'bytes that are no text',
      'binary.yaml',
      Uint8Array.from({ length: 4_096 }, (_none, at) => (at * 197) % 256),
      /no text/,
    ],
    ['a zero in its text', 'zero.yaml', 'kind: \0\n', /no text/],
    ['nothing', 'empty.yaml', '', /./],
    ['keys given twice', 'twice.yaml', 'a: 1\na: 2\n', /./],
    ['an entry that leads out', 'slip.zip', zipSync({ '../out.yaml': strToU8(GOOD) }), /leads out/],
    ['an absolute entry', 'absolute.zip', zipSync({ '/etc/out.yaml': strToU8(GOOD) }), /leads out/],
    [
      'megabytes of nothing, packed',
      'packed.zip',
      zipSync({ 'a.yaml': new Uint8Array(40_000_000) }),
      /unpacks to more/,
    ],
    ['an archive by name alone', 'fake.tar.gz', 'no archive', /damaged|can't be unpacked/],
    ['an archive in an archive', 'nested/inner.zip', zipSync({ 'a.yaml': strToU8(GOOD) }), /./],
    [
      'answers in lists in lists',
      'a1/answers.yaml',
      `who: ${'['.repeat(20_000)}`,
      /answers\.yaml is no YAML/,
    ],
    ['answers that are a bomb of aliases', 'a2/answers.yaml', alias(12), /too many aliases/],
    ['answers that are an alias of themselves', 'a3/answers.yaml', 'a: &a [*a]\n', /./],
    ['answers that are a list', 'a4/answers.yaml', '- x\n', /no map of questions/],
    ['answers that are no text', 'a5/answers.yaml', Uint8Array.of(0xff, 0xfe, 0), /no text/],
  ])('of %s is told in words, and not graded', async (_name, id, content, message) => {
    const written = write(id, content);
    expect(await verdict(written.split('/')[0] ?? written)).toMatch(message);
  });

  it('that is a kustomization is read whole, and left to be built', async () => {
    write('kustomized/base/kustomization.yaml', 'resources: [web.yaml]');
    write('kustomized/base/web.yaml', GOOD);
    // A patch is no object by itself, and what a generator reads is no YAML.
    write('kustomized/prod/kustomization.yaml', 'resources: [../base]\npatches: [{ path: patch.yaml }]\n');
    write('kustomized/prod/patch.yaml', '- { op: remove, path: /data }\n');
    write('kustomized/prod/settings.env', 'COLOUR=blue\n');
    write('kustomized/prod/logo.png', Uint8Array.of(0x89, 0x50, 0));
    write('kustomized/answers.yaml', 'who: me\n');
    const { content } = await readSubmission(root, 'kustomized');
    expect(content).toMatchObject({
      kind: 'readable',
      manifests: [],
      kustomization: 'prod',
      answers: { who: 'me' },
    });
    expect(content.kind === 'readable' && content.files.map(({ path: name }) => name)).toEqual([
      'base/kustomization.yaml',
      'base/web.yaml',
      'prod/kustomization.yaml',
      'prod/patch.yaml',
      'prod/settings.env',
    ]);
  });

  it('of several overlays side by side is told which one to name', async () => {
    write('overlays/dev/kustomization.yaml', 'resources: [a.yaml]');
    write('overlays/prod/kustomization.yaml', 'resources: [a.yaml]');
    expect(await verdict('overlays')).toMatch(/several kustomizations .*: dev, prod\. Put a kustomization/);
  });

  it('of a huge integer is read as its text says, and never as another number', async () => {
    const id = write('huge.yaml', `${GOOD}data: { n: "1" }\nspec: { port: ${'9'.repeat(400)} }\n`);
    expect(['readable', expect.any(String)]).toContainEqual(await verdict(id));
  });

  it('of 100 MB is refused before it is read', async () => {
    const id = write('giant.yaml', GOOD);
    truncateSync(path.join(root, id), 100_000_000);
    expect(await verdict(id)).toMatch(/larger than/);
    const archive = write('giant.zip', '');
    truncateSync(path.join(root, archive), 100_000_000);
    expect(await verdict(archive)).toMatch(/larger than/);
  });

  it('that is a symbolic link, or holds one, is refused: it could lead anywhere', async () => {
    symlinkSync('/etc/passwd', path.join(root, 'link.yaml'));
    expect(await verdict('link.yaml')).toMatch(/symbolic link/);
    write('holds/good.yaml', GOOD);
    symlinkSync('/etc', path.join(root, 'holds/etc'));
    expect(await verdict('holds')).toMatch(/symbolic link/);
    symlinkSync('.', path.join(root, 'circle'));
    expect(await verdict('circle')).toMatch(/symbolic link/);
  });

  it('of too many files, or folders too deep, is refused', async () => {
    for (let at = 0; at < 400; at++) write(`many/f${at}.yaml`, GOOD);
    expect(await verdict('many')).toMatch(/more than \d+ files/);
    write(`far/${'d/'.repeat(40)}x.yaml`, GOOD);
    expect(await verdict('far')).toMatch(/nested deeper/);
  });

  it('of any bytes comes to an end, with a verdict', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.string({ unit: fc.constantFrom(...'{}[]&*!|>:-,#%@`"\' \n\ta0'), maxLength: 400 }).map(strToU8),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('yaml', 'json', 'zip', 'tar', 'tgz'), async (content, kind) => {
        const { content: read } = await readSubmission(root, write(`fuzz.${kind}`, content));
        expect(['readable', 'unreadable']).toContain(read.kind);
      }),
      { numRuns: MAX_DRAWS },
    );
  });
});
