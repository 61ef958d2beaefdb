import { parseCourse } from '@podwire/lab';
import type { Course, Diagnostic } from '@podwire/lab';
import { createElement } from 'react';
import { prerender } from 'react-dom/static';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Content } from './content.tsx';

/** A course of one lesson; what is wrong with it is given back, and its text all the same. */
function lessonOf(text: string): { readonly course: Course; readonly diagnostics: readonly Diagnostic[] } {
  return parseCourse(
    new Map([
      [
        'course.yaml',
        'title: T\nsummary: S\nchapters: [{ id: one, title: One, summary: F, lessons: [read] }]\n',
      ],
      ['one/read.md', `---\nid: read\ntitle: R\nsummary: S\nminutes: 2\n---\n\n${text}\n`],
    ]),
  );
}

async function drawn(text: string): Promise<string> {
  const nodes = lessonOf(text).course.chapters[0]?.lessons[0]?.body.children ?? [];
  const { prelude } = await prerender(createElement(Content, { nodes }));
  return new Response(prelude).text();
}

/** What a browser would run or fetch: elements, handlers and addresses that are not plain. */
const DANGEROUS =
  /<(?:script|iframe|object|embed|svg:script|style|base|meta|form|link)\b|\son\w+=|(?:href|src|action|xlink:href)="\s*(?:javascript|data|vbscript|file|blob):|srcdoc=/i;

const ATTACKS: readonly (readonly [what: string, text: string])[] = [
  ['a script element', '<script>alert(1)</script>'],
  ['a script element within a paragraph', 'Hello <script>alert(1)</script> there'],
  ['an image with a handler', '<img src=x onerror=alert(1)>'],
  ['an SVG', '<svg onload=alert(1)><script>alert(1)</script></svg>'],
  ['a frame', '<iframe srcdoc="<script>alert(1)</script>"></iframe>'],
  ['a style', '<style>body{background:url(https://x)}</style>'],
  ['HTML across lines', '<div\nonclick="alert(1)"\n>x</div>'],
  ['a link that runs', '[x](javascript:alert(1))'],
  ['a link that runs, in capitals', '[x](JaVaScRiPt:alert(1))'],
  ['a link that runs, encoded', '[x](&#106;avascript:alert(1))'],
  ['a link that runs, with a tab', '[x](java&#9;script:alert(1))'],
  ['a link that runs, after a space', '[x](<  javascript:alert(1)>)'],
  ['a data link', '[x](data:text/html;base64,PHNjcmlwdD4=)'],
  ['an address of another protocol', '[x](//evil.example/x) [y](vbscript:x) [z](blob:x)'],
  ['an autolink that runs', '<javascript:alert(1)>'],
  ['an image that runs', '![x](javascript:alert(1))'],
  ['an image of data', '![x](data:image/svg+xml,<svg/onload=alert(1)>)'],
  ['an image from elsewhere', '![x](https://evil.example/x.png)'],
  ['a reference that runs', '[x][r]\n\n[r]: javascript:alert(1)'],
  ['a title that ends its attribute', '[x](https://a.example "\\"onmouseover=alert(1) x=\\"")'],
  ['a directive with a handler', ':run[ls]{onclick=alert(1) style=x}'],
  ['a directive named like an element', ':::script[x]\n\nalert(1)\n\n:::\n\n:iframe[x]{srcdoc=y}'],
  ['a note with HTML in its title', ':::note[<img src=x onerror=alert(1)>]\n\nx\n\n:::'],
  ['code that ends its element', '```html\n</code></pre><script>alert(1)</script>\n```'],
  ['a language that ends its attribute', '```"><script>alert(1)</script>\nx\n```'],
  ['a command that ends its attribute', '```sh run\necho "><script>alert(1)</script>\n```'],
  ['a file that ends its attribute', ':file["><script>alert(1)</script>]{line=1}'],
  ['a heading whose id ends its attribute', '## "><script>alert(1)</script>'],
  ['a table', '| a |\n| - |\n| <script>alert(1)</script> [x](javascript:alert(1)) |'],
  ['a footnote', 'x[^1]\n\n[^1]: <script>alert(1)</script>'],
  ['a parameter', '{{constructor}} {{__proto__}} {{<script>}}'],
];

describe('no text of a course can run script in the page', () => {
  it.each(ATTACKS)('%s', async (_what, text) => {
    expect(withoutText(await drawn(text))).not.toMatch(DANGEROUS);
  });

  it('nor can any mixture of them', async () => {
    const pieces = fc.constantFrom(
      ...ATTACKS.map(([, text]) => text),
      '\n\n',
      ' ',
      '> ',
      '- ',
      '`',
      '"',
      '{',
      '}',
      ':::',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 6 }), async (parts) => {
        expect(withoutText(await drawn(parts.join('')))).not.toMatch(DANGEROUS);
      }),
      { numRuns: 60 },
    );
  });

  it('draws what is harmless', async () => {
    const html = await drawn('A [link](https://kubernetes.io) and **words** and `code`.');
    expect(html).toContain('href="https://kubernetes.io"');
    expect(html).toContain('<strong>words</strong>');
  });
});

/** Tags alone: what stands between them is text, escaped, and may say anything. */
function withoutText(html: string): string {
  return (html.match(/<[^>]*>/g) ?? [])
    .join('\n')
    .replaceAll(/="[^"]*"/g, (value) => (/^="\s*\w+:/.test(value) ? value : '=""'));
}
