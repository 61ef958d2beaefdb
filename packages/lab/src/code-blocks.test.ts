import fc from 'fast-check';
import remarkDirective from 'remark-directive';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import { parseMarkdown } from './markdown.ts';

/** Everything that remark does, the slow way. */
const whole = unified().use(remarkParse).use(remarkFrontmatter, ['yaml']).use(remarkGfm).use(remarkDirective);

/** Offsets are those of the text without its code; nothing reads them. */
function plain(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'offset' ? undefined : value)));
}

function read(text: string): unknown {
  return plain(parseMarkdown(text, { file: '', report: () => undefined }).content);
}

function readWhole(text: string): unknown {
  return plain(whole.parse(text).children.filter(({ type }) => type !== 'html' && type !== 'yaml'));
}

describe('text whose code is kept from the parser', () => {
  it.each([
    ['a block', '```yaml\na: [1]\n\n  b: *x*\n```\n\nafter'],
    ['tildes around backticks', '~~~\n```\nx\n```\n~~~'],
    ['a longer fence', '````md\n```\nx\n```\n````'],
    ['a fence that never ends', 'a\n\n```\nx\n*y*'],
    ['a fence in a list', '- a\n\n  ```\n  x\n  ```\n\n- b'],
    ['a fence in a quote', '> ```\n> x\n> ```'],
    [
      'a fence within a directive',
      '::::task{#a title="b"}\n\n:::check{#c}\n\n```yaml\nx: 1\n```\n\n:::\n\n::::',
    ],
    ['a directive that ends within code', ':::note\n\n```\n:::\n```\n'],
    ['an indented fence', '  ```\n  x\n  ```'],
    ['a fence within HTML', '<pre>\n```\n*x*\n```\n</pre>\n\n*y*'],
    ['a fence in the front matter', '---\na: |\n  x\n```\nb\n```\n---\n\n*y*'],
    ['a footnote with code', 'a[^1]\n\n[^1]: b\n\n```\nc\n```'],
    ['a code span over lines', 'a `b\n```\nc` d'],
  ])('reads as it would whole: %s', (_what, text) => {
    expect(read(text)).toEqual(readWhole(text));
  });

  it('still makes links of bare addresses; only their places are not told', () => {
    const text = 'write to a.b@example.com, or (c@d.org); see https://kubernetes.io/docs, www.example.com.';
    const bare = (tree: unknown): string =>
      JSON.stringify(tree, (key, value: unknown) => (key === 'position' ? undefined : value));
    expect(bare(read(text))).toBe(bare(readWhole(text)));
    expect(bare(read(text))).toContain('mailto:a.b@example.com');
  });

  it('reads as it would whole, whatever is written', () => {
    const line = fc.constantFrom(
      '```',
      '```sh run',
      '~~~',
      '````',
      '',
      'a *b* c',
      '- d',
      '  e',
      '> f',
      ':::note',
      ':::',
      '    g',
      '| h | i |',
      '<!-- j',
      '-->',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        const text = `x\n\n${lines.join('\n')}`;
        expect(read(text)).toEqual(readWhole(text));
      }),
      { numRuns: 300 },
    );
  });
});
