import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { RootContent } from 'mdast';
import { describe, expect, it } from 'vitest';
import { readBlocks } from './markdown-blocks.ts';
import { parseWhole } from './markdown.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

/** Of any tree the same text: without what is undefined, and offsets, which blanked code makes wrong in the whole parser. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([key, field]) => key !== 'offset' && field !== undefined);
  return `{${fields
    .map(([key, field]) => `${key}:${plain(field)}`)
    .sort()
    .join(' ')}}`;
}

const whole = (text: string): RootContent[] => parseWhole(text).children;

const INLINE = [
  'some words',
  'one, two',
  '10.0.0.1 is it',
  '3 pods',
  '`code`',
  '`a b`',
  '` c `',
  '``x`y``',
  '**bold**',
  '**bold.**',
  '**`b`**',
  '***',
  '**',
  '*',
  '*it*',
  '*it',
  'a*b*c',
  '_x_',
  '[link](/learn/x)',
  '[**l** `c`](https://a.b/c#d)',
  '[no link]',
  '[x]',
  '![alt](a.png)',
  ':file[~/a.yaml]',
  ':file[~/a.yaml]{line=3}',
  ':run',
  'at: b',
  '10:30',
  'a\\*b',
  'a &amp; b',
  '~~gone~~',
  'http://a.b',
  'www.a.b',
  'me@a.b',
  '(see `x`)',
  '"quoted"',
  'Ähre',
  'ein!',
  '{{port}}',
  '**{{port}}**',
  '|',
  '<b>',
];
const LINE_STARTS = [
  '',
  '',
  '',
  '',
  '- ',
  '- [ ] ',
  '- [x] ',
  '1. ',
  '2. ',
  '  ',
  '    ',
  '# ',
  '## ',
  '> ',
  '* ',
  '+ ',
];
const WHOLE_LINES = [
  '',
  '',
  '```',
  '```yaml apply',
  '~~~',
  ':::',
  '::::',
  ':::note',
  ':::hint{#a cost=5}',
  '::::task{#one title="A b"}',
  ':::packet[From `a`]{from=pod/x}',
  '::diagram{lab=x}',
  '---',
  '===',
  '| a | b |',
  '|---|---|',
  '---|---',
  '#tag',
  '- ',
  '[a]: /b',
  '1.',
];

const line = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...LINE_STARTS),
        fc.array(fc.constantFrom(...INLINE), { minLength: 1, maxLength: 4 }),
      )
      .map(([start, words]) => start + words.join(' ')),
  },
  { weight: 2, arbitrary: fc.constantFrom(...WHOLE_LINES) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...INLINE), { minLength: 1, maxLength: 3 })
      .map((words) => words.join('')),
  },
);

describe('readBlocks', () => {
  it('reads every page of the course as the whole parser does, and hands it little', () => {
    let [all, handed, pages] = [0, 0, 0];
    for (const entry of readdirSync(path.join(ROOT, 'labs'), { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.md')) continue;
      const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
      const read = readBlocks(text, (piece) => {
        handed += piece.length;
        return whole(piece);
      });
      expect(plain(read), entry.name).toBe(plain(whole(text)));
      all += text.length;
      pages++;
    }
    expect(pages).toBeGreaterThan(0);
    expect(handed / all).toBeLessThan(0.4);
  });

  it('yields the tree of the whole parser for any lines, or leaves them to it', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        const text = lines.join('\n');
        const nodes = readBlocks(text, whole);
        if (nodes === undefined) return;
        read++;
        expect(plain(nodes), text).toBe(plain(whole(text)));
      }),
      {
        numRuns: 400,
        examples: [
          [['10:30']],
          [['some words', '- some words', '', '    some words']],
          [['some words', '**`b`**']],
        ],
      },
    );
    expect(read).toBeGreaterThan(80);
  });

  it('tells where a node stands in the text', () => {
    const text = '---\nid: x\n---\n\n:::note\n\n```sh\nls\n```\n\nAnd **this**.\n:::\n';
    const [, note] = readBlocks(text, whole) ?? [];
    if (note?.type !== 'containerDirective') throw new Error('there is no note');
    const paragraph = note.children[1];
    expect(paragraph?.position?.start).toEqual({ line: 11, column: 1, offset: text.indexOf('And') });
    expect(text.slice(note.position?.start.offset, note.position?.end.offset)).toBe(text.slice(15, -1));
  });
});
