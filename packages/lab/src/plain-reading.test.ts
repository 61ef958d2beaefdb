import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RootContent } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import { parseCourse } from './course.ts';
import { plainText, visit } from './markdown.ts';
import { placeholdersOf } from './parameters.ts';
import { siteAddress } from './page-links.ts';

const LABS = path.join(import.meta.dirname, '../../../labs');
/** Markdown as GitHub reads it: its extensions, and no directives. */
const github = unified().use(remarkParse).use(remarkFrontmatter, ['yaml']).use(remarkGfm);

const pages = readdirSync(LABS, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
  .map((entry) => path.join(entry.parentPath, entry.name))
  .map((file) => ({ name: path.relative(LABS, file), file, text: readFileSync(file, 'utf8') }));

function nodesOf(text: string): readonly RootContent[] {
  const found: RootContent[] = [];
  visit(github.parse(text).children, (node) => found.push(node));
  return found;
}

describe('pages of the course on GitHub', () => {
  it('are there', () => {
    expect(pages.length).toBeGreaterThan(25);
  });

  describe.each(pages)('$name', ({ file, text }) => {
    const nodes = nodesOf(text);
    const paragraphs = nodes.filter((node) => node.type === 'paragraph');

    it('shows the line of each directive as a paragraph of its own, with nothing of the text in it', () => {
      const glued = paragraphs
        .map((node) =>
          node.children.map((child) => ('value' in child ? child.value : plainText(child))).join(''),
        )
        .filter((words) => /(?:^|\n):{2,}(?:[a-z]|$)/m.test(words) && words.includes('\n'));
      expect(glued).toEqual([]);
      // As many as were written: none is hidden in a list, in code or in another's text.
      const written = outsideOfCode(text).filter((line) => /^:{2,}(?:[a-z]|$)/.test(line));
      const shown = paragraphs.map(plainText).filter((words) => /^:{2,}(?:[a-z]|$)/.test(words));
      expect(shown.length).toBe(written.length);
    });

    it('hides nothing: HTML, struck-out text, words that a directive makes into markup', () => {
      expect(
        nodes.filter(({ type }) => type === 'html' || type === 'delete').map(({ type }) => type),
      ).toEqual([]);
      const marked = paragraphs.filter(
        (node) =>
          /^:{2,}[a-z]/.test(plainText(node)) &&
          node.children.some(({ type }) => !['text', 'inlineCode', 'link'].includes(type)),
      );
      expect(marked.map(plainText)).toEqual([]);
    });

    it('has its tables as tables', () => {
      expect(paragraphs.map(plainText).filter((words) => /^\|?\s*:?-{3,}:?\s*\|/m.test(words))).toEqual([]);
    });

    it('links to what is there, and says what its images show', () => {
      const targets = nodes.flatMap((node) =>
        node.type === 'link' || node.type === 'image' || node.type === 'definition' ? [node.url] : [],
      );
      const lost = targets.filter((url) => {
        const [target = ''] = url.split(/[?#]/);
        if (/^(?:https?:|mailto:)/.test(url) || target === '') return false;
        return (
          target.startsWith('/') || !existsSync(path.resolve(path.dirname(file), decodeURIComponent(target)))
        );
      });
      expect(lost).toEqual([]);
      expect(nodes.filter((node) => node.type === 'image' && (node.alt ?? '') === '')).toEqual([]);
    });

    it('defines each {{parameter}} in the table that GitHub makes of the front matter', () => {
      const original = file.replace(/\.[a-z]{2,3}\.md$/, '.md');
      const front = /^---\n(.*?)\n---\n/s.exec(readFileSync(original, 'utf8'))?.[1] ?? '';
      const names = new Set(placeholdersOf(text).map(({ name }) => name));
      expect([...names].filter((name) => !new RegExp(`^ +${name}:`, 'm').test(front))).toEqual([]);
    });
  });
});

function outsideOfCode(text: string): readonly string[] {
  let fence: string | undefined;
  return text.split('\n').filter((line) => {
    const marks = /^(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = marks;
      return marks === undefined;
    }
    if (marks?.startsWith(fence) === true && line.trim() === marks) fence = undefined;
    return false;
  });
}

const OUTLINE =
  'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: F, lessons: [read, other], labs: [small] }\n';
const LESSON = (id: string, text: string): string =>
  `---\nid: ${id}\ntitle: R\nsummary: S\nminutes: 2\n---\n\n${text}\n`;
const LAB =
  '---\nid: small\ntitle: S\nsummary: S\nminutes: 5\n---\n\n::::task{#do title="Do"}\n\n:::check{#c title="C"}\n\n```yaml\nobject: { apiVersion: v1, kind: Pod, name: a }\n```\n\n:::\n\n::::\n';

function read(text: string) {
  return parseCourse(
    new Map([
      ['course.yaml', OUTLINE],
      ['one/read.md', LESSON('read', text)],
      ['one/other.md', LESSON('other', 'Text.')],
      ['one/small/lab.md', LAB],
    ]),
  );
}

describe('PW0212: a directive runs into the text beside it', () => {
  it.each([
    [':::note\nText.\n\n:::', 8, 'below'],
    [':::note\n\nText.\n:::', 11, 'above'],
    ['Words.\n:::note\n\nText.\n\n:::', 9, 'above'],
    [':::note\n\nText.\n\n:::\nMore.', 12, 'below'],
    [':::note\n\n- One\n- Two\n:::', 12, 'above'],
    ['::diagram[All]{lab=small}\nText.', 8, 'below'],
  ])('is said of %j, at its line', (text, line, where) => {
    const { diagnostics } = read(text);
    expect(diagnostics).toMatchObject([
      { code: 'PW0212', severity: 'warning', file: 'one/read.md', line, column: 1 },
    ]);
    expect(diagnostics[0]?.message).toContain(`the line ${where} it`);
    // And GitHub does read it so.
    expect(
      nodesOf(text).some(
        (node) => node.type === 'paragraph' && /:::?[^]*\n|\n[^]*:::?/.test(plainText(node)),
      ),
    ).toBe(true);
  });

  it.each([
    [':::note\n\nText.\n\n:::'],
    [':::note\n\n- One\n- Two\n\n:::\n\nMore.'],
    [':::diagram[A]{lab=small}\n```yaml apply\na: b\n```\n:::'],
    ['```markdown\n:::note\nText.\n:::\n```'],
    ['::diagram[All]{lab=small}'],
    [':::note\n  \nText.\n\t\n:::'],
    ['Text with 10:30 and\n:file[~/a.yaml] in it.'],
  ])('is not said of %j', (text) => {
    expect(read(text).diagnostics).toEqual([]);
  });
});

it.each([
  ['line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
  ['a mark of its byte order', (text: string) => `\uFEFF${text}`],
])('a lesson with %s is read as any other', (_what, write) => {
  const { course, diagnostics } = parseCourse(
    new Map([
      ['course.yaml', OUTLINE],
      ['one/read.md', write(LESSON('read', 'Text.\n\n:::note\n\nText.\n\n:::'))],
      ['one/other.md', LESSON('other', 'Text.')],
      ['one/small/lab.md', write(LAB)],
      ['one/small/wrong/a.sh', '# fails: do/c\ntrue\n'.replaceAll('\n', '\r\n')],
    ]),
  );
  expect(diagnostics).toEqual([]);
  const [lab] = course.chapters[0]?.labs ?? [];
  expect(lab?.tasks[0]?.checks.length).toBe(1);
  expect(lab?.wrong[0]?.script).toBe('# fails: do/c\ntrue\n');
});

describe('links between the files of a course', () => {
  it.each([
    ['other.md', '/learn/one/other'],
    ['./other.md#part', '/learn/one/other#part'],
    ['../one/small/lab.md', '/lab/small'],
    ['small/lab.md', '/lab/small'],
  ])('%s leads to %s on the site', (written, page) => {
    const { course, diagnostics } = read(`[there](${written})`);
    expect(diagnostics).toEqual([]);
    expect(JSON.stringify(course.chapters[0]?.lessons[0]?.body)).toContain(`"url":"${page}"`);
  });

  it.each([
    ['https://kubernetes.io/docs/a.md', 'https://kubernetes.io/docs/a.md'],
    ['../../../etc/passwd.md', '../../../etc/passwd.md'],
    ['/one/other.md', '/one/other.md'],
    ['../README.md', '../README.md'],
    ['read.de.md', '/de/learn/one/read'],
    ['%2e%2e/two/x.md', '/learn/two/x'],
    ['other.md?x=1#y', '/learn/one/other?x=1#y'],
  ])('siteAddress: %s is %s', (written, address) => {
    expect(siteAddress(written, 'one/read.md')).toBe(address);
  });

  it('PW0503: one that course.yaml does not list is told, with what to write', () => {
    expect(read('[gone](gone.md)').diagnostics).toMatchObject([
      {
        code: 'PW0503',
        line: 8,
        column: 1,
        message: 'This leads to "/learn/one/gone", and there is no such page.',
      },
    ]);
  });

  it.each([
    ['/learn/one/other', '../one/other.md'],
    ['/lab/small#top', '../<chapter>/small/lab.md'],
  ])('PW0505: the page %s is told, with what to write', (written, remedy) => {
    expect(read(`[there](${written})`).diagnostics).toMatchObject([
      {
        code: 'PW0505',
        severity: 'warning',
        remedy: `Link to the file, which is that page on the site: ${remedy}.`,
      },
    ]);
  });
});
